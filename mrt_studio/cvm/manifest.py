"""The manifest of a compiled artifact: what each file, the sample and each output must be, and a seal.

It holds names, shapes, counts and SHA-256 sums only, so equal models have equal manifests.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from mrt_studio.cvm.ext import Ext
from mrt_studio.cvm.format_reader import VERSION
from mrt_studio.cvm.gas import gas
from mrt_studio.cvm.proof import bits_of, prove
from mrt_studio.errors import FormatError
from mrt_studio.fixedpoint import narrowest_dtype
from mrt_studio.ir.graph import Array, Graph
from mrt_studio.ir.limits import Limits
from mrt_studio.ir.strict_json import parse_json

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Compiled:
    """An artifact's content.

    Attributes:
        graph: computes the same bits as the graph that was compiled.
        ext: scales of the input and the outputs.
        sample: integers to feed.
        output_hashes: SHA-256 of each output's int32 bytes that the reference machine gave for the sample.
    """

    graph: Graph
    ext: Ext
    sample: Array
    output_hashes: tuple[str, ...]


def describe(compiled: Compiled, files: Mapping[str, bytes], studio: str) -> bytes:
    """The manifest's bytes, for the bytes of each file and the version of the studio that compiled it."""
    graph, ext, rows, cost = compiled.graph, compiled.ext, prove(compiled.graph), gas(compiled.graph)
    sample = np.ascontiguousarray(compiled.sample, narrowest_dtype(ext.precision).newbyteorder("<"))
    outputs = [
        {"precision": bits_of(rows, ref), "sha256": sum_, "shape": graph.shape(ref)} for ref, sum_ in zip(graph.outputs, compiled.output_hashes, strict=True)
    ]
    return _sealed(
        {
            "files": {name: digest(data) for name, data in files.items()},
            "gas": {"memory": cost.memory, "operations": cost.operations},
            "input": {"precision": ext.precision, "sha256": digest(sample.tobytes()), "shape": ext.shape},
            "outputs": outputs,
            "versions": {"cvm": VERSION, "mrt_studio": studio},
        }
    )


def read_manifest(data: bytes, files: Sequence[str], *, where: str, limits: Limits) -> dict[str, Any]:
    """Read a manifest about these files, its seal checked.

    Raises:
        FormatError: it is damaged.
    """
    manifest = parse_json(data, where=where, limits=limits)
    match manifest:
        case {"files": dict(sums), "outputs": list(outputs), "versions": {"mrt_studio": str()}, "seal": str()}:
            sound = set(sums) == set(files) and all(isinstance(o, dict) and isinstance(o.get("sha256"), str) for o in outputs)
            body = {key: value for key, value in manifest.items() if key != "seal"}
            if sound and _sealed(body) == data:
                return body
        case _:
            pass
    raise FormatError("The seal of the manifest is broken.", where=where, why="The file was changed after it was written.", remedy="Compile the model again.")


def hashes(outputs: Sequence[Array]) -> tuple[str, ...]:
    """SHA-256 of each output as int32, little endian."""
    return tuple(digest(np.ascontiguousarray(y, "<i4").tobytes()) for y in outputs)


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return sha256(data).hexdigest()


def _sealed(body: Mapping[str, Any]) -> bytes:
    seal = digest(json.dumps(body, sort_keys=True).encode())
    return json.dumps({**body, "seal": seal}, sort_keys=True, indent=1).encode() + b"\n"
