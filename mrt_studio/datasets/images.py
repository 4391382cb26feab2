"""A folder of JPEG and PNG files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mrt_studio.datasets.base import datasets, require
from mrt_studio.datasets.paths import expand, is_file, is_folder
from mrt_studio.datasets.pictures import Picture, Pictures
from mrt_studio.errors import DataError

_SUFFIXES = {".jpg", ".jpeg", ".png"}
_LABELS = ("none", "folder", "name")
_NUMBER = re.compile(r"[0-9]{1,9}")


@datasets.register("images")
@dataclass(frozen=True, kw_only=True)
class Images(Pictures):
    """The pictures of a folder and its subfolders, in the order of their paths.

    `labels` says where a label comes from: ``none``; ``folder``, the first subfolder, which stands for its
    number if all are numbers and else for its place among them; or ``name``, the last number in the file's
    name. Links that lead out of the folder are not followed.
    """

    path: str
    labels: str = "none"

    def check(self) -> None:
        """List the folder; refuse one that is missing or without pictures."""
        super().check()
        require(type(self.path) is str and self.path != "", "path", self.path, "A folder is expected.")
        require(self.labels in _LABELS, "labels", self.labels, f"The ways are {', '.join(_LABELS)}.")
        if not is_folder(self._root):
            raise DataError("The folder of pictures is not there.", where=self.path, why="The path does not lead to a folder.", remedy="Check the path.")
        if not self.pictures:
            raise DataError("The folder holds no pictures.", where=self.path, why=f"No file ends with {', '.join(sorted(_SUFFIXES))}.", remedy="Add some.")

    def find(self) -> tuple[Picture, ...]:
        """All pictures below the folder."""
        found = sorted((path for path in self._root.rglob("*") if path.suffix.lower() in _SUFFIXES and self._is_inside(path)), key=self._name)
        return tuple(Picture(path, self._name(path), label) for path, label in zip(found, self._label_all(found), strict=True))

    @cached_property
    def _root(self) -> Path:
        return expand(self.path)

    @cached_property
    def _home(self) -> Path:
        return self._root.resolve()

    def _is_inside(self, path: Path) -> bool:
        return is_file(path) and path.resolve().is_relative_to(self._home)

    def _name(self, path: Path) -> str:
        # A name that is no Unicode is legal on disk, but nowhere else.
        return path.relative_to(self._root).as_posix().encode(errors="replace").decode()

    def _label_all(self, paths: list[Path]) -> list[int | None]:
        if self.labels == "folder":
            classes = [self._class_folder(path) for path in paths]
            names = sorted(set(classes))
            numbers = {name: int(name) if all(_NUMBER.fullmatch(n) for n in names) else place for place, name in enumerate(names)}
            return [numbers[name] for name in classes]
        return [self._number(path) if self.labels == "name" else None for path in paths]

    def _class_folder(self, path: Path) -> str:
        folder, _, file = self._name(path).partition("/")
        if not file:
            raise DataError("A picture has no label.", where=str(path), why="It lies in no subfolder.", remedy="Move it into the folder of its class.")
        return folder

    @staticmethod
    def _number(path: Path) -> int:
        digits = re.findall(r"[0-9]+", path.stem)
        if not digits or not _NUMBER.fullmatch(digits[-1]):
            raise DataError("A picture has no label.", where=str(path), why="Its name holds no label.", remedy="Name it like photo_243.png.")
        return int(digits[-1])
