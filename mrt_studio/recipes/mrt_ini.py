"""Configuration files of MRT V1 and V2: .ini, as `main2.py x.ini` takes them.

An empty value stands for the default; capitals of sections and keys do not matter. The optional sections
EVALUATION and COMPILATION are skipped when they are missing.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Sequence

from mrt_studio.errors import OptionError
from mrt_studio.recipes.base import Override, ReadRecipe, RecipeFormat, recipe_formats
from mrt_studio.recipes.upstream import REQUIRED, Entry, Key, Keys, Sections, Settings, data_sets, make_recipe, merge_fields, observer, override
from mrt_studio.recipes.upstream_values import anything, flag, links, names, nested_links, numbers, positive, shape, text, whole, word

_START_AFTER = {
    "DEFAULT": None,
    "PREPARE": "prepare",
    "SPLIT_MODEL": "prepare",
    "CALIBRATION": "calibrate",
    "QUANTIZATION": "quantize",
    "MERGE_MODEL": "quantize",
}
_DEVICE = {"DEVICE_TYPE": Key(word("cpu", "gpu"), "cpu", ignored=True), "DEVICE_IDS": Key(anything, ignored=True)}
_DUMP = {"DUMP": Key(flag, default=False, ignored=True)}

_KEYS: Keys = {
    "DEFAULT": {
        "MODEL_DIR": Key(text, "~/mrt_model"),
        "MODEL_NAME": Key(text, REQUIRED),
        "VERBOSITY": Key(anything, ignored=True),
        "INPUT_SHAPE": Key(shape, REQUIRED),
        "START": Key(word(*_START_AFTER), "DEFAULT"),
        **_DEVICE,
    },
    "PREPARE": _DUMP,
    "SPLIT_MODEL": {"KEYS": Key(names, []), **_DUMP},
    "CALIBRATION": {
        "DATASET": Key(text, REQUIRED),
        "DATASET_DIR": Key(text, "~/.mxnet/datasets"),
        "BATCH": Key(whole(1), 16),
        "CALIBRATE_NUM": Key(whole(1), 1),
        "LAMBDA": Key(positive),
        "CFG_GROUPS": Key(anything),
        **_DEVICE,
        **_DUMP,
    },
    "QUANTIZATION": {
        "RESTORE_NAME": Key(names, []),
        "INPUT_PRECISION": Key(whole(2, 32), 8),
        "OUTPUT_PRECISION": Key(whole(2, 32)),
        "SOFTMAX_LAMBD": Key(positive, 10.0),
        "SHIFT_BITS": Key(whole(0, 32), 5),
        "THRESHOLDS": Key(numbers, {}),
        **_DEVICE,
        **_DUMP,
    },
    "MERGE_MODEL": {"ATTRIBUTE_DEPS": Key(nested_links, {}), "OSCALE_MAPS": Key(links, {}), **_DUMP},
    "EVALUATION": {"BATCH": Key(whole(1)), "ITER_NUM": Key(whole(0), 0), **_DEVICE},
    "COMPILATION": {"BATCH": Key(whole(1)), "DUMP_DIR": Key(text), **_DEVICE},
}


@recipe_formats.register("mrt_ini")
class MrtIni(RecipeFormat):
    """MRT V1's and V2's .ini files."""

    suffixes = (".ini", ".cfg")

    def read(self, text: str, overrides: Sequence[Override], where: str) -> ReadRecipe:
        """Read a configuration into our stages."""
        sections = _sections(text, where)
        override(sections, overrides)
        settings = Settings(sections, _KEYS, where)
        if settings["CALIBRATION.CFG_GROUPS"]:
            raise OptionError(
                "Settings for single layers are not read.",
                where=settings.where("CALIBRATION.CFG_GROUPS"),
                remedy="Leave Cfg_groups empty and choose the observer for the whole model.",
            )
        return ReadRecipe(make_recipe(_stages(settings, sections)), settings.ignored())


def _stages(s: Settings, sections: Sections) -> dict[str, dict[str, object]]:
    # A batch that is not given is that of the section before it, as in MRT.
    batch = s["CALIBRATION.BATCH"]
    evaluate_batch = s["EVALUATION.BATCH"] or batch
    iterations, input_shape = s["EVALUATION.ITER_NUM"], s["DEFAULT.INPUT_SHAPE"]
    needed = {"calibrated": batch * s["CALIBRATION.CALIBRATE_NUM"], "evaluated": evaluate_batch * iterations}
    calibrate_data, evaluate_data = data_sets(
        s["CALIBRATION.DATASET"], s["CALIBRATION.DATASET_DIR"], input_shape, **needed, where=s.where("CALIBRATION.DATASET")
    )
    runs = {"evaluate": iterations > 0, "compile": "COMPILATION" in sections}
    compile_fields = {"batch": s["COMPILATION.BATCH"] or evaluate_batch, "folder": s["COMPILATION.DUMP_DIR"] or s["DEFAULT.MODEL_DIR"]}
    return {
        "load": {"model": f"{s['DEFAULT.MODEL_DIR']}/{s['DEFAULT.MODEL_NAME']}"},
        "prepare": {"input_shape": input_shape, "split_keys": s["SPLIT_MODEL.KEYS"]},
        "calibrate": {"dataset": calibrate_data, "batch": batch, "count": s["CALIBRATION.CALIBRATE_NUM"]},
        "quantize": {
            "observer": observer(s["CALIBRATION.LAMBDA"]),
            "thresholds": s["QUANTIZATION.THRESHOLDS"],
            "input_precision": s["QUANTIZATION.INPUT_PRECISION"],
            "output_precision": s["QUANTIZATION.OUTPUT_PRECISION"],
            "softmax_lambd": s["QUANTIZATION.SOFTMAX_LAMBD"],
            "shift_bits": s["QUANTIZATION.SHIFT_BITS"],
            "table_bits": 8,
            **merge_fields(s["MERGE_MODEL.ATTRIBUTE_DEPS"], s["MERGE_MODEL.OSCALE_MAPS"]),
            "restore": s["QUANTIZATION.RESTORE_NAME"],
        },
        "evaluate": {"dataset": evaluate_data, "batch": evaluate_batch, "count": iterations} if runs["evaluate"] else {},
        "compile": compile_fields if runs["compile"] else {},
        "run": {"start_after": _START_AFTER[s["DEFAULT.START"]], "skip": [stage for stage, run in runs.items() if not run] or None},
    }


def _sections(text: str, where: str) -> Sections:
    # An ordinary section takes the place of the parser's DEFAULT, whose values would show up in every other one.
    parser = configparser.RawConfigParser(default_section="\0")
    try:
        parser.read_string(text, where)
    except configparser.Error as error:
        raise OptionError("The file is no .ini file.", where=where, why=" ".join(f"{error}.".split())[:300], remedy="Correct the line.") from None
    lines = _lines(text)
    found: Sections = {}
    for name in parser.sections():
        entries = {key.upper(): Entry(value, f"{where}, line {lines.get((name, key), 1)}") for key, value in parser.items(name)}
        if found.setdefault(name.strip().upper(), entries) is not entries:
            raise OptionError(f"The section {name[:80]!r} appears twice.", where=where, remedy="Keep one.")
    return found


def _lines(text: str) -> dict[tuple[str, str], int]:
    """The number of the line that each key stands in, by section and key as the parser spells them."""
    section, found = "", dict[tuple[str, str], int]()
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\[(.+)\]", line):
            section = header[1]
        elif key := re.match(r"([^\s#;=:][^=:]*?)\s*[=:]", line):
            found[section, key[1].lower()] = number
    return found
