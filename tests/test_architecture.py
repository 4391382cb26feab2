"""What must hold of the source as a whole; import-linter holds the layers (pyproject.toml)."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import mrt_studio

ROOT = Path(mrt_studio.__file__).parent
SOURCES = sorted(ROOT.rglob("*.py"))
PACKAGES = [path for path in SOURCES if path.name == "__init__.py"]
OWN_OF_UI = {"errors", "session", "ui", "version"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
FORBIDDEN_NAMES = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}


FORBIDDEN_CALLS = {"os.system", "os.popen", "os.getenv", "subprocess.getoutput", "subprocess.getstatusoutput", "builtins.eval", "builtins.exec"}
HIDING = {"os", "builtins", "yaml", "numpy", "subprocess"}
"""Modules whose functions are called by their full names, so that the scan sees them."""


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def tree_of(path):
    return ast.parse(path.read_text(), str(path))


def imported(tree):
    """Yield the full name of every module that is imported, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module


def dotted(node):
    """Return `a.b.c` of an attribute, or an empty text."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def test_the_scan_sees_the_package():
    assert len(SOURCES) > 100
    assert {"numpy", "mrt_studio.ir.graph"} <= set(imported(tree_of(ROOT / "engine.py")))


def test_public_names_are_sorted_few_and_there():
    names = mrt_studio.__all__
    assert names == sorted(names)
    assert len(names) <= 25
    for name in names:
        assert getattr(mrt_studio, name) is not None
    public = {name for name in vars(mrt_studio) if not name.startswith("_")} - {"annotations", "importlib", "TYPE_CHECKING", "Any"}
    modules = {name for name in public if (ROOT / name).is_dir() or (ROOT / f"{name}.py").exists()}
    assert public - modules <= set(names)
    assert set(mrt_studio._HOMES) == set(names) - {"__version__"}
    with pytest.raises(AttributeError, match="nothing"):
        mrt_studio.nothing  # noqa: B018


def test_a_star_import_gives_the_public_names():
    words = "from mrt_studio import *; print(sorted(n for n in dir() if n != '__builtins__' and n[:2] != '__' or n == '__version__'))"
    found = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert ast.literal_eval(found.stdout) == sorted(mrt_studio.__all__)


@pytest.mark.parametrize("module", ["mrt_studio", "mrt_studio.session.session", "mrt_studio.session.jobs", "mrt_studio.session.views", "mrt_studio.cli"])
def test_mxnet_and_panel_are_imported_only_where_they_are_used(module):
    words = f"import sys, {module}; print([m for m in ('mxnet', 'panel', 'bokeh', 'anywidget', 'plotly') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_only_the_engine_imports_mxnet():
    found = [name_of(path) for path in SOURCES if any(module.partition(".")[0] == "mxnet" for module in imported(tree_of(path)))]
    assert found == ["engine.py"]


def test_the_user_interface_computes_nothing():
    for path in sorted((ROOT / "ui").rglob("*.py")):
        for module in imported(tree_of(path)):
            top, _, rest = module.partition(".")
            assert top not in ("numpy", "mxnet", "scipy"), (name_of(path), module)
            if top == "mrt_studio":
                assert rest.partition(".")[0] in OWN_OF_UI, (name_of(path), module)


def test_only_the_user_interface_imports_its_libraries():
    libraries = {"panel", "param", "anywidget", "traitlets", "bokeh", "plotly", "panel_material_ui", "ipywidgets"}
    outside = [path for path in SOURCES if "ui" not in path.relative_to(ROOT).parts and path.name not in ("main.py", "app_hooks.py", "widgets.py")]
    for path in outside:
        assert not libraries & {module.partition(".")[0] for module in imported(tree_of(path))}, name_of(path)


@pytest.mark.parametrize("dialect", ["mrt_studio.ops", "mrt_studio.cvm.ops"])
def test_no_operator_imports_another(dialect):
    allowed = (f"{dialect}.base", f"{dialect}.lowering", f"{dialect}.shared.")
    folder = ROOT / Path(*dialect.split(".")[1:])
    for path in folder.rglob("*.py"):
        others = {m for m in imported(tree_of(path)) if m.startswith(f"{dialect}.")}
        assert all(m.startswith(allowed) for m in others), (name_of(path), others)


def test_nothing_is_evaluated_or_unpickled():
    for path in SOURCES:
        tree = tree_of(path)
        assert not FORBIDDEN_MODULES & {module.partition(".")[0] for module in imported(tree)}, name_of(path)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            where = (name_of(path), node.lineno)
            name = dotted(node.func)
            assert name not in FORBIDDEN_NAMES, where
            assert not (name.startswith("yaml.") and name.endswith(("load", "load_all"))), where
            assert name not in FORBIDDEN_CALLS, where
            if name in ("np.load", "numpy.load", "np.lib.format.read_array"):
                values = [k.value for k in node.keywords if k.arg == "allow_pickle"]
                assert len(values) == 1, where
                assert isinstance(values[0], ast.Constant), where
                assert values[0].value is False, where
            assert not any(k.arg == "shell" for k in node.keywords), where


def test_no_import_hides_a_call_from_the_scan():
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom) and node.module in HIDING:
                names = {alias.name for alias in node.names}
                assert not names & {"system", "popen", "getenv", "environ", "eval", "exec", "load", "load_all", "getoutput", "*"}, name_of(path)
            if isinstance(node, ast.Import):
                odd = [alias.name for alias in node.names if alias.name in HIDING and alias.asname not in (None, "np")]
                assert not odd, name_of(path)


def test_no_environment_variable_is_read():
    for path in SOURCES:
        found = [node.lineno for node in ast.walk(tree_of(path)) if dotted(node) in ("os.environ", "environ")]
        assert found == [], name_of(path)


def test_no_except_is_broad():
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ExceptHandler):
                kinds = [dotted(n) for n in ast.walk(node.type)] if node.type else ["nothing"]
                raises_again = any(isinstance(n, ast.Raise) and n.exc is None for n in ast.walk(node))
                assert raises_again or not {"nothing", "Exception", "BaseException"} & set(kinds), (name_of(path), node.lineno)


@pytest.mark.parametrize("path", PACKAGES, ids=name_of)
def test_every_folder_says_in_one_sentence_what_it_is_for(path):
    docstring = ast.get_docstring(tree_of(path))
    assert docstring
    assert "\n" not in docstring
    assert docstring.endswith(".")
    assert ". " not in docstring
    assert len(docstring) <= 120


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_file_says_what_it_is_for_and_is_short(path):
    docstring = ast.get_docstring(tree_of(path))
    assert docstring
    assert docstring.splitlines()[0].endswith((".", ":"))
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", [p.parent for p in PACKAGES if p.relative_to(ROOT).parts[0] not in ("__init__.py", "ui")], ids=name_of)
def test_every_module_can_be_imported(path):
    """A missing library would show here; the user interface needs Panel and has tests of its own."""
    for module in path.glob("*.py"):
        if module.stem not in ("__init__", "__main__"):
            importlib.import_module(f"mrt_studio.{path.relative_to(ROOT).as_posix().replace('/', '.')}.{module.stem}")
