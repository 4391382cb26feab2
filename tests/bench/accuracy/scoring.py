"""Run one recipe on one model and score it against the float model."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import mrt_studio.recipes
from mrt_studio.cvm.machine import FastMachine, run_reference
from mrt_studio.engine import Executor
from mrt_studio.fixedpoint import quantize_array
from mrt_studio.metrics.base import metrics
from mrt_studio.metrics.bootstrap import Interval, bootstrap
from mrt_studio.recipes.base import read_recipe
from mrt_studio.session.recipe_run import plan_recipe
from mrt_studio.session.session import Session

BATCH = 8


@dataclass(frozen=True)
class Case:
    """A model, and the data to calibrate and to score on, as .npy files of (n, ...) float32; labels are optional."""

    name: str
    symbol: Path
    params: Path
    calibration: Path
    scored: Path
    labels: Path | None = None

    def data(self) -> np.ndarray:
        """The samples to score on."""
        return np.load(self.scored, mmap_mode="r")


@dataclass(frozen=True)
class Score:
    """Figures of one recipe on one case; noise is the mean squared error of the outputs, drop what top-1 loses against float."""

    samples: int
    sqnr: float
    noise: float
    agreement: Interval
    top5: float
    kl: float
    flips: float
    top1: Interval | None
    drop: Interval | None
    gas: int | None
    weight_bytes: int | None


def recipe_options(name: str) -> dict:
    """The options of a recipe of mrt_studio/recipes, or of a file whose name ends with .toml."""
    path = Path(name) if name.endswith(".toml") else Path(mrt_studio.recipes.__file__).parent / f"{name}.toml"
    return dict(plan_recipe(read_recipe(path).recipe).options)


def open_session(case: Case, recipe: str, folder: Path) -> Session:
    """A session with the recipe's options that calibrates on all of the case's data."""
    session = Session(folder, recipe_options(recipe))
    session.open(str(case.symbol), str(case.params))
    shape = case.data().shape
    session.configure("prepare", input_shape=(-1, *shape[1:]))
    session.configure("calibrate", dataset=f"arrays(path={str(case.calibration)!r})", batch=BATCH, count=0, start=0)
    session.configure("evaluate", dataset=f"arrays(path={str(case.scored)!r})", batch=BATCH)
    return session


def float_outputs(session: Session, data: np.ndarray) -> np.ndarray:
    """The outputs of the model as it was loaded, (n, ...)."""
    graph = session.run("load").graph
    executor = Executor.of(graph)
    return np.concatenate([executor.forward({graph.inputs[0].name: part})[0] for part in _parts(data)])


def integer_outputs(session: Session, data: np.ndarray) -> np.ndarray:
    """The first outputs of the integer model over its scale; the first sample is verified by the reference machine."""
    lowered = session.run("quantize").lowered
    machine, (name, entry) = FastMachine(lowered.graph), next(iter(lowered.inputs.items()))
    found = []
    for part in _parts(data):
        feeds = {name: quantize_array(part, entry.scale, entry.precision)}
        outputs = machine.run(feeds)
        if not found:
            exact = run_reference(lowered.graph, {name: feeds[name][:1]})
            if not np.array_equal(exact[0], outputs[0][:1]):
                raise SystemError("the fast machine and the reference differ")
        found.append(outputs[0] / lowered.outputs[0].scale)
    return np.concatenate(found)


def score(expected: np.ndarray, found: np.ndarray, labels: np.ndarray | None = None, session: Session | None = None) -> Score:
    """All figures; gas and storage where there is a session, which is compiled for it."""
    value = {name: metrics[name]().value(expected, found, labels) for name in ("sqnr", "mse", "top5_agreement", "kl_softmax", "predicted_flips")}
    compiled = session.run("compile").summary() if session else {}
    right = None if labels is None else [(outputs.argmax(axis=1) == labels).astype(float) for outputs in (expected, found)]
    return Score(
        len(expected),
        value["sqnr"],
        value["mse"],
        bootstrap(expected.argmax(axis=1) == found.argmax(axis=1)),
        value["top5_agreement"],
        value["kl_softmax"],
        value["predicted_flips"],
        bootstrap(right[1]) if right else None,
        bootstrap(right[0] - right[1]) if right else None,
        compiled.get("gas"),
        None if session is None else int8_bytes(session),
    )


def int8_bytes(session: Session) -> int:
    """Bytes of the parameters that are stored in one byte an element: the weights."""
    return sum(array.nbytes for array in session.artifact("compile").graph.params.values() if array.itemsize == 1)


def line(case: str, name: str, found: Score, base: Score | None) -> str:
    """One row of the table."""
    ratio = f"{base.noise / found.noise:7.1f}x" if base and found.noise else f"{'':>8}"
    gas = f"{found.gas / base.gas:5.2f}x" if found.gas and base and base.gas else f"{'':>6}"
    top1 = "" if found.top1 is None else f" top-1 {found.top1.mean:6.2%}, lost {found.drop.mean:6.2%} [{found.drop.low:6.2%},{found.drop.high:6.2%}]"
    interval = f"[{found.agreement.low:6.1%},{found.agreement.high:6.1%}]"
    weights = "" if found.weight_bytes is None else f"{found.weight_bytes:>11,}"
    return (
        f"{case:<28} {name:<22} {found.samples:>5} {found.sqnr:>7.2f} {ratio} {found.agreement.mean:>7.2%} {interval:>17}"
        f" {found.top5:>7.2f} {found.kl:>8.5f} {found.flips:>6.2f} {gas} {weights:>11}{top1}"
    )


HEAD = (
    f"{'net and data':<28} {'recipe':<22} {'n':>5} {'SQNR dB':>7} {'noise /':>8} {'agree':>7} {'95 % interval':>17}"
    f" {'top-5':>7} {'KL':>8} {'flips%':>6} {'gas':>6} {'int8 bytes':>11}"
)


def labels_of(case: Case) -> np.ndarray | None:
    """The labels, if the case has any."""
    return None if case.labels is None else np.load(case.labels)


def as_row(case: str, name: str, found: Score) -> dict:
    """Plain data of a row, for JSON."""
    return {"case": case, "recipe": name, **dataclasses.asdict(found)}


def _parts(data: np.ndarray):
    return (np.ascontiguousarray(data[i : i + BATCH]) for i in range(0, len(data), BATCH))
