"""The graph of a stage as two files, under the names and in the formats that tools for MXNet models expect."""

from __future__ import annotations

from pathlib import Path

from mrt_studio.errors import ArtifactError
from mrt_studio.ir.params import write_params
from mrt_studio.ir.symbol import write_symbol
from mrt_studio.session.graphs import GRAPHS, stage_graph
from mrt_studio.session.session import Session

STORED = {"load": "model", "prepare": "prepared", "quantize": "quantized"}
"""Stages that keep their graph as NAME.json and NAME.params. A compiled graph is in the machine's own format."""


def file_names(stage: str) -> tuple[str, str]:
    """The names of the symbol and of the parameters.

    Raises:
        ArtifactError: the stage makes no graph.
    """
    if stage not in GRAPHS:
        raise ArtifactError(f"The stage {stage!r} has no graph.", remedy=f"Choose one of: {', '.join(GRAPHS)}.")
    return f"{GRAPHS[stage]}-symbol.json", f"{GRAPHS[stage]}-0000.params"


def model_file(session: Session, stage: str, name: str) -> Path | bytes:
    """One of the files, where it is stored or as bytes.

    Raises:
        ArtifactError: the stage has not run or makes no graph, or no file has that name.
    """
    names = file_names(stage)
    if not session.done(stage):
        raise ArtifactError(f"{session[stage].title} has not run.", remedy=f"Run {session[stage].title} first.")
    if name not in names:
        raise ArtifactError(f"The graph has no file called {name!r}.")
    is_symbol = name == names[0]
    if stage in STORED:
        return session.folder(stage) / f"{STORED[stage]}.{'json' if is_symbol else 'params'}"
    graph = stage_graph(session, stage)
    return write_symbol(graph) if is_symbol else write_params(graph.params)
