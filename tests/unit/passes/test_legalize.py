"""What legalize rewrites and what it refuses, by operator."""

from tests.nets import built, prepared


def test_dropout_at_the_end_and_at_the_start_disappears():
    graph = built(lambda b, param: b.op("Dropout", b.op("relu", b.op("Dropout", b.input("data", (1, 2))), name="act")))
    ready = prepared(graph)
    assert [n.name for n in ready.operators] == ["act"]
    assert ready.outputs[0].name == "act"


def test_a_dense_layer_on_images_gets_a_flatten_with_its_lineage():
    graph = built(lambda b, param: b.op("FullyConnected", b.input("data", (2, 3, 2, 2)), param("w", 4, 12), param("b", 4), name="fc", num_hidden=4))
    ready = prepared(graph)
    assert [(n.op.name, n.origin) for n in ready.operators] == [("Flatten", ("fc",)), ("FullyConnected", ("fc",))]
