"""The task model of a task adapter, and the network that runs it without gates."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from workbench.backbones.audio_encoder import AudioEncoder, EncoderShape
from workbench.backbones.base import Backbone, LayerInfo
from workbench.errors import WorkbenchError
from workbench.methods.base import TaskModel
from workbench.methods.task_adapter.config import TaskAdapterConfig
from workbench.methods.task_adapter.layer import NarrowEncoder, TaskAdapter
from workbench.methods.task_adapter.price import narrow_widths


class AdaptedEncoder(AudioEncoder):
    """Shared encoder and one task's adapter as one network; its embedding is both, the shared one first."""

    any_width = True

    def __init__(self, encoder: AudioEncoder, adapter: NarrowEncoder, columns: Tensor) -> None:
        super().__init__(encoder.architecture, encoder.classes)
        self.input_spec = encoder.input_spec
        self.load_state_dict(encoder.state_dict())
        self.adapter = adapter
        head = self.classifier
        self.classifier = nn.Linear(head.in_features + columns.shape[1], head.out_features)
        with torch.no_grad():
            self.classifier.weight.copy_(torch.cat([head.weight, columns], 1))
            self.classifier.bias.copy_(head.bias)
        self.requires_grad_(False)

    def features(self, x: Tensor) -> Tensor:
        shared = self.activations(x)
        return torch.cat([self.embedding(shared[-1]), self.adapter(shared)], 1)


class TaskAdapterModel(TaskModel):
    """Frozen audio encoder with a task's adapter beside it.

    Attributes:
        adapter: Reads the encoder's activations and adds to the logits.
    """

    def __init__(
        self, backbone: Backbone, classes: Sequence[str], config: TaskAdapterConfig, seed: int
    ) -> None:
        shape = checked_encoder(backbone).shape
        super().__init__(backbone, classes, seed)
        self.requires_grad_(False)
        widths = narrow_widths(shape, config.width)
        self.adapter = TaskAdapter(shape, widths, len(self.classes), seed)

    @property
    def encoder(self) -> AudioEncoder:
        return checked_encoder(self.backbone)

    def forward(self, x: Tensor) -> Tensor:
        encoder = self.encoder
        shared = encoder.activations(x)
        logits: Tensor = encoder.head(encoder.embedding(shared[-1])) + self.adapter(shared)
        return logits

    def stored(self) -> dict[str, Tensor]:
        return self.adapter.tensors() | super().stored()

    def joined(self) -> Backbone:
        """One network of encoder and adapter without its closed channels."""
        narrow, columns = self.adapter.without_closed()
        return AdaptedEncoder(self.encoder, narrow, columns)


def checked_encoder(backbone: Backbone) -> AudioEncoder:
    """Raises: WorkbenchError for a backbone of another family."""
    if not isinstance(backbone, AudioEncoder):
        raise _no_encoder()
    return backbone


def shape_of(layers: Sequence[LayerInfo]) -> EncoderShape:
    """Shape of the audio encoder that a layer table describes.

    Raises:
        WorkbenchError: when it describes another network.
    """
    names = {row.name: row for row in layers}
    if "encode.0.norm" not in names:
        raise _no_encoder()
    norms = [
        row for name, row in names.items() if name.startswith("encode.") and name.count(".") == 2
    ]
    block = "conv3x3" if "encode.0.block.conv" in names else "sepres"
    return EncoderShape(block, tuple(row.weight_shape[0] for row in norms))  # type: ignore[arg-type]


def _no_encoder() -> WorkbenchError:
    return WorkbenchError(
        "Task adapters read the layers of an audio encoder, and this backbone is none.",
        data="Nothing was started.",
        hint="Choose an audio encoder, or another method.",
    )
