import numpy as np
import pytest
import torch
from torch import nn

from genai.errors import ArtifactError
from genai.games.evaluation import Evaluator
from genai.games.export import Exporter
from genai.games.network import Network, NetworkConfig, losses
from genai.games.rules import game_of

GAME = game_of("connect-four")
SMALL = NetworkConfig(channels=4, blocks=1, policy_planes=2, value_planes=1, value_width=4)


def make_network(seed: int) -> Network:
    """As after some training: no norm is what it was at first."""
    torch.manual_seed(seed)
    network = Network(SMALL, GAME.shape, GAME.actions)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    return network.eval()


@pytest.mark.slow
def test_the_site_sees_what_torch_sees_with_any_weights_and_any_number_of_boards() -> None:
    exporter = Exporter(SMALL, GAME.shape, GAME.actions)
    for seed in (1, 2):
        network = make_network(seed)
        evaluate = Evaluator(exporter.onnx(network))
        for boards in (torch.rand(1, *GAME.shape), torch.rand(5, *GAME.shape)):
            with torch.no_grad():
                logits, values = network(boards)
            theirs = evaluate(boards.numpy())
            np.testing.assert_allclose(theirs[0], logits.numpy(), atol=1e-5)
            np.testing.assert_allclose(theirs[1], values.numpy(), atol=1e-5)


def test_a_file_that_is_no_network_is_refused() -> None:
    with pytest.raises(ArtifactError, match="cannot be loaded"):
        Evaluator(b"nothing of the kind")


def test_losses_by_hand() -> None:
    even = torch.zeros(1, 4)
    of_policy, of_value = losses(
        even, torch.tensor([0.5]), torch.tensor([[1.0, 0, 0, 0]]), torch.tensor([-1.0])
    )
    assert of_policy.item() == pytest.approx(np.log(4))
    assert of_value.item() == pytest.approx(2.25)


def test_widths_must_be_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        NetworkConfig(channels=0)
