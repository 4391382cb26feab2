"""What the readers of MRT's two configuration formats share: known keys, defaults, and our names for them."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mrt_studio.datasets.base import datasets
from mrt_studio.errors import OptionError
from mrt_studio.recipes.base import Override, Recipe
from mrt_studio.recipes.upstream_values import Reader, is_none
from mrt_studio.registry import parse_call

REQUIRED: Any = object()

_OWN_DATA = {
    "voc": "images(path='folder of pictures', size=512)",
    "coco": "images(path='folder of pictures', size=512)",
    "cifar10": "images(path='folder of pictures', size=32, resize=32)",
    "quickdraw": "arrays(path='samples.npy')",
    "trec": "arrays(path='samples.npy')",
}


class Entry(NamedTuple):
    """A value as the file has it, and where it stands."""

    value: Any
    where: str


Sections = dict[str, dict[str, Entry]]
"""Section -> key -> entry, both in capitals."""


@dataclass(frozen=True)
class Key:
    """One known key: how its value is read, its default, and whether it has no effect here."""

    read: Reader
    default: Any = None
    ignored: bool = False


Keys = Mapping[str, Mapping[str, Key]]


class Settings:
    """The values of a configuration by ``SECTION.KEY``, defaults filled in."""

    def __init__(self, sections: Sections, keys: Keys, where: str) -> None:
        self._where = where
        self._entries = {f"{section}.{key}": entry for section, entries in sections.items() for key, entry in entries.items()}
        for section, entries in sections.items():
            _refuse_unknown("section", section, keys, next(iter(entries.values()), Entry(None, where)).where)
            for key, entry in entries.items():
                elsewhere = [f"{other}.{key}" for other, known in keys.items() if key in known]
                _refuse_unknown(f"key of {section}", key, keys[section], entry.where, elsewhere)
        self._keys = {f"{section}.{name}": key for section, known in keys.items() for name, key in known.items()}
        self._values = {name: self._read(name, key) for name, key in self._keys.items()}

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def where(self, name: str) -> str:
        """Where a value stands, or the file when it is a default."""
        entry = self._entries.get(name)
        return entry.where if entry else f"{self._where}, {name}"

    def ignored(self) -> tuple[str, ...]:
        """One sentence for each setting that differs from its default and has no effect here."""
        settings = ((name, self[name]) for name, key in self._keys.items() if key.ignored and self[name] != key.default)
        return tuple(f"{self.where(name)}: {name} = {str(value)[:80]} has no effect here." for name, value in settings)

    def _read(self, name: str, key: Key) -> Any:
        entry = self._entries.get(name)
        if entry is None or is_none(entry.value):
            if key.default is REQUIRED:
                raise OptionError(f"The setting {name} is missing.", where=self.where(name), remedy="Give it a value.")
            return copy.deepcopy(key.default)
        try:
            return key.read(entry.value)
        except ValueError as error:
            shown = repr(entry.value)[:80]
            raise OptionError(f"The value {shown} of {name} is not understood.", where=entry.where, why=f"{error}.".capitalize()) from None


def override(sections: Sections, overrides: Iterable[Override]) -> None:
    """Replace entries by values of the command line."""
    for item in overrides:
        sections.setdefault(item.section.upper(), {})[item.key.upper()] = Entry(item.text, item.where)


def observer(lambd: float | None) -> str:
    """MRT's threshold: the absolute maximum, or mean + lambda * deviation where that is smaller."""
    return "absmax" if lambd is None else f"mrt_lambda(lambd={lambd!r})"


def data_sets(name: str, folder: str, input_shape: Sequence[int], *, calibrated: int, evaluated: int, where: str) -> tuple[str, str]:
    """Our data sets for calibration and evaluation in place of MRT's data set `name`.

    `calibrated` and `evaluated` say how many samples are needed. Text that names one of our data sets with
    its options is taken as it is.

    Raises:
        OptionError: the data set is not known, or its files are not part of the studio.
    """
    if "(" in name:
        datasets[parse_call(name)[0]]  # refuses an unknown name
        return name, name
    if name == "stdrandom":
        options = f"shape={tuple(n for n in input_shape if n != -1) if -1 in input_shape else tuple(input_shape[1:])!r}"
        return f"stdrandom({options}, count={calibrated})", f"stdrandom({options}, count={evaluated}, seed=1)"
    if name == "mnist":
        return "mnist()", "mnist(split='held_out')"
    if name == "imagenet":
        text = f"images(path={folder!r}{_picture_size(input_shape)})"
        return text, text
    close = difflib.get_close_matches(name, [*_OWN_DATA, "imagenet", "mnist", "stdrandom"], n=1)
    instead = _OWN_DATA.get(name)
    raise OptionError(
        f"The data set {name[:80]!r} is not known here." if instead is None else f"The files of the data set {name!r} are not part of the studio.",
        where=where,
        remedy=f"Name one of the studio's data sets instead, such as {instead or close[0] if instead or close else 'photos()'}.",
    )


def merge_fields(attribute_deps: Mapping[str, Mapping[str, str]], oscale_maps: Mapping[str, str]) -> dict[str, Any]:
    """MRT's settings for putting the top on the base, under our names; MRT's top always works on integers."""
    if not attribute_deps and not oscale_maps:
        return {}
    deps = {f"{op}.{attribute}": name for op, names in attribute_deps.items() for attribute, name in names.items()}
    return {"top": "integer", "attribute_deps": deps, "output_maps": dict(oscale_maps)}


def make_recipe(stages: Mapping[str, Mapping[str, Any]]) -> Recipe:
    """The recipe without fields that are None and without empty stages."""
    recipe = {stage: {field: value for field, value in fields.items() if value is not None} for stage, fields in stages.items()}
    return {stage: fields for stage, fields in recipe.items() if fields}


def _picture_size(input_shape: Sequence[int]) -> str:
    """MRT's pictures: the shorter side is resized to size / 0.875, rounded up."""
    size = input_shape[-1]
    return f", size={size}, resize={-(-size * 8 // 7)}" if len(input_shape) == 4 else ""


def _refuse_unknown(kind: str, name: str, known: Iterable[str], where: str, elsewhere: Sequence[str] = ()) -> None:
    if name not in known:
        close = elsewhere or difflib.get_close_matches(name, known, n=3)
        remedy = f"Did you mean {' or '.join(close)}?" if close else f"Known are {', '.join(known)}."
        raise OptionError(f"There is no {kind} called {name[:80]!r}.", where=where, remedy=remedy)
