"""The tree of errors, and errors as plain data."""

import json
import pickle

import pytest

from mrt_studio import errors
from mrt_studio.errors import OverflowError32, StudioError, from_dict


def tree(cls):
    # Only the module's own: other tests may subclass.
    subs = [sub for sub in cls.__subclasses__() if sub.__module__ == errors.__name__]
    return [cls, *(found for sub in subs for found in tree(sub))]


TREE = tree(StudioError)


def depth(cls):
    return cls.__mro__.index(StudioError)


def test_the_docstring_draws_the_whole_tree():
    lines = [line for line in errors.__doc__.splitlines() if line.strip(" │├└─").split(" ")[0] in {c.__name__ for c in TREE}]
    drawn = [(line.strip(" │├└─").split(" ")[0], (len(line) - len(line.lstrip(" │├└─"))) // 4) for line in lines]
    assert drawn == [(cls.__name__, depth(cls)) for cls in TREE]
    assert {name for name, value in vars(errors).items() if isinstance(value, type)} == {c.__name__ for c in TREE}


@pytest.mark.parametrize("cls", TREE)
def test_an_error_survives_as_plain_data(cls):
    error = cls("what", where="where", why="why", remedy="remedy")
    again = from_dict(json.loads(json.dumps(error.to_dict())))
    assert type(again) is cls
    assert again.to_dict() == error.to_dict()
    assert str(again) == "what\n  where: where\n  why: why\n  remedy: remedy"


def test_empty_parts_are_left_out():
    assert str(StudioError("what", remedy="do")) == "what\n  remedy: do"
    assert str(StudioError("what")) == "what"


def test_an_unknown_kind_is_the_root():
    assert type(from_dict({"kind": "Nothing", "what": "x"})) is StudioError
    assert from_dict({}).to_dict() == StudioError("").to_dict()


def test_an_error_can_be_pickled_between_processes():
    again = pickle.loads(pickle.dumps(OverflowError32("what", where="conv")))
    assert type(again) is OverflowError32
    assert (again.what, again.where) == ("what", "conv")
