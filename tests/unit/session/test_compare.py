"""Differences between stages and the rewrites behind them."""

from __future__ import annotations

import itertools

import pytest

from mrt_studio.errors import ArtifactError
from mrt_studio.session.compare import diff
from mrt_studio.session.graphs import GRAPHS, lineage, shown, stage_graph
from mrt_studio.session.rewrites import rewrites
from mrt_studio.session.session import Session
from tests.models.tiny import tiny_model, tiny_recipe, write_model
from tests.nets import built

PAIRS = list(itertools.combinations(GRAPHS, 2))


def hard_graph():
    """A padding, a norm that cannot be folded, a dropout and an average pool: removed, added and changed nodes."""

    def write(b, param):
        x = b.input("data", None)
        norm = [param(f"bn_{p}", 3, value=1) for p in ("gamma", "beta", "mean", "var")]
        x = b.op("BatchNorm", x, *norm, name="bn")
        x = b.op("Pad", x, name="pad", mode="constant", pad_width=(0, 0, 0, 0, 1, 1, 1, 1))
        x = b.op("Convolution", x, param("conv_weight", 4, 3, 3, 3), name="conv", kernel=(3, 3), num_filter=4, no_bias=True)
        x = b.op("Dropout", b.op("Activation", x, name="act", act_type="relu"), name="drop")
        x = b.op("Pooling", x, name="pool", kernel=(2, 2), stride=(2, 2), pool_type="avg")
        return b.op("Flatten", x, name="flat")

    return built(write)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    session = Session(folder / "project", tiny_recipe(tiny_model(folder)))
    session.run("compile")
    return session


@pytest.fixture(scope="module")
def hard(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hard")
    session = Session(folder / "project", tiny_recipe(write_model(hard_graph(), folder, "hard")))
    session.run("compile")
    return session


@pytest.fixture(params=["tiny", "hard"])
def done(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_every_node_is_new_gone_or_kept(done, before, after):
    found = diff(done, before, after)
    old = {n.name for n in shown(stage_graph(done, before))}
    new = {n.name for n in shown(stage_graph(done, after))}
    added, removed = {row["id"] for row in found["added"]}, {row["id"] for row in found["removed"]}
    assert added <= new
    assert removed <= old
    assert len(new) - len(added) == len(old) - len(removed)
    assert {row["id"] for row in found["changed"]} <= new - added
    assert all(set(row["from"]) <= old for row in (*found["added"], *found["changed"]))
    assert all(set(row["into"]) <= new for row in found["removed"])
    assert all(row["what"] for row in found["changed"])
    assert diff(done, after, before) == found


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_lineage_is_the_same_seen_from_both_ends(done, before, after):
    forward, backward = lineage(done, before, after), lineage(done, after, before)
    assert {(a, b) for a, found in forward.items() for b in found} == {(a, b) for b, found in backward.items() for a in found}


def test_compiling_changes_names_only(done):
    found = diff(done, "quantize", "compile")
    assert found["added"] == found["removed"] == found["changed"] == []
    assert all(len(there) == 1 for there in lineage(done, "quantize", "compile").values())


def test_a_folded_norm_is_gone_for_the_same_reason_in_every_later_stage(tiny):
    for after in ("prepare", "quantize", "compile"):
        (gone,) = diff(tiny, "load", after)["removed"]
        assert (gone["id"], gone["rule"]) == ("bn0", "fold_batch_norm")


def test_a_folded_norm_is_gone_into_its_convolution(tiny):
    found = diff(tiny, "load", "prepare")
    (gone,) = found["removed"]
    assert (gone["id"], gone["into"], gone["rule"]) == ("bn0", ["conv0"], "fold_batch_norm")
    conv, relu = found["changed"]
    assert conv["from"] == ["conv0", "bn0"]
    assert conv["what"] == [
        "no_bias: True becomes False",
        "parameters 8 x 3 x 3 x 3 of float32 become 8 x 3 x 3 x 3 of float32, 8 of float32",
    ]
    assert relu["what"] == ["operator Activation becomes relu"]
    assert found["added"] == []


def test_precisions_are_told(tiny):
    changed = {row["id"]: row["what"] for row in diff(tiny, "prepare", "quantize")["changed"]}
    assert changed["data"] == ["precision: none becomes 8"]
    assert "8 x 8 x 3 x 3 of 8 bit" in changed["conv1"][1]


def test_requantization_is_new_and_names_its_tensor(tiny):
    rows = [row for row in diff(tiny, "prepare", "quantize")["added"] if row["rule"] == "requantize"]
    assert {row["from"][0] for row in rows} == {"relu0", "conv1", "flatten0"}


def test_what_becomes_several_nodes_is_kept_by_the_one_of_its_name(hard):
    found = diff(hard, "load", "prepare")
    assert "bn" in {row["id"] for row in found["changed"]}
    assert [row["id"] for row in found["added"] if row["from"] == ["bn"]] == ["bn_mul"]


def test_what_is_dropped_is_gone(hard):
    rows = {row["id"]: row for row in diff(hard, "load", "prepare")["removed"]}
    assert rows["drop"]["into"] == []
    assert rows["pad"]["rule"] == "fold_pad"


def test_rewrites_tell_rule_nodes_and_reason(done):
    steps = rewrites(done)
    stages = [step["stage"] for step in steps]
    assert stages == sorted(stages)
    for step in steps:
        source = stage_graph(done, "load" if step["stage"] == "prepare" else "prepare")
        target = stage_graph(done, step["stage"])
        assert all(name in source for name in step["before"])
        assert all(name in target for name in step["after"])
        assert step["reason"].endswith((".", "]"))
        assert "\n" not in step["reason"]


def test_every_node_that_a_rule_made_is_in_one_rewrite(done):
    for stage in ("prepare", "quantize"):
        made = [name for step in rewrites(done) if step["stage"] == stage for name in step["after"]]
        assert sorted(made) == sorted(n.name for n in shown(stage_graph(done, stage)) if n.rule)


def test_passes_come_in_their_order(hard):
    rules = [step["rule"] for step in rewrites(hard) if step["stage"] == "prepare"]
    assert rules == sorted(rules, key=["fold_pad", "fold_batch_norm", "legalize"].index)
    assert {"fold_pad", "legalize"} <= set(rules)
    dropped = next(step for step in rewrites(hard) if step["before"] == ["drop"])
    assert dropped["after"] == []
    assert dropped["reason"] == "Drop the node."


def test_rewrites_of_prepare_do_not_need_the_lowering(tmp_path):
    session = Session(tmp_path / "project", tiny_recipe(tiny_model(tmp_path)))
    session.run("prepare")
    assert {step["stage"] for step in rewrites(session)} == {"prepare"}
    with pytest.raises(ArtifactError):
        diff(session, "load", "compile")
