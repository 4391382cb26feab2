"""Every kind of file that the studio reads: sound ones to start from, and the reader as it is used."""

import io
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from mrt_studio.cvm.artifact import FILES, save_artifact
from mrt_studio.cvm.ext import Ext, read_ext
from mrt_studio.cvm.format import read_artifact
from mrt_studio.cvm.lower import lower
from mrt_studio.cvm.manifest import read_manifest
from mrt_studio.cvm.requant import ShiftMultiply
from mrt_studio.datasets.npy_file import map_npy, npz_names, read_npz
from mrt_studio.datasets.pictures import read_picture
from mrt_studio.ir.graph import Graph, with_input_shapes
from mrt_studio.ir.limits import DEFAULT_LIMITS
from mrt_studio.ir.params import load_params, write_params
from mrt_studio.ir.symbol import read_graph, write_symbol
from mrt_studio.ops.base import make, parse
from mrt_studio.passes.base import passes
from mrt_studio.recipes.base import read_recipe
from mrt_studio.session.certificate import read_certificate
from mrt_studio.session.mrt_files import MrtState, load_state, save_state
from mrt_studio.session.project_archive import export_project, import_project
from mrt_studio.session.project_format import seal
from mrt_studio.session.session import Session
from mrt_studio.session.store import Store
from mrt_studio.stages.evaluate import Evaluation
from mrt_studio.stages.graph_files import parse_any
from mrt_studio.stages.quantize import QuantizedModel
from mrt_studio.stats.files import load_stats, save_stats
from mrt_studio.stats.tensor_stats import TensorStats
from tests.models.tiny import SHAPE, tiny_graph, tiny_model
from tests.unit.cvm.test_format_hostile import PARAMS as COMPILED_PARAMS
from tests.unit.cvm.test_format_hostile import SAMPLE
from tests.unit.cvm.test_format_hostile import SYMBOL as COMPILED_SYMBOL
from tests.unit.cvm.test_format_hostile import graph as compiled_graph

Read = Callable[[bytes, Path], object]


@dataclass(frozen=True)
class Kind:
    """Files of one kind.

    Attributes:
        make: writes sound files' bytes; called once, with a folder to work in.
        read: reads bytes; gets a folder that exists for a file to lie in.
        count: mutations a run; more at night.
        values: whether JSON values are changed too, in half of the cases.
    """

    make: Callable[[Path], Sequence[bytes]]
    read: Read
    count: int = 2000
    values: bool = False


def in_file(name: str, read: Callable[[Path], object]) -> Read:
    """A reader of bytes out of one that takes a path."""

    def reader(data: bytes, folder: Path) -> object:
        (folder / name).write_bytes(data)
        return read(folder / name)

    return reader


def params_files(_: Path) -> list[bytes]:
    dtypes = ("f4", "f8", "f2", "u1", "i4", "i1", "i8")
    return [write_params({f"layer{i}_weight": np.arange(6, dtype=t).reshape(1, 2, 3) for i, t in enumerate(dtypes)}), write_params(tiny_graph().params)]


def integer_graph() -> Graph:
    """The small net in integers, at thresholds of one."""
    ready = tiny_graph().with_own_origin()
    ready = with_input_shapes(ready, make, {"data": (1, *SHAPE)})
    for name in ("fold_batch_norm", "legalize"):
        ready = passes[name]().run(ready)
    return lower(ready, dict.fromkeys((n.name for n in ready.nodes), 1.0), requantizer=ShiftMultiply()).graph


FLOAT, INTEGER = tiny_graph(), integer_graph()


def read_float(data: bytes, _: Path) -> object:
    return read_graph(data, FLOAT.params, parse, where="model-symbol.json")


def read_integer(data: bytes, _: Path) -> object:
    return read_graph(data, INTEGER.params, parse_any, where="quantized.json")


def compiled_files(name: str) -> Callable[[Path], list[bytes]]:
    def made(folder: Path) -> list[bytes]:
        save_artifact(folder / "compiled", compiled_graph(), input_scale=2.0, output_scales=[3.0], sample=SAMPLE)
        return [(folder / "compiled" / name).read_bytes()]

    return made


def npy_files(_: Path) -> list[bytes]:
    return [_npy(np.arange(24, dtype="f4").reshape(2, 3, 4)), _npy(np.asfortranarray(np.ones((3, 5), "u1"))), _npy(np.arange(7, dtype=">i8"))]


def _npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def npz_files(_: Path) -> list[bytes]:
    found = []
    for save in (np.savez, np.savez_compressed):
        stream = io.BytesIO()
        save(stream, data=np.arange(24, dtype="f4").reshape(2, 3, 4), label=np.arange(2))
        found.append(stream.getvalue())
    return found


def read_all_npz(path: Path) -> object:
    return [read_npz(path, name) for name in npz_names(path)]


def pictures(kind: str) -> Callable[[Path], list[bytes]]:
    def made(_: Path) -> list[bytes]:
        found = []
        pixels = np.random.default_rng(0).integers(0, 255, (24, 17, 3), np.uint8)
        for mode in ("RGB", "L", "P") if kind == "PNG" else ("RGB", "L", "CMYK"):
            stream = io.BytesIO()
            Image.fromarray(pixels).convert(mode).save(stream, kind)
            found.append(stream.getvalue())
        return found

    return made


def recipe_files(suffix: str) -> Callable[[Path], list[bytes]]:
    def made(_: Path) -> list[bytes]:
        if suffix != ".toml":
            return [p.read_bytes() for p in sorted((Path(__file__).parents[1] / "unit" / "recipes" / "data").glob(f"*{suffix}"))]
        return [b'[load]\nmodel = "a"\n[quantize]\nthresholds = {a = 1.5, "b c" = 2e-3}\nwide = ["first", "x"]\nmeasure_steps = true\n']

    return made


def stats() -> dict[str, TensorStats]:
    x = np.linspace(-3, 4, 48, dtype=np.float32).reshape(2, 3, 8)
    return {"data": TensorStats.of(x), "conv": TensorStats.of(x * 7)}


def stats_files(folder: Path) -> list[bytes]:
    save_stats(folder / "stats.npz", stats())
    return [(folder / "stats.npz").read_bytes()]


def state_files(folder: Path) -> list[bytes]:
    own = {
        "thresholds": {"data": 1.0},
        "settings": {},
        "results": {"precs": {}, "inputs_ext": {"data": {"scale": 2.0, "target_bit": 8}}, "output_scales": [1.0]},
    }
    save_state(folder, "model", MrtState(["data"], own["thresholds"], own["settings"], own["results"], True, {}, None))
    return [(folder / "model.ext").read_bytes()]


def quantized_files(folder: Path) -> list[bytes]:
    quantized().save(folder)
    return [(folder / "quantized.tensors.json").read_bytes()]


def quantized() -> QuantizedModel:
    ready = with_input_shapes(tiny_graph().with_own_origin(), make, {"data": (1, *SHAPE)})
    for name in ("fold_batch_norm", "legalize"):
        ready = passes[name]().run(ready)
    thresholds = dict.fromkeys((n.name for n in ready.nodes), 1.0)
    return QuantizedModel(lower(ready, thresholds, requantizer=ShiftMultiply()), thresholds, thresholds)


def read_quantized(path: Path) -> object:
    if not (path.parent / "quantized.params").exists():
        data = path.read_bytes()
        quantized().save(path.parent)
        path.write_bytes(data)
    return QuantizedModel.load(path.parent)


def evaluation_files(folder: Path) -> list[bytes]:
    Evaluation({"top1": 0.5, "sqnr": None}, ({"name": "a", "label": 1},), 1).save(folder)
    return [(folder / "evaluation.json").read_bytes()]


def summary_files(folder: Path) -> list[bytes]:
    store = Store(folder / "project")
    store.save("evaluate", "0" * 24, Evaluation({"top1": 0.5}, (), 1), 1)
    return [(store.path("evaluate", "0" * 24) / "summary.json").read_bytes()]


def read_project_summary(data: bytes, folder: Path) -> object:
    path = folder / "artifacts" / f"evaluate-{'0' * 24}" / "summary.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    (folder / "project.json").write_text('{"format": 2}')
    path.write_bytes(data)
    return Store(folder).summary("evaluate", "0" * 24)


def read_project_number(data: bytes, folder: Path) -> object:
    (folder / "project.json").write_bytes(data)
    return Store(folder)


def certificate_files(_: Path) -> list[bytes]:
    body = {
        "certificate": 1,
        **{part: {"a": "0x1", "b": "2"} for part in ("model", "recipe", "thresholds", "sample", "nodes", "files")},
        "environment": {"cpu": []},
    }
    return [json.dumps({**body, "seal": seal(body)}).encode()]


def archive_files(folder: Path) -> list[bytes]:
    session = Session(folder / "project", {"load": {"model": str(tiny_model(folder).symbol)}})
    session.run("load")
    session.save()
    session.close()
    export_project(folder / "project", folder / "project.zip")
    return [(folder / "project.zip").read_bytes()]


def read_archive(path: Path) -> object:
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        return import_project(path, Path(folder) / "new")


KINDS: dict[str, Kind] = {
    "params": Kind(params_files, in_file("model.params", load_params), count=10_000),
    "symbol": Kind(lambda _: [write_symbol(FLOAT)], read_float, count=10_000, values=True),
    "integer symbol": Kind(lambda _: [write_symbol(INTEGER)], read_integer, values=True),
    "compiled symbol": Kind(lambda _: [COMPILED_SYMBOL], lambda data, _: read_artifact(data, COMPILED_PARAMS, where="folder"), values=True),
    "compiled params": Kind(lambda _: [COMPILED_PARAMS], lambda data, _: read_artifact(COMPILED_SYMBOL, data, where="folder")),
    "manifest": Kind(compiled_files("manifest.json"), lambda data, _: read_manifest(data, FILES, where="manifest.json", limits=DEFAULT_LIMITS), values=True),
    "ext": Kind(lambda _: [Ext(2.5, 8, (1.5, 3.0), (1, 3, 4)).to_bytes()], lambda data, _: read_ext(data, where="ext"), values=True),
    "npy": Kind(npy_files, in_file("x.npy", map_npy)),
    "npz": Kind(npz_files, in_file("x.npz", read_all_npz)),
    "png": Kind(pictures("PNG"), in_file("x.png", read_picture)),
    "jpeg": Kind(pictures("JPEG"), in_file("x.jpg", read_picture)),
    "toml recipe": Kind(recipe_files(".toml"), in_file("x.toml", read_recipe)),
    "yaml recipe": Kind(recipe_files(".yaml"), in_file("x.yaml", read_recipe)),
    "ini recipe": Kind(recipe_files(".ini"), in_file("x.ini", read_recipe)),
    "statistics": Kind(stats_files, in_file("stats.npz", load_stats)),
    "mrt state": Kind(state_files, in_file("model.ext", lambda path: load_state(path.parent, "model"))),
    "quantized table": Kind(quantized_files, in_file("quantized.tensors.json", read_quantized), values=True),
    "evaluation": Kind(evaluation_files, in_file("evaluation.json", lambda path: Evaluation.load(path.parent)), values=True),
    "summary": Kind(summary_files, read_project_summary, values=True),
    "project number": Kind(lambda _: [b'{"format": 2, "program": "x"}'], read_project_number, values=True),
    "certificate": Kind(certificate_files, in_file("c.json", read_certificate), values=True),
    "archive": Kind(archive_files, in_file("x.zip", read_archive)),
}
