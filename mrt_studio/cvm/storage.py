"""Where every tensor of a compiled graph lives: tensors share a buffer when their lives do not overlap.

The runtime gives each storage id one buffer, as large as its largest tensor, and does not check lives itself.
The plan takes tensors from the largest to the smallest, so a buffer that is free is always large enough, and of
the free ones the smallest is taken.
"""

from __future__ import annotations

import math
from bisect import bisect, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mrt_studio.cvm.ops.base import CvmOperator
from mrt_studio.errors import ModelError, OverflowError32
from mrt_studio.ir.graph import Graph, Node, Ref

STORAGE_LIMIT = 1 << 32
"""The most bytes the runtime gives to all buffers together."""

IN_PLACE = frozenset(
    {"flatten", "relu", "expand_dims", "reshape", "squeeze", "abs", "cvm_precision", "elemwise_add", "elemwise_sub", "clip", "cvm_clip"}
    | {"cvm_right_shift", "cvm_left_shift"}
)
"""The operators whose output may take the buffer of an input, in the runtime's names."""

_BYTES = 4  # every tensor is held as int32


@dataclass
class _Tensor:
    """Elements that need one place from the node that makes them to the last that reads them, both included."""

    size: int
    first: int
    last: int
    fixed: bool
    entries: list[int] = field(default_factory=list[int])


def plan_storage(graph: Graph) -> tuple[int, ...]:
    """Give each output of each node, in the graph's order, a storage id.

    Variables have ids of their own. An output takes the buffer of a dying input only for the operators in
    `IN_PLACE`, and only if the plan is then smaller.

    Raises:
        OverflowError32: the buffers need more than 2**32 bytes.
    """
    plans = [_assign(_tensors(graph, in_place=in_place)) for in_place in (False, True)]
    best = min(plans, key=lambda plan: _total(graph, plan))
    storage_bytes(graph, best)
    return best


def storage_bytes(graph: Graph, plan: Sequence[int]) -> int:
    """The bytes of all buffers of a plan.

    Raises:
        OverflowError32: they are more than 2**32.
    """
    total = _total(graph, plan)
    if total > STORAGE_LIMIT:
        raise OverflowError32(
            f"The tensors of the compiled graph need {total:,} bytes.",
            why=f"The Cortex virtual machine allows {STORAGE_LIMIT:,}.",
            remedy="Compile with a smaller batch or a smaller input.",
        )
    return total


def check_storage(graph: Graph, plan: Sequence[int]) -> None:
    """Follow a plan node by node and refuse it where a value would be overwritten that is still needed.

    Raises:
        ModelError: naming the node that reads an overwritten value, or that writes where it may not.
        OverflowError32: the buffers are too large.
    """
    entries = (Ref(node.name, i) for node in graph.nodes for i in range(node.op.outputs))
    number = dict(zip(entries, plan, strict=True))
    holds = dict[int, Ref]()
    for node in graph.nodes:
        if node.is_variable and holds.setdefault(number[Ref(node.name)], Ref(node.name)).name != node.name:
            raise _misplaced(node, "shares its storage with another variable")
    variables = set(holds)
    for node in graph.operators:
        _check_held(node, node.inputs, holds, number)
        made = [Ref(node.name, i) for i in range(node.op.outputs)]
        if len({number[ref] for ref in made}) < len(made):
            raise _misplaced(node, "writes two outputs to one place")
        for ref in made:
            if number[ref] in variables:
                raise _misplaced(node, "overwrites a variable")
            in_place = isinstance(node.op, CvmOperator) and node.op.func in IN_PLACE
            if not in_place and number[ref] in {number[r] for r in node.inputs}:
                raise _misplaced(node, "overwrites its own input, which the runtime allows for other operators only")
            holds[number[ref]] = ref
    _check_held(None, graph.outputs, holds, number)
    storage_bytes(graph, plan)


def _check_held(node: Node | None, refs: Iterable[Ref], holds: Mapping[int, Ref], number: Mapping[Ref, int]) -> None:
    for ref in refs:
        if (other := holds[number[ref]]) != ref:
            reader = "the caller" if node is None else repr(node.name)
            raise ModelError(f"The storage plan lets {other.name!r} overwrite {ref.name!r} before {reader} reads it.", where=ref.name)


def _misplaced(node: Node, what: str) -> ModelError:
    return ModelError(f"By the storage plan, {node.name!r} {what}.", where=node.name)


def _total(graph: Graph, plan: Sequence[int]) -> int:
    sizes = dict[int, int]()
    for number, size in zip(plan, _sizes(graph), strict=True):
        sizes[number] = max(size, sizes.get(number, 0))
    return _BYTES * sum(sizes.values())


def _sizes(graph: Graph) -> list[int]:
    return [math.prod(graph.shape(Ref(node.name, i))) for node in graph.nodes for i in range(node.op.outputs)]


def _tensors(graph: Graph, *, in_place: bool) -> list[_Tensor]:
    """The graph's entries, those that share a buffer in place joined to one tensor."""
    last = _last_readers(graph)
    tensors, of = list[_Tensor](), dict[Ref, _Tensor]()
    entry = 0
    for position, node in enumerate(graph.nodes):
        shares = in_place and isinstance(node.op, CvmOperator) and node.op.func in IN_PLACE
        dying = [of[r] for r in node.inputs if last[r] == position] if shares else []
        for index in range(node.op.outputs):
            ref = Ref(node.name, index)
            size = math.prod(graph.shape(ref))
            tensor = next((t for t in dying if t.size == size and not t.fixed), None)
            if tensor is None:
                tensor = _Tensor(size, position, position, node.is_variable)
                tensors.append(tensor)
            tensor.last = max(last.get(ref, 0), position)
            tensor.entries.append(entry)
            of[ref] = tensor
            entry += 1
    return tensors


def _last_readers(graph: Graph) -> dict[Ref, int]:
    """The position of the last node that reads an output; outputs of the graph are read after the last node."""
    last = {ref: position for position, node in enumerate(graph.nodes) for ref in node.inputs}
    return last | dict.fromkeys(graph.outputs, len(graph.nodes))


def _assign(tensors: Iterable[_Tensor]) -> tuple[int, ...]:
    """The buffer of each entry, numbered in the order of the entries."""
    chosen = dict[int, int]()
    buffers = list[list[tuple[int, int]]]()  # the lives in each shared buffer, sorted; they do not overlap
    for tensor in sorted(tensors, key=lambda t: (-t.size, t.first)):
        if tensor.fixed:
            chosen |= {entry: -1 - entry for entry in tensor.entries}
            continue
        # Later buffers are smaller, and all are large enough.
        number = next((i for i in reversed(range(len(buffers))) if _is_free(buffers[i], tensor)), len(buffers))
        if number == len(buffers):
            buffers.append([])
        insort(buffers[number], (tensor.first, tensor.last))
        chosen |= dict.fromkeys(tensor.entries, number)
    numbers = {number: i for i, number in enumerate(dict.fromkeys(chosen[entry] for entry in range(len(chosen))))}
    return tuple(numbers[chosen[entry]] for entry in range(len(chosen)))


def _is_free(lives: list[tuple[int, int]], tensor: _Tensor) -> bool:
    """Whether the tensor's life overlaps none of these."""
    at = bisect(lives, (tensor.first, tensor.last))
    return (at == len(lives) or tensor.last < lives[at][0]) and (at == 0 or lives[at - 1][1] < tensor.first)
