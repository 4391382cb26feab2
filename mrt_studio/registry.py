"""Drop-in points: a decorated class in a folder becomes a named entry.

A registry imports every module of its folder on first use, so adding a file is all that adding
an operator, an observer or a data set takes.
"""

from __future__ import annotations

import ast
import difflib
import importlib
import pkgutil
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

from mrt_studio.errors import OptionError

T = TypeVar("T")
C = TypeVar("C")


class Registry(Mapping[str, T]):
    """A mapping from name to class, filled by decorators in the modules of `package`."""

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self._package = package
        self._entries: dict[str, T] = {}
        self._loaded = False
        self._lock = threading.RLock()

    def register(self, name: str) -> Callable[[C], C]:
        """Decorate a class to enter it as `name`; a name that is taken is a programming error."""

        def enter(entry: C) -> C:
            if name in self._entries:
                raise ValueError(f"{self.kind} {name!r} is registered twice")
            self._entries[name] = cast("T", entry)
            return entry

        return enter

    def __getitem__(self, name: str) -> T:
        self._load()
        if name in self._entries:
            return self._entries[name]
        close = difflib.get_close_matches(name, self._entries, n=3)
        known = ", ".join(close or sorted(self._entries))
        raise OptionError(
            f"There is no {self.kind} called {name!r}.",
            remedy=f"{'Did you mean' if close else 'Known names are'}: {known}.",
        )

    def create(self, spec: str) -> Any:
        """Make an entry from text such as ``absmax`` or ``mrt_lambda(lambd=10)``; arguments are literals.

        Raises:
            OptionError: the text does not parse, the name is unknown, or the arguments do not fit.
        """
        name, arguments = parse_call(spec)
        entry: Any = self[name]
        try:
            return entry(**arguments)
        except TypeError as error:
            raise OptionError(f"The {self.kind} {name!r} does not take these arguments.", where=spec, why=str(error)) from None

    def __contains__(self, name: object) -> bool:
        self._load()
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(sorted(self._entries))

    def __len__(self) -> int:
        self._load()
        return len(self._entries)

    def _load(self) -> None:
        if self._loaded:
            return
        with self._lock:  # a second thread waits for the whole folder instead of seeing half of it
            if self._loaded:
                return
            package = importlib.import_module(self._package)
            for module in pkgutil.walk_packages(package.__path__, self._package + "."):
                importlib.import_module(module.name)
            self._loaded = True


def parse_call(spec: str) -> tuple[str, dict[str, Any]]:
    """Split ``name(key=literal, ...)`` or plain ``name`` into the name and its arguments; nothing is evaluated.

    Raises:
        OptionError: anything but a name with keyword literals.
    """
    problem = OptionError(f"{spec!r} is not of the form name or name(key=value, ...).", remedy="Write for example images(path='photos', size=224).")
    try:
        tree = ast.parse(spec.strip(), mode="eval").body
        if isinstance(tree, ast.Name):
            return tree.id, {}
        if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name) or tree.args:
            raise problem
        arguments = {k.arg: ast.literal_eval(k.value) for k in tree.keywords if k.arg}
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        raise problem from None
    if len(arguments) < len(tree.keywords):  # a name given twice, or **
        raise problem
    return tree.func.id, arguments
