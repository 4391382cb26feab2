"""Hostile attributes and shapes for any operator, near those of its samples."""

import dataclasses
import math
import random
from dataclasses import dataclass
from typing import Any

import numpy as np

from mrt_studio.cvm.lower import lower
from mrt_studio.cvm.requant import ShiftMultiply
from mrt_studio.ir.graph import Builder, Graph, Ref, Shape
from mrt_studio.ir.unknown import Unknown
from mrt_studio.ops.base import Operator, Sample, make, operators, parse
from mrt_studio.passes.base import passes

CLASSES = {cls.name: cls for cls in operators.values()}
SIZES = (0, 1, 1, 2, 3, 5, 64, 4096, 1 << 20, (1 << 31) - 1, 1 << 31, 1 << 33, 1 << 64)
WHOLE = (-(1 << 63), -(1 << 31), -9, -2, -1, 0, 1, 2, 3, 7, 8, 4096, (1 << 24) + 1, (1 << 31) - 1, 1 << 31, 1 << 63, 10**30)
REAL = (-1e300, -1e12, -1.0, -1e-30, 0.0, 1e-45, 1e-40, 1e-20, 1e-6, 0.5, 1.0, 3.7, 1e6, 1e12, 3e38, 1e39, 1e300)
TEXTS = ("", " ", "None", "nan", "inf", "-inf", "1e5", "1e999", "0x10", "1_0", "True", "()", "(,)", "((1,),)", "(1, None)", "(1e3,)", "٣", "½", "\0", "9" * 500)
MOST_PARAM = 1 << 12
"""Elements of a parameter that a test makes: a file with more costs as much to write as to read."""


@dataclass(frozen=True)
class Hostile:
    """One operator as a file could have it: attribute texts, and the shapes of what is fed and of parameters."""

    operator: str
    texts: dict[str, str]
    data: tuple[Shape, ...]
    params: tuple[Shape, ...]
    outputs: int

    def graph(self) -> Graph | None:
        """The operator alone, or None where the front door takes it for an unknown one."""
        op = parse(self.operator, self.texts, len(self.data) + len(self.params))
        if isinstance(op, Unknown):
            return None
        b = Builder(make)
        refs = [b.input(f"data{i}", shape) for i, shape in enumerate(self.data)]
        refs += [b.param("", np.linspace(0.1, 1, math.prod(s), dtype=np.float32).reshape(s), name=f"param{i}") for i, s in enumerate(self.params)]
        first = b.apply(op, tuple(refs), name="node")
        return b.graph(Ref(first.name, i) for i in range(min(op.outputs, self.outputs)))


def lower_blindly(graph: Graph) -> None:
    """Rewrite the operator and lower it at thresholds of one, without asking MXNet."""
    ready = passes["legalize"]().run(graph.with_own_origin())
    lower(ready, dict.fromkeys((n.name for n in ready.nodes), 1.0), requantizer=ShiftMultiply())


def kinds_of(cls: type[Operator]) -> dict[str, Any]:
    """What each attribute is."""
    return {f.name: f.metadata["attribute"] for f in dataclasses.fields(cls)}


def hostile(cls: type[Operator], seed: int) -> Hostile:
    """A sample of the operator with up to three attributes and up to two sizes changed."""
    rng = random.Random(seed)
    sample = rng.choice(cls.samples or (Sample({}, ((2, 3, 4, 4),) * rng.randint(*cls.arity)),))
    kinds = kinds_of(cls)
    texts = {key: kinds[key].format(value) for key, value in sample.attributes.items()}
    for key in rng.sample(sorted(kinds), min(len(kinds), rng.randrange(4))):
        texts[key] = hostile_text(rng, kinds[key])
    shapes = _changed(rng, (*sample.data, *sample.params))
    data, params = shapes[: len(sample.data)], shapes[len(sample.data) :]
    sound = (s if s and 0 < math.prod(s) <= MOST_PARAM else old for s, old in zip(params, sample.params, strict=True))
    return Hostile(cls.name, texts, data, tuple(sound), sample.outputs)


def hostile_text(rng: random.Random, kind: Any) -> str:
    """A text for a kind of attribute: limits and their neighbours, odd lengths, None, and what is no such value at all."""
    if rng.random() < 0.1:
        return rng.choice(TEXTS)
    name = type(kind).__name__
    if name == "_Flag":
        return rng.choice(("True", "False", "1", "0"))
    if name == "_Choice":
        return rng.choice(kind.options)
    low, high = kind.low, kind.high
    if name in ("_Integer", "_Ints"):
        values: list[float] = [low - 1, low, low + 1, high - 1, high, high + 1, *WHOLE]
    else:
        values = [low, high, float(np.nextafter(low, -np.inf)), float(np.nextafter(high, np.inf)), *REAL]
    if rng.random() < 0.8:
        values = [v for v in values if low <= v <= high]
    if name in ("_Integer", "_Real"):
        return str(rng.choice(values))
    if rng.random() < 0.7:
        values = [v for v in values if v <= 8] or values
    count = rng.choice(kind.lengths) if kind.lengths and rng.random() < 0.8 else rng.randrange(10)
    gaps = ("None",) if name == "_Ints" and kind.gaps else ()
    return f"({''.join(f'{rng.choice((*values, *gaps))}, ' for _ in range(count))})"


def _changed(rng: random.Random, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """The shapes with a size set in one or all of them, an axis more or less, or one of them replaced."""
    found = [list(shape) for shape in shapes]
    for _ in range(rng.randrange(3) if found else 0):
        kind, at, size = rng.choice(("one", "all", "all", "more", "less", "other")), rng.randrange(8), rng.choice(SIZES)
        for shape in found if kind == "all" else [rng.choice(found)]:
            if kind == "more":
                shape.insert(at % (len(shape) + 1), min(size, 1))
            elif kind == "other":
                shape[:] = rng.choices(SIZES, k=rng.randrange(10))
            elif shape:
                shape[at % len(shape)] = size
                if kind == "less":
                    del shape[at % len(shape)]
    return tuple(tuple(shape) for shape in found)
