"""Today's building blocks from MXNet's own files to a compiled artifact: nothing stops, nothing drifts."""

import pytest

from mrt_studio.session.session import Session
from tests.models.modern import NETS, SHAPE, modern_model

LEAST_SQNR = {"mobilenet_v3": 28, "shufflenet": 28, "yolo": 28, "unet": 28, "attention": 22, "norms": 22, "swish": 28, "bottleneck_v1": 28}
"""dB at the outputs with absolute maxima and eight bits; a wrong scale anywhere gives less than 15."""


@pytest.mark.parametrize("name", NETS)
def test_a_modern_net(name, tmp_path):
    files = modern_model(name, tmp_path)
    data = f"stdrandom(shape={SHAPE}, count=12)"
    recipe = {
        "load": {"model": str(files.symbol)},
        "prepare": {"input_shape": [-1, *SHAPE]},
        "calibrate": {"dataset": data, "batch": 4, "count": 2},
        "evaluate": {"batch": 4, "count": 1, "start": 8, "verify": 2},
        "compile": {"batch": 2},
    }
    session = Session(tmp_path / "project", recipe)
    session.run("evaluate")
    session.run("compile")
    figures = session.summary("evaluate")["summary"]
    assert figures["verified_samples"] == 2
    assert figures["sqnr"] >= LEAST_SQNR[name], figures["sqnr"]
