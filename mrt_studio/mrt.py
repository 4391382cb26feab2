"""The reference interface of the MRT documents: Model, MRT and ModelMerger, thin over the stages.

model = Model.load("net-symbol.json", "net-0000.params").prepare((1, 3, 224, 224))
mrt = model.get_mrt()
mrt.set_data(images)
mrt.calibrate()
mrt.quantize().to_cvm("net", datadir="out")
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mrt_studio.cvm.artifact import save_artifact
from mrt_studio.cvm.emulate import to_symbol
from mrt_studio.cvm.lower import check_precision, lower
from mrt_studio.cvm.requant import ShiftMultiply
from mrt_studio.cvm.top import try_on_top
from mrt_studio.datasets.base import Batch
from mrt_studio.engine import mxnet
from mrt_studio.errors import DataError, OptionError, QuantizationError, UnsupportedError
from mrt_studio.files import make_folder, save_bytes
from mrt_studio.fixedpoint import quantize_array
from mrt_studio.ir.graph import Array, Graph, Variable, with_input_shapes
from mrt_studio.ir.params import load_params, write_params
from mrt_studio.ir.split import merge, split
from mrt_studio.ir.symbol import read_graph, write_symbol
from mrt_studio.ir.unknown import Unknown
from mrt_studio.observers.base import observers
from mrt_studio.ops.lowering import LoweringOptions
from mrt_studio.session.mrt_files import MrtState, load_state, save_state
from mrt_studio.stages.base import Silent
from mrt_studio.stages.calibrate import calibrate
from mrt_studio.stages.compile import check_compiled, compile_model
from mrt_studio.stages.graph_files import make_any, parse_any
from mrt_studio.stages.prepare import prepare_graph
from mrt_studio.stats.tensor_stats import TensorStats

Callback = Callable[[str, str, dict[str, str]], dict[str, str]]
"""Gets the name, the operator and the attribute texts of a top node; returns the attribute texts to use."""


@dataclass(frozen=True)
class Model:
    """A graph with its parameters: float, integer, or an integer base with a float top.

    The scales are those of the inputs and outputs of an integer model, integer = real * scale; the sample is one
    real input that was calibrated on.
    """

    graph: Graph
    input_scales: Mapping[str, float] | None = None
    output_scales: tuple[float, ...] | None = None
    sample: Array | None = None

    @staticmethod
    def load(symbol_file: str | Path, params_file: str | Path) -> Model:
        """Read a model from disk: what `HybridBlock.export` or `save` wrote.

        Raises:
            FormatError: a file is damaged, missing, or of another kind.
            UnsupportedError: an operator is not supported.
        """
        symbol, params = Path(symbol_file), Path(params_file)
        for path in (symbol, params):
            if not path.is_file():
                raise OptionError(f"The file {str(path)!r} does not exist.", remedy="Check the path.")
        return Model(read_graph(symbol.read_bytes(), load_params(params), parse_any, where=symbol.name))

    def save(self, symbol_file: str | Path, params_file: str | Path) -> None:
        """Write the model to disk; each file appears whole or not at all.

        Raises:
            ArtifactError: a file cannot be written.
        """
        save_bytes(Path(params_file), write_params(self.graph.params))
        save_bytes(Path(symbol_file), write_symbol(self.graph))

    def input_names(self) -> list[str]:
        """Names of the inputs."""
        return [node.name for node in self.graph.inputs]

    def output_names(self) -> list[str]:
        """Names of the nodes that the outputs are read from."""
        return [ref.name for ref in self.graph.outputs]

    names = output_names

    def to_graph(self, dtype: str | None = None, ctx: Any = None) -> Any:
        """A `gluon.SymbolBlock` that runs the model.

        An integer model becomes plain MXNet operators on float64, which hold its integers exactly; it takes
        integers at the input's scale. A float model runs in float32 unless `dtype` says otherwise.

        Raises:
            OptionError: a float32 runtime is asked for an integer model, where it would not be exact.
        """
        mx = mxnet()
        integer = any(node.op.name.startswith("cvm.") for node in self.graph.operators)
        if integer and dtype not in (None, "float64"):
            raise OptionError(f"An integer model cannot run in {dtype}: its numbers need float64 to be exact.", remedy="Leave dtype out.")
        if integer:
            emulation = to_symbol(self.graph)
            symbol, params, dtype = emulation.symbol, emulation.params, "float64"
        else:
            dtype = dtype or "float32"
            symbol, params = mx.sym.load_json(write_symbol(self.graph).decode()), dict(self.graph.params)
        block = mx.gluon.SymbolBlock(symbol, [mx.sym.Variable(name, dtype=dtype) for name in self.input_names()])
        block.cast(dtype)
        for name, parameter in block.collect_params().items():
            parameter.shape = params[name].shape
            parameter.initialize(ctx=ctx or mx.cpu(), init=mx.init.Zero())
            parameter.set_data(mx.nd.array(params[name], dtype=dtype))
        return block

    def split(self, keys: Iterable[str]) -> tuple[Model, Model]:
        """Cut at the named nodes: the base computes them, the top reads them.

        Raises:
            OptionError: a key is no operator, or the keys do not cut every path.
        """
        base, top = split(self.graph, keys)
        return Model(base), Model(top)

    @staticmethod
    def merger(base: Model, top: Model, base_name_maps: Mapping[str, str] | None = None) -> ModelMerger:
        """Prepare to put `top` on `base`; the map gives for each output of the base the name that the top knows."""
        return ModelMerger(base, top, base_name_maps)

    def prepare(self, input_shape: Sequence[int] = (-1, 3, 224, 224)) -> Model:
        """Rewrite into operators that can be quantized.

        Raises:
            ShapeError: the shape does not fit the model.
            UnsupportedError: an operator cannot be rewritten; split the model in front of it.
        """
        return Model(prepare_graph(self.graph, tuple(input_shape), (), Silent()).graph)

    def get_mrt(self) -> MRT:
        """A tool that calibrates and quantizes this prepared model."""
        return MRT(self)

    def to_cvm(self, model_name: str, datadir: str | Path = ".", input_shape: Sequence[int] | None = None, target: str = "cpu") -> Path:
        """Compile into the folder `datadir`/`model_name` (see cvm/artifact.py); returns it.

        The machine is the same on every target; the argument is only checked.

        Raises:
            OverflowError32: a tensor could leave INT32.
            QuantizationError: the model is not all integer.
        """
        if target not in ("cpu", "gpu", "formal"):
            raise OptionError(f"There is no target {target!r}.", remedy="Targets are cpu, gpu and formal.")
        if self.input_scales is None or self.output_scales is None:
            raise QuantizationError("This model has no scales, so it cannot be compiled.", remedy="Compile what MRT.quantize returns.")
        entry = self.graph.inputs[0]
        precision = entry.op.precision if isinstance(entry.op, Variable) else None
        shape = tuple(input_shape or entry.shapes[0])
        shape = (1, *shape[1:]) if shape[0] == -1 else shape
        if len(shape) != len(entry.shapes[0]) or min(shape) < 1:
            raise OptionError(f"The input shape {list(shape)} is not usable.", why=f"The model takes {list(entry.shapes[0])}.", remedy="Change the batch only.")
        real = np.zeros(shape) if self.sample is None else np.resize(self.sample, shape)
        scale = self.input_scales[entry.name]
        compiled = compile_model(self.graph, scale, self.output_scales, quantize_array(real, scale, precision or 8))
        check_compiled(compiled)
        folder = Path(datadir) / model_name
        make_folder(folder.parent)
        save_artifact(folder, compiled.graph, input_scale=scale, output_scales=self.output_scales, sample=compiled.sample)
        return folder


class MRT:
    """Calibrates and quantizes one prepared model."""

    def __init__(self, model: Model) -> None:
        self._prepared = model
        self._quantized: Model | None = None
        self._data: Array | None = None
        self._sample: Array | None = None
        self._stats: dict[str, TensorStats] = {}
        self._thresholds: dict[str, float] = {}
        self._settings: dict[str, Any] = {"input_prec": 8, "out_prec": None, "softmax_lambd": 10.0, "shift_bits": 5}
        self._results: dict[str, Any] = {}

    @property
    def current_model(self) -> Model:
        """The quantized model once there is one, else the prepared one."""
        return self._quantized or self._prepared

    def set_data(self, data: Any) -> None:
        """Set the batch (N, ...) to calibrate on next: a numpy array or an MXNet NDArray."""
        self._data = np.asarray(data.asnumpy() if hasattr(data, "asnumpy") else data, np.float32)

    def calibrate(self, ctx: Any = None, lambd: float | None = None, old_ths: Mapping[str, float] | None = None) -> dict[str, float]:
        """Add the batch's statistics to those of earlier calls and choose thresholds; returns node -> threshold.

        With `lambd`, MRT's rule |mean| + lambd * std, else the largest magnitude. With `old_ths`, no
        threshold is below the one given there. `ctx` is accepted for compatibility; statistics are on the CPU.

        Raises:
            DataError: no data was set, or it has another shape than the model takes.
        """
        del ctx
        if self._data is None:
            raise DataError("There is no data to calibrate on.", remedy="Call set_data first.")
        graph, data = self._prepared.graph, self._data
        if data.ndim < 2 or not len(data):
            raise DataError(f"Data of shape {data.shape} is no batch of samples.", remedy="Give an array of shape (N, ...) with N of at least 1.")
        start = self._stats[graph.inputs[0].name].samples if self._stats else 0
        batch = Batch(data, None, tuple(map(str, range(start, start + len(data)))))
        new = calibrate(graph, [batch], 1, start, Silent()).stats
        self._sample = data[:1] if self._sample is None else self._sample
        self._stats = {n: s if n not in self._stats or n in graph.params else self._stats[n].merge(s) for n, s in new.items()}
        chosen = self.observe(lambd)
        self._thresholds = {n: max(t, (old_ths or {}).get(n, 0.0)) for n, t in chosen.items()}
        return dict(self._thresholds)

    def observe(self, lambd: float | None = None) -> dict[str, float]:
        """The thresholds that follow from the data seen so far, without any data; see `calibrate`."""
        rule = observers["absmax"]() if lambd is None else observers.create(f"mrt_lambda(lambd={float(lambd)!r})")
        return {name: rule.threshold(s) for name, s in self._stats.items()}

    def set_threshold(self, name: str, threshold: float) -> None:
        """Set one node's threshold.

        Raises:
            OptionError: the prepared model has no such node, or the value is not a positive number.
        """
        if name not in self._prepared.graph:
            raise OptionError(f"There is no node called {name!r}.", remedy="Use a name of the prepared model.")
        if not np.isfinite(threshold) or threshold < 0:
            raise OptionError(f"The threshold of {name!r} must be a number of at least zero, not {threshold}.")
        self._thresholds[name] = float(threshold)

    def set_th_dict(self, th_dict: Mapping[str, float]) -> None:
        """Set all thresholds; raises OptionError as `set_threshold` does."""
        for name, threshold in th_dict.items():
            self.set_threshold(name, threshold)
        self._thresholds = {name: float(t) for name, t in th_dict.items()}

    def set_input_prec(self, prec: int) -> None:
        """Set the bits of the input, 8 unless set; raises OptionError unless they are 2 to 32."""
        check_precision(prec, "The input precision")
        if type(prec) is not int:
            raise OptionError("The input precision must be set to a number of bits.")
        self._settings["input_prec"] = prec

    def set_out_prec(self, prec: int | None) -> None:
        """Set the bits of the outputs, 2 to 32; not set, they stay as they come."""
        check_precision(prec, "The output precision")
        self._settings["out_prec"] = prec

    set_output_prec = set_out_prec

    def set_softmax_lambd(self, val: float) -> None:
        """Set how far below the largest logit softmax looks."""
        self._settings["softmax_lambd"] = float(val)

    def set_shift_bits(self, val: int) -> None:
        """Set how many bits a tensor may have too many before it is shifted first.

        Raises:
            OptionError: it is not between 0 and 24.
        """
        if type(val) is not int or not 0 <= val <= 24:
            raise OptionError(f"shift_bits must be an integer between 0 and 24, not {val}.")
        self._settings["shift_bits"] = val

    def quantize(self) -> Model:
        """Lower the prepared model to integers; returns the integer model.

        Raises:
            QuantizationError: a threshold is missing or cannot be realised.
            OverflowError32: a tensor could leave INT32.
        """
        if not self._thresholds:
            raise QuantizationError("There are no thresholds.", remedy="Calibrate first, or set them with set_th_dict.")
        lowered = lower(
            self._prepared.graph,
            self._thresholds,
            requantizer=ShiftMultiply(self._settings["shift_bits"]),
            input_precision=self._settings["input_prec"],
            output_precision=self._settings["out_prec"],
            options=LoweringOptions(softmax_lambd=self._settings["softmax_lambd"]),
        )
        inputs = {name: q.scale for name, q in lowered.inputs.items()}
        scales = tuple(q.scale for q in lowered.outputs)
        self._quantized = Model(lowered.graph, inputs, scales, self._sample)
        self._results = {
            "scales": {name: q.scale for name, q in lowered.tensors.items()},
            "precs": {name: {"out_key": q.precision} for name, q in lowered.tensors.items()},
            "inputs_ext": {name: {"scale": q.scale, "target_bit": q.precision} for name, q in lowered.inputs.items()},
            "output_scales": list(scales),
        }
        return self._quantized

    def get_output_scales(self) -> list[float]:
        """The scale of each output; raises QuantizationError before `quantize`."""
        return list(self._result("output_scales"))

    def get_maps(self) -> dict[str, str]:
        """Current output name -> name in the prepared model, by position."""
        return dict(zip(self.current_model.output_names(), self._prepared.output_names(), strict=True))

    def get_inputs_ext(self) -> dict[str, dict[str, float]]:
        """For each input its scale and its bits; raises QuantizationError before `quantize`."""
        return {name: dict(ext) for name, ext in self._result("inputs_ext").items()}

    def save(self, model_name: str, datadir: str | Path = "./data") -> None:
        """Write everything to `datadir`: model, thresholds, settings, statistics and, if quantized, the integer model.

        Raises:
            ArtifactError: a file cannot be written.
        """
        folder = Path(datadir)
        make_folder(folder)
        self.current_model.save(folder / f"{model_name}.json", folder / f"{model_name}.params")
        if self._quantized is not None:
            self._prepared.save(folder / f"{model_name}.prepared.json", folder / f"{model_name}.prepared.params")
        state = MrtState(self._prepared.output_names(), self._thresholds, self._settings, self._results, self._quantized is not None, self._stats, self._sample)
        save_state(folder, model_name, state)

    @staticmethod
    def load(model_name: str, datadir: str | Path = "./data") -> MRT:
        """Read what `save` wrote.

        Raises:
            ArtifactError: a file is missing or damaged; OptionError, FormatError: one of the model is.
        """
        folder = Path(datadir)
        state = load_state(folder, model_name)
        prepared = ".prepared" if state.quantized else ""
        mrt = MRT(Model.load(folder / f"{model_name}{prepared}.json", folder / f"{model_name}{prepared}.params"))
        mrt._thresholds, mrt._settings, mrt._results = state.thresholds, state.settings, state.results
        mrt._stats, mrt._sample = dict(state.stats), state.sample
        if state.quantized:
            integer = Model.load(folder / f"{model_name}.json", folder / f"{model_name}.params")
            inputs = {name: x["scale"] for name, x in state.results["inputs_ext"].items()}
            mrt._quantized = Model(integer.graph, inputs, tuple(state.results["output_scales"]), state.sample)
        return mrt

    def _result(self, name: str) -> Any:
        if name not in self._results:
            raise QuantizationError("The model is not quantized yet.", remedy="Call quantize first.")
        return self._results[name]


class ModelMerger:
    """Puts the top of a split model on its (quantized) base.

    The top reads the base's integers as they are, so only operators that do not care for the scale belong there. Where all of it
    can be expressed by the machine's operators the merged model is an integer one and compiles; else the top stays in float.
    """

    def __init__(self, base: Model, top: Model, base_name_maps: Mapping[str, str] | None = None) -> None:
        self._base, self._top = base, top
        self._maps = dict(base_name_maps) if base_name_maps else {name: name for name in base.output_names()}

    def merge(self, callback: Callback | None = None) -> Model:
        """The joined model; `callback` may change the attributes of each top node, for example multiply by a scale.

        Raises:
            ModelError: an input of the top is no output of the base.
            UnsupportedError: the callback's attributes do not fit the operator.
        """
        outputs = {self._maps.get(ref.name, ref.name): ref for ref in self._base.graph.outputs}
        top = self._top.graph
        if callback is not None:
            top = replace(top, nodes=tuple(n if n.is_variable else replace(n, op=self._changed(n.name, n.op, len(n.inputs), callback)) for n in top.nodes))
        integer = try_on_top(self._base.graph, top, outputs) if self._base.input_scales else None
        if integer is not None:
            return Model(integer, self._base.input_scales)
        merged = merge(self._base.graph, top, outputs)
        shapes = {n.name: n.shapes[0] for n in merged.inputs if n.shapes}
        return Model(with_input_shapes(merged, make_any, shapes) if shapes else merged, self._base.input_scales)

    def get_output_scales(self, base_oscales: Sequence[float], maps: Mapping[str, str]) -> list[float]:
        """The scale of each output of the merged model.

        Args:
            base_oscales: what MRT.get_output_scales gave for the base.
            maps: output of the top -> output of the base whose scale it has; ``"None"`` or absent means 1.
        """
        known = dict(zip((self._maps.get(r.name, r.name) for r in self._base.graph.outputs), base_oscales, strict=True))
        return [float(known.get(maps.get(ref.name, "None"), 1.0)) for ref in self._top.graph.outputs]

    @staticmethod
    def _changed(name: str, op: Any, inputs: int, callback: Callback) -> Any:
        changed = parse_any(op.name, callback(name, op.name, op.attributes()), inputs)
        if isinstance(changed, Unknown) and not isinstance(op, Unknown):
            raise UnsupportedError("The callback's attributes do not fit the operator.", where=name, why=changed.why)
        return changed
