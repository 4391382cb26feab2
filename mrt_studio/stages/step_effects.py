"""What each step beyond MRT V3 changes: noise and gas before and after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.lower import Lowered
from mrt_studio.cvm.machine import FastMachine
from mrt_studio.engine import Executor
from mrt_studio.fixedpoint import quantize_array
from mrt_studio.ir.graph import Array, Graph
from mrt_studio.metrics.base import metrics
from mrt_studio.stages.base import Report

STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("input_precision", {"input_precision": 8}),
    ("requantizer", {"requantizer": "shift_multiply"}),
    ("weights", {"weights": "tensor"}),
    ("activations", {"activations": "signed"}),
    ("wide", {"wide": (), "wide_below": 0.0}),
    ("rounding", {"rounding": "nearest"}),
    ("correct_bias", {"correct_bias": "off"}),
)
"""In the order in which they are added, with the options that take each away."""

NOISELESS = 999.0
"""JSON has no infinity."""


def step_effects(graph: Graph, samples: Array, options: Mapping[str, Any], lowered: Callable[..., Lowered], report: Report) -> list[dict[str, Any]]:
    """One row for each step that is switched on, in order, the first without any: step, SQNR of the first output in dB, gas.

    Args:
        graph: the prepared graph.
        samples: data (n, ...) to measure on.
        options: those of the stage.
        lowered: makes the integer model with other values for some options.
        report: takes one line for each row.
    """
    used = [(name, off) for name, off in STEPS if any(options[key] != value for key, value in off.items())]
    expected = Executor.of(graph).forward({graph.inputs[0].name: samples})[0]
    rows = list[dict[str, Any]]()
    for done in range(len(used) + 1):
        model = lowered(**{key: value for _, off in used[done:] for key, value in off.items()})
        integers = {name: quantize_array(samples, q.scale, q.precision) for name, q in model.inputs.items()}
        found = FastMachine(model.graph).run(integers)[0] / model.outputs[0].scale
        sqnr = metrics["sqnr"]().value(expected, found, None)
        noise = None if sqnr is None else min(sqnr, NOISELESS)
        rows.append({"step": used[done - 1][0] if done else "none", "sqnr": noise, "gas": gas(model.graph).total})
        report.log(f"{rows[-1]['step']}: SQNR {rows[-1]['sqnr']} dB, gas {rows[-1]['gas']:,}")
    return rows
