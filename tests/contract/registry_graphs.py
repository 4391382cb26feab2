"""Random graphs built from the registry: any operator's sample may follow any other.

Each step picks an operator and one of its samples, brings tensors that are there already to the sample's shapes and
range, and adds the operator. So every operator meets tensors of every scale, precision and history.
"""

import math

import numpy as np

from mrt_studio.errors import StudioError
from mrt_studio.ir.graph import Builder, Graph, Ref, Shape
from mrt_studio.ops.base import FloatOnly, Operator, Sample, make, operators
from tests.nets import rng_of

BATCH = 2
NEEDS_ITS_OWN_INPUTS = {"gather_nd"}
"""Its positions must lie inside, and in several axes must be parameters."""
CLASSES = [
    cls for name, cls in sorted(operators.items()) if name == cls.name and cls.samples and not issubclass(cls, FloatOnly) and name not in NEEDS_ITS_OWN_INPUTS
]
MOST_ELEMENTS = 4096
"""Samples whose tensors are larger make a graph slow, not different."""


class RegistryWriter:
    """Adds operators drawn from the registry to a graph."""

    def __init__(self, seed: int) -> None:
        self.rng = rng_of(seed)
        self.b = Builder(make)
        shape = (BATCH, int(self.rng.integers(1, 5)), *map(int, self.rng.integers(3, 8, 2)))
        self.tensors = [self.b.input("data", shape)]
        self.drawn: list[str] = []

    def graph(self, steps: int) -> Graph:
        """`steps` drawn operators; the last tensor and sometimes one more are outputs."""
        while len(self.drawn) < steps:
            cls = CLASSES[self.rng.integers(len(CLASSES))]
            self.add(cls, cls.samples[self.rng.integers(len(cls.samples))])
        if self.rng.random() < 0.8:
            return self.b.graph(self.tensors[-1:])
        # The machine writes several outputs row by row, so both get one row a sample.
        return self.b.graph(self.b.op("Reshape", ref, hint="rows", shape=(0, -1)) for ref in (self.tensors[-1], self.pick()))

    def add(self, cls: type[Operator], sample: Sample) -> None:
        """Add one operator; a sample that does not take this batch is skipped."""
        if any(math.prod(shape) > MOST_ELEMENTS for shape in (*sample.data, *sample.params)):
            return
        name = f"n{len(self.drawn)}_{cls.name}"
        with self.b.scope(name, ()):
            inputs = [self.brought(shape, sample) if i == 0 or self.rng.random() < 0.7 else self.constant(shape, sample) for i, shape in enumerate(sample.data)]
            params = [self.param(cls, i, shape) for i, shape in enumerate(sample.params, len(sample.data))]
            try:
                made = self.b.op(cls.name, *inputs, *params, name=name, **sample.attributes)
            except StudioError:
                return
        self.drawn.append(cls.name)
        outputs = [Ref(made.name, i) for i in range(sample.outputs)]
        self.tensors += [ref for ref in outputs if self.b.shape(ref)[:1] == (BATCH,) and math.prod(self.b.shape(ref)) <= MOST_ELEMENTS]

    def pick(self) -> Ref:
        """Mostly the last tensor."""
        return self.tensors[-min(int(self.rng.geometric(0.6)), len(self.tensors))]

    def brought(self, shape: Shape, sample: Sample) -> Ref:
        """A tensor in the sample's shape (but for the batch) and range."""
        x, size = self.b.op("Reshape", self.pick(), hint="flat", shape=(0, -1)), math.prod(shape[1:])
        while self.b.shape(x)[1] < size:
            x = self.b.op("Concat", x, x, hint="twice", num_args=2, dim=1)
        x = self.b.op("slice_axis", x, hint="cut", axis=1, begin=0, end=size) if self.b.shape(x)[1] > size else x
        if (sample.low, sample.high) != (Sample({}, ()).low, Sample({}, ()).high):
            x = self.b.op("_mul_scalar", self.b.op("sigmoid", x, hint="squashed"), hint="stretched", scalar=sample.high - sample.low)
            x = self.b.op("_plus_scalar", x, hint="moved", scalar=sample.low)
        x = self.b.op("round", x, hint="whole") if sample.whole else x
        return self.b.op("Reshape", x, hint="shaped", shape=(-1, *shape[1:])) if len(shape) != 2 else x

    def constant(self, shape: Shape, sample: Sample) -> Ref:
        """A parameter in the sample's range; its batch is the graph's."""
        array = self.rng.uniform(sample.low, sample.high, (BATCH, *shape[1:]))
        return self.b.param("fixed", (np.rint(array) if sample.whole else array).astype(np.float32))

    def param(self, cls: type[Operator], index: int, shape: Shape) -> Ref:
        """A parameter of any magnitude, now and then all zeros."""
        name = cls.input_names[index] if len(cls.input_names) > index else "param"
        zeros = self.rng.random() < 0.05 and name != "rhs"  # a divisor of zeros is refused
        array = self.rng.standard_normal(shape) * 10 ** self.rng.uniform(-1, 0.5) * (not zeros)
        return self.b.param(name, (abs(array) + 0.1 if name == "variance" else array).astype(np.float32))
