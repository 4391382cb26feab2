import pytest

from mrt_studio.errors import ShapeError, UnsupportedError
from mrt_studio.ir.unknown import Unknown
from mrt_studio.ops.base import operators, parse


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("_full", {"shape": (1_000_000, 1_000_000), "value": 1.0}),
        ("_zeros", {"shape": (1 << 31,) * 8}),
        ("_eye", {"N": 1 << 31}),
        ("_arange", {"start": 0.0, "stop": 1e12, "step": 1e-12}),
        ("_arange", {"start": 9.0, "repeat": 1 << 31}),
        ("_arange", {"start": 0.0, "stop": 1e12, "step": 5e-324}),
    ],
)
def test_huge_constants_are_refused_before_they_exist(name, attributes):
    with pytest.raises(ShapeError, match=r"makes \d+ numbers"):
        operators[name](**attributes).infer(())


@pytest.mark.parametrize(
    "texts", [{"start": "0"}, {"start": "3", "stop": "1"}, {"start": "3", "step": "0"}, {"start": "3", "step": "-1"}, {"start": "3", "infer_range": "True"}]
)
def test_ranges_without_a_length(texts):
    with pytest.raises(ShapeError, match="has no known length"):
        operators["_arange"].parse(texts).infer(())


@pytest.mark.parametrize(("name", "texts"), [("_zeros", {"shape": "(0, 2)"}), ("_ones", {"shape": "()"}), ("_zeros", {"shape": "(2,)", "dtype": "int32"})])
def test_forms_that_are_not_supported(name, texts):
    with pytest.raises(UnsupportedError):
        operators[name].parse(texts)


def test_attributes_as_mxnet_writes_them():
    op = operators["_arange"].parse({"start": "0", "stop": "None", "step": "1.0", "repeat": "1", "infer_range": "False", "ctx": "cpu(0)", "dtype": "float32"})
    assert op.attributes() == {"dtype": "float32", "start": "0.0", "stop": "None", "step": "1.0", "repeat": "1", "infer_range": "False"}


def test_a_cast_to_integers_is_seen_but_not_run():
    op = parse("Cast", {"dtype": "int32"}, 1)
    assert isinstance(op, Unknown)
    assert "float32, float16, float64" in op.why
