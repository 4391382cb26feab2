"""A model whose every name is a script, through every page, table, drawing, message, download and notebook output: none runs.

Once with the content policy and once without: the texts are safe by themselves, the policy is the second wall.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from mrt_studio.demos.symbol_writer import SymbolWriter
from mrt_studio.ir.params import write_params
from mrt_studio.session.session import Session
from mrt_studio.ui.widgets.model_view import GraphView
from tests.browser.serving import SERVE
from tests.models.tiny import tiny_graph

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
SLOW = 60_000
RUN = "window.__ran=1"
NAMES = {
    "image": f"<img src=x onerror={RUN}>",
    "svg": f"\"'><svg onload={RUN}>",
    "script": f"</script></title></style><script>{RUN}</script>",
    "attribute": f"x\" autofocus onfocus={RUN} onmouseover={RUN} y='",
    "template": "{{constructor.constructor('" + RUN + "')()}}${" + RUN + "}[a](javascript:" + RUN + ")",
}
"""Each breaks out of another kind of place; `__ran` tells that one did."""
INJECTED = """() => {
    const found = [], look = (root) => {
        for (const element of root.querySelectorAll('*')) {
            if (element.shadowRoot) look(element.shadowRoot);
            const marked = [...element.attributes].some((one) => /^on/.test(one.name) && one.value.includes('__ran'));
            if (marked || (element.localName === 'img' && element.getAttribute('src') === 'x')) found.push(element.outerHTML.slice(0, 200));
            if (element.localName === 'a' && element.protocol === 'javascript:') found.push(element.outerHTML.slice(0, 200));
        }
    };
    look(document);
    return { ran: window.__ran ?? null, found };
}"""
LINKS = """() => {
    const found = new Set(), look = (root) => {
        for (const element of root.querySelectorAll('*')) {
            if (element.shadowRoot) look(element.shadowRoot);
            if (element.localName === 'a' && element.pathname.includes('/download/')) found.add(element.href);
        }
    };
    look(document);
    return [...found];
}"""


def hostile_session(folder: Path) -> Session:
    """A compiled model with hostile names of nodes, parameters and files."""
    writer = SymbolWriter()
    x = writer.relu(NAMES["image"], writer.convolution(NAMES["svg"], writer.variable("data"), 4, 3, pad=1))
    x = writer.flatten(NAMES["attribute"], writer.global_average(NAMES["script"], x))
    symbol = writer.to_json(writer.dense(NAMES["template"], x, 5))
    files = folder / f"<img src=x onerror={RUN}>"
    files.mkdir()
    rng = np.random.default_rng(0)
    shapes = {f"{NAMES['svg']}_weight": (4, 3, 3, 3), f"{NAMES['template']}_weight": (5, 4), f"{NAMES['template']}_bias": (5,)}
    (files / "a-symbol.json").write_bytes(symbol)
    (files / "a-0000.params").write_bytes(write_params({name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}))
    session = Session(folder / "project")
    session.configure("load", model=str(files / "a-symbol.json"))
    session.configure("prepare", input_shape=[-1, 3, 8, 8])
    session.configure("calibrate", dataset="stdrandom(shape=(3, 8, 8), count=16)", batch=4, count=2)
    session.configure("evaluate", batch=4, count=2)
    session.run("compile")
    session.save()
    session.close()
    return session


@pytest.fixture(scope="module")
def session(tmp_path_factory) -> Session:
    return hostile_session(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def address(session, run_server, free_port) -> str:
    port = free_port()
    url = f"http://127.0.0.1:{port}/mrt_studio"
    run_server([sys.executable, "-c", SERVE, str(session.store.folder.resolve()), str(port)], url, cwd=ROOT)
    return url


@pytest.fixture(params=[True, False], ids=["with the policy", "without it"])
def page(browser, request):
    context = browser.new_context(bypass_csp=not request.param, viewport={"width": 1366, "height": 900}, accept_downloads=True)
    context.set_default_timeout(SLOW)
    yield context.new_page()
    context.close()


def clean(page: Page) -> None:
    """Nothing has run, and nothing that could run is in the page."""
    page.wait_for_timeout(200)
    assert page.evaluate(INJECTED) == {"ran": None, "found": []}


def test_no_name_runs_in_the_studio(page, address, session) -> None:
    page.goto(address)
    expect(page.get_by_role("button", name=re.compile("^Compile .*: done"))).to_be_visible(timeout=SLOW)
    clean(page)
    for stage in ("Prepared", "Quantized", "Compiled", "Original"):
        page.get_by_role("button", name=stage, exact=True).click()
        clean(page)
    for tab in page.get_by_role("tab").all():
        tab.click()
        clean(page)
    page.get_by_role("tab", name="Tensors").click()
    for name in NAMES.values():
        cells = page.locator('.tabulator-cell[tabulator-field="name"]')
        expect(cells.filter(has_text=name).first).to_be_visible(timeout=SLOW)
        cell = cells.nth(cells.all_inner_texts().index(name))
        cell.hover()
        cell.click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible(timeout=SLOW)
        clean(page)
    box = page.locator(".mrt-graph:visible").first.bounding_box()
    for part in range(1, 8):
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * part / 8)
        page.wait_for_timeout(100)
    clean(page)
    page.goto("about:blank")
    page.goto(f"{address}#stage=prepare&node={quote(NAMES['image'])}&open={quote(NAMES['svg'])}")
    expect(page.get_by_role("heading", name=NAMES["image"], exact=True)).to_be_visible(timeout=SLOW)
    clean(page)


def test_no_message_runs(page, address, tmp_path) -> None:
    page.goto(address)
    expect(page.get_by_role("button", name=re.compile("^Compile .*: done"))).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("button", name="Choose files")).to_be_visible(timeout=SLOW)
    upload = tmp_path / f"{NAMES['image']}.txt"
    upload.write_text(NAMES["image"])
    page.get_by_label("Files to upload").set_input_files([upload])
    expect(page.get_by_text("Not a file of these kinds")).to_be_visible(timeout=SLOW)
    clean(page)
    page.get_by_role("button", name="Files", exact=True).click()
    field = page.get_by_label("Symbol file")
    field.fill(f"/nowhere/{NAMES['image']}-symbol.json")
    field.press("Enter")
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_text("/nowhere/").first).to_be_visible(timeout=SLOW)
    clean(page)


def test_no_download_and_no_notebook_output_runs(page, address, session, tmp_path) -> None:
    page.goto(address)
    expect(page.get_by_role("button", name=re.compile("^Compile .*: done"))).to_be_visible(timeout=SLOW)
    page.get_by_role("tab", name="Artifact").click()
    expect(page.get_by_text("Download as ZIP")).to_be_visible(timeout=SLOW)
    links = set(page.evaluate(LINKS))
    assert links
    for tab in page.get_by_role("tab").all():
        tab.click()
        page.wait_for_timeout(300)
        links |= set(page.evaluate(LINKS))
    texts = [GraphView(tiny_graph())._repr_mimebundle_()[0]["text/html"]]
    texts += [GraphView(session, stage=stage)._repr_mimebundle_()[0]["text/html"] for stage in ("load", "prepare", "quantize")]
    for link in sorted(links):
        answer = page.request.get(link)
        if answer.status == 404:  # what has not been measured cannot be had yet
            texts.append(answer.text())
            continue
        assert "attachment" in answer.headers["content-disposition"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        if "html" in answer.headers["content-disposition"]:
            texts.append(answer.text())
    assert any("onerror" in text for text in texts)
    for text in texts:
        page.set_content(text)
        clean(page)


def test_the_test_sees_what_runs(page) -> None:
    """The same names as markup do run, and are found: otherwise nothing would follow from the tests above."""
    page.set_content(f"<p>{NAMES['image']}</p>")
    page.wait_for_function("window.__ran === 1")
    assert page.evaluate(INJECTED)["found"]
