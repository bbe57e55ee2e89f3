"""Torch → ONNX. The graph is made once; new weights are only filled in, every few seconds."""

from __future__ import annotations

import copy
import logging
import warnings
from functools import cache

import onnx
import torch
from onnx import numpy_helper
from torch import nn

from genai.games.network import Convolution, Network, NetworkConfig


@cache
def graph_of(config: NetworkConfig, shape: tuple[int, int, int], actions: int) -> onnx.ModelProto:
    """With weights that mean nothing; takes seconds."""
    network = folded(Network(config, shape, actions))
    for weights in network.parameters():
        nn.init.normal_(weights)  # what is 0 or 1 would be simplified away
    graph = exported(network, shape)
    kept = {weights.name for weights in graph.graph.initializer}
    lost = set(network.state_dict()) - kept
    assert not lost, f"the graph has no place for {lost}"
    return graph


class Exporter:
    """Of networks of one shape."""

    def __init__(self, config: NetworkConfig, shape: tuple[int, int, int], actions: int) -> None:
        with torch.random.fork_rng(devices=[]):  # the caller's chance is not ours to use
            self.graph = graph_of(config, shape, actions)

    def onnx(self, network: Network) -> bytes:
        """boards (B, C, H, W) → logits (B, A), values (B,), for any B."""
        weights = folded(network).state_dict()
        model = copy.deepcopy(self.graph)
        for kept in model.graph.initializer:
            if kept.name in weights:  # the others are constants of the graph
                kept.CopyFrom(numpy_helper.from_array(weights[kept.name].numpy(), kept.name))
        return model.SerializeToString()


def folded(network: Network) -> Network:
    """A copy whose norms are part of its convolutions."""
    network = copy.deepcopy(network).cpu().eval()
    for module in network.modules():
        if isinstance(module, Convolution):
            module.fold()
    return network


def exported(network: Network, shape: tuple[int, int, int]) -> onnx.ModelProto:
    quiet = logging.getLogger("torch.onnx")
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                network,
                (torch.zeros(2, *shape),),
                input_names=["boards"],
                output_names=["logits", "values"],
                dynamic_shapes=({0: torch.export.Dim.DYNAMIC},),
                dynamo=True,
                verbose=False,
            )
    finally:
        quiet.setLevel(level)
    assert program is not None
    return program.model_proto
