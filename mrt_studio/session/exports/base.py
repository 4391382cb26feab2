"""What an exporter is, and a guide to writing one.

Guide. One format is one file here with one decorated class:

    @exporters.register("recipe")
    class TomlRecipe(Exporter):
        '''All options, as a recipe file of the studio.'''

        title, group, suffix, media = "Recipe (TOML)", "Recipe", "toml", "application/toml"
        needs = ""

        def write(self, session): ...   the text of the file

It then appears in the command line, the studio and the tests. Names come from model files: what is written must hold them as
text in its own format, never as markup or code.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from mrt_studio.errors import ArtifactError, OptionError, StudioError
from mrt_studio.files import save_bytes
from mrt_studio.registry import Registry
from mrt_studio.session.session import Session

Data = dict[str, Any]


class Exporter(ABC):
    """Writes a session as the text of one file.

    Attributes:
        title: what people call the format.
        group: what it belongs to in a list of formats.
        suffix: of the file, without a dot.
        media: the MIME type.
        needs: the stage that must have run, or empty.
    """

    title: ClassVar[str]
    group: ClassVar[str]
    suffix: ClassVar[str]
    media: ClassVar[str]
    needs: ClassVar[str] = ""

    @abstractmethod
    def write(self, session: Session) -> str:
        """The file's text; the same for the same session.

        Raises:
            StudioError: something is missing, or cannot be written in this format.
        """

    def missing(self, session: Session) -> str:
        """Why it cannot be written yet, or an empty text."""
        return f"Run {session[self.needs].title} first." if self.needs and not session.done(self.needs) else ""


exporters: Registry[type[Exporter]] = Registry("export format", "mrt_studio.session.exports")


def export(session: Session, name: str) -> bytes:
    """A session in one format.

    Raises:
        OptionError: there is no such format, or it cannot hold this session.
        ArtifactError: a stage that it needs has not run.
    """
    exporter = exporters[name]()
    if why := exporter.missing(session):
        raise ArtifactError(f"There is nothing to export as {name} yet.", where=str(session.store.folder), why=why, remedy=why)
    return exporter.write(session).encode()


def export_file(session: Session, file: str) -> bytes:
    """The format whose file is called so; see `file_name`.

    Raises:
        StudioError: as for `export`.
    """
    names = {file_name(name): name for name in exporters}
    if file not in names:
        raise OptionError(f"No export is called {file!r}.", remedy=f"Files are {', '.join(names)}.")
    return export(session, names[file])


def save_export(session: Session, name: str, path: Path) -> int:
    """Write a session in one format to a file; returns its bytes.

    Raises:
        StudioError: as for `export`; ArtifactError: the file cannot be written.
    """
    if not path.parent.is_dir():
        raise OptionError(f"There is no folder {str(path.parent)!r}.", remedy="Make it first, or choose another.")
    data = export(session, name)
    save_bytes(path, data)
    return len(data)


def file_name(name: str) -> str:
    """What an exported file is called."""
    suffix = exporters[name].suffix
    return f"mrt-{name.removesuffix(f'_{suffix}').replace('_', '-')}.{suffix}"


def formats(session: Session) -> Iterator[Data]:
    """One row a format, by group: name, title, group, help, file, and missing (why it cannot be written yet, or empty)."""
    for name, cls in sorted(exporters.items(), key=lambda item: (GROUPS.index(item[1].group), item[0])):
        try:
            missing = cls().missing(session)
        except StudioError as error:
            missing = error.what
        help_ = (cls.__doc__ or "").strip().splitlines()[0]
        yield {"name": name, "title": cls.title, "group": cls.group, "help": help_, "file": file_name(name), "missing": missing}


GROUPS = ("Report", "Recipe", "Reproduce", "Table")
"""In the order in which they are shown."""
