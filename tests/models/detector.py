"""A small detector in the manner of SSD: a trunk, class scores, boxes, and non-maximum suppression on top."""

import numpy as np

from mrt_studio.ir.graph import Graph
from tests.nets import built

SIDE, CLASSES = 8, 3
KEYS = ("ids", "scores", "boxes")
OPTIONS = {
    "top": "integer",
    "attribute_deps": {"_contrib_box_nms.valid_thresh": "scores"},
    "output_maps": {"det_scores": "scores", "det_boxes": "boxes"},
}


def detector() -> Graph:
    """One anchor at each of 8x8 places; outputs ids (1, 64, 1), scores (1, 64, 1) and corners (1, 64, 4)."""

    def write(b, param):
        def conv(x, name, filters, channels, side, stride=1):
            weight = param(f"{name}_weight", filters, channels, side, side)
            return b.op(
                "Convolution",
                x,
                weight,
                param(f"{name}_bias", filters),
                name=name,
                kernel=(side, side),
                num_filter=filters,
                stride=(stride, stride),
                pad=(side // 2, side // 2),
            )

        x = b.op("relu", conv(b.input("data", (1, 3, 2 * SIDE, 2 * SIDE)), "stem", 8, 3, 3, 2), name="stem_relu")
        x = b.op("relu", conv(x, "trunk", 8, 8, 3), name="trunk_relu")
        logits = b.op("Reshape", conv(x, "class", CLASSES + 1, 8, 1), name="class_rows", shape=(0, 0, -1))
        probabilities = b.op("softmax", logits, name="probabilities", axis=1)
        classes = b.op("slice_axis", probabilities, name="foreground", axis=1, begin=1, end=CLASSES + 1)
        ids = b.op("expand_dims", b.op("argmax", classes, name="best", axis=1), name="ids", axis=2)
        scores = b.op("expand_dims", b.op("max", classes, name="best_score", axis=(1,)), name="scores", axis=2)
        moves = b.op("transpose", b.op("Reshape", conv(x, "move", 4, 8, 1), name="move_rows", shape=(0, 0, -1)), name="moves", axes=(0, 2, 1))
        small = b.op("broadcast_mul", moves, param("variance", 1, 1, 1, value=0.02), name="small_moves")
        boxes = b.op("broadcast_add", small, param("anchors", 1, SIDE * SIDE, 4, value=anchors()), name="boxes")
        rows = b.op("Concat", ids, scores, boxes, name="rows", dim=2, num_args=3)
        kept = b.op("_contrib_box_nms", rows, name="nms", overlap_thresh=0.3, valid_thresh=0.4, id_index=0)
        cuts = {"det_ids": (0, 1), "det_scores": (1, 2), "det_boxes": (2, 6)}
        return [b.op("slice_axis", kept, name=name, axis=2, begin=begin, end=end) for name, (begin, end) in cuts.items()]

    return built(write, seed=3)


def anchors():
    """Overlapping squares, corners from 0 to 1."""
    centres = (np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), -1).reshape(-1, 2) + 0.5) / SIDE
    return np.concatenate([centres - 0.12, centres + 0.12], 1)[None]
