"""The widgets' Python side: one declaration, two classes, and a clear word when the bundle is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest
import traitlets

from mrt_studio.errors import ArtifactError
from mrt_studio.ui.widgets import base, graph_view
from mrt_studio.ui.widgets.graph_view import TRAITS, GraphPane, GraphWidget

CLASSES = [GraphWidget, GraphPane]


def test_a_missing_bundle_tells_how_to_build_it():
    with pytest.raises(ArtifactError) as caught:
        base.bundle("never_built")
    assert "npm install --no-package-lock && npm run build" in caught.value.remedy
    assert "never_built.js" in caught.value.what


@pytest.mark.parametrize("made", CLASSES)
def test_every_trait_has_its_default(made):
    widget = made()
    assert {trait.name: getattr(widget, trait.name) for trait in TRAITS} == {trait.name: trait.default for trait in TRAITS}


@pytest.mark.parametrize("made", CLASSES)
def test_defaults_are_not_shared(made):
    first = made()
    first.selected.append("a")
    first.graph["nodes"] = [{"id": "a"}]
    assert made().selected == []
    assert made().graph == {}
    assert all(not trait.default for trait in TRAITS if isinstance(trait.default, dict | list))


@pytest.mark.parametrize("made", CLASSES)
@pytest.mark.parametrize("wrong", [{"theme": "pink"}, {"selected": [1]}, {"graph": []}, {"height_px": "tall"}])
def test_values_of_another_type_are_refused(made, wrong):
    with pytest.raises((traitlets.TraitError, ValueError, TypeError)):
        made(**wrong)


def test_the_page_sets_the_selection_in_jupyter():
    widget = GraphWidget()
    widget._handle_msg({"content": {"data": {"method": "update", "state": {"selected": ["a"]}, "buffer_paths": []}}, "buffers": []})
    assert widget.selected == ["a"]


def test_only_declared_traits_and_the_bundle_are_sent_to_the_notebook():
    sent = GraphWidget().get_state()
    assert {trait.name for trait in TRAITS} <= set(sent)
    assert sent["_esm"] == base.bundle("graph_view").read_text(encoding="utf-8")


@pytest.mark.parametrize("made", CLASSES)
def test_classes_are_importable_where_they_say(made):
    assert getattr(graph_view, made.__name__) is made
    assert made.__module__ == graph_view.__name__
    assert all(f"{trait.name}: {trait.doc}" in made.__doc__ for trait in TRAITS)


@pytest.mark.parametrize(("default", "good", "bad"), [(0.5, 1.25, "x"), ("", "text", 3), (3, 4, "x")])
def test_a_trait_takes_the_type_of_its_default(default, good, bad):
    classes = base.widget_classes(__name__, ("W", "P"), "graph_view", [base.Trait("value", default, "a value")], "A widget.")
    for made in classes:
        assert made(value=good).value == good
        with pytest.raises((traitlets.TraitError, ValueError, TypeError)):
            made(value=bad)


def test_importing_a_widget_loads_no_numerics_of_ours():
    program = "import sys, mrt_studio.ui.widgets.graph_view; print([m for m in sys.modules if m.startswith('mrt_studio') or m == 'mxnet'])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.strip("[]\n").replace("'", "").split(", "))
    widgets = {"mrt_studio.ui.widgets", "mrt_studio.ui.widgets.base", "mrt_studio.ui.widgets.graph_view"}
    assert loaded == {"mrt_studio", "mrt_studio.errors", "mrt_studio.version", "mrt_studio.ui"} | widgets
