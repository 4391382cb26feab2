"""The public CVM runtime through its C interface, and what our own machine says about the same run."""

import ctypes
import os
from pathlib import Path

import numpy as np

from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.machine import run_reference
from mrt_studio.cvm.proof import bits_of, prove
from mrt_studio.cvm.storage import plan_storage, storage_bytes
from mrt_studio.fixedpoint import narrowest_dtype
from mrt_studio.ir.graph import Array, Graph

DEVICES = {"CPU": 0, "FORMAL": 2}
Numbers = dict[str, object]


class Runtime:
    """libcvm.so; it prints the reasons of its failures to stderr itself."""

    def __init__(self, path: Path) -> None:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # its threads spin otherwise
        self._lib = ctypes.CDLL(str(path))

    def run(self, symbol: bytes, params: bytes, samples: list[Array], device: int) -> list[Numbers]:
        """Load a model, run it on each sample, and return the output bytes and the model's numbers.

        Raises:
            SystemError: a call failed.
        """
        net = ctypes.c_void_p()
        self._call("LoadModel", symbol, len(symbol), params, len(params), ctypes.byref(net), device, 0)
        try:
            found: Numbers = {name: self._number(name, net) for name in ("GetInputLength", "GetOutputLength", "GetStorageSize", "GetGasFromModel")}
            return [found | {"output": self._inference(net, x, int(str(found["GetOutputLength"])))} for x in samples]
        finally:
            self._call("FreeModel", net)

    def _inference(self, net: ctypes.c_void_p, x: Array, size: int) -> bytes:
        out = ctypes.create_string_buffer(size)
        self._call("Inference", net, x.tobytes(), x.nbytes, out)
        return out.raw

    def _number(self, name: str, net: ctypes.c_void_p) -> int:
        value = ctypes.c_ulonglong()
        self._call(name, net, ctypes.byref(value))
        return value.value

    def _call(self, name: str, *arguments: object) -> None:
        status = getattr(self._lib, f"CVMAPI{name}")(*arguments)
        if status:
            raise SystemError(f"CVMAPI{name} gave status {status}")


def expected(graph: Graph, sample: Array) -> Numbers:
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


def differences(runtime: Runtime, files: tuple[bytes, bytes], graph: Graph, samples: list[Array]) -> list[str]:
    """Run a compiled graph on every back end; one line for each number or output that is not ours."""
    ours, lines = [expected(graph, sample) for sample in samples], list[str]()
    for device, number in DEVICES.items():
        try:
            theirs = runtime.run(*files, samples, number)
        except SystemError as error:
            lines.append(f"{device}: {error}")
            continue
        lines += [f"{device}: {key} differs on input {i}" for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) for key in a if a[key] != b[key]]
    return lines
