"""What `MRT.save` writes beside the model: thresholds, settings and results, the statistics, one sample.

NAME.ext has five JSON lines: the first four are those of MRT (old names, thresholds, precisions, scales), the
fifth is ours. NAME.stats.npz and NAME.sample.npy are there once the model was calibrated.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mrt_studio.errors import ArtifactError
from mrt_studio.files import save_bytes
from mrt_studio.ir.graph import Array
from mrt_studio.stats.files import DAMAGE, load_stats, save_stats
from mrt_studio.stats.tensor_stats import TensorStats


class MrtState(NamedTuple):
    """Everything of an MRT instance but its models."""

    old_names: list[str]
    thresholds: dict[str, float]
    settings: dict[str, Any]
    results: dict[str, Any]
    quantized: bool
    stats: Mapping[str, TensorStats]
    sample: Array | None


def save_state(folder: Path, name: str, state: MrtState) -> None:
    """Write the files; each appears whole or not at all.

    Raises:
        ArtifactError: a file cannot be written.
    """
    if state.sample is not None:
        stats, sample = io.BytesIO(), io.BytesIO()
        save_stats(stats, state.stats)
        np.save(sample, state.sample, allow_pickle=False)
        save_bytes(folder / f"{name}.stats.npz", stats.getvalue())
        save_bytes(folder / f"{name}.sample.npy", sample.getvalue())
    own = {"settings": state.settings, "results": state.results, "quantized": state.quantized, "statistics": state.sample is not None}
    lines = [state.old_names, state.thresholds, state.results.get("precs", {}), state.results.get("scales", {}), own]
    save_bytes(folder / f"{name}.ext", "".join(json.dumps(line) + "\n" for line in lines).encode())


def load_state(folder: Path, name: str) -> MrtState:
    """Read what `save_state` wrote.

    Raises:
        ArtifactError: a file is missing or damaged.
    """
    at = folder / f"{name}.ext"
    try:
        old_names, thresholds, _, _, own = (json.loads(line) for line in at.read_text().splitlines())
        stats, sample = dict[str, TensorStats](), None
        if own["statistics"]:
            stats = load_stats(folder / f"{name}.stats.npz")
            at = folder / f"{name}.sample.npy"
            sample = np.load(at, allow_pickle=False)
        results = dict(own["results"])
        if own["quantized"]:
            results["inputs_ext"] = {str(k): {"scale": float(v["scale"]), "target_bit": int(v["target_bit"])} for k, v in results["inputs_ext"].items()}
            results["output_scales"] = [float(scale) for scale in results["output_scales"]]
        thresholds = {str(k): float(v) for k, v in thresholds.items()}
        return MrtState(list(old_names), thresholds, dict(own["settings"]), results, bool(own["quantized"]), stats, sample)
    except DAMAGE as error:
        raise ArtifactError(f"{at.name} cannot be read.", where=str(folder), why=str(error)[:300], remedy="Save the MRT instance again.") from None
