"""Run compiled artifacts on the public CVM runtime and compare every bit with our reference machine.

Usage: python -m tests.bench.real_runtime LIBCVM.SO [--operators] [ARTIFACT ...]

The runtime (github.com/CortexFoundation/cvm-runtime) is built elsewhere, with ENABLE_CPU and ENABLE_FORMAL. Outputs on
both back ends, gas, storage size and the sizes of input and output are compared. The exit status is the number of
artifacts that differ.
"""

import argparse
import ctypes
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mrt_studio.cvm.artifact import load_artifact, save_artifact
from mrt_studio.cvm.format import write_artifact
from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.machine import run_reference
from mrt_studio.cvm.proof import bits_of, prove
from mrt_studio.cvm.storage import plan_storage, storage_bytes
from mrt_studio.fixedpoint import narrowest_dtype
from tests.unit.cvm.graphs import CASES

DEVICES = {"CPU": 0, "FORMAL": 2}


class Runtime:
    """The C interface of libcvm.so; reasons of failures are printed by the library itself."""

    def __init__(self, path: Path) -> None:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # its threads spin otherwise
        self._lib = ctypes.CDLL(str(path))

    def run(self, symbol: bytes, params: bytes, x: np.ndarray, device: int) -> dict[str, object]:
        """Load a model, run it once, and return its output bytes and its numbers."""
        net = ctypes.c_void_p()
        self._call("LoadModel", symbol, len(symbol), params, len(params), ctypes.byref(net), device, 0)
        try:
            found: dict[str, object] = {name: self._number(name, net) for name in ("GetInputLength", "GetOutputLength", "GetStorageSize", "GetGasFromModel")}
            out = ctypes.create_string_buffer(int(str(found["GetOutputLength"])))
            self._call("Inference", net, x.tobytes(), x.nbytes, out)
            return found | {"output": out.raw}
        finally:
            self._call("FreeModel", net)

    def _number(self, name: str, net: ctypes.c_void_p) -> int:
        value = ctypes.c_ulonglong()
        self._call(name, net, ctypes.byref(value))
        return value.value

    def _call(self, name: str, *arguments: object) -> None:
        status = getattr(self._lib, f"CVMAPI{name}")(*arguments)
        if status:
            raise SystemError(f"CVMAPI{name} gave status {status}")


def expected(graph, sample: np.ndarray) -> dict[str, object]:
    """What our code says about the same run."""
    rows = prove(graph)
    outputs = run_reference(graph, {"data": sample})
    dtype = narrowest_dtype(max(bits_of(rows, ref) for ref in graph.outputs))
    count = max(1, outputs[0].size // outputs[0].shape[-1])
    joined = np.concatenate([y.reshape(count, -1) for y in outputs], axis=1).astype(dtype)
    return {
        "GetInputLength": sample.nbytes,
        "GetOutputLength": joined.nbytes,
        "GetStorageSize": storage_bytes(graph, plan_storage(graph)),
        "GetGasFromModel": gas(graph).total,
        "output": joined.tobytes(),
    }


def artifacts(folders: list[Path], *, operators: bool) -> Iterator[Path]:
    """The given folders, and one for each operator sample."""
    with tempfile.TemporaryDirectory() as temporary:
        for name, case in CASES.items() if operators else ():
            graph, sample = case()
            folder = Path(temporary) / name
            save_artifact(folder, graph, input_scale=1.0, output_scales=[1.0] * len(graph.outputs), sample=sample)
            yield folder
        yield from folders


def main() -> int:
    """Compare; returns how many artifacts differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("--operators", action="store_true", help="also check a sample of every operator")
    parser.add_argument("folders", type=Path, nargs="*")
    options = parser.parse_args()
    runtime, bad = Runtime(options.library), 0
    for folder in artifacts(options.folders, operators=options.operators):
        compiled = load_artifact(folder)
        symbol, params = (folder / "symbol").read_bytes(), (folder / "params").read_bytes()
        assert (symbol, params) == write_artifact(compiled.graph)
        ours = expected(compiled.graph, compiled.sample)
        lines = list[str]()
        for device, number in DEVICES.items():
            try:
                theirs = runtime.run(symbol, params, compiled.sample, number)
            except SystemError as error:
                lines.append(f"{device}: {error}")
                continue
            lines += [f"{device}: {key} differs" for key in ours if ours[key] != theirs[key]]
        bad += bool(lines)
        print(f"{folder.name}: {'; '.join(lines) or 'equal'}", flush=True)
    return bad


if __name__ == "__main__":
    raise SystemExit(main())
