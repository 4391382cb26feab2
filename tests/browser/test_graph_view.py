"""GraphView in both of its hosts: served by Panel, and in a notebook in JupyterLab."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from mrt_studio.ui.widgets.graph_view import GraphPane
from tests.browser.graph_page import View, network

pytestmark = pytest.mark.browser


@pytest.fixture
def pane() -> GraphPane:
    return GraphPane(graph=network(12), width=800, height=600)


@pytest.fixture
def view(page, serve_panel, pane) -> View:
    serve_panel(pane)
    return View(page)


def test_clicks_select_in_python(view, pane) -> None:
    view.click("conv0")
    view.eventually(lambda: pane.selected == ["conv0"])
    view.click("add0", modifiers="Shift")
    view.eventually(lambda: pane.selected == ["conv0", "add0"])
    view.click("conv0", modifiers="Shift")
    view.eventually(lambda: pane.selected == ["add0"])
    box = view.canvas.bounding_box()
    view.page.mouse.click(box["x"] + 30, box["y"] + 300)
    view.eventually(lambda: pane.selected == [])


def test_python_selection_outside_moves_the_view(view, pane) -> None:
    assert not view.shows("add11")
    pane.selected = ["add11"]
    view.eventually(lambda: view.shows("add11"))
    expect(view.root.locator("[aria-live]")).to_have_text("elemwise_add add11, shape 1x8x16x16, 2 inputs, 0 outputs")


def test_python_selection_inside_leaves_the_view(view, pane) -> None:
    before = view.camera()
    pane.selected = ["conv0"]
    expect(view.root.locator("[aria-live]")).to_contain_text("conv0")
    assert view.camera() == before


def test_arrow_keys_walk_along_the_edges(view, pane) -> None:
    view.click("data")
    view.canvas.focus()
    for key, reached in (("ArrowDown", "conv0"), ("ArrowRight", "add0"), ("ArrowDown", "conv1"), ("ArrowUp", "add0"), ("ArrowUp", "conv0")):
        view.page.keyboard.press(key)
        view.eventually(lambda reached=reached: pane.selected == [reached])
    view.page.keyboard.press("Escape")
    view.eventually(lambda: pane.selected == [])


def test_search_counts_and_steps(view, pane) -> None:
    count = view.root.locator(".count")
    view.canvas.focus()
    view.page.keyboard.press("/")
    view.page.keyboard.type("CONV")
    expect(count).to_have_text("12 matches")
    assert pane.selected == []
    view.page.keyboard.press("Enter")
    expect(count).to_have_text("1 of 12")
    view.eventually(lambda: pane.selected == ["conv0"])
    view.page.keyboard.press("Shift+Enter")
    expect(count).to_have_text("12 of 12")
    view.eventually(lambda: pane.selected == ["conv11"] and view.shows("conv11"))
    view.page.keyboard.press("Escape")
    expect(count).to_have_text("")
    expect(view.search).to_have_value("")


def test_drag_wheel_and_buttons_move_the_camera(view) -> None:
    x, y = view.at("conv0")
    start = view.camera()
    view.page.mouse.move(x - 250, y)
    view.page.mouse.down()
    view.page.mouse.move(x - 150, y + 60, steps=4)
    view.page.mouse.up()
    assert view.at("conv0") == (x + 100, y + 60)
    view.page.mouse.move(x + 100, y + 60)
    view.page.mouse.wheel(0, -100)
    view.eventually(lambda: view.camera()["zoom"] > start["zoom"])
    assert view.at("conv0") == pytest.approx((x + 100, y + 60))
    view.root.get_by_role("button", name="Fit the graph").click()
    view.eventually(lambda: view.shows("data") and view.shows("add11"))


def test_double_click_zooms_to_the_node(view) -> None:
    view.page.mouse.dblclick(*view.at("conv0"))
    box = view.canvas.bounding_box()
    view.eventually(lambda: view.at("conv0") == pytest.approx((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)))
    assert view.camera()["zoom"] > 1


def test_hover_tells_the_details_as_text(page, serve_panel) -> None:
    graph = network(1)
    graph["nodes"][1]["name"] = "<img src=x onerror=alert(1)>"
    serve_panel(GraphPane(graph=graph, overlay={"label": "SQNR, dB", "values": {"conv0": 31.25}, "low": 0, "high": 40}, width=800, height=600))
    view = View(page)
    page.mouse.move(*view.at("conv0"))
    tip = view.root.get_by_role("tooltip")
    for text in ("Convolution", "<img src=x onerror=alert(1)>", "1x8x16x16", "8 bit", "weight", "8x8x3x3", "31.25"):
        expect(tip).to_contain_text(text)
    assert tip.locator("img").count() == 0


def test_overlay_marks_and_theme_keep_the_layout(view, pane) -> None:
    view.root.evaluate("root => { root.before = root.__mrt.nodes(); }")
    camera = view.camera()
    pane.param.update(overlay={"label": "Bits", "values": {"conv0": 8}, "low": 0, "high": 8}, marks={"conv1": "error"}, theme="dark")
    expect(view.root.locator(".legend")).to_contain_text("Bits")
    expect(view.root).to_have_css("color-scheme", "dark")
    assert view.root.evaluate("root => root.before === root.__mrt.nodes()")
    assert view.camera() == camera
    pane.overlay = {}
    expect(view.root.locator(".legend")).to_be_hidden()


def test_the_same_structure_keeps_the_view_another_opens_anew(view, pane) -> None:
    view.canvas.focus()
    view.page.keyboard.press("+")
    view.eventually(lambda: view.camera()["zoom"] == 1.25)  # exactly: the animation has ended
    camera = view.camera()
    longer = network(12)
    for item in longer["nodes"]:
        item["params"] = ["gamma 8", "beta 8"]
    height = "root => Math.max(...root.__mrt.nodes().map(node => node.height))"
    lowest = view.root.evaluate("root => Math.min(...root.__mrt.nodes().map(node => node.height))")
    pane.graph = longer
    view.eventually(lambda: view.root.evaluate("root => Math.min(...root.__mrt.nodes().map(node => node.height))") > lowest)
    assert view.camera() == camera
    pane.graph = network(2)
    view.eventually(lambda: len(view.root.evaluate("root => root.__mrt.nodes().map(node => node.id)")) == 5)
    assert view.root.evaluate(height) > 0
    assert view.shows("data")
    assert view.camera() != camera


def test_the_list_of_shortcuts_opens_and_closes(view) -> None:
    panel = view.root.get_by_role("region", name="Shortcuts")
    view.canvas.focus()
    view.page.keyboard.press("?")
    expect(panel).to_be_visible()
    view.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


@pytest.mark.parametrize(("motion", "at_once"), [("reduce", True), ("no-preference", False)])
def test_moves_are_animated_unless_the_user_wants_less_motion(view, motion, at_once) -> None:
    view.page.emulate_media(reduced_motion=motion)
    zoom = view.root.evaluate("""root => {
        root.querySelector('canvas').dispatchEvent(new KeyboardEvent('keydown', { key: '+' }));
        return root.__mrt.view().zoom;
    }""")
    assert (zoom == 1.25) is at_once
    view.eventually(lambda: view.camera()["zoom"] == 1.25)


def test_a_big_graph_says_that_it_is_being_laid_out(view, pane) -> None:
    view.root.evaluate("""root => {
        const status = root.querySelector('.status');
        root.said = [];
        new MutationObserver(() => root.said.push(status.textContent)).observe(status, { childList: true });
    }""")
    pane.graph = network(1000)
    view.eventually(lambda: view.root.evaluate("root => root.__mrt.nodes().length") == 2001)
    assert view.root.evaluate("root => root.said") == ["Laying out…", ""]
    assert view.shows("data")


def test_in_jupyterlab_selection_goes_both_ways(page, open_notebook) -> None:
    run_cell = open_notebook(
        "graph",
        [
            f"from mrt_studio.ui.widgets.graph_view import GraphWidget\nw = GraphWidget(graph={network(12)!r}, height_px=420)\nw",
            "print('selected', w.selected)",
            "w.selected = ['add11']",
        ],
    )
    run_cell(0)
    view = View(page)
    assert view.root.bounding_box()["height"] == 420
    view.click("conv0")
    expect(view.root.locator("[aria-live]")).to_contain_text("conv0")
    page.keyboard.press("ArrowDown")
    # Letters that are commands of JupyterLab: b and a add cells, d d deletes one.
    page.keyboard.type("badd")
    expect(page.locator(".jp-CodeCell")).to_have_count(3)
    printed = page.locator(".jp-OutputArea-output", has_text="selected [")

    def python_knows() -> bool:
        run_cell(1)
        return "selected ['add0']" in printed.inner_text()

    view.eventually(python_knows)  # Jupyter sends a trait's next value when the kernel has answered the one before
    run_cell(2)
    view.eventually(lambda: view.shows("add11"))
