"""Every drop-in class says what it is: docstring, category, arity, summary, help."""

import dataclasses
import inspect

import pytest

from mrt_studio.cvm.ops.base import cvm_operators
from mrt_studio.datasets.base import datasets
from mrt_studio.demos.base import demos
from mrt_studio.metrics.base import metrics
from mrt_studio.observers.base import observers
from mrt_studio.ops.base import operators
from mrt_studio.passes.base import passes
from mrt_studio.stages.base import ORDER, stages
from mrt_studio.stages.options import options_of

REGISTRIES = {r.kind: r for r in (operators, cvm_operators, passes, observers, metrics, datasets, stages, demos)}
ENTRIES = [pytest.param(cls, id=f"{kind}-{name}") for kind, registry in REGISTRIES.items() for name, cls in registry.items()]
CATEGORIES = {"activation", "conv", "dense", "elementwise", "norm", "other", "pool", "quantize", "reduce", "shape"}


@pytest.mark.parametrize("registry", REGISTRIES.values(), ids=list(REGISTRIES))
def test_a_registry_holds_something_sorted(registry):
    assert list(registry) == sorted(registry)
    assert len(registry) == len(list(registry)) > 0


@pytest.mark.parametrize("cls", ENTRIES)
def test_an_entry_has_a_docstring_of_its_own(cls):
    first = (cls.__dict__.get("__doc__") or "").splitlines()
    # dataclass writes a signature where there is no docstring
    assert first
    assert not first[0].startswith(f"{cls.__name__}(")
    assert len(first[0]) <= 110
    assert not inspect.isabstract(cls)


@pytest.mark.parametrize("name", operators)
def test_an_operator_states_category_arity_and_input_names(name):
    cls = operators[name]
    low, high = cls.arity
    assert cls.category in CATEGORIES
    assert 0 <= low <= high
    assert len(cls.input_names) in (1, high)
    assert operators[cls.name] is cls


@pytest.mark.parametrize("name", cvm_operators)
def test_an_operator_of_the_machine_states_category_and_arity(name):
    cls = cvm_operators[name]
    assert cls.category in CATEGORIES
    assert 1 <= cls.arity[0] <= cls.arity[1]
    assert cls.name == name == f"cvm.{name.removeprefix('cvm.')}"


@pytest.mark.parametrize("name", observers)
def test_an_observer_has_a_summary_and_defaults(name):
    assert observers[name].summary
    assert not observers[name].summary.endswith(".")
    assert observers.create(name) == observers[name]()


@pytest.mark.parametrize("name", metrics)
def test_a_metric_has_a_title(name):
    assert metrics[name].title
    assert isinstance(metrics[name].unit, str)


@pytest.mark.parametrize("name", stages)
def test_a_stage_has_a_title_help_for_each_option_and_earlier_needs(name):
    cls = stages[name]
    assert cls.title
    assert cls.name == name
    options = options_of(cls)
    assert set(options) == {f.name for f in dataclasses.fields(cls)}
    for option in options.values():
        assert option.help
        assert not option.help.endswith(".")
    assert all(ORDER.index(need) < ORDER.index(name) for need in cls.needs)


def test_the_pipeline_names_every_stage():
    assert sorted(ORDER) == list(stages)
