"""What a link may say of the view; the rest of it is tested in the browser."""

import pytest

from mrt_studio.ui.permalink import read_view


def test_a_view_is_a_middle_and_a_zoom():
    assert read_view("-12.5,300,0.8") == {"x": -12.5, "y": 300, "zoom": 0.8}


@pytest.mark.parametrize("text", ["", "1,2", "1,2,3,4", "a,b,c", "nan,0,1", "0,inf,1", "0,0,nan", "0,0,0", "0,0,-1", "1e300,0,1", "0,0,1e9"])
def test_anything_else_is_passed_over(text):
    assert read_view(text) == {}
