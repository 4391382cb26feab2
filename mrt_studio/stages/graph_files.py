"""A graph as two files in an artifact's folder: NAME.json and NAME.params."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mrt_studio.cvm.ops.base import PREFIX
from mrt_studio.cvm.ops.base import make as make_cvm
from mrt_studio.cvm.ops.base import parse as parse_cvm
from mrt_studio.ir.graph import Graph, Op
from mrt_studio.ir.params import load_params, save_params
from mrt_studio.ir.symbol import read_graph, write_symbol
from mrt_studio.ops.base import make as make_float
from mrt_studio.ops.base import parse as parse_float


def parse_any(name: str, texts: Mapping[str, str], inputs: int) -> Op:
    """Make an operator of either dialect from a file's texts."""
    return parse_cvm(name, texts, inputs) if name.startswith(PREFIX) else parse_float(name, texts, inputs)


def make_any(name: str, /, **attributes: object) -> Op:
    """Make an operator of either dialect from typed attributes."""
    return make_cvm(name, **attributes) if name.startswith(PREFIX) else make_float(name, **attributes)


def save_graph(folder: Path, name: str, graph: Graph) -> None:
    """Write both files."""
    (folder / f"{name}.json").write_bytes(write_symbol(graph))
    with (folder / f"{name}.params").open("wb") as file:
        save_params(graph.params, file)


def load_graph(folder: Path, name: str) -> Graph:
    """Read both files; raises FormatError when they are damaged."""
    path = folder / f"{name}.json"
    return read_graph(path.read_bytes(), load_params(folder / f"{name}.params"), parse_any, where=path.name)
