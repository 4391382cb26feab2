"""Hostile attributes and shapes for any operator, drawn near those of its samples."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from mrt_studio.cvm.lower import lower
from mrt_studio.cvm.requant import ShiftMultiply
from mrt_studio.ir.graph import Builder, Graph, Ref, Shape
from mrt_studio.ir.unknown import Unknown
from mrt_studio.ops.base import Operator, Sample, make, operators, parse
from mrt_studio.passes.base import passes

CLASSES = {cls.name: cls for cls in operators.values()}
SIZES = (0, 1, 2, 3, 5, 64, 4096, 1 << 20, (1 << 31) - 1, 1 << 31, 1 << 33, 1 << 62, 1 << 64)
MOST_PARAM = 1 << 12
"""Elements of a parameter that is made for a test: a file that holds more costs as much to write as to read."""
SHAPES = st.lists(st.sampled_from(SIZES), max_size=9).map(tuple)
WHOLE = (-(1 << 63), -(1 << 31), -9, -5, -2, -1, 0, 1, 2, 3, 7, 8, 4096, 4097, (1 << 24) + 1, (1 << 31) - 1, 1 << 31, 1 << 63, 10**30)
REAL = (-1e300, -1e12, -1.0, -1e-30, 0.0, 1e-45, 1e-40, 1e-20, 1e-6, 0.5, 1.0, 3.7, 1e6, 1e12, 3e38, 1e39, 1e300)
TEXTS = ("", " ", "None", "nan", "inf", "-inf", "1e5", "1e999", "0x10", "1_0", "True", "()", "(,)", "((1,),)", "(1, None)", "(1e3,)", "٣", "½", "\ud800", "\0", "9" * 500)


@dataclass(frozen=True)
class Draw:
    """One operator as a file could have it: attribute texts, and the shapes of what is fed and of parameters."""

    operator: str
    texts: dict[str, str]
    data: tuple[Shape, ...]
    params: tuple[Shape, ...]
    outputs: int = 1

    def graph(self) -> Graph | None:
        """The operator alone, or None where the front door takes the form for an unknown operator; raises StudioErrors."""
        op = parse(self.operator, self.texts, len(self.data) + len(self.params))
        if isinstance(op, Unknown):
            return None
        b = Builder(make)
        refs = [b.input(f"data{i}", shape) for i, shape in enumerate(self.data)]
        refs += [b.param("", np.linspace(0.1, 1, int(np.prod(shape)), dtype=np.float32).reshape(shape), name=f"param{i}") for i, shape in enumerate(self.params)]
        first = b.apply(op, tuple(refs), name="node")
        return b.graph(Ref(first.name, i) for i in range(min(op.outputs, self.outputs)))


def lowered_blindly(graph: Graph) -> None:
    """Rewrite the operator and lower it at thresholds of one; MXNet is never asked."""
    ready = passes["legalize"]().run(graph.with_own_origin())
    lower(ready, dict.fromkeys((n.name for n in ready.nodes), 1.0), requantizer=ShiftMultiply())


@st.composite
def draws(draw: st.DrawFn, cls: type[Operator]) -> Draw:
    """A sample of the operator with up to three attributes and up to two sizes changed."""
    sample = draw(st.sampled_from(cls.samples)) if cls.samples else Sample({}, draw(st.lists(SHAPES, min_size=cls.arity[0], max_size=min(cls.arity[1], 4)).map(tuple)))
    kinds = {f.name: f.metadata["attribute"] for f in dataclasses.fields(cls)}
    texts = {key: kinds[key].format(value) for key, value in sample.attributes.items()}
    for key in draw(st.lists(st.sampled_from(sorted(kinds)), max_size=3, unique=True)) if kinds else ():
        texts[key] = draw(attribute_texts(kinds[key]))
    shapes = draw(changed_shapes((*sample.data, *sample.params)))
    data, params = list(shapes[: len(sample.data)]), list[Shape]()
    for i, shape in enumerate(shapes[len(sample.data) :], len(data)):
        small = shape and np.prod(shape, dtype=float) <= MOST_PARAM
        small = small and min(shape) > 0
        params.append(tuple(shape) if small else (sample.params[i - len(sample.data)]))
    return Draw(cls.name, texts, tuple(data), tuple(params), sample.outputs)


@st.composite
def changed_shapes(draw: st.DrawFn, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """The shapes with a size set in one or all of them, an axis more or less, or one shape replaced."""
    found = [list(s) for s in shapes]
    for _ in range(draw(st.integers(0, 2)) if found else 0):
        kind, at, size, place = draw(st.tuples(st.sampled_from(("one", "all", "all", "more", "less", "other")), st.integers(0, 7), st.sampled_from(SIZES), st.integers(0, 7)))
        chosen = found if kind == "all" else [found[place % len(found)]]
        if kind == "other":
            chosen[0][:] = draw(SHAPES)
            continue
        for shape in chosen:
            if kind == "more":
                shape.insert(at % (len(shape) + 1), min(size, 1))
            elif shape and kind == "less":
                del shape[at % len(shape)]
            elif shape:
                shape[at % len(shape)] = size
    return tuple(tuple(s) for s in found)


def attribute_texts(kind: Any) -> st.SearchStrategy[str]:
    """Texts of a kind of attribute: limits and their neighbours, odd lengths, None, and things that are no such value."""
    low, high = getattr(kind, "low", 0), getattr(kind, "high", 0)
    name = type(kind).__name__
    if name == "_Flag":
        return st.sampled_from(("True", "False", "1", "0", *TEXTS))
    if name == "_Choice":
        return st.sampled_from((*kind.options, *TEXTS))
    if name in ("_Integer", "_Ints"):
        near = sorted({low - 1, low, low + 1, high - 1, high, high + 1, *WHOLE})
    else:
        near = sorted({low, high, np.nextafter(low, -np.inf), np.nextafter(high, np.inf), *REAL})
    value = st.sampled_from(near).map(str) | st.sampled_from([v for v in near if low <= v <= high]).map(str)
    if name in ("_Integer", "_Real"):
        return value | st.sampled_from(TEXTS)
    small = st.sampled_from([v for v in near if low <= v <= min(high, 8)] or near).map(str)
    some = st.sampled_from(kind.lengths) if kind.lengths else st.integers(0, 9)
    count = some | some | st.integers(0, 12)
    part = st.one_of(small, small, value, st.just("None")) if getattr(kind, "gaps", False) else st.one_of(small, small, value)
    listed = count.flatmap(lambda n: st.lists(part, min_size=n, max_size=n)).map(lambda v: f"({', '.join(v)}{',' if len(v) == 1 else ''})")
    return st.one_of(listed, listed, listed, value, st.sampled_from(TEXTS))
