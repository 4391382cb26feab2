"""The threshold lab: what it predicts is what a real quantization gives, and its page has the same formulas."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from mrt_studio.cvm.emitter import Emitter
from mrt_studio.cvm.requant import GuardBits, ShiftMultiply
from mrt_studio.errors import ArtifactError, OptionError, QuantizationError
from mrt_studio.ir.graph import Node, Variable
from mrt_studio.observers.base import observers
from mrt_studio.observers.noise import quantization_noise
from mrt_studio.ops.lowering import Quantized
from mrt_studio.session.lab import BITS, curve_of, lab_of, parameters_of, picks, preview, sqnr
from mrt_studio.session.lab_data import clipped, magnitude_bins, signed_bins
from mrt_studio.session.session import Session
from mrt_studio.stages.base import Silent
from mrt_studio.stats.tensor_stats import TensorStats
from tests.models.tiny import tiny_model, tiny_recipe

CASES = Path(__file__).parents[3] / "widgets" / "tests" / "lab_cases.json"
TENSORS = ("data", "relu0", "conv1", "flatten0", "conv1_weight")
RECIPES = {
    "mrt": {},
    "guard": {"requantizer": "guard_bits"},
    "accurate": {"requantizer": "guard_bits", "weights": "channel", "activations": "unsigned", "output_precision": 8},
    "wide": {"wide": ["all"]},
}


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    made = Session(folder / "project", tiny_recipe(tiny_model(folder)))
    made.run("calibrate")
    return made


@pytest.fixture
def plain(session):
    """The session as it was, whatever a test does to its options."""
    before = session["quantize"].options()
    yield session
    session.configure("quantize", **{name: before.get(name) for name in {**session["quantize"].options(), **before}})


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("tensor", TENSORS)
@pytest.mark.parametrize("share", [1.0, 0.37])
def test_a_preview_is_what_a_real_quantization_gives(plain, recipe, tensor, share):
    plain.configure("quantize", **RECIPES[recipe])
    threshold = share * plain.artifact("calibrate").stats[tensor].absmax
    found = preview(plain, tensor, threshold)
    assert found["problem"] == ""
    plain.thresholds[tensor] = threshold
    lowered = plain["quantize"].run({name: plain.artifact(name) for name in ("prepare", "calibrate")}, Silent()).lowered
    made = lowered.tensors[tensor]
    if found["scale"] is not None:
        assert (found["scale"], found["precision"]) == (made.scale, made.precision)
    real = {(s.target, s.scale, s.precision): s for s in lowered.steps}
    for consumer in found["consumers"]:
        if consumer["shift"] or consumer["frac"] > 1:
            steps = [s for s in real.values() if s.source == made.ref.name or s.source.startswith(f"{tensor}_")]
            assert any(s.scale == consumer["scale"] and s.precision == consumer["precision"] for s in steps), consumer
            assert math.isclose(made.scale * consumer["frac"] / 2 ** consumer["shift"], consumer["scale"], rel_tol=1e-12)
        elif tensor.startswith("conv1_weight") and recipe == "mrt":
            assert (consumer["scale"], consumer["precision"]) == (made.scale, made.precision)


def test_consumers_are_those_that_bring_the_tensor_to_fewer_bits(session):
    found = preview(session, "relu0", session.thresholds["relu0"])
    assert [(c["consumer"], c["op"], c["precision"]) for c in found["consumers"]] == [("conv1", "Convolution", 8), ("add0", "elemwise_add", 16)]
    assert preview(session, "conv0", 1.0)["consumers"] == []


def test_the_clipped_share_is_that_of_the_data():
    x = np.random.default_rng(0).laplace(size=(4, 3, 20000)).astype(np.float32)
    stats = TensorStats.of(x)
    for threshold in (0.1, 1.0, 3.0):
        share, samples = clipped(stats, threshold)
        assert share == pytest.approx((abs(x) > threshold).mean(), rel=0.01, abs=1e-5)
        assert samples == int((abs(x).reshape(4, -1).max(axis=1) > threshold).sum())
    assert clipped(stats, stats.absmax) == (0.0, 0)


@pytest.mark.parametrize("bits", [4, 8])
def test_the_predicted_sqnr_is_that_of_the_data(bits):
    x = np.random.default_rng(0).laplace(size=(4, 3, 20000)).astype(np.float32)
    codes = 2 ** (bits - 1) - 1
    rounded = np.clip(np.rint(x / (3.0 / codes)), -codes, codes) * (3.0 / codes)
    real = 10 * np.log10((x.astype(np.float64) ** 2).mean() / ((rounded - x) ** 2).mean(dtype=np.float64))
    assert sqnr(TensorStats.of(x), 3.0, codes) == pytest.approx(real, abs=0.1)


def test_bins_count_every_value_once(session):
    stats = session.artifact("calibrate").stats["conv0"]
    merged, signed = magnitude_bins(stats), signed_bins(stats)
    assert sum(merged["counts"]) == sum(signed["counts"]) == stats.size * stats.samples
    assert max(len(merged["counts"]), len(signed["counts"])) <= 1024
    assert merged["top"] == stats.absmax
    assert signed["start"] <= stats.minimum
    assert signed["start"] + signed["width"] * len(signed["counts"]) >= stats.maximum


def test_a_lab_is_plain_data_and_says_where_the_threshold_comes_from(plain):
    lab = lab_of(plain, "relu0")
    assert json.loads(json.dumps(lab)) == lab
    assert (lab["edited"], lab["observer"], lab["threshold"]) == (False, "absmax", lab["observed"])
    assert lab["cone"][0] == "relu0"
    assert len(lab["channels"]["low"]) == 8
    assert lab["extremes"]["largest"] == sorted(lab["extremes"]["largest"], reverse=True)
    plain.thresholds["relu0"] = 1.5
    plain.configure("quantize", observers={"relu0": "kl"})
    lab = lab_of(plain, "relu0", bits=6)
    assert (lab["edited"], lab["observer"], lab["threshold"], lab["bits"]) == (True, "kl", 1.5, 6)


def test_every_observer_has_a_pick_and_a_curve(session):
    found = picks(session.artifact("calibrate").stats["relu0"])
    assert {pick["name"].partition("(")[0] for pick in found} == set(observers)
    assert all(pick["help"] and pick["threshold"] > 0 for pick in found)
    for pick in found:
        curve = curve_of(session, "relu0", pick["name"])
        assert len(curve["thresholds"]) == len(curve["values"]) > 1


def test_what_cannot_be_previewed_says_why(session):
    with pytest.raises(ArtifactError, match="nothing"):
        lab_of(session, "nothing")
    with pytest.raises(ArtifactError, match="nothing"):
        parameters_of(session, "nothing")
    with pytest.raises(OptionError, match="positive"):
        preview(session, "relu0", math.nan)
    assert parameters_of(session, "conv1") == ["conv1_weight", "conv1_bias"]
    assert preview(session, "data", 0.0)["problem"].startswith("The threshold of the input")
    assert preview(session, "relu0", 0.0)["sqnr"] == dict.fromkeys(BITS, 0.0)


def test_the_page_computes_with_these_cases():
    """`widgets/tests/lab_cases.json` is what both languages are held to; write it anew after a change of a formula."""
    assert json.loads(CASES.read_text()) == cases()


def cases() -> dict[str, object]:
    """Noise, shares and requantizations, made by the real code."""
    stats = TensorStats.of(np.random.default_rng(1).laplace(size=(2, 3, 400)).astype(np.float32))
    noise = []
    for share in (0.1, 0.5, 1.0, 1.2):
        for codes in (7, 127, 254, 32767):
            threshold = share * stats.absmax
            rounding, clipping = quantization_noise(stats, np.array([threshold]), codes)
            row = {"threshold": threshold, "codes": codes, "rounding": float(rounding[0]), "clipping": float(clipping[0])}
            noise.append(row | {"beyond": clipped(stats, threshold)[0], "sqnr": sqnr(stats, threshold, codes)})
    made = [_requantized(*case) for case in _requests()]
    return {"bins": magnitude_bins(stats), "power": stats.mean**2 + stats.std**2, "noise": noise, "requantized": made}


def _requests():
    random = np.random.default_rng(2)
    for kind in ("shift_multiply", "guard_bits"):
        for _ in range(40):
            threshold, precision = float(random.lognormal(0, 2)), int(random.integers(8, 31))
            scale = float(2.0 ** (precision - 1) / threshold * random.uniform(0.2, 1.5))
            bits = int(random.choice([8, 9, 15, 16]))
            wanted = None if random.random() < 0.4 else (2 ** (bits - 1) - 1) / threshold / float(random.uniform(1, 3))
            yield kind, threshold, precision, scale, bits, wanted
        yield kind, 1e-9, 20, 1000.0, 8, None
        yield kind, 2.0, 1, 3.0, 8, None
        yield kind, 4.0, 20, 2.0**17, 8, 1e-9
        yield kind, 1.0, 32, 100.0, 8, None  # no room for a multiplier
        yield kind, 1.0, 30, 1.0, 8, None  # nor for this one


def _requantized(kind, threshold, precision, scale, bits, wanted):
    row = {"kind": kind, "shift_bits": 5, "threshold": threshold, "precision": precision, "scale": scale, "bits": bits, "wanted": wanted}
    emitter = Emitter((), Node("x", Variable(precision)))
    x = Quantized(emitter.builder.input("x", (1, 2), precision), scale, precision, threshold)
    requantizer = GuardBits() if kind == "guard_bits" else ShiftMultiply(5)
    try:
        got, steps = requantizer.apply(emitter, x, bits, wanted)
    except QuantizationError:
        return row | {"got": None}
    parts = {"scale": got.scale, "bits": got.precision, "zero": got.threshold == 0}
    return row | {"got": parts | {"frac": math.prod(s.frac for s in steps), "shift": sum(s.shift for s in steps)}}
