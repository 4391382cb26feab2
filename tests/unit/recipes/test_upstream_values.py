import pytest

from mrt_studio.recipes.upstream_values import flag, is_none, links, names, nested_links, numbers, positive, shape, text, whole, word

GOOD = [
    (text, " a b ", "a b"),
    (whole(1), 16, 16),
    (whole(1), " 16 ", 16),
    (whole(-5), "-1", -1),
    (positive, "0.5", 0.5),
    (positive, 16, 16),
    (flag, True, True),
    (flag, "False", False),
    (word("cpu", "gpu"), "gpu ", "gpu"),
    (shape, "(-1, 3, 224, 224)", [-1, 3, 224, 224]),
    (shape, [-1, 10], [-1, 10]),
    (shape, "7", [7]),
    (names, "a, b,\n c,", ["a", "b", "c"]),
    (names, ["a", "b"], ["a", "b"]),
    (names, "['a', 'b']", ["a", "b"]),
    (numbers, "a: 1, b: 2.5", {"a": 1, "b": 2.5}),
    (numbers, [["a", 1], ["b", "2.5"]], {"a": 1, "b": 2.5}),
    (links, "a: None, b: c", {"a": "None", "b": "c"}),
    (links, [["a", None], ["b", "c"]], {"a": "None", "b": "c"}),
    (nested_links, "op: x: a, op: y: b, pq: x: c", {"op": {"x": "a", "y": "b"}, "pq": {"x": "c"}}),
    (nested_links, [["op", [["x", "a"], ["y", "b"]]], ["pq", [["x", "c"]]]], {"op": {"x": "a", "y": "b"}, "pq": {"x": "c"}}),
]

CALL = "__import__('os').system('x')"
BAD = [
    (text, 1.0),
    (text, ["a"]),
    (whole(1), "0"),
    (whole(1), True),
    (whole(1), "1.0"),
    (whole(1), "9" * 5000),
    (whole(1), "1+1"),
    (whole(1), CALL),
    (positive, "0"),
    (positive, "nan"),
    (positive, "1e999"),
    (positive, 10**400),
    (positive, True),
    (positive, CALL),
    (flag, "yes"),
    (flag, 1),
    (flag, CALL),
    (word("cpu", "gpu"), "tpu"),
    (word("cpu", "gpu"), ["cpu"]),
    (shape, "()"),
    (shape, "(-1, -1)"),
    (shape, "(0, 3)"),
    (shape, "[1.5]"),
    (shape, "(1, " + CALL + ")"),
    (shape, "(" * 5000),
    (shape, [1] * 9),
    (names, "[" + CALL + "]"),
    (names, [1]),
    (names, "['a'"),
    (numbers, "a"),
    (numbers, "a: b"),
    (numbers, "a: 1: 2"),
    (numbers, "a: 1, a: 2"),
    (numbers, "a: " + CALL),
    (numbers, [["a"]]),
    (numbers, [[1, 2]]),
    (numbers, {"a": 1}),
    (links, [["a", 1]]),
    (nested_links, "op: x"),
    (nested_links, "op: x: a, op: x: b"),
    (nested_links, [["op", [["x"]]]]),
    (nested_links, [["op", []], ["op", []]]),
]


@pytest.mark.parametrize(("read", "value", "expected"), GOOD)
def test_either_form_is_read(read, value, expected):
    assert read(value) == expected


@pytest.mark.parametrize(("read", "value"), BAD)
def test_other_values_are_refused_with_a_reason(read, value):
    with pytest.raises(ValueError, match=r"^(it|a name) "):
        read(value)


@pytest.mark.parametrize("value", [None, "", "  ", "None", " None "])
def test_what_stands_for_the_default(value):
    assert is_none(value)


@pytest.mark.parametrize("value", [0, False, [], "none of it"])
def test_what_does_not_stand_for_the_default(value):
    assert not is_none(value)
