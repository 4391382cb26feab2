"""Fixtures that all tests share, and what must be set before MXNet is imported."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.models.cache import ModelFiles
from tests.models.lenet import LeNet, lenet_model
from tests.models.zoo import zoo_model

# MXNet's default fusion refuses graphs in which an inner result is also an output.
os.environ.setdefault("MXNET_SUBGRAPH_BACKEND", "NONE")


@pytest.fixture(scope="session")
def model_folder(request: pytest.FixtureRequest) -> Path:
    """Give the folder in pytest's cache that made models are kept in."""
    return Path(request.config.cache.mkdir("models"))


@pytest.fixture(scope="session")
def lenet(model_folder: Path) -> LeNet:
    """Give the trained LeNet, its calibration digits and the digits that it never saw."""
    return lenet_model(model_folder)


@pytest.fixture(scope="session")
def model_files(model_folder: Path) -> Callable[[str], ModelFiles]:
    """Give a function from a name, ``lenet`` or one of the zoo, to the model's files."""
    return lambda name: lenet_model(model_folder).files if name == "lenet" else zoo_model(name, model_folder)


def pytest_addoption(parser):
    """Let a night's run draw more random graphs than a day's."""
    parser.addoption("--graphs", type=int, default=200, help="how many random graphs are drawn from the registry of operators")


def pytest_generate_tests(metafunc):
    """Give a test that asks for a seed as many as there are graphs to draw."""
    if "graph_seed" in metafunc.fixturenames:
        metafunc.parametrize("graph_seed", range(metafunc.config.getoption("graphs")))


def pytest_collection_modifyitems(config, items):
    """Leave the tests for a night out unless markers are chosen, and run the browser tests last.

    Playwright leaves an event loop running, beside which asyncio.run refuses to work.
    """
    if not config.getoption("markexpr"):
        night = [item for item in items if item.get_closest_marker("nightly")]
        config.hook.pytest_deselected(items=night)
        items[:] = [item for item in items if not item.get_closest_marker("nightly")]
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
