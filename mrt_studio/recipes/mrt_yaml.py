"""Configuration files of MRT V3: YAML, as `main.py x.yaml --stage.key value` takes them.

Keys and defaults are those of MRT's documents; capitals do not matter. Values that have no effect here, such
as graphics devices, are named beside the recipe.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import yaml

from mrt_studio.errors import OptionError
from mrt_studio.recipes.base import Override, ReadRecipe, RecipeFormat, recipe_formats
from mrt_studio.recipes.upstream import Entry, Key, Keys, Sections, Settings, data_sets, make_recipe, merge_fields, observer, override
from mrt_studio.recipes.upstream_values import anything, flag, links, names, nested_links, numbers, positive, shape, text, whole, word

_MAX_DEPTH = 12
_MAX_CHARACTERS = 1 << 16

_DEVICE = {"DEVICE_TYPE": Key(word("cpu", "gpu"), "cpu", ignored=True), "DEVICE_IDS": Key(anything, [0], ignored=True)}

_KEYS: Keys = {
    "COMMON": {
        "PASS_NAME": Key(word("all", "prepare", "calibrate", "quantize", "evaluate", "compile"), "all"),
        "MODEL_DIR": Key(text, "~/mrt_model"),
        "MODEL_NAME": Key(text),
        "VERBOSITY": Key(anything, "debug", ignored=True),
        "START_AFTER": Key(word("initial", "prepare", "calibrate", "quantize"), "initial"),
        "BATCH": Key(whole(1), 16),
        "RUN_EVALUATE": Key(flag, default=True),
        "RUN_COMPILE": Key(flag, default=True),
        **_DEVICE,
    },
    "PREPARE": {"INPUT_SHAPE": Key(shape, [-1, 3, 224, 224]), "SPLIT_KEYS": Key(names, []), **_DEVICE},
    "CALIBRATE": {
        "BATCH": Key(whole(1)),
        "NUM_CALIB": Key(whole(1), 1),
        "LAMBD": Key(positive),
        "DATASET_NAME": Key(text, "imagenet"),
        "DATASET_DIR": Key(text, "~/.mxnet/datasets"),
        **_DEVICE,
    },
    "QUANTIZE": {
        "RESTORE_NAMES": Key(names, []),
        "INPUT_PRECISION": Key(whole(2, 32), 8),
        "OUTPUT_PRECISION": Key(whole(2, 32)),
        "SOFTMAX_LAMBD": Key(positive, 10.0),
        "SHIFT_BITS": Key(whole(0, 32), 5),
        "THRESHOLDS": Key(numbers, {}),
        "ATTRIBUTE_DEPS": Key(nested_links, {}),
        "OSCALE_MAPS": Key(links, {}),
        **_DEVICE,
    },
    "EVALUATE": {"BATCH": Key(whole(1)), "ITER_NUM": Key(whole(0), 10), **_DEVICE},
    "COMPILE": {"BATCH": Key(whole(1), 1), "DUMP_DIR": Key(text, "~/mrt_dump"), **_DEVICE},
}


@recipe_formats.register("mrt_yaml")
class MrtYaml(RecipeFormat):
    """MRT V3's YAML files."""

    suffixes = (".yaml", ".yml")

    def read(self, text: str, overrides: Sequence[Override], where: str) -> ReadRecipe:
        """Read a configuration into our stages."""
        sections = _sections(text, where)
        override(sections, overrides)
        settings = Settings(sections, _KEYS, where)
        return ReadRecipe(make_recipe(_stages(settings)), settings.ignored())


def _stages(s: Settings) -> dict[str, dict[str, object]]:
    calibrate_batch, evaluate_batch = s["CALIBRATE.BATCH"] or s["COMMON.BATCH"], s["EVALUATE.BATCH"] or s["COMMON.BATCH"]
    input_shape, iterations = s["PREPARE.INPUT_SHAPE"], s["EVALUATE.ITER_NUM"]
    needed = {"calibrated": calibrate_batch * s["CALIBRATE.NUM_CALIB"], "evaluated": evaluate_batch * iterations}
    calibrate_data, evaluate_data = data_sets(
        s["CALIBRATE.DATASET_NAME"], s["CALIBRATE.DATASET_DIR"], input_shape, **needed, where=s.where("CALIBRATE.DATASET_NAME")
    )
    return {
        "load": {"model": f"{s['COMMON.MODEL_DIR']}/{s['COMMON.MODEL_NAME']}"} if s["COMMON.MODEL_NAME"] else {},
        "prepare": {"input_shape": input_shape, "split_keys": s["PREPARE.SPLIT_KEYS"]},
        "calibrate": {"dataset": calibrate_data, "batch": calibrate_batch, "count": s["CALIBRATE.NUM_CALIB"]},
        "quantize": {
            "observer": observer(s["CALIBRATE.LAMBD"]),
            "thresholds": s["QUANTIZE.THRESHOLDS"],
            "input_precision": s["QUANTIZE.INPUT_PRECISION"],
            "output_precision": s["QUANTIZE.OUTPUT_PRECISION"],
            "softmax_lambd": s["QUANTIZE.SOFTMAX_LAMBD"],
            "shift_bits": s["QUANTIZE.SHIFT_BITS"],
            "table_bits": 8,
            **merge_fields(s["QUANTIZE.ATTRIBUTE_DEPS"], s["QUANTIZE.OSCALE_MAPS"]),
            "restore": s["QUANTIZE.RESTORE_NAMES"],
        },
        "evaluate": {"dataset": evaluate_data, "batch": evaluate_batch, "count": iterations} if iterations else {},
        "compile": {"batch": s["COMPILE.BATCH"], "folder": s["COMPILE.DUMP_DIR"]},
        "run": _run(s),
    }


def _run(s: Settings) -> dict[str, object]:
    runs = {"evaluate": s["COMMON.RUN_EVALUATE"] and s["EVALUATE.ITER_NUM"] > 0, "compile": s["COMMON.RUN_COMPILE"]}
    return {
        "only": None if s["COMMON.PASS_NAME"] == "all" else s["COMMON.PASS_NAME"],
        "start_after": None if s["COMMON.START_AFTER"] == "initial" else s["COMMON.START_AFTER"],
        "skip": [stage for stage, run in runs.items() if not run] or None,
    }


def _sections(text: str, where: str) -> Sections:
    if len(text) > _MAX_CHARACTERS:
        raise OptionError("The YAML file is too large.", where=where, why=f"It has {len(text)} characters; at most {_MAX_CHARACTERS} are read.")
    try:
        _refuse_tricks(text, where)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        maker = yaml.SafeLoader("")
        return {
            section: {key: Entry(maker.construct_object(leaf, deep=True), line) for key, leaf, line in _pairs(node, section, where)}
            for section, node, _ in (_pairs(root, "The file", where) if root else ())
        }
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise OptionError("The file is no YAML.", where=where, why=" ".join(f"{error}.".split())[:300], remedy="Correct the line.") from None


def _refuse_tricks(text: str, where: str) -> None:
    """Aliases can blow a small text up, tags can ask for objects, and depth can overflow the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise OptionError("Anchors, aliases and tags are not read.", where=_line(event, where), remedy="Write the value out.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise OptionError("The file is nested too deep.", where=_line(event, where), why=f"At most {_MAX_DEPTH} levels are read.")


def _pairs(node: yaml.Node, name: str, where: str) -> Iterator[tuple[str, yaml.Node, str]]:
    """The keys of a mapping in capitals, with the node of the value and the line; a null has none."""
    if node.tag == "tag:yaml.org,2002:null":
        return
    if not isinstance(node, yaml.MappingNode):
        raise OptionError(f"{name} is no table of keys.", where=_line(node, where), remedy="Write SECTION: and below it, indented, KEY: value.")
    seen = set[str]()
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.value.upper() in seen:
            raise OptionError("A key is no name, or appears twice.", where=_line(key, where), remedy="Keep one.")
        seen.add(key.value.upper())
        yield key.value.upper(), value, _line(key, where)


def _line(found: yaml.Node | yaml.Event, where: str) -> str:
    return f"{where}, line {found.start_mark.line + 1}"
