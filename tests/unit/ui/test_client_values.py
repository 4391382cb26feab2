"""What a client sends is checked again: a page offers only what is allowed, but a websocket takes anything."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from mrt_studio.errors import StudioError
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe
from tests.raw_client import RawClient, Running, class_of, models, running
from tests.unit.ui.test_server import free_port

NUMBER = {"NaN": {"type": "number", "value": "nan"}, "inf": {"type": "number", "value": "+inf"}}
"""How Bokeh writes numbers that JSON has not."""
NO_TEXT = (1e9, None, [1], NUMBER["NaN"])
NO_BATCH = ("0", "-77", "1e9", "1.5", "nan", "4; import os", *NO_TEXT)
NO_CHOICE = ("nothing", "../secret", *NO_TEXT)
NO_THRESHOLD = (-1, "x", None, NUMBER["NaN"], NUMBER["inf"])
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A project that has been quantized, so that the page shows all its parts."""
    folder = tmp_path_factory.mktemp("values")
    session = Session(folder / "project", tiny_recipe(tiny_model(folder)))
    session.run("quantize")
    session.save()
    session.close()
    return folder / "project"


@pytest.fixture(scope="module")
def server(folder: Path):
    with running(folder.parent, free_port(), project=folder) as found:
        yield found


def recipe(folder: Path) -> dict[str, Any]:
    return Session(folder).recipe()


def has(model: dict[str, Any], **wanted: Any) -> bool:
    attributes = model.get("attributes", {})
    return all(name in attributes and (value is ... or attributes[name] == value) for name, value in wanted.items())


async def open_page(server: Running) -> tuple[RawClient, list[dict[str, Any]]]:
    """A session whose page has loaded, and its models."""
    client = await RawClient.open(server, server.cookie())
    assert await client.send("document_ready") == "OK"
    for _ in range(600):
        if any(is_table(model) for model in models(await client.document())):
            return client, await client.unfold()
        await asyncio.sleep(0.1)
    raise AssertionError("the page did not load")


def named(found: list[dict[str, Any]], name: str) -> str:
    """The id of the model of a class."""
    return next(model["id"] for model in found if class_of(model) == name)


def is_table(model: dict[str, Any]) -> bool:
    return model["name"].endswith("Tabulator")


def test_options_thresholds_and_names(server: Running, folder: Path) -> None:
    before = recipe(folder)

    async def tries() -> None:
        client, found = await open_page(server)
        fields = {model["attributes"]["label"]: model["id"] for model in found if has(model, label=...)}
        for value in NO_BATCH:
            await client.change(fields["Batch"], "value", value)
        for label in ("Recipe", "Colour by", "Demo"):
            for value in NO_CHOICE:
                await client.change(fields[label], "value", value)
        table = next(model for model in found if is_table(model))
        for value in NO_THRESHOLD:
            await client.change(table["attributes"]["source"]["id"], "data", {"threshold": [value]})
            for row in (0, 10**9):
                await client.send("table-edit", table["id"], column="threshold", row=row, pre=False)
        graph = named(found, "GraphPane")
        for value in ([MARKUP], [5], "text", [None]):
            for trait in ("selected", "opened", "split_keys"):
                await client.change(graph, trait, value)
        for trait, value in (("direction", "sideways"), ("theme", "<b>"), ("height_px", "x"), ("height_px", 1e300), ("overlay", [1]), ("graph", "x")):
            await client.change(graph, trait, value)
        keys = named(found, "Shortcuts")
        for value in ([["undo"]], [5], "undo", ["__init__", 1]):
            await client.change(keys, "pressed", value)
        location = named(found, "Location")
        for value in ("#stage=evil&colour=../x&node=<script>&open=a|b", f"#node={MARKUP}", "#" + "a" * 100_000, "#stage=%00", 5, "#stage=__class__"):
            await client.change(location, "hash", value)
        assert (await client.ask("PATCH-DOC", {"events": [{"kind": "ModelChanged", "model": {"id": "none"}, "attr": "x", "new": 1}]}))[0] in ("OK", "ERROR")
        assert json.dumps(await client.document())  # it still answers
        await client.close()

    asyncio.run(tries())
    assert recipe(folder) == before


def test_what_is_allowed_does_arrive(server: Running, folder: Path) -> None:
    """The same ways do work, or the test above would show nothing."""

    async def tries() -> None:
        client, found = await open_page(server)
        batch = next(model["id"] for model in found if has(model, label="Batch"))
        assert await client.change(batch, "value", "3") == "OK"
        for _ in range(200):
            if recipe(folder)["calibrate"]["batch"] == 3:
                break
            await asyncio.sleep(0.05)
        await client.close()

    asyncio.run(tries())
    assert recipe(folder)["calibrate"]["batch"] == 3


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf"), -float("inf")])
def test_the_session_itself_refuses_a_threshold(folder: Path, value: float) -> None:
    session = Session(folder)
    with pytest.raises(StudioError):
        session.thresholds["conv0"] = value
