"""MXNet, and the only module that imports it: run float graphs, and bind symbols.

MXNet is native code: it may take the process down on bad input, so it only ever runs in worker processes
or where a user called it (Python, CLI), and only on graphs that passed the front door. After any
error an executor is thrown away: a second read of its outputs would return zeros.
"""

from __future__ import annotations

import copy
import os
import signal
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from mrt_studio.errors import DataError, ModelError, OptionError
from mrt_studio.ir.graph import Array, Graph, Node, Ref
from mrt_studio.ir.symbol import write_symbol
from mrt_studio.ir.unknown import refuse_unknown

ISAS = {"sse41": ("SSE41", "Nehalem"), "avx2": ("AVX2", "Haswell"), "avx512": ("AVX512_CORE", "SkylakeX")}
"""Instruction sets that MXNet can be held to, by the words of oneDNN and of OpenBLAS."""
_pinned: list[str] = []


def pin_isa(isa: str) -> None:
    """Hold MXNet's kernels of this process and its workers to an instruction set, so that other processors compute the same bits.

    Nothing is held when `isa` is empty.

    Raises:
        OptionError: there is no such set, MXNet is loaded already, or it is held to another.
    """
    if not isa or [isa] == _pinned:
        return
    if isa not in ISAS:
        raise OptionError(f"There is no instruction set called {isa[:40]!r}.", remedy=f"There are {', '.join(ISAS)}.")
    if _pinned or mxnet.cache_info().currsize:
        raise OptionError("The instruction set cannot be changed any more.", why="MXNet reads it once, when it is loaded.", remedy="Start a new process.")
    for variable, value in zip(("DNNL_MAX_CPU_ISA", "OPENBLAS_CORETYPE"), ISAS[isa], strict=True):
        os.putenv(variable, value)  # native code reads the process's own table, and so do the workers
    _pinned.append(isa)


def pinned_isa() -> str:
    """The instruction set that `pin_isa` chose; empty when there is none."""
    return _pinned[0] if _pinned else ""


_NATIVE = (AttributeError, IndexError, NotImplementedError, TypeError, ValueError)
"""What MXNet raises instead of its own error where the native message begins with one of these names (mxnet/error.py)."""


@cache
def mxnet() -> ModuleType:
    """Import MXNet once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mxnet 1.9.1 uses names that numpy 1.23 deprecates
        import mxnet as mx  # noqa: PLC0415  (a second and 150 MB: only where it is used)
    if threading.current_thread() is threading.main_thread():
        # MXNet's own handler prints a trace, which may hang for ever in a broken process: die at once instead.
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    return mx


NO_MEMORY = ("bad_alloc", "could not create a memory object", "Cannot allocate memory", "Failed to allocate")
"""What native code says when it gets no memory."""


def guarded(error: Exception, where: str) -> ModelError:
    """An MXNet error as one of ours, its first line only."""
    if any(sign in str(error) for sign in NO_MEMORY):
        return ModelError("The memory is not enough.", where=where, remedy="Use a smaller batch.")
    lines = str(error).strip().splitlines()
    reason = next((line.split("Error:")[-1].strip() for line in reversed(lines) if "rror" in line), lines[-1] if lines else "unknown")
    return ModelError("MXNet could not run the model.", where=where, why=reason[:300])


def mxnet_operator(namespace: Any, name: str) -> Any:
    """MXNet's function for an operator in `mx.nd` or `mx.sym`; contributed and private ones have namespaces of their own."""
    if name.startswith("_contrib_"):
        return getattr(namespace.contrib, name.removeprefix("_contrib_"))
    return getattr(namespace._internal if name.startswith("_") else namespace, name)


class Stepper:
    """Runs a float graph operator by operator in float32, showing every intermediate result."""

    def __init__(self, graph: Graph) -> None:
        """Take a graph; raises UnsupportedError when it has unknown operators."""
        refuse_unknown(graph)
        mx = mxnet()
        self._graph = graph
        self._params = {name: mx.nd.array(array, dtype=np.float32) for name, array in graph.params.items()}

    def run(self, feeds: Mapping[str, Array]) -> Iterator[tuple[Node, Array]]:
        """Yield each operator and its first output, in order.

        Results are freed after their last reader, so the memory is that of the widest cut of the graph.
        MXNet works ahead: the next operator runs while the caller looks at this one's output.

        Raises:
            DataError: a feed is missing.
            ModelError: MXNet refuses an operator.
        """
        mx = mxnet()
        values: dict[str, list[Any]] = {name: [value] for name, value in self._params.items()}
        for node in self._graph.inputs:
            if node.name not in feeds:
                raise DataError(f"The model's input {node.name!r} got no data.")
            values[node.name] = [mx.nd.array(feeds[node.name], dtype=np.float32)]
        readers = {name: len(nodes) for name, nodes in self._graph.consumers.items()}
        ahead: list[tuple[Node, Any]] = []
        try:
            for node in self._graph.operators:
                out = mxnet_operator(mx.nd, node.op.name)(*(values[r.name][r.index] for r in node.inputs), **node.op.attributes())
                values[node.name] = out if isinstance(out, list) else [out]
                ahead.append((node, values[node.name][0]))
                for name in {r.name for r in node.inputs}:
                    readers[name] -= 1
                    if not readers[name]:
                        del values[name]
                if len(ahead) > 1:
                    done, value = ahead.pop(0)
                    yield done, value.asnumpy()
            for done, value in ahead:
                yield done, value.asnumpy()
        except (mx.base.MXNetError, *_NATIVE) as error:
            raise guarded(error, f"{ahead[0][0].op.name} {ahead[0][0].name!r}" if ahead else "") from None


class Replay:
    """The results of a float graph on one batch.

    One of them can be replaced, to see what becomes of the outputs.
    """

    def __init__(self, graph: Graph, feeds: Mapping[str, Array]) -> None:
        """Run the graph once and keep every result.

        Raises:
            ModelError: MXNet refuses an operator.
        """
        refuse_unknown(graph)
        mx = mxnet()
        self._graph = graph
        self._values: dict[str, list[Any]] = {name: [mx.nd.array(array, dtype=np.float32)] for name, array in {**graph.params, **feeds}.items()}
        self._run(self._values, graph.operators)

    def value(self, name: str) -> Array:
        """The first output of a node, float32."""
        return self._values[name][0].asnumpy()

    def outputs(self) -> list[Array]:
        """The graph's outputs, float32."""
        return [self._values[r.name][r.index].asnumpy() for r in self._graph.outputs]

    def replaced(self, name: str, array: Array) -> Replay:
        """The same batch with another first output of one node.

        Only what depends on it is computed again.

        Raises:
            ModelError: MXNet refuses an operator.
        """
        other = copy.copy(self)
        other._values = {**self._values, name: [mxnet().nd.array(array, dtype=np.float32), *self._values[name][1:]]}
        stale, nodes = {name}, list[Node]()
        for node in self._graph.operators:
            if any(r.name in stale for r in node.inputs):
                stale.add(node.name)
                nodes.append(node)
        other._run(other._values, nodes)
        return other

    def _run(self, values: dict[str, list[Any]], nodes: Iterable[Node]) -> None:
        mx = mxnet()
        try:
            for node in nodes:
                out = mxnet_operator(mx.nd, node.op.name)(*(values[r.name][r.index] for r in node.inputs), **node.op.attributes())
                values[node.name] = out if isinstance(out, list) else [out]
            mx.nd.waitall()
        except (mx.base.MXNetError, *_NATIVE) as error:
            raise guarded(error, "the model") from None


class Executor:
    """Forward passes of a symbol at any batch size.

    It runs through MXNet's cached operator, which unlike `bind` does not fuse subgraphs, so that results are
    those of the operators one by one.
    """

    def __init__(self, symbol: Any, params: Mapping[str, Array], types: Mapping[str, str], *, hidden: int = 0) -> None:
        """Take a symbol, its parameters in their final types, and the type of each input.

        The last `hidden` outputs are computed, but not returned.

        Raises:
            ModelError: MXNet refuses the symbol.
        """
        mx = mxnet()
        arrays = {name: mx.nd.array(array, dtype=array.dtype) for name, array in params.items()}
        self._inputs = [arrays.get(name, name) for name in symbol.list_inputs()]
        self._types, self._hidden = types, hidden
        try:
            self._run: Any = mx.nd.CachedOp(symbol)
        except (mx.base.MXNetError, *_NATIVE) as error:
            raise guarded(error, "the model's symbol") from None

    @staticmethod
    def of(graph: Graph) -> Executor:
        """An executor for a float graph; raises UnsupportedError when it has unknown operators."""
        refuse_unknown(graph)
        params = {name: array.astype(np.float32, copy=False) for name, array in graph.params.items()}
        first = _unread_first_outputs(graph)
        symbol = mxnet().sym.load_json(write_symbol(replace(graph, outputs=(*graph.outputs, *first))).decode())
        return Executor(symbol, params, {n.name: "float32" for n in graph.inputs}, hidden=len(first))

    def forward(self, feeds: Mapping[str, Array]) -> list[Array]:
        """Run on `feeds` (input name to array); returns the outputs.

        Raises:
            DataError: a feed is missing.
            ModelError: MXNet refuses; the executor must not be used again.
        """
        mx = mxnet()
        if missing := [x for x in self._inputs if isinstance(x, str) and x not in feeds]:
            raise DataError(f"The model's input {missing[0]!r} got no data.")
        if self._run is None:
            raise ModelError("This executor failed before; its results would be wrong.", remedy="Make a new one.")
        try:
            outputs = self._run(*(mx.nd.array(feeds[x], dtype=self._types[x]) if isinstance(x, str) else x for x in self._inputs))
            found = outputs if isinstance(outputs, list) else [outputs]
            return [o.asnumpy() for o in found[: len(found) - self._hidden]]
        except (mx.base.MXNetError, *_NATIVE) as error:
            self._run = None
            raise guarded(error, "forward pass") from None


def _unread_first_outputs(graph: Graph) -> list[Ref]:
    """The first outputs of operators of which only others are read.

    MXNet computes the variance of `moments` from its mean, but does not write a mean that nobody reads.
    """
    read = {r for node in graph.nodes for r in node.inputs} | set(graph.outputs)
    return [Ref(node.name) for node in graph.operators if node.op.outputs > 1 and Ref(node.name) not in read]
