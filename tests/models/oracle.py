"""MXNet itself, as the judge of float networks."""

from collections.abc import Mapping

import numpy as np


def forward(symbol: str, params: Mapping[str, np.ndarray], data: np.ndarray, output: str = "") -> np.ndarray:
    """Return what MXNet computes from a symbol's JSON, at its end or at the inner result called `output`."""
    import mxnet as mx

    net = mx.sym.load_json(symbol)
    net = net.get_internals()[output] if output else net
    arrays = {name: mx.nd.array(array) for name, array in {**params, "data": data}.items()}
    arguments = {name: arrays[name] for name in net.list_arguments()}
    states = {name: arrays[name] for name in net.list_auxiliary_states()}
    return net.bind(mx.cpu(), arguments, aux_states=states).forward(is_train=False)[0].asnumpy()
