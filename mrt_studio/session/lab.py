"""The threshold lab of one tensor, as plain data: what a threshold would do, before anything is run.

`lab_of` has all that a page needs to work this out by itself while a line is dragged; `preview` works it out here. Both use
the statistics of the calibration and the lowering's own rules.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mrt_studio.cvm.probe import OUTPUT, Probe, Request, probe
from mrt_studio.cvm.requant import Requantizer, ShiftMultiply
from mrt_studio.errors import ArtifactError, OptionError, StudioError
from mrt_studio.fixedpoint import int_range
from mrt_studio.ir.graph import Graph
from mrt_studio.observers.base import observers
from mrt_studio.observers.noise import quantization_noise
from mrt_studio.ops.lowering import Quantized
from mrt_studio.session.analysis import stored_errors
from mrt_studio.session.cone import cone
from mrt_studio.session.graph_payload import op_name, times
from mrt_studio.session.lab_data import channel_ranges, clipped, magnitude_bins, sample_rows, signed_bins
from mrt_studio.session.session import Session
from mrt_studio.stages.quantize import OBSERVERS, Quantize
from mrt_studio.stats.tensor_stats import TensorStats

Data = dict[str, Any]
BITS = tuple(range(4, 17))
"""Precisions that a prediction is given for."""


def lab_of(session: Session, tensor: str, bits: int | None = None) -> Data:
    """All that is known of a tensor's threshold; see `preview` for what one does.

    Args:
        session: calibrated.
        tensor: a name of the prepared model, parameters included.
        bits: for the curve of errors; without, what its consumers take.

    Raises:
        ArtifactError: the session is not calibrated, or has no statistics of the tensor.
    """
    graph, stats = _tensor(session, tensor)
    threshold, edited = session.thresholds[tensor], tensor in session.thresholds.edited
    node = graph[tensor]
    data: Data = {
        "tensor": tensor,
        "op": "parameter" if tensor in graph.params else "input" if node.is_variable else op_name(graph, node),
        "shape": times(node.shapes[0]),
        "threshold": threshold,
        "observed": session.thresholds.observed()[tensor],
        "observer": _observer(session, tensor, is_param=tensor in graph.params),
        "edited": edited,
        "minimum": stats.minimum,
        "maximum": stats.maximum,
        "absmax": stats.absmax,
        "mean": stats.mean,
        "std": stats.std,
        "power": _power(stats),
        "samples": stats.samples,
        "magnitudes": magnitude_bins(stats),
        "signed": signed_bins(stats),
        "channels": channel_ranges(stats),
        "extremes": sample_rows(stats),
        "picks": picks(stats),
        "cone": list(cone(session, tensor)),
        "measured": measured(session),
        "bits": 8,
        "codes": 1,
        "source": None,
        "requests": [],
        "requantizer": {},
        "problem": "",
    }
    if not stats.absmax:
        return data | {"problem": "All its values are zero, so there is nothing to choose."}
    try:
        data |= _integers(session, graph, tensor, threshold or stats.absmax)
    except StudioError as error:
        data["problem"] = error.what
    return data | ({"bits": bits} if bits else {})


def preview(session: Session, tensor: str, threshold: float) -> Data:
    """What a threshold would do, without running anything.

    Returns:
        threshold; clipped, the share of values beyond it; clipped_samples, how many samples have such values; sqnr, in dB by
        precision of BITS, None without an error; scale, precision and own_sqnr of the tensor's own integers, None for a
        parameter; and consumers: dicts of consumer, op, scale, precision, frac, shift, largest (its largest code), clips_at (where its
        integers really end) and sqnr (with the codes that it gets). problem says why there are no integers.

    Raises:
        ArtifactError: the session is not calibrated, or has no statistics of the tensor.
        OptionError: the threshold is negative or not finite.
    """
    graph, stats = _tensor(session, tensor)
    if not math.isfinite(threshold) or threshold < 0:
        raise OptionError(f"The threshold {threshold!r} is no positive number.", where=tensor, remedy="Give a number from 0 up.")
    found: Data = {"threshold": threshold, "scale": None, "precision": None, "own_sqnr": None, "consumers": [], "problem": ""}
    doubled = 1
    try:
        seen = _probe(session, graph, tensor, threshold)
    except StudioError as error:
        found["problem"] = error.what
    else:
        doubled = 2 if any(map(_is_unsigned, seen.requests)) else 1
        if seen.made is not None:
            end = int_range(seen.made.precision) / seen.made.scale if seen.made.threshold else 0.0
            found |= {"scale": seen.made.scale, "precision": seen.made.precision, "own_sqnr": sqnr(stats, end, end * seen.made.scale)}
        found["consumers"] = [_effect(graph, stats, seen.made, request) for request in seen.requests]
    share, samples = clipped(stats, threshold)
    return found | {
        "clipped": share,
        "clipped_samples": samples,
        "sqnr": {bits: sqnr(stats, threshold, doubled * int_range(bits)) for bits in BITS},
    }


def sqnr(stats: TensorStats, threshold: float, codes: float) -> float | None:
    """Power of the values over that of their error, in dB; None where there is no error, or nothing but zeros."""
    power = _power(stats)
    if not power:
        return None
    if not threshold:
        return 0.0
    rounding, clipping = quantization_noise(stats, np.array([threshold]), codes)
    noise = float(rounding[0] + clipping[0])
    return 10 * math.log10(power / noise) if noise else None


def picks(stats: TensorStats) -> list[Data]:
    """Each observer's name with options, one line of help, and its threshold; the usual options first."""
    texts = [*OBSERVERS, *(name for name in observers if name not in {text.partition("(")[0] for text in OBSERVERS})]
    return [{"name": text, "help": type(one := observers.create(text)).summary, "threshold": one.threshold(stats)} for text in texts]


def parameters_of(session: Session, node: str) -> list[str]:
    """The parameters that a node of the prepared model reads.

    Raises:
        ArtifactError: the model is not prepared, or has no such node.
    """
    graph: Graph = session.artifact("prepare").graph
    if node not in graph:
        raise ArtifactError(f"The prepared model has no node called {node!r}.")
    return [ref.name for ref in graph[node].inputs if ref.name in graph.params]


def measured(session: Session) -> dict[str, float]:
    """SQNR in dB of each node alone, as it was measured with the current options; what its inputs lose is part of it."""
    found = {row.name: row.isolated.get("sqnr") for row in stored_errors(session) or ()}
    return {name: value for name, value in found.items() if value is not None}


def curve_of(session: Session, tensor: str, observer: str) -> Data:
    """What an observer weighs: label, thresholds and values.

    Raises:
        ArtifactError: the session is not calibrated, or has no statistics of the tensor.
        OptionError: there is no such observer.
    """
    _, stats = _tensor(session, tensor)
    found = observers.create(observer).curve(stats)
    return {"label": found.label, "thresholds": found.thresholds.tolist(), "values": found.values.tolist()}


def _tensor(session: Session, tensor: str) -> tuple[Graph, TensorStats]:
    graph, stats = session.artifact("prepare").graph, session.artifact("calibrate").stats
    if tensor not in stats:
        raise ArtifactError(f"There are no statistics of {tensor!r}.", remedy="Use the name of an input, operator or parameter of the prepared model.")
    return graph, stats[tensor]


def _observer(session: Session, tensor: str, *, is_param: bool) -> str:
    stage = _quantize(session)
    return stage.observers.get(tensor) or (is_param and stage.weight_observer) or stage.observer


def _quantize(session: Session) -> Quantize:
    stage = session["quantize"]
    if not isinstance(stage, Quantize):
        raise TypeError("the stage called quantize is not Quantize")
    return stage


def _power(stats: TensorStats) -> float:
    return stats.mean**2 + stats.std**2


def _probe(session: Session, graph: Graph, tensor: str, threshold: float) -> Probe:
    thresholds = {**session.thresholds, tensor: threshold}
    return probe(graph, thresholds, tensor, **_quantize(session).rules(graph, session.artifact("calibrate").stats, thresholds))


def _integers(session: Session, graph: Graph, tensor: str, threshold: float) -> Data:
    """The rules by which scales follow from the threshold, found by looking at two of them."""
    here, half = _probe(session, graph, tensor, threshold), _probe(session, graph, tensor, threshold / 2)
    asked = [_plain(graph, threshold, request, other) for request, other in zip(here.requests, half.requests, strict=False)]
    taken = min((request.bits - _is_unsigned(request) for request in here.requests), default=8)
    rules = _quantize(session).rules(graph, session.artifact("calibrate").stats, session.thresholds)
    return {
        "bits": min(max(taken, BITS[0]), BITS[-1]),
        "codes": 2 if any(map(_is_unsigned, here.requests)) else 1,
        "source": _source(threshold, here, half),
        "requests": asked,
        "requantizer": _requantizer(rules["requantizer"]),
    }


def _source(threshold: float, here: Probe, half: Probe) -> Data | None:
    """How the tensor's own integers follow; `largest` is its magnitude where that is known whatever the threshold."""
    if here.made is None or half.made is None:
        return None
    known = None if here.made.threshold == threshold else here.made.threshold
    return {
        "scale": _rule(threshold, here.made.scale, half.made.scale),
        "bits": here.bits,
        "slack": here.slack,
        "precision": here.made.precision,
        "largest": known,
    }


def _plain(graph: Graph, threshold: float, request: Request, half: Request) -> Data:
    rule = None
    if request.scale is not None and request.common:
        rule = {"fixed": False, "value": _near(request.scale * max(threshold, request.common)), "floor": request.common}
    elif request.scale is not None and half.scale is not None:
        rule = _rule(threshold, request.scale, half.scale)
    return {**_consumer(graph, request), "bits": request.bits, "unsigned": _is_unsigned(request), "scale": rule}


def _rule(threshold: float, here: float, half: float) -> Data:
    """A scale that stays, or one that is a value over the threshold, or over `floor` where that is larger."""
    return {"fixed": True, "value": here, "floor": 0.0} if here == half else {"fixed": False, "value": _near(here * threshold), "floor": 0.0}


def _near(value: float) -> float:
    """The whole number that a product of a scale and a threshold misses by an ulp."""
    return float(round(value)) if math.isclose(value, round(value), rel_tol=1e-12) else value


def _requantizer(requantizer: Requantizer) -> Data:
    return {"kind": "shift_multiply", "shift_bits": requantizer.shift_bits} if isinstance(requantizer, ShiftMultiply) else {"kind": "guard_bits"}


def _consumer(graph: Graph, request: Request) -> Data:
    return {"consumer": request.consumer, "op": "output" if request.consumer == OUTPUT else op_name(graph, graph[request.consumer])}


def _is_unsigned(request: Request) -> bool:
    """Whether a product of layers asked for codes of 0 to 254."""
    threshold = request.got.threshold
    return request.bits == 9 and request.scale is not None and bool(threshold) and math.isclose(request.scale * threshold, 2 * int_range(8))


def _effect(graph: Graph, stats: TensorStats, made: Quantized | None, request: Request) -> Data:
    """What a consumer gets."""
    got, steps = request.got, request.steps
    largest = 2 * int_range(8) if _is_unsigned(request) else int_range(got.precision)
    clips_at = 0.0
    if got.threshold:
        clips_at = min(largest / got.scale, int_range(made.precision) / made.scale) if made is not None else largest / got.scale
    return {
        **_consumer(graph, request),
        "scale": got.scale,
        "precision": got.precision,
        "frac": math.prod(step.frac for step in steps),
        "shift": sum(step.shift for step in steps),
        "largest": largest,
        "clips_at": clips_at,
        "sqnr": sqnr(stats, clips_at, clips_at * got.scale),
    }
