"""The graph as text."""

from dataclasses import replace

from mrt_studio.ir.text import to_text


def test_one_aligned_line_a_node(toy):
    assert to_text(toy.graph()).splitlines() == [
        "data         input(precision=8)                             1x4x8x8",
        "conv_weight  param int8(precision=5)                        4x4              <- conv0, bn0 (fold)",
        "conv         cvm.conv2d(padding=(1, 1))  data, conv_weight  1x4x8x8          <- conv0, bn0 (fold)",
        "split        split                       conv               1x4x8x8 1x4x8x8",
        "outputs: split[1], conv",
    ]


def test_unknown_shapes_are_marked_and_long_cells_do_not_widen_the_column(toy):
    graph = toy.graph()
    name = "n" * 60
    long = replace(graph.nodes[3], name=name, shapes=(), origin=(name,))
    lines = to_text(replace(graph, nodes=(*graph.nodes[:3], long), outputs=graph.outputs[1:])).splitlines()
    assert lines[0].startswith("data" + " " * 46 + "input")
    assert lines[3] == name + "  split" + " " * 23 + "conv" + " " * 15 + "?"
