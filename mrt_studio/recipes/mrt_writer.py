"""Recipes in the terms of MRT's configuration files: the counterpart of `mrt_yaml` and `mrt_ini`.

Only options that MRT has are written; the readers give their defaults to the rest.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import yaml

from mrt_studio.errors import OptionError
from mrt_studio.recipes.base import Recipe
from mrt_studio.recipes.upstream import data_sets
from mrt_studio.registry import parse_call

Settings = dict[str, dict[str, Any]]

_INI = {
    "DEFAULT": (("Model_dir", "COMMON.MODEL_DIR"), ("Model_name", "COMMON.MODEL_NAME"), ("Input_shape", "PREPARE.INPUT_SHAPE")),
    "PREPARE": (),
    "SPLIT_MODEL": (("Keys", "PREPARE.SPLIT_KEYS"),),
    "CALIBRATION": (
        ("Dataset", "CALIBRATE.DATASET_NAME"),
        ("Batch", "CALIBRATE.BATCH"),
        ("Calibrate_num", "CALIBRATE.NUM_CALIB"),
        ("Lambda", "CALIBRATE.LAMBD"),
    ),
    "QUANTIZATION": (
        ("Input_precision", "QUANTIZE.INPUT_PRECISION"),
        ("Output_precision", "QUANTIZE.OUTPUT_PRECISION"),
        ("Softmax_lambd", "QUANTIZE.SOFTMAX_LAMBD"),
        ("Shift_bits", "QUANTIZE.SHIFT_BITS"),
        ("Thresholds", "QUANTIZE.THRESHOLDS"),
    ),
    "MERGE_MODEL": (("Attribute_deps", "QUANTIZE.ATTRIBUTE_DEPS"), ("Oscale_maps", "QUANTIZE.OSCALE_MAPS")),
    "EVALUATION": (("Batch", "EVALUATE.BATCH"), ("Iter_num", "EVALUATE.ITER_NUM")),
    "COMPILATION": (("Batch", "COMPILE.BATCH"),),
}
"""Section -> keys of an .ini file, and where a YAML file has the same."""


def is_mrt_observer(text: str) -> bool:
    """Whether MRT has this rule for thresholds: the largest magnitude, or lambda deviations above the mean."""
    name, arguments = parse_call(text)
    return name == "absmax" or (name == "mrt_lambda" and "lambd" in arguments)


def write_yaml(recipe: Recipe) -> str:
    """A recipe, with all options, as MRT V3's YAML.

    Raises:
        OptionError: a text cannot stand in one line.
    """
    return yaml.safe_dump(_settings(recipe), sort_keys=False, allow_unicode=True, default_flow_style=None, width=140)


def write_ini(recipe: Recipe) -> str:
    """A recipe, with all options, as MRT V1's and V2's .ini.

    Raises:
        OptionError: a text cannot stand in one line.
    """
    found = {f"{section}.{key}": value for section, values in _settings(recipe).items() for key, value in values.items()}
    parts = [f"[{section}]\n" + "".join(f"{key}={_ini(found[name])}\n" for key, name in keys if name in found) for section, keys in _INI.items()]
    return "\n".join(parts)


def _settings(recipe: Recipe) -> Settings:
    prepare, calibrate, quantize, evaluate = (recipe.get(stage, {}) for stage in ("prepare", "calibrate", "quantize", "evaluate"))
    folder, _, name = _line(recipe.get("load", {}).get("model", "")).rpartition("/")
    found: Settings = {
        "COMMON": {"MODEL_DIR": folder or ".", "MODEL_NAME": name} if name else {},
        "PREPARE": {"INPUT_SHAPE": prepare.get("input_shape"), "SPLIT_KEYS": prepare.get("split_keys")},
        "CALIBRATE": {
            "BATCH": calibrate.get("batch"),
            "NUM_CALIB": calibrate.get("count"),
            "LAMBD": _lambd(quantize.get("observer", "")),
            "DATASET_NAME": _data_set(calibrate, evaluate, prepare.get("input_shape")),
        },
        "QUANTIZE": {
            "INPUT_PRECISION": quantize.get("input_precision"),
            "OUTPUT_PRECISION": quantize.get("output_precision"),
            "SOFTMAX_LAMBD": quantize.get("softmax_lambd"),
            "SHIFT_BITS": quantize.get("shift_bits"),
            "THRESHOLDS": [[name, value] for name, value in quantize.get("thresholds", {}).items() if value > 0],
            "ATTRIBUTE_DEPS": _nested(quantize.get("attribute_deps", {})),
            "OSCALE_MAPS": [[name, value] for name, value in quantize.get("output_maps", {}).items()],
        },
        "EVALUATE": {"BATCH": evaluate.get("batch"), "ITER_NUM": evaluate.get("count")},
        "COMPILE": {"BATCH": recipe.get("compile", {}).get("batch")},
    }
    return {section: {key: value for key, value in values.items() if value not in (None, [], "")} for section, values in found.items()}


def _lambd(observer: str) -> float | None:
    name, arguments = parse_call(observer) if observer else ("", {})
    return arguments.get("lambd") if name == "mrt_lambda" else None


def _data_set(calibrate: Mapping[str, Any], evaluate: Mapping[str, Any], input_shape: Any) -> str:
    """MRT's name where it has one for both data sets, else the text of that of the calibration."""
    pair = (calibrate.get("dataset", ""), evaluate.get("dataset", ""))
    batches = {"calibrated": calibrate.get("batch", 1) * calibrate.get("count", 1), "evaluated": evaluate.get("batch", 1) * evaluate.get("count", 0)}
    for name in ("mnist", "stdrandom"):
        with contextlib.suppress(OptionError):
            if input_shape and data_sets(name, "", input_shape, **batches, where="") == pair:
                return name
    return _line(pair[0])


def _nested(deps: Mapping[str, str]) -> list[list[Any]]:
    """``operator.attribute`` -> key as MRT nests it."""
    found: dict[str, list[list[str]]] = {}
    for path, key in deps.items():
        operator, _, attribute = path.rpartition(".")
        found.setdefault(operator, []).append([attribute, key])
    return [[operator, rows] for operator, rows in found.items()]


def _ini(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _line(text: str) -> str:
    """Text that stays in its line of a file."""
    if not text.isprintable():
        raise OptionError(f"The text {ascii(text)[:80]} cannot be written to a configuration of MRT.", why="It has characters that cannot be printed.")
    return text
