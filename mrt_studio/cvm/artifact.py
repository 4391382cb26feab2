"""A compiled artifact: a folder with `symbol`, `params`, `ext`, `data.npy` and `manifest.json`.

The manifest holds the SHA-256 of each file, of a sample input and of each output that the reference machine gives for
it, and ends with a seal, the SHA-256 of the rest. Equal models give equal folders, byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mrt_studio.cvm.ext import Ext, read_ext
from mrt_studio.cvm.format import canonical, read_artifact, write_artifact
from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.machine import FastMachine, run_reference
from mrt_studio.cvm.manifest import MANIFEST, Compiled, describe, digest, hashes, read_manifest
from mrt_studio.cvm.rules import INPUT
from mrt_studio.cvm.sample_file import read_sample, write_sample
from mrt_studio.errors import ArtifactError, DataError, FormatError, OptionError
from mrt_studio.files import atomic_folder
from mrt_studio.fixedpoint import int_range
from mrt_studio.ir.graph import Array, Graph, Ref, Variable
from mrt_studio.ir.limits import DEFAULT_LIMITS, Limits
from mrt_studio.ir.names import shown
from mrt_studio.version import __version__

FILES = ("symbol", "params", "ext", "data.npy")
_AGAIN = "Compile the model again."
_MANIFEST_BYTES = 1 << 20


@dataclass(frozen=True)
class Verification:
    """What the machines computed from an artifact's files, beside what its manifest says.

    Attributes:
        manifest: SHA-256 of each output by the manifest.
        reference: those of the reference machine.
        fast: those of the fast machine.
        gas: what a run costs.
    """

    manifest: tuple[str, ...]
    reference: tuple[str, ...]
    fast: tuple[str, ...]
    gas: int

    @property
    def equal(self) -> bool:
        """Whether all three agree bit for bit."""
        return self.manifest == self.reference == self.fast


def save_artifact(folder: Path, graph: Graph, *, input_scale: float, output_scales: Sequence[float], sample: Array) -> None:
    """Compile a graph into `folder`, which appears whole or not at all; an artifact that is there is replaced.

    Args:
        folder: where; its parent must exist.
        graph: what quantize made, at the shapes to compile.
        input_scale: the input is real * scale, rounded.
        output_scales: one an output; real is output / scale.
        sample: integers in the input's shape and precision.

    Raises:
        ModelError: the runtime would not take the graph.
        OverflowError32: there is no proof, or a limit of the runtime is exceeded.
        DataError: the sample does not fit the input.
        OptionError: the scales do not fit the graph.
        ArtifactError: the folder cannot be written, or holds something else.
    """
    symbol, params = write_artifact(graph)
    compiled = canonical(graph)
    ext = _ext(compiled, input_scale, output_scales)
    _check_sample(sample, ext)
    data = {"symbol": symbol, "params": params, "ext": ext.to_bytes(), "data.npy": write_sample(sample, ext.precision)}
    content = Compiled(compiled, ext, sample, hashes(run_reference(compiled, {INPUT: sample})))
    _write(folder, {**data, MANIFEST: describe(content, data, __version__)})


def load_artifact(folder: Path, *, limits: Limits = DEFAULT_LIMITS) -> Compiled:
    """Read an artifact and hold every file against the manifest.

    Raises:
        ArtifactError: a file is missing, damaged or changed; names the file.
        FormatError: a file is not sound although the manifest agrees with it.
        UnsupportedError: the graph has an operator that is not supported.
    """
    written = _read(folder, MANIFEST, _MANIFEST_BYTES)
    try:
        manifest = read_manifest(written, FILES, where=str(folder / MANIFEST), limits=limits)
    except FormatError as error:
        raise _damaged(folder, MANIFEST, error.what) from None
    data = {name: _read(folder, name, limits.symbol_bytes if name == "symbol" else limits.params_bytes) for name in FILES}
    for name in FILES:
        if digest(data[name]) != manifest["files"][name]:
            raise _damaged(folder, name, "It is not the file that the manifest describes.")
    graph = read_artifact(data["symbol"], data["params"], where=str(folder), limits=limits)
    ext = read_ext(data["ext"], where=str(folder / "ext"))
    sums = tuple(out["sha256"] for out in manifest["outputs"])
    if (ext.shape, ext.precision) != (graph.shape(Ref(INPUT)), _precision(graph)) or not len(ext.output_scales) == len(graph.outputs) == len(sums):
        raise FormatError("The scales or the manifest do not fit the graph.", where=str(folder), remedy=_AGAIN)
    sample = read_sample(data["data.npy"], ext.shape, ext.precision, where=str(folder / "data.npy"))
    compiled = Compiled(graph, ext, sample, sums)
    if describe(compiled, data, manifest["versions"]["mrt_studio"]) != written:
        raise _damaged(folder, MANIFEST, "It does not describe these files.")
    return compiled


def verify_artifact(folder: Path) -> Verification:
    """Read an artifact, run both machines on its sample, and set their outputs beside the manifest's.

    Raises:
        ArtifactError, FormatError, UnsupportedError: it cannot be read; see `load_artifact`.
    """
    compiled = load_artifact(folder)
    feeds = {INPUT: compiled.sample}
    reference, fast = (hashes(outputs) for outputs in (run_reference(compiled.graph, feeds), FastMachine(compiled.graph).run(feeds)))
    return Verification(compiled.output_hashes, reference, fast, gas(compiled.graph).total)


def _ext(graph: Graph, input_scale: float, output_scales: Sequence[float]) -> Ext:
    scales = (input_scale, *output_scales)
    if len(output_scales) != len(graph.outputs) or not all(np.isfinite(s) and s > 0 for s in scales):
        raise OptionError(f"The scales {scales} do not fit {len(graph.outputs)} outputs.", why="Each output and the input need one positive number.")
    return Ext(float(input_scale), _precision(graph), tuple(map(float, output_scales)), graph.shape(Ref(INPUT)))


def _precision(graph: Graph) -> int:
    op = graph[INPUT].op
    return op.precision or 32 if isinstance(op, Variable) else 32


def _check_sample(sample: Array, ext: Ext) -> None:
    if sample.shape != ext.shape or sample.dtype.kind not in "iu":
        raise DataError(f"The sample is {sample.dtype} of shape {sample.shape}.", why=f"The input takes integers of shape {ext.shape}.")
    if (largest := max(abs(int(sample.min())), abs(int(sample.max())))) > int_range(ext.precision):
        raise DataError(f"The sample reaches {largest}, beyond {ext.precision} bits.", remedy="Scale the sample with the input's scale and clip it.")


def _read(folder: Path, name: str, limit: int) -> bytes:
    path = folder / name
    try:
        if not path.is_file():
            raise ArtifactError(
                f"The artifact has no file {name!r}.", where=str(folder), why="It is no compiled artifact, or it is not complete.", remedy=_AGAIN
            )
        if (size := path.stat().st_size) > limit:
            raise ArtifactError(f"The file {name!r} has {size:,} bytes.", where=str(path), why=f"At most {limit:,} are read.", remedy=_AGAIN)
        return path.read_bytes()
    except OSError as error:
        raise ArtifactError(f"The file {name!r} cannot be read.", where=str(path), why=f"{error.strerror}.", remedy="Check its permissions.") from None


def _write(folder: Path, data: Mapping[str, bytes]) -> None:
    try:
        foreign = sorted({path.name for path in folder.iterdir()} - {*FILES, MANIFEST}) if folder.exists() else []
        if foreign:
            remedy = "Choose a folder that is new, empty, or holds an artifact only."
            raise ArtifactError(f"The folder holds {shown(foreign[0])}, which is no part of an artifact.", where=str(folder), remedy=remedy)
        with atomic_folder(folder) as temporary:
            for name, content in data.items():
                (temporary / name).write_bytes(content)
    except OSError as error:
        why = f"{error.strerror or error}."
        raise ArtifactError(
            "The artifact cannot be written.", where=str(folder), why=why, remedy="Check the path, its permissions and the free space."
        ) from None


def _damaged(folder: Path, name: str, why: str) -> ArtifactError:
    return ArtifactError(
        f"The file {name!r} of the artifact is damaged.", where=str(folder / name), why=why, remedy="Get the artifact again, or compile the model again."
    )
