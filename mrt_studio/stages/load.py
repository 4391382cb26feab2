"""Load: a model from its files, or a demo, through the front door."""

from __future__ import annotations

import collections
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from mrt_studio.demos.base import demos
from mrt_studio.errors import FormatError, OptionError
from mrt_studio.ir.graph import Graph
from mrt_studio.ir.params import load_params
from mrt_studio.ir.symbol import read_graph
from mrt_studio.ops.base import parse
from mrt_studio.stages.base import Report, Stage, stages
from mrt_studio.stages.graph_files import load_graph, save_graph
from mrt_studio.stages.options import option

DEMO = "demo:"


@dataclass(frozen=True)
class FloatModel:
    """The float graph as its files state it; shapes are not known yet."""

    graph: Graph

    def save(self, folder: Path) -> None:
        """Write the graph."""
        save_graph(folder, "model", self.graph)

    @classmethod
    def load(cls, folder: Path) -> FloatModel:
        """Read the graph."""
        return cls(load_graph(folder, "model"))

    def summary(self) -> dict[str, Any]:
        """Counts of operators and parameters."""
        kinds = collections.Counter(n.op.name for n in self.graph.operators)
        return {
            "operators": len(self.graph.operators),
            "parameters": int(sum(a.size for a in self.graph.params.values())),
            "inputs": [n.name for n in self.graph.inputs],
            "kinds": dict(kinds.most_common()),
        }


@stages.register("load")
@dataclass(frozen=True)
class Load(Stage):
    """Read the symbol and the parameters; nothing else sees the files."""

    name = "load"
    title = "Load"
    artifact = FloatModel

    model: str = option("", "path", "symbol file, prefix of a symbol file, or demo:NAME")
    params: str = option("", "path", "parameter file; found beside the symbol when not given")

    def run(self, inputs: Mapping[str, Any], report: Report) -> FloatModel:
        """Read and check both files.

        Raises:
            OptionError: no model is named, or its files do not exist.
            FormatError: a file is damaged or is of another kind.
            UnsupportedError: an operator is not supported.
        """
        del inputs
        if self.model.startswith(DEMO):
            demo = demos[self.model.removeprefix(DEMO)]()
            report.log(f"Building {demo.title}")
            return FloatModel(read_graph(demo.symbol(), demo.params(), parse, where=self.model))
        symbol, params = self.files()
        report.log(f"Reading {symbol.name} and {params.name}")
        return FloatModel(read_model(symbol, params))

    def files(self) -> tuple[Path, Path]:
        """The symbol and parameter files that the options mean.

        Raises:
            OptionError: no model is named, or a file does not exist.
        """
        if not self.model:
            raise OptionError("No model is named.", remedy="Give the symbol file of a model, or demo:efficientnet_lite0.")
        given = _path(self.model)
        symbol = _first(given, (given, Path(f"{given}-symbol.json"), Path(f"{given}.json")))
        if self.params:
            path = _path(self.params)
            return symbol, _first(path, (path,))
        stem = symbol.name.removesuffix(".json").removesuffix("-symbol")
        found = (
            symbol.with_name(stem + ".params"),
            symbol.with_name(stem + "-0000.params"),
            *sorted(symbol.parent.glob(stem + "-[0-9][0-9][0-9][0-9].params"))[-1:],
        )
        return symbol, _first(symbol.with_name(stem + ".params"), found)

    def content(self) -> dict[str, Any]:
        """The demo's name; of files only their content counts, not where they are."""
        return {"model": self.model} if self.model.startswith(DEMO) else {}

    def fingerprint(self) -> Any:
        """SHA-256 of both files, or the demo's package version."""
        if self.model.startswith(DEMO):
            return demos[self.model.removeprefix(DEMO)].requirement
        return [_digest(path) for path in self.files()]


def read_model(symbol: Path, params: Path) -> Graph:
    """Read a float model from two files through the front door.

    Raises:
        FormatError: a file is damaged or is of another kind.
        UnsupportedError: an operator is not supported.
    """
    try:
        return read_graph(symbol.read_bytes(), load_params(params), parse, where=symbol.name)
    except OSError as error:
        raise FormatError("A model file cannot be read.", where=str(error.filename), why=error.strerror or "") from None


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise OptionError(f"The path {text!r} names no home folder.", where=text, why=str(error), remedy="Write the path out.") from None


def _first(asked: Path, candidates: tuple[Path, ...]) -> Path:
    try:
        for path in candidates:
            if path.is_file():
                return path
    except OSError as error:
        raise OptionError("The path of a model file cannot be used.", where=str(asked)[:200], why=f"{error.strerror}.", remedy="Check the path.") from None
    tried = ", ".join(dict.fromkeys(p.name or str(p) for p in candidates))
    raise OptionError(f"The file {str(asked)!r} does not exist.", where=str(asked.parent), why=f"Tried {tried}.", remedy="Check the path of the model.")


def _digest(path: Path) -> str:
    try:
        status = path.stat()
        return _hash_file(path.resolve(), status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise OptionError("A model file cannot be read.", where=str(path), why=f"{error.strerror}.", remedy="Check its permissions.") from None


@lru_cache(maxsize=64)
def _hash_file(path: Path, modified: int, size: int) -> str:
    """SHA-256 of a file; asked for at every look at the pipeline's state, so it is kept until the file changes."""
    del modified, size
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
