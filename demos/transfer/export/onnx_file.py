"""The whole classifier as one ONNX file: what runs in browsers, on phones and in other languages.

    pixels (N, 3, S, S) float32, RGB 0..1  -->  logits (N, C), probabilities (N, C), none_of_these (N,) where it is told

The photo is made upright, shrunk and cropped before; everything behind that is in the file. It is put together operator
by operator, which takes a moment; PyTorch's exporter would trace the network, and take half a minute of everybody's.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from demos.core import device
from demos.core.networks.squeezenext import Block, Convolution, SqueezeNext
from demos.core.networks.vgg import VGG16
from demos.transfer.classifier import Classifier
from demos.transfer.evaluation.unknown import Unknown

OPSET = 18  # of ONNX 1.13 (2022): every runtime of today reads it
IR = 8  # the file's format of the same year
SMALLEST = np.iinfo(np.int64).min  # "to the beginning", backwards


class Graph:
    """Nodes and constants, one after the other.

    Where the app works in bfloat16, every layer's result is rounded to it here too, or probabilities would differ by
    up to 0.01: runtimes seldom compute in bfloat16, but they all can round.
    """

    def __init__(self, rounded: bool) -> None:
        self.rounded = rounded
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """A node; the name of its result."""
        from onnx import helper

        name = name or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def constant(self, values: Tensor | Sequence[int] | float) -> str:
        """A constant: float32 of a tensor or a number, int64 of a list."""
        from onnx import numpy_helper

        if isinstance(values, Tensor):
            array = values.detach().float().cpu().contiguous().numpy()
        else:
            array = np.array(values, np.float32 if isinstance(values, float) else np.int64)
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def round(self, x: str) -> str:
        """To bfloat16 and back where the app works in it."""
        from onnx import TensorProto

        if not self.rounded:
            return x
        return self.add("Cast", self.add("Cast", x, to=TensorProto.BFLOAT16), to=TensorProto.FLOAT)

    def convolution(self, layer: nn.Conv2d, x: str) -> str:
        assert layer.bias is not None
        assert not isinstance(layer.padding, str)
        pads, strides = [*layer.padding, *layer.padding], list(layer.stride)
        inputs = (x, self.constant(layer.weight), self.constant(layer.bias))
        return self.round(self.add("Conv", *inputs, pads=pads, strides=strides, kernel_shape=list(layer.kernel_size)))


def write(classifier: Classifier, path: Path) -> Path:
    """The file at `path`, for any number of pictures at once. Raises DemoError as `Classifier.loaded` does."""
    import onnx
    from onnx import TensorProto, helper

    graph = Graph(rounded=device.current().dtype is torch.bfloat16)
    x = _features(graph, classifier, "pixels")
    outputs = [("logits", TensorProto.FLOAT), ("probabilities", TensorProto.FLOAT)]
    z = _standardised(graph, classifier, x)
    head = classifier.head
    graph.add("Gemm", z, graph.constant(head.weight), graph.constant(head.bias), transB=1, name="logits")
    warm = graph.add("Div", "logits", graph.constant(float(classifier.temperature)))
    graph.add("Softmax", warm, axis=1, name="probabilities")
    shapes: dict[str, list] = {name: ["N", len(classifier.classes)] for name, _ in outputs}
    if classifier.unknown is not None:
        _none_of_these(graph, classifier.unknown, x)
        outputs.append(("none_of_these", TensorProto.BOOL))
        shapes["none_of_these"] = ["N"]
    size = classifier.input_size
    whole = helper.make_graph(
        graph.nodes, "classifier",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["N", 3, size, size])],
        [helper.make_tensor_value_info(name, kind, shapes[name]) for name, kind in outputs], graph.constants,
    )  # fmt: skip
    model = helper.make_model(
        whole, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR, producer_name="Hidden Layers"
    )
    helper.set_model_props(model, {"classes": "\n".join(classifier.classes)})
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def _features(graph: Graph, classifier: Classifier, x: str) -> str:
    """As in `features.compute`: both views as one batch, then the mean of the two."""
    if classifier.mirrored:
        ends = [graph.constant(values) for values in ([-1], [int(SMALLEST)], [3], [-1])]
        x = graph.add("Concat", x, graph.add("Slice", x, *ends), axis=0)
    network = classifier.loaded()
    centred = graph.add("Sub", x, graph.constant(network.mean))
    x = graph.round(graph.add("Div", centred, graph.constant(network.std)))
    at = _vgg(graph, network, x) if isinstance(network, VGG16) else _squeezenext(graph, network, x)
    axes = graph.constant([2, 3])
    kinds = ("ReduceMean", "ReduceMax")
    pooled = [graph.add(kind, at[cut], axes, keepdims=0) for cut in classifier.cuts for kind in kinds]
    both = graph.add("Concat", *pooled, axis=1)
    root = graph.add("Mul", graph.add("Sign", both), graph.add("Sqrt", graph.add("Abs", both)))
    views = graph.constant([2 if classifier.mirrored else 1, -1, classifier.head.mean.numel()])
    return graph.add("ReduceMean", graph.add("Reshape", root, views), graph.constant([0]), keepdims=0)


def _vgg(graph: Graph, network: VGG16, x: str) -> dict[str, str]:
    at = {}
    for i, layer in enumerate(network.layers):
        if isinstance(layer, nn.Conv2d):
            x = graph.convolution(layer, x)
        elif isinstance(layer, nn.ReLU):
            x = graph.add("Relu", x)
        else:
            x = graph.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
        cut = network.cut_at(i)
        if cut:
            at[cut] = x
    return at


def _squeezenext(graph: Graph, network: SqueezeNext, x: str) -> dict[str, str]:
    def convolution(layer: nn.Module, x: str) -> str:
        assert isinstance(layer, Convolution)
        first = layer[0]
        assert isinstance(first, nn.Conv2d)
        return graph.add("Relu", graph.convolution(first, x))

    at = {}
    x = graph.add("MaxPool", convolution(network.stem, x), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    for number, stage in enumerate(network.stages, start=1):
        assert isinstance(stage, nn.Sequential)
        for block in stage:
            assert isinstance(block, Block)
            y = x
            for layer in block.way:
                y = convolution(layer, y)
            short = x if isinstance(block.shortcut, nn.Identity) else convolution(block.shortcut, x)
            x = graph.add("Relu", graph.round(graph.add("Add", y, short)))
        at[f"stage{number}"] = x
    at["last"] = convolution(network.last, x)
    return at


def _standardised(graph: Graph, classifier: Classifier, x: str) -> str:
    """As in `Head.standardise`."""
    head = classifier.head
    z = graph.add("Div", graph.add("Sub", x, graph.constant(head.mean)), graph.constant(head.std))
    return _unit(graph, z)


def _unit(graph: Graph, z: str) -> str:
    """Each row of length one."""
    length = graph.add("ReduceL2", z, graph.constant([1]), keepdims=1)
    return graph.add("Div", z, graph.add("Max", length, graph.constant(1e-12)))


def _none_of_these(graph: Graph, unknown: Unknown, x: str) -> None:
    """As in `Unknown.distance`: the larger of two distances, each in its unit."""

    def number(value: Tensor) -> str:
        return graph.constant(float(value))

    one, two = graph.constant([1]), graph.constant([2])
    z = graph.add("Div", graph.add("Sub", x, graph.constant(unknown.mean)), graph.constant(unknown.std))
    off = graph.add("Sub", graph.add("Unsqueeze", z, one), graph.constant(unknown.centres))
    projected = graph.add("MatMul", off, graph.constant(unknown.directions.T))
    along = graph.add("Mul", projected, projected)
    rest = graph.add(
        "Sub", graph.add("ReduceSumSquare", off, two, keepdims=0), graph.add("ReduceSum", along, two, keepdims=0)
    )
    rest = graph.add("Mul", graph.add("Max", rest, graph.constant(0.0)), number(unknown.gain[-1]))
    weighed = graph.add("ReduceSum", graph.add("Mul", along, graph.constant(unknown.gain[:-1])), two, keepdims=0)
    nearest = graph.add("ReduceMin", graph.add("Add", weighed, rest), one, keepdims=0)
    distances = [graph.add("Sqrt", nearest)]
    if len(unknown.weight):
        unit = _unit(graph, z)
        classes, others = (
            graph.add("Gemm", unit, graph.constant(unknown.weight[rows]), graph.constant(unknown.bias[rows]), transB=1)
            for rows in (slice(None, -1), slice(-1, None))
        )
        likely = graph.add("Squeeze", others, one)
        distances.append(graph.add("Sub", likely, graph.add("ReduceLogSumExp", classes, one, keepdims=0)))
    middle, edge = unknown.units.T
    in_units = [
        graph.add("Div", graph.add("Sub", distance, number(middle[i])), number(edge[i] - middle[i]))
        for i, distance in enumerate(distances)
    ]
    if len(in_units) == 1:  # the other one is zero for every photo
        in_units.append(graph.constant(float(-middle[1] / (edge[1] - middle[1]))))
    graph.add("Max", *in_units, name="distance")
    graph.add("GreaterOrEqual", "distance", graph.constant(float(unknown.threshold)), name="none_of_these")
