"""A certificate: hashes of everything that led to a compiled model, and of every integer the machine computes on a sample.

Whoever has the same model, recipe and thresholds can make it again, and be told the first thing that differs. Numbers
are hexadecimal texts, so that no bit is lost. Calibration is taken as it is; quantize, compile and the machine run anew.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mrt_studio.cvm.machine import trace
from mrt_studio.errors import ArtifactError, FormatError
from mrt_studio.files import read_up_to, save_bytes
from mrt_studio.ir.graph import Array
from mrt_studio.ir.limits import DEFAULT_LIMITS
from mrt_studio.ir.names import shown
from mrt_studio.ir.strict_json import parse_json
from mrt_studio.recipes.toml import write_toml
from mrt_studio.session.environment import environment
from mrt_studio.session.project_format import digests, seal
from mrt_studio.session.session import Session
from mrt_studio.stages.base import Report, Silent

VERSION = 1
_LIMITS = replace(DEFAULT_LIMITS, symbol_bytes=64 << 20)
_PARTS = ("model", "recipe", "thresholds", "sample", "nodes", "files")
"""What is compared, in the order of the pipeline."""


@dataclass(frozen=True)
class Difference:
    """The first thing that is not as certified: which part, which entry of it, and both values, empty where there is none."""

    part: str
    entry: str
    certified: str
    found: str


def certify(session: Session, report: Report | None = None) -> dict[str, Any]:
    """The certificate of a session, as plain data; what is missing up to compile is run.

    Raises:
        StudioError: a stage failed, or what is in the project is not what its stages make now.
    """
    report = report or Silent()
    session.run("compile", report)
    evidence = _evidence(session, report)
    kept = digests(session.folder("compile"))
    for name in sorted(kept.keys() | evidence["files"].keys()):
        if kept.get(name) != evidence["files"].get(name):
            raise ArtifactError(
                f"The compiled file {name!r} is not what its stages make now.",
                where=str(session.folder("compile")),
                why="It was made by another version, or from something else.",
                remedy="Run quantize and compile again with --force.",
            )
    body = {"certificate": VERSION, **evidence, "environment": environment()}
    return {**body, "seal": seal(body)}


def check_certificate(session: Session, certificate: Mapping[str, Any], report: Report | None = None) -> Difference | None:
    """Make the evidence again and compare; None when all of it agrees.

    Raises:
        StudioError: a stage failed.
    """
    report = report or Silent()
    session.run("compile", report)
    found = _evidence(session, report)
    for part in _PARTS:
        old, new = certificate[part], found[part]
        for entry in (*old, *(name for name in new if name not in old)):
            if old.get(entry) != new.get(entry):
                return Difference(part, entry, old.get(entry, ""), new.get(entry, ""))
    return None


def write_certificate(path: Path, certificate: Mapping[str, Any]) -> None:
    """Write a certificate; equal ones give equal bytes.

    Raises:
        ArtifactError: the file cannot be written.
    """
    save_bytes(path, json.dumps(certificate, indent=1).encode() + b"\n")


def read_certificate(path: Path) -> dict[str, Any]:
    """Read a certificate, its seal checked.

    Raises:
        FormatError: it is damaged, of another version, or something else.
    """
    try:
        data = read_up_to(path, _LIMITS.symbol_bytes)
    except OSError as error:
        raise FormatError("The certificate cannot be read.", where=str(path), why=f"{error.strerror}.", remedy="Check the path.") from None
    if len(data) > _LIMITS.symbol_bytes:
        raise FormatError("The certificate is too long.", where=str(path), why=f"At most {_LIMITS.symbol_bytes:,} bytes are read.")
    found = parse_json(data, where=str(path), limits=_LIMITS)
    version = found.get("certificate") if isinstance(found, dict) else None
    if version != VERSION:
        why = f"It says {shown(version)} where the version {VERSION} is expected."
        raise FormatError("This is no certificate that can be checked.", where=str(path), why=why, remedy="Give the file that certify wrote.")
    tables = (found.get(part) for part in _PARTS)
    if found.get("seal") != seal(found) or not all(isinstance(t, dict) and all(isinstance(v, str) for v in t.values()) for t in tables):
        raise FormatError("The seal of the certificate is broken.", where=str(path), why="The file was changed after it was written.", remedy="Get it again.")
    return found


def _evidence(session: Session, report: Report) -> dict[str, dict[str, str]]:
    """All parts, each a table of texts."""
    inputs = {name: session.artifact(name) for name in ("prepare", "calibrate")}
    report.log("Quantizing and compiling again")
    quantized = session["quantize"].run(inputs, Silent())
    compiled = session["compile"].run({**inputs, "quantize": quantized}, Silent())
    with tempfile.TemporaryDirectory(prefix="mrt-certificate-") as folder:
        compiled.save(Path(folder))
        files = digests(Path(folder))
    recipe = {stage: fields for stage, fields in session.recipe().items() if stage in ("prepare", "calibrate", "quantize", "compile")}
    report.log("Running every node")
    return {
        "model": {name: _digest(array) for name, array in session.artifact("load").graph.params.items()} | {"symbol": _symbol(session)},
        "recipe": {f"{stage}.{name}": _line(name, value) for stage, fields in recipe.items() for name, value in fields.items()},
        "thresholds": {name: float(value).hex() for name, value in sorted(quantized.thresholds.items())},
        "sample": {"integers": _digest(compiled.sample)},
        "nodes": dict(_nodes(compiled.graph, compiled.sample, report)),
        "files": files,
    }


def _nodes(graph: Any, sample: Array, report: Report) -> Iterator[tuple[str, str]]:
    total = len(graph.operators)
    for done, (ref, value) in enumerate(trace(graph, {graph.inputs[0].name: sample})):
        report.progress(min(done, total), total, ref.name)
        yield f"{ref.name}:{ref.index}", _digest(value)
    report.progress(total, total, "done")


def _line(name: str, value: Any) -> str:
    """An option as a recipe file has it."""
    return write_toml({"stage": {name: value}}).splitlines()[1]


def _symbol(session: Session) -> str:
    return digests(session.folder("load"))["model.json"]


def _digest(array: Array) -> str:
    """SHA-256 of shape, type and elements, integers as int64, little endian."""
    plain = np.ascontiguousarray(array, "<i8" if array.dtype.kind in "iu" else array.dtype.newbyteorder("<"))
    return hashlib.sha256(f"{plain.dtype.str}{plain.shape}".encode() + plain.tobytes()).hexdigest()
