"""Accuracy of recipes: ``python -m tests.bench.accuracy``.

Prints for each net and data set one row a recipe: SQNR of the outputs against the float model as it was loaded, how many
times smaller the noise power is than mrt_v3's, agreement with float and its 95 % bootstrap interval, top-5 agreement, KL
of softmax, predicted flips, gas against mrt_v3's, bytes of INT8 parameters, and with labels top-1 and what it
loses against float. Every integer model is compiled, read back, run on the machine's fast path, and held against its
reference on one image.

Suites: ``photos`` needs --pictures: folders with pictures to score on, such as the examples of Debian's package opencv-doc
and the frames that frames.py writes; it calibrates on the photos of scikit-image, scikit-learn and foolbox. ``zoo`` and
``stress`` need nothing. ``fashion`` needs --fashion: the folder that fashion.py filled. --baselines adds
mxnet.contrib.quantization, and onnxruntime with --onnxruntime PYTHON, an environment's interpreter (see baselines.py).
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.bench.accuracy.cases import fashion_cases, photo_cases, stress_cases, zoo_cases
from tests.bench.accuracy.scoring import HEAD, Case, Score, as_row, float_outputs, integer_outputs, labels_of, line, open_session, score

SUITES = ("photos", "zoo", "stress", "fashion")
BASE = "mrt_v3"


def main() -> None:
    """Run the chosen suites."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suites", nargs="+", choices=SUITES, default=["zoo", "stress"])
    parser.add_argument("--recipes", nargs="+", default=[BASE, "cvm_accurate"])
    parser.add_argument("--pictures", nargs="+", type=Path, default=[])
    parser.add_argument("--limit", type=int, default=0, help="score on about so many pictures; 0 means all")
    parser.add_argument("--fashion", type=Path)
    parser.add_argument("--nets", nargs="+", default=[], help="only cases whose name contains one of these")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "mrt-studio-accuracy", help="models and data are kept here")
    parser.add_argument("--baselines", action="store_true")
    parser.add_argument("--onnxruntime", type=Path, help="python of an environment with onnxruntime")
    parser.add_argument("--json", type=Path, help="also write the rows here")
    options = parser.parse_args()
    rows = []
    print(HEAD, flush=True)
    for case in cases(options):
        if options.nets and not any(part in case.name for part in options.nets):
            continue
        for name, found, base in results(case, options):
            print(line(case.name, name, found, base), flush=True)
            rows.append(as_row(case.name, name, found))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


def cases(options: argparse.Namespace) -> Iterator[Case]:
    """The cases of the chosen suites, made when they are asked for."""
    models = options.folder / "models"
    if "photos" in options.suites:
        yield from photo_cases(options.folder, options.pictures, options.limit)
    if "zoo" in options.suites:
        yield from zoo_cases(options.folder, models)
    if "stress" in options.suites:
        yield from stress_cases(options.folder, models)
    if "fashion" in options.suites:
        yield from fashion_cases(options.fashion)


def results(case: Case, options: argparse.Namespace) -> Iterator[tuple[str, Score, Score | None]]:
    """The score of each recipe and baseline on a case, and that of mrt_v3 once it is known."""
    data, labels, base, expected = case.data(), labels_of(case), None, None
    for recipe in options.recipes:
        with tempfile.TemporaryDirectory() as folder:
            session = open_session(case, recipe, Path(folder))
            expected = float_outputs(session, data) if expected is None else expected
            found = score(expected, integer_outputs(session, data), labels, session)
        base = found if recipe == BASE else base
        yield recipe, found, base
    for name, python in (("mxnet", sys.executable if options.baselines else None), ("onnxruntime", options.onnxruntime)):
        if python:
            found = baseline(case, name, str(python))
            if found is not None:
                yield name, score(expected, found, labels), base
            else:
                print(f"{case.name:<28} {name:<22} could not run", flush=True)


def baseline(case: Case, name: str, python: str) -> np.ndarray | None:
    """The outputs of another quantizer, in a process of its own; None where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.npy"
        script = Path(__file__).with_name("baselines.py")
        words = [python, str(script), name, *map(str, (case.symbol, case.params, case.calibration, case.scored, out))]
        done = subprocess.run(words, check=False, capture_output=True, text=True)
        if done.returncode:
            print(done.stderr.strip().splitlines()[-1:], file=sys.stderr)
            return None
        return np.load(out)


if __name__ == "__main__":
    main()
