"""The notebook's GraphView in JupyterLab: a session's views follow each other, and a saved notebook shows them without a kernel's help."""

from __future__ import annotations

import json

import ipywidgets
import nbformat
import pytest
from nbformat.sign import NotebookNotary
from playwright.sync_api import Page, expect

from mrt_studio.session.session import Session
from mrt_studio.widgets import GraphView
from tests.browser.conftest import KERNEL_IS_IDLE
from tests.browser.graph_page import View
from tests.models.tiny import tiny_graph, tiny_model, tiny_recipe

pytestmark = pytest.mark.browser

SLOW = 60_000


@pytest.fixture
def session(tmp_path) -> Session:
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    session.run("quantize")
    session.save()
    session.close()
    return session


@pytest.fixture
def two_views(page, open_notebook, session):
    """A notebook with views of the original and of the integer graph; runs a cell by its number."""
    opening = "from mrt_studio import Session", "from mrt_studio.widgets import GraphView", f"session = Session({str(session.store.folder)!r})"
    cells = [
        "\n".join([*opening, "original = GraphView(session, stage='load', height_px=360)", "original"]),
        "integer = GraphView(session, stage='quantize', height_px=360)\ninteger",
        "integer.colour_by('gas')\noriginal.query = 'op = Pooling'",
        "print('keys', original.split_keys, original.selected, integer.selected)",
    ]
    run_cell = open_notebook("two", cells)
    for cell in (0, 1):
        run_cell(cell)
        expect(page.locator(".mrt-graph")).to_have_count(cell + 1, timeout=SLOW)
    return run_cell


def pane(page: Page, place: int) -> View:
    return View(page, page.locator(".mrt-graph").nth(place))


def test_views_of_a_session_follow_each_other_and_tell_python(page, two_views) -> None:
    original, integer = pane(page, 0), pane(page, 1)
    original.root.scroll_into_view_if_needed()
    original.click("bn0")
    expect(integer.root.locator("[aria-live]")).to_contain_text("conv0", timeout=SLOW)
    page.keyboard.press("k")
    expect(original.root.locator(".split")).to_contain_text("1 split key", timeout=SLOW)
    two_views(2)
    expect(integer.root.locator(".legend")).to_contain_text("gas", timeout=SLOW)
    expect(original.root.locator(".count")).to_have_text("1 match")
    printed = page.locator(".jp-OutputArea-output", has_text="keys [")

    def python_knows() -> bool:
        two_views(3)
        return printed.count() == 1 and "keys ['bn0'] ['bn0'] ['conv0'" in printed.inner_text()

    original.eventually(python_knows)


def test_outline_table_menus_pictures_and_style_rules_work_in_jupyterlab(page, two_views) -> None:
    """One after the other on one notebook, because opening one takes seconds."""
    view = pane(page, 0)
    view.root.scroll_into_view_if_needed()
    selected = view.root.locator(".foot .what")
    view.canvas.focus()
    page.keyboard.press("o")
    view.root.get_by_role("treeitem", name="pool0").click()
    expect(selected).to_contain_text("pool0")
    view.root.get_by_role("tab", name="Table").click()
    view.root.get_by_role("grid", name="Nodes of the graph").get_by_role("row").filter(has_text="conv1").click()
    expect(selected).to_contain_text("conv1")
    view.root.get_by_role("button", name="Close the panel").click()
    page.wait_for_timeout(500)  # the node glides into view
    page.mouse.click(*view.at("conv1"), button="right")
    view.root.get_by_role("menuitemcheckbox", name="Split key").click()
    expect(view.root.locator(".split")).to_contain_text("1 split key", timeout=SLOW)
    more = view.root.get_by_role("button", name="More")
    more.click()
    with page.expect_download() as download:
        view.root.get_by_role("menuitem", name="Save all as SVG").click()
    assert b"flatten0" in download.value.path().read_bytes()
    more.click()
    view.root.get_by_role("menuitem", name="Style rules").click()
    rules = view.root.get_by_role("region", name="Style rules")
    rules.get_by_label("Query").fill("op = Pooling")
    rules.get_by_label("Colour").fill("#123456")
    view.eventually(lambda: "#123456" in view.root.evaluate("root => root.__mrt.svg('whole')"))


@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_saved_notebook_shows_the_graph_though_no_cell_has_run(page, lab, is_trusted) -> None:
    view = GraphView(tiny_graph(), selected=["conv0"])
    cell = nbformat.v4.new_code_cell("view", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("execute_result", view._repr_mimebundle_()[0], execution_count=1)]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    state = ipywidgets.Widget.get_manager_state()
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": json.loads(json.dumps(state))}
    base, folder = lab
    name = f"saved-{is_trusted}.ipynb"
    nbformat.write(notebook, folder / name)
    if is_trusted:
        NotebookNotary(data_dir=str(folder / "JUPYTER_DATA_DIR")).sign(nbformat.read(folder / name, 4))
    page.goto(f"{base}/lab/tree/{name}?reset")
    page.wait_for_function(KERNEL_IS_IDLE, timeout=SLOW)
    if not is_trusted:
        expect(page.locator(".jp-OutputArea-output")).to_contain_text("Convolution conv0")
        picture = page.get_by_role("img", name="The network: 9 nodes, 0 blocks")
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.naturalWidth") > 200
        return
    shown = View(page)
    expect(shown.root.locator(".what")).to_contain_text("conv0", timeout=SLOW)
    shown.click("bn0")
    expect(shown.root.locator("[aria-live]")).to_contain_text("bn0")
