"""Other quantizers on the same nets and data: mxnet.contrib.quantization, and onnxruntime's static quantization.

Usage: python tests/bench/accuracy/baselines.py mxnet|onnxruntime SYMBOL PARAMS CALIBRATION.npy SCORED.npy OUT.npy

Writes the first outputs on the scored data. It needs nothing of MRT Studio, so that onnxruntime can run in an environment
of its own: mxnet 1.9.1, onnx 1.16, onnxruntime, numpy 1.23.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

BATCH = 8


def main() -> None:
    """Run one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("mxnet", "onnxruntime"))
    for name in ("symbol", "params", "calibration", "scored", "out"):
        parser.add_argument(name, type=Path)
    options = parser.parse_args()
    calibration, scored = np.load(options.calibration), np.load(options.scored, mmap_mode="r")
    run = with_mxnet if options.kind == "mxnet" else with_onnxruntime
    np.save(options.out, np.concatenate(list(run(options.symbol, options.params, calibration, scored))))


def parts(data: np.ndarray) -> Iterator[np.ndarray]:
    """Whole batches; the last one is filled up, since both keep to one batch size."""
    for start in range(0, len(data), BATCH):
        yield np.resize(data[start : start + BATCH], (BATCH, *data.shape[1:]))


def whole(outputs: Iterator[np.ndarray], count: int) -> Iterator[np.ndarray]:
    """Leave out what filled up the last batch."""
    for start, out in zip(range(0, count, BATCH), outputs, strict=True):
        yield out[: count - start]


def load(symbol: Path, params: Path):
    """The model, with its parameters split."""
    import mxnet as mx

    arrays = mx.nd.load(str(params))
    found = {"arg": {}, "aux": {}}
    graph = json.loads(symbol.read_text())
    for node in graph["nodes"]:
        if node["op"] in ("Convolution", "Pooling"):
            node.setdefault("attrs", {})["layout"] = "NCHW"  # the ONNX exporter insists on what is the default
    net = mx.sym.load_json(json.dumps(graph))
    auxiliary = set(net.list_auxiliary_states())
    for key, value in arrays.items():
        name = key.partition(":")[2] or key
        found["aux" if name in auxiliary else "arg"][name] = value
    return net, found["arg"], found["aux"]


def with_mxnet(symbol: Path, params: Path, calibration: np.ndarray, scored: np.ndarray) -> Iterator[np.ndarray]:
    """INT8 of oneDNN: entropy calibration, channel-wise weights, unsigned activations where it can."""
    import mxnet as mx
    from mxnet.contrib.quantization import quantize_model_mkldnn

    net, args, aux = load(symbol, params)
    net = net.get_backend_symbol("MKLDNN_QUANTIZE")
    data = mx.io.NDArrayIter(calibration, batch_size=BATCH, label=None)
    quantized, args, aux = quantize_model_mkldnn(
        net,
        args,
        aux,
        ctx=mx.cpu(),
        calib_mode="entropy",
        calib_data=data,
        num_calib_examples=len(calibration),
        quantized_dtype="auto",
        quantize_granularity="channel-wise",
        label_names=None,
    )
    executor = quantized.simple_bind(mx.cpu(), grad_req="null", data=(BATCH, *scored.shape[1:]))
    executor.copy_params_from(args, aux, allow_extra_params=True)
    return whole((executor.forward(is_train=False, data=mx.nd.array(part))[0].asnumpy() for part in parts(scored)), len(scored))


def with_onnxruntime(symbol: Path, params: Path, calibration: np.ndarray, scored: np.ndarray) -> Iterator[np.ndarray]:
    """QDQ with per-channel weights and unsigned activations, calibrated by extremes, its default."""
    import mxnet as mx
    import onnx
    import onnxruntime as ort
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def __init__(self, name: str) -> None:
            self._rows = iter([{name: part} for part in parts(calibration)])

        def get_next(self):
            return next(self._rows, None)

    with tempfile.TemporaryDirectory() as folder:
        exported, ready, quantized = (str(Path(folder) / name) for name in ("float.onnx", "ready.onnx", "int8.onnx"))
        net, arguments, auxiliary = load(symbol, params)
        mx.onnx.export_model(net, {**arguments, **auxiliary}, [(BATCH, *scored.shape[1:])], np.float32, exported)
        model = onnx.load(exported)
        stored = {array.name for array in model.graph.initializer}
        for entry in [x for x in model.graph.input if x.name in stored]:
            model.graph.input.remove(entry)  # or they are no constants, and BatchNorm is not folded
        onnx.save(model, exported)
        quant_pre_process(exported, ready, skip_symbolic_shape=True)
        name = ort.InferenceSession(ready).get_inputs()[0].name
        quantize_static(
            ready, quantized, Reader(name), quant_format=QuantFormat.QDQ, per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8
        )
        session = ort.InferenceSession(quantized)
    return whole((session.run(None, {name: part})[0] for part in parts(scored)), len(scored))


if __name__ == "__main__":
    main()
