"""One operator on given numbers, run in every way there is."""

from typing import Any

import numpy as np

from mrt_studio.cvm.ops.base import make
from mrt_studio.fixedpoint import narrowest_dtype
from mrt_studio.ir.graph import Array, Builder, Graph
from tests.nets import check_exact


def graph_of(op: str, shape: tuple[int, ...], /, *params: tuple[Any, int], bits: int = 8, **attributes: Any) -> Graph:
    """A graph of the operator, called `node`, on `data` and parameters of these values and precisions."""
    b = Builder(make)
    inputs = [b.input("data", shape, bits)]
    inputs += [b.param("", np.asarray(value).astype(narrowest_dtype(p)), name=f"param{i}", precision=p) for i, (value, p) in enumerate(params)]
    return b.graph([b.op(f"cvm.{op}", *inputs, name="node", **attributes)])


def result(op: str, x: Any, /, *params: tuple[Any, int], bits: int = 8, **attributes: Any) -> Array:
    """What the operator makes of `x`; the machines, the emulation and the files read back must agree."""
    x = np.asarray(x)
    return check_exact(graph_of(op, x.shape, *params, bits=bits, **attributes), {"data": x})[0]
