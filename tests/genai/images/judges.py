"""A moderation model small enough to be made by hand: it finds bright images unfit."""

import json
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper

FACTS = {
    "name": "Brightness",
    "licence": "CC0-1.0",
    "size": 16,
    "mean": [0.0, 0.0, 0.0],
    "std": [1.0, 1.0, 1.0],
    "unsafe": [1],
    "threshold": 0.8,
}


def write_judge(folder: Path, *, times: float = 1.0, **changes: Any) -> Path:
    """Its outputs: 1 - the mean of what it sees, and that mean; both as often as `times` says."""
    size = (FACTS | changes)["size"]
    nhwc = changes.get("layout") == "NHWC"
    shape = [1, size, size, 3] if nhwc else [1, 3, size, size]
    constant = helper.make_tensor("one", TensorProto.FLOAT, [1, 1, 1, 1], [1.0])
    factor = helper.make_tensor("times", TensorProto.FLOAT, [1, 1, 1, 1], [times])
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Sub", ["one", "mean"], ["rest"]),
        helper.make_node("Concat", ["rest", "mean"], ["both"], axis=1),
        helper.make_node("Mul", ["both", "times"], ["said"]),
    ]
    graph = helper.make_graph(
        nodes,
        "brightness",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("said", TensorProto.FLOAT, [1, 2, 1, 1])],
        [constant, factor],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, folder / "model.onnx")
    (folder / "moderation.json").write_text(json.dumps(FACTS | changes))
    return folder
