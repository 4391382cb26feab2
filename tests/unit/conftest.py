"""A session that ran to its end, for tests that only read it."""

import pytest

from mrt_studio.session.analysis import measure
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture(scope="session")
def measured(tmp_path_factory):
    """Give a session with all stages and both analyses of errors, and one threshold set by hand."""
    folder = tmp_path_factory.mktemp("measured")
    session = Session(folder / "project", tiny_recipe(tiny_model(folder)))
    session.thresholds["conv1"] = 1.0
    session.run("evaluate")
    session.run("compile")
    for name in ("errors", "channels"):
        measure(session, name)
    return session
