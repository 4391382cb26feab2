"""GraphView with blocks: opening and closing, queries, overlays, split keys, lists, menus and pictures."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from mrt_studio.ui.widgets.graph_view import GraphPane
from tests.browser.graph_page import View, network, staged

pytestmark = pytest.mark.browser

ITEMS = "root => root.__mrt.nodes().map(item => item.id)"
TOP = ["data", "stage0", "stage1", "stage2"]


@pytest.fixture
def pane() -> GraphPane:
    return GraphPane(graph=staged(), width=1000, height=700)


@pytest.fixture
def view(page, serve_panel, pane) -> View:
    serve_panel(pane)
    return View(page)


def items(view: View) -> list[str]:
    return view.root.evaluate(ITEMS)


def test_a_big_graph_opens_closed_and_a_small_one_open(view, pane) -> None:
    assert items(view)[:4] == TOP
    pane.graph = staged(stages=1, units=2)
    view.eventually(lambda: "s0u1_relu" in items(view))
    assert pane.opened == []


def test_double_click_opens_and_closes_a_block_in_its_place(view, pane) -> None:
    x, y = view.at("stage1")
    view.page.mouse.dblclick(x, y)
    view.eventually(lambda: pane.opened == ["stage1"] and "stage1/unit2" in items(view))
    view.page.wait_for_timeout(400)
    frame = view.root.evaluate("root => root.__mrt.nodes().find(item => item.id === 'stage1')")
    camera = view.camera()
    box = view.canvas.bounding_box()
    top = box["y"] + box["height"] / 2 + (frame["y"] - frame["height"] / 2 - camera["y"]) * camera["zoom"]
    assert abs(top - y) < 40
    view.page.mouse.dblclick(x - 40, top + 10)
    view.eventually(lambda: pane.opened == [] and items(view)[:4] == TOP)
    view.page.wait_for_timeout(400)
    assert view.at("stage1") == pytest.approx((x, y))


def test_python_opens_blocks_and_a_node_is_where_its_block_is(view, pane) -> None:
    assert view.at("s1u0_conv") == view.at("stage1")
    pane.opened = ["stage1", "stage1/unit0"]
    view.eventually(lambda: "s1u0_conv" in items(view))
    assert view.at("s1u0_conv") != view.at("stage1")
    assert view.at("s2u0_conv") == view.at("stage2")


def test_all_blocks_open_and_close_by_their_buttons(view, pane) -> None:
    view.root.get_by_role("button", name="Open all blocks").click()
    view.eventually(lambda: len(pane.opened) == 12 and "s2u2_relu" in items(view))
    view.root.get_by_role("button", name="Close all blocks").click()
    view.eventually(lambda: pane.opened == [] and items(view)[:4] == TOP)


def test_keys_walk_over_blocks_open_them_and_lead_into_them(view, pane) -> None:
    view.click("data")
    view.canvas.focus()
    for key, reached in (("ArrowDown", "stage0"), ("Enter", "stage0"), ("ArrowDown", "stage0/unit0"), ("ArrowDown", "stage0/unit1"), ("Backspace", "stage0")):
        view.page.keyboard.press(key)
        view.eventually(lambda reached=reached: pane.selected == [reached])
    assert pane.opened == ["stage0"]
    view.page.keyboard.press("Enter")
    view.eventually(lambda: pane.opened == [])
    expect(view.root.locator("[aria-live]")).to_have_text("stage 0, 9 nodes, closed")


def test_a_query_finds_by_value_and_field_and_opens_what_hides_the_hit(view, pane) -> None:
    pane.overlay = {"label": "SQNR, dB", "values": {"s1u1_conv": 12.5, "s2u0_conv": 40, "s1u0_add": 3}, "better": "high"}
    expect(view.root.locator(".legend")).to_contain_text("SQNR")
    count = view.root.locator(".count")
    view.search.fill("sqnr < 20 and op = Convolution")
    expect(count).to_have_text("1 match")
    view.eventually(lambda: pane.query == "sqnr < 20 and op = Convolution")
    view.search.press("Enter")
    view.eventually(lambda: pane.selected == ["s1u1_conv"] and pane.opened == ["stage1", "stage1/unit1"])
    view.eventually(lambda: view.shows("s1u1_conv"))
    view.search.fill("sqnr <")
    expect(count).to_have_text("A value is missing after “sqnr <”")
    expect(view.search).to_have_attribute("aria-invalid", "true")
    pane.query = "/_relu$/"
    expect(count).to_have_text("9 matches")
    expect(view.search).to_have_value("/_relu$/")


def test_results_are_listed_and_lead_to_their_nodes(view, pane) -> None:
    view.search.fill("unit 1")
    view.root.locator(".count").click()
    rows = view.root.get_by_role("grid", name="Results of the search").get_by_role("row")
    expect(rows).to_have_count(3)
    rows.nth(2).click()
    view.eventually(lambda: pane.selected == ["stage2/unit1"] and pane.opened == ["stage2"])


def test_the_legend_follows_the_overlay(view, pane) -> None:
    legend = view.root.locator(".legend")
    pane.overlay = {"label": "Error", "unit": "%", "values": {"data": 1, "s0u0_conv": 1000}, "scale": "log", "better": "low"}
    for text in ("Error, %", "1000 worse", "log", "no value"):
        expect(legend).to_contain_text(text)
    pane.overlay = {"label": "Precision", "values": {"data": "int8", "s0u0_conv": "int16"}, "scale": "category"}
    expect(legend.locator(".swatch")).to_have_text(["int8", "int16"])


def test_split_keys_by_key_by_button_and_from_python(view, pane) -> None:
    pane.opened = ["stage1", "stage1/unit0"]
    view.eventually(lambda: "s1u0_relu" in items(view))
    pane.selected = ["s1u0_relu"]
    button = view.root.get_by_role("button", name="Split key")
    expect(button).to_have_attribute("aria-pressed", "false")
    view.canvas.focus()
    view.page.keyboard.press("k")
    view.eventually(lambda: pane.split_keys == ["s1u0_relu"])
    expect(button).to_have_attribute("aria-pressed", "true")
    pane.split = {"base": ["data"], "top": ["tail0"], "problems": ["A path goes round the key."], "shapes": {"s1u0_relu": "1x8"}, "candidates": []}
    line = view.root.locator(".split")
    expect(line).to_contain_text("1 split key: base 1, top 1 nodes; 1x8 at the cut")
    expect(line).to_contain_text("A path goes round the key.")
    expect(view.root.locator(".legend")).to_contain_text("base")
    button.click()
    view.eventually(lambda: pane.split_keys == [])
    pane.split_keys = ["s1u0_add"]
    pane.selected = ["s1u0_add"]
    expect(button).to_have_attribute("aria-pressed", "true")


def test_the_outline_keeps_step_with_the_canvas(view, pane) -> None:
    view.canvas.focus()
    view.page.keyboard.press("o")
    tree = view.root.get_by_role("tree")
    expect(tree).to_be_focused()
    for key, reached in (("ArrowDown", "data"), ("ArrowDown", "stage0")):
        view.page.keyboard.press(key)
        view.eventually(lambda reached=reached: pane.selected == [reached])
    view.page.keyboard.press("ArrowRight")
    view.eventually(lambda: pane.opened == ["stage0"] and "stage0/unit0" in items(view))
    expect(tree.get_by_role("treeitem", name="stage 0")).to_have_attribute("aria-expanded", "true")
    view.page.keyboard.press("ArrowRight")
    view.eventually(lambda: pane.selected == ["stage0/unit0"])
    view.click("stage2")
    expect(tree.locator(".active")).to_contain_text("stage 2")
    view.page.keyboard.press("o")
    expect(tree).to_be_hidden()


def test_the_table_has_every_node_and_sorts(view, pane) -> None:
    pane.overlay = {"label": "Bits", "values": {"s2u2_conv": 9, "data": 3}}
    view.canvas.focus()
    view.page.keyboard.press("t")
    grid = view.root.get_by_role("grid", name="Nodes of the graph")
    expect(grid).to_have_attribute("aria-rowcount", "42")
    bits = view.root.get_by_role("button", name="Bits")
    bits.click()
    bits.click()
    expect(grid.get_by_role("row").first).to_contain_text("s2u2_conv")
    grid.get_by_role("row").first.click()
    view.eventually(lambda: pane.selected == ["s2u2_conv"] and view.shows("s2u2_conv"))


def test_a_right_click_offers_what_can_be_done(view, pane) -> None:
    view.page.mouse.click(*view.at("stage1"), button="right")
    menu = view.root.get_by_role("menu")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    menu.get_by_role("menuitem", name="Open everything inside").click()
    view.eventually(lambda: len(pane.opened) == 4 and "s1u2_add" in items(view))
    view.page.mouse.click(*view.at("data"), button="right")
    menu.get_by_role("menuitemcheckbox", name="Split key").click()
    view.eventually(lambda: pane.split_keys == ["data"])
    view.page.mouse.click(*view.at("data"), button="right")
    view.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(view.canvas).to_be_focused()


def test_left_to_right_and_parameters_as_nodes(view, pane) -> None:
    assert view.at("stage2")[1] > view.at("data")[1] + 100
    pane.direction = "right"
    view.eventually(lambda: view.at("stage2")[0] > view.at("data")[0] + 100)
    assert view.at("stage2")[1] == pytest.approx(view.at("data")[1], abs=1)
    pane.opened = ["stage0", "stage0/unit0"]
    view.eventually(lambda: "s0u0_conv" in items(view))
    count = len(items(view))
    view.root.get_by_role("button", name="More").click()
    view.root.get_by_role("menuitemcheckbox", name="Parameters as nodes").click()
    view.eventually(lambda: len(items(view)) == count + 1)


def test_the_view_goes_to_python_and_back_and_bookmarks_with_it(view, pane) -> None:
    view.canvas.focus()
    view.page.keyboard.press("+")
    view.eventually(lambda: pane.viewport and pane.viewport["zoom"] == view.camera()["zoom"])
    more = view.root.get_by_role("button", name="More")
    more.click()
    view.root.get_by_role("menuitem", name="Bookmark this view").click()
    view.eventually(lambda: len(pane.viewport.get("bookmarks", [])) == 1)
    kept = view.camera()
    pane.viewport = {**pane.viewport, "x": 7.0, "y": 9.0, "zoom": 0.5}
    view.eventually(lambda: view.camera() == {"x": 7, "y": 9, "zoom": 0.5})
    more.click()
    view.root.get_by_role("menuitem", name="Bookmark 1").click()
    view.eventually(lambda: view.camera() == kept)


@pytest.mark.parametrize(("choice", "name", "start"), [("Save all as SVG", "graph.svg", b"<svg"), ("Save the view as PNG", "graph.png", b"\x89PNG")])
def test_pictures_are_saved(view, choice, name, start) -> None:
    view.root.get_by_role("button", name="More").click()
    with view.page.expect_download() as download:
        view.root.get_by_role("menuitem", name=choice).click()
    assert download.value.suggested_filename == name
    content = download.value.path().read_bytes()
    assert content.startswith(start)
    assert name != "graph.svg" or b"stage 2" in content


def test_style_rules_colour_what_a_query_finds_and_are_saved(view, tmp_path) -> None:
    view.root.get_by_role("button", name="More").click()
    view.root.get_by_role("menuitem", name="Style rules").click()
    rules = view.root.get_by_role("region", name="Style rules")
    rules.get_by_label("Query").fill("op = Input")
    rules.get_by_label("Colour").fill("#123456")
    view.eventually(lambda: "#123456" in view.root.evaluate("root => root.__mrt.svg('whole')"))
    with view.page.expect_download() as download:
        rules.get_by_role("button", name="Save").click()
    saved = json.loads(download.value.path().read_text())
    assert saved == [{"query": "op = Input", "colour": "#123456"}]
    (tmp_path / "styles.json").write_text(json.dumps([{"query": "stage 1", "colour": "#abcdef"}]))
    with view.page.expect_file_chooser() as chooser:
        rules.get_by_role("button", name="Load").click()
    chooser.value.set_files(tmp_path / "styles.json")
    view.eventually(lambda: "#abcdef" in view.root.evaluate("root => root.__mrt.svg('whole')"))


def test_big_layouts_run_in_a_worker_and_only_the_last_one_counts(view, pane) -> None:
    assert view.page.workers == []
    pane.graph = network(2500)
    pane.graph = network(600)
    view.eventually(lambda: len(items(view)) == 1201)
    view.eventually(lambda: len(view.page.workers) == 1)
    view.page.wait_for_timeout(1500)
    assert len(items(view)) == 1201


def test_a_page_that_refuses_workers_lays_out_all_the_same(page, serve_panel) -> None:
    page.add_init_script("window.Worker = class { constructor() { throw new DOMException('refused', 'SecurityError'); } };")
    serve_panel(GraphPane(graph=network(400), width=800, height=600))
    view = View(page)
    assert len(items(view)) == 801


def test_in_jupyterlab_blocks_open_from_both_sides(page, open_notebook) -> None:
    run_cell = open_notebook(
        "blocks",
        [
            f"from mrt_studio.ui.widgets.graph_view import GraphWidget\nw = GraphWidget(graph={staged()!r}, height_px=520)\nw",
            "print('opened', w.opened, w.split_keys)",
            f"w.graph = {network(300)!r}",
        ],
    )
    run_cell(0)
    view = View(page)
    page.mouse.dblclick(*view.at("stage1"))
    view.eventually(lambda: "stage1/unit0" in items(view))
    view.click("data")
    page.keyboard.press("k")
    printed = page.locator(".jp-OutputArea-output", has_text="opened [")

    def python_knows() -> bool:
        run_cell(1)
        return "opened ['stage1'] ['data']" in printed.inner_text()

    view.eventually(python_knows)
    run_cell(2)
    view.eventually(lambda: len(items(view)) == 601)
