import json
import math

import pytest

from mrt_studio.demos.inverted_residual import Block, BlockWriter, Stage, blocks
from mrt_studio.demos.symbol_writer import SymbolWriter


def nodes(block: Block, *, same: bool = False) -> dict[str, dict]:
    w = SymbolWriter()
    output = BlockWriter(w, 1e-5, same=same).block(block, w.variable("data"))
    return {node["name"]: node for node in json.loads(w.to_json(output))["nodes"]}


def test_only_the_first_block_of_a_stage_changes_size_and_channels():
    made = list(blocks((Stage(1, 3, 1, 1, 16), Stage(3, 5, 2, 6, 24)), 32))
    assert [b.name for b in made] == ["stage1_block0", "stage2_block0", "stage2_block1", "stage2_block2"]
    assert [(b.stride, b.inputs, b.outputs) for b in made] == [(1, 32, 16), (2, 16, 24), (1, 24, 24), (1, 24, 24)]
    assert [b.is_residual for b in made] == [False, False, True, True]


def test_a_block_expands_filters_projects_and_adds():
    made = nodes(Block("b", 3, 1, 6, 24, 24))
    assert [(n["name"], n["op"]) for n in made.values() if n["op"] != "null"] == [
        ("b_expand_conv", "Convolution"),
        ("b_expand_bn", "BatchNorm"),
        ("b_expand_relu6", "clip"),
        ("b_depthwise_conv", "Convolution"),
        ("b_depthwise_bn", "BatchNorm"),
        ("b_depthwise_relu6", "clip"),
        ("b_project_conv", "Convolution"),
        ("b_project_bn", "BatchNorm"),
        ("b_add", "elemwise_add"),
    ]
    assert made["b_depthwise_conv"]["attrs"]["num_group"] == made["b_expand_conv"]["attrs"]["num_filter"] == "144"


def test_a_block_without_expansion_starts_with_its_filter():
    made = nodes(Block("b", 3, 1, 1, 32, 16))
    assert "b_expand_conv" not in made
    assert made["b_depthwise_conv"]["attrs"]["num_filter"] == "32"
    assert "b_add" not in made


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("size", [8, 14, 56, 224])
def test_same_pads_as_tensorflow_documents(kernel, size):
    made = nodes(Block("b", kernel, 2, 6, 8, 16), same=True)
    total = max((math.ceil(size / 2) - 1) * 2 + kernel - size, 0)
    before, after = total // 2, total - total // 2
    assert made["b_depthwise_pad"]["attrs"]["pad_width"] == str((0, 0, 0, 0, before, after, before, after))
    assert made["b_depthwise_conv"]["attrs"]["pad"] == "(0, 0)"


def test_without_same_a_strided_convolution_pads_evenly():
    made = nodes(Block("b", 5, 2, 6, 8, 16))
    assert "b_depthwise_pad" not in made
    assert made["b_depthwise_conv"]["attrs"]["pad"] == "(2, 2)"
