"""The table of operators: nothing the MRT documents name is missing, and the page in the documentation is up to date."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mrt_studio
from mrt_studio.cvm.ops.base import PREFIX, cvm_operators
from mrt_studio.ops.base import operators
from mrt_studio.session.reports import support_lines
from mrt_studio.session.support import NEVER_RUN, Support, as_data, as_markdown, support_table

PAGE = Path(mrt_studio.__file__).parent / "docs" / "operators.md"

DOCUMENT = {
    # the operators in the tables of the MRT documents, and what MXNet calls them where that differs
    "Transformer": "SliceAxis=slice_axis SwapAxis Slice=slice Flatten SliceLike=slice_like Concat Transpose=transpose where repeat expand_dims"
    " SliceChannel tile squeeze Reshape clip Embedding",
    "NN": "Convolution Pad FullyConnected relu LeakyReLU Pooling UpSampling softmax BatchNorm Dropout Activation",
    "Broadcast": "broadcast_div broadcast_add broadcast_sub broadcast_mul broadcast_to broadcast_greater",
    "Elemwise": "_mul_scalar _div_scalar elemwise_add elemwise_sub ceil round fix floor abs sigmoid exp negative _minimum _maximum _plus_scalar"
    " zeros_like _greater_scalar ones_like",
    "Reduce": "max min sum argmin argmax",
    "Vision": "_contrib_box_nms",
    "Others": "_arange Custom",
}
WORDS = [word for row in DOCUMENT.values() for word in row.split()]
SUPPORTED = set(WORDS) - {"_contrib_box_nms", "Custom"}


@pytest.mark.parametrize("word", WORDS)
def test_every_operator_of_the_documents_is_supported_or_refused_with_a_reason(word):
    name = word.rpartition("=")[2]
    (row,) = [row for row in support_table() if name in (row.operator, *row.aliases)]
    assert row.summary
    assert row.supported == (word in SUPPORTED)
    if not row.supported:
        assert len(row.refused[0]) > 20


def test_every_registered_name_is_in_one_row():
    names = [name for row in support_table() for name in (row.operator, *row.aliases)]
    assert sorted(names) == sorted([*operators, *NEVER_RUN])
    assert [row.operator.lower().lstrip("_") for row in support_table()] == sorted(row.operator.lower().lstrip("_") for row in support_table())


def test_a_row_is_complete():
    constants = {name for name in operators if operators[name].arity == (0, 0)}
    for row in support_table():
        assert row.supported == (row.gas is not None) == (row.error is not None)
        assert all(PREFIX + name in cvm_operators for name in row.lowering)
        assert row.refused or row.supported
        assert row.lowering or not row.supported or row.operator in constants
        assert (row.gas is not None and row.gas > 0) == bool(row.lowering)


def test_figures_by_hand():
    rows = {row.operator: row for row in support_table()}
    assert (rows["relu"].lowering, rows["relu"].gas) == (("relu",), 1)
    assert (rows["transpose"].lowering, rows["transpose"].gas) == (("transpose",), 1)
    assert "cvm_lut" in rows["tanh"].lowering
    assert {"conv2d", "cvm_clip"} <= set(rows["Convolution"].lowering)
    assert "pool_type" in rows["Pooling"].forms


def test_the_page_has_a_line_a_row_and_shows_text_as_it_is():
    odd = Support("_a", ("b",), "other", "a * b | `x_y` <b> _c_", True, "k 1 or 2", ("one.", "two."), ("relu",), 1.0, 0.25)
    line = as_markdown([odd]).splitlines()[-1]
    assert line == r"| `_a`, `b` | a \* b \| `x_y` \<b> \_c\_ | k 1 or 2 | relu | 1 | 0.25 | one; two |"
    lines = [line for line in as_markdown(support_table()).splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(support_table())
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {8}


def test_lines_for_a_terminal_and_plain_data():
    rows = support_table()
    assert len(support_lines(rows)) == 1 + len(rows)
    assert "above a split only" in next(line for line in support_lines(rows) if line.startswith("Custom "))
    assert [row["operator"] for row in as_data(rows)] == [row.operator for row in rows]


def test_the_table_takes_no_mxnet_because_the_server_makes_it():
    words = "import sys; from mrt_studio.session.support import support_table; print(len(support_table()), 'mxnet' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert found.stdout.split() == [str(len(support_table())), "False"]


def test_the_page_in_the_documentation_is_up_to_date():
    text = as_markdown(support_table())
    if os.environ.get("MRT_REWRITE_GOLDEN") == "1":
        PAGE.write_text(text)
    assert PAGE.read_text() == text, "run MRT_REWRITE_GOLDEN=1 python -m pytest tests/unit/session/test_support.py"
