"""Projects of pages: found again by their word, let go when nobody comes back."""

import pytest

from mrt_studio.ui import projects as module
from mrt_studio.ui.projects import KEPT, Projects


@pytest.fixture
def own():
    made = Projects()
    yield made
    for word in list(made._own):
        made._own[word].workspace.runner.close()


def test_pages_of_a_folder_share_its_workspace(own, tmp_path):
    assert own.shared(tmp_path) is own.shared(tmp_path / "." / ".")
    assert own.shared(tmp_path) is not own.shared(tmp_path / "other")


def test_a_page_that_comes_back_finds_its_project(own):
    word, workspace = own.come("")
    own.leave(word)
    assert own.come(word) == (word, workspace)
    assert own.come(word) == (word, workspace)
    other, new = own.come("not a word that was given")
    assert other not in (word, "not a word that was given")
    assert new is not workspace


def test_only_the_last_projects_without_a_page_are_kept(own):
    shown, _ = own.come("")
    words = [own.come("")[0] for _ in range(KEPT + 3)]
    for word in words:
        own.leave(word)
    assert [own.come(word)[0] == word for word in words[3:]] == [True] * KEPT
    assert all(own.come(word)[0] != word for word in words[:3])
    assert own.come(shown)[0] == shown


def test_a_project_that_nobody_came_back_to_is_let_go(own, monkeypatch):
    word, _ = own.come("")
    own.leave(word)
    monkeypatch.setattr(module, "KEEP_SECONDS", -1.0)
    own.come("")
    assert own.come(word)[0] != word
