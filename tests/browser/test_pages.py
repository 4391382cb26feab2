"""Pages come and go, and two may look at one project: the job and the options are the project's."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mrt_studio.session.session import Session
from tests.browser.test_studio import SLOW, Studio, long_project, project, studio  # noqa: F401  (fixtures)

pytestmark = pytest.mark.browser

AT_BATCH = re.compile(r"^Calibrate · batch [\d,]+ of")


def batch_of(page: Page) -> int:
    """The number of the batch that a page says is being worked on."""
    line = page.get_by_text(AT_BATCH)
    expect(line).to_be_visible(timeout=SLOW)
    return int(re.search(r"batch (\d+)", line.inner_text())[1])


def is_running(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.usefixtures("long_project")
@pytest.mark.parametrize("reloads", [5, pytest.param(50, marks=pytest.mark.nightly)])
def test_a_job_outlives_its_pages_but_not_its_server(studio: Studio, reloads: int) -> None:  # noqa: F811
    studio.stage("Calibrate").click()
    last = batch_of(studio.page)
    (worker,) = studio.workers()
    for _ in range(reloads):
        studio.page.reload()
        found = batch_of(studio.page)
        assert found >= last
        last = found
    assert studio.workers() == [worker]
    expect(studio.page.get_by_text(re.compile(r"· about \d+ (s|min) left$"))).to_be_visible(timeout=SLOW)
    studio.page.goto("about:blank")
    studio.process.send_signal(signal.SIGKILL)
    end = time.monotonic() + 10
    while is_running(worker):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_two_pages_of_a_project_show_the_same_options_and_job(studio: Studio) -> None:  # noqa: F811
    first, second = studio.page, studio.page.context.new_page()
    second.goto(studio.url)
    for page in (first, second):
        page.get_by_role("button", name="Calibrate", exact=True).click()
    for page, other, value in ((first, second, "2"), (second, first, "1")):
        field = page.get_by_label("Batch", exact=True).first
        field.fill(value)
        field.press("Enter")
        expect(other.get_by_label("Batch", exact=True).first).to_have_value(value, timeout=SLOW)
    studio.eventually(lambda: Session(studio.folder)["calibrate"].options()["batch"] == 1)
    for page in (first, second):  # the second click finds the job of the first
        page.get_by_role("button", name="Run all").click(no_wait_after=True)
    for page in (first, second):
        expect(page.get_by_text("Everything is up to date.")).to_be_visible(timeout=SLOW)
    assert len(studio.workers()) == 1
    second.close()
