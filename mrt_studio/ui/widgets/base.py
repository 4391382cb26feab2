"""One declaration of traits, two classes: an anywidget for Jupyter and a component for Panel.

Writing a widget takes two files: `widgets/src/NAME.ts` with `export default { render }`, and here `NAME.py` with a
table of `Trait` and one call of `widget_classes`. The bundle in `static/` is built from the first by `npm run build`.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anywidget
import param
import traitlets
from panel.custom import AnyWidgetComponent

from mrt_studio.errors import ArtifactError

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True)
class Trait:
    """One value that Python and the page share; its type is that of the default.

    A dict or list default is empty: instances copy it, but not what is in it. `choices` limits text to some values, `items` is
    the type of a list's items.
    """

    name: str
    default: dict[str, Any] | list[Any] | str | int | float
    doc: str
    choices: tuple[str, ...] = ()
    items: type = object


def bundle(name: str) -> Path:
    """Find the front-end bundle called `name`.

    Raises:
        ArtifactError: it has not been built.
    """
    path = STATIC / f"{name}.js"
    if not path.is_file():
        raise ArtifactError(
            f"The front-end bundle {path.name} is missing.",
            where=str(path),
            why="It is built from TypeScript and is not kept in the source tree.",
            remedy="Run `npm install --no-package-lock && npm run build` in widgets/.",
        )
    return path


def widget_classes(
    module: str, names: tuple[str, str], name: str, traits: Sequence[Trait], doc: str
) -> tuple[type[anywidget.AnyWidget], type[AnyWidgetComponent]]:
    """Make the Jupyter class and the Panel class called `names` in `module`, both with `traits` and the bundle `name`.

    Panel serves the bundle under module and class, so the classes must be importable from there by these names.

    Raises:
        ArtifactError: the bundle has not been built.
    """
    path = bundle(name)
    common = {"__module__": module, "__doc__": _document(doc, traits)}
    for_jupyter = {**common, "_esm": path, **{t.name: _traitlet(t) for t in traits}}
    for_panel = {**common, "_bundle": path, **{t.name: _parameter(t) for t in traits}}
    return (
        types.new_class(names[0], (anywidget.AnyWidget,), exec_body=lambda body: body.update(for_jupyter)),
        types.new_class(names[1], (AnyWidgetComponent,), exec_body=lambda body: body.update(for_panel)),
    )


def _document(doc: str, traits: Sequence[Trait]) -> str:
    return "\n".join([doc, "", "Traits:", *(f"    {t.name}: {t.doc}" for t in traits)])


def _traitlet(trait: Trait) -> traitlets.TraitType[Any, Any]:
    default = trait.default
    made: traitlets.TraitType[Any, Any]
    if isinstance(default, dict):
        made = traitlets.Dict(default_value=default, help=trait.doc)
    elif isinstance(default, list):
        made = traitlets.List(traitlets.Instance(trait.items), default_value=default, help=trait.doc)
    elif isinstance(default, str):
        made = traitlets.Enum(trait.choices, default_value=default, help=trait.doc) if trait.choices else traitlets.Unicode(default, help=trait.doc)
    elif isinstance(default, int):
        made = traitlets.Int(default, help=trait.doc)
    else:
        made = traitlets.Float(default, help=trait.doc)
    return made.tag(sync=True)


def _parameter(trait: Trait) -> param.Parameter:
    default = trait.default
    if isinstance(default, dict):
        return param.Dict(default, doc=trait.doc)
    if isinstance(default, list):
        return param.List(default, item_type=trait.items, doc=trait.doc)
    if isinstance(default, str):
        return param.Selector(default=default, objects=list(trait.choices), doc=trait.doc) if trait.choices else param.String(default, doc=trait.doc)
    if isinstance(default, int):
        return param.Integer(default, doc=trait.doc)
    return param.Number(default, doc=trait.doc)
