"""A small LeNet-5 for handwritten digits: 5,320 parameters for ten classes.

Source: LeCun et al., "Gradient-Based Learning Applied to Document Recognition" (1998), cut down to five channels as in
the experiments of "Composing". The parameter names are those of PyTorch's well-known example for MNIST.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from workbench.backbones.dropout import ChannelDropout
from workbench.backbones.picture_parts import PictureBackbone, picture_input

CHANNELS = 5
EMBEDDING = 50
POSITIONS = 4 * 4
"""Places that are left of 28 x 28 pixels."""


class LeNet(PictureBackbone):
    """Pictures (batch, 1, 28, 28), no other size; embedding width 50. Initialised as torch's layers are."""

    head_name = "fc2"

    def __init__(self, classes: int) -> None:
        super().__init__("lenet5_small", picture_input(28, colors=1))
        self.conv1 = nn.Conv2d(1, CHANNELS, 5)
        self.conv2 = nn.Conv2d(CHANNELS, CHANNELS, 5)
        self.conv2_drop = ChannelDropout(0.5)
        self.fc1 = nn.Linear(CHANNELS * POSITIONS, EMBEDDING)
        self.fc1_drop = ChannelDropout(0.5)
        self.fc2 = nn.Linear(EMBEDDING, classes)

    def features(self, x: Tensor) -> Tensor:
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(x)), 2))
        return F.relu(self.fc1(torch.flatten(x, 1)))

    def head(self, embedding: Tensor) -> Tensor:
        return self.fc2(self.fc1_drop(embedding))  # type: ignore[no-any-return]

    def block_of(self, module_name: str) -> str:
        return {"conv1": "stem", "conv2": "stage 1", "fc1": "tail", "fc2": "head"}[module_name]
