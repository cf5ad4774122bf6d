"""The task model of a model patch: the backbone, and the names of its tensors that the task owns."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from workbench.backbones.base import Backbone, LayerInfo, LayerKind
from workbench.backbones.extend import give_affine
from workbench.errors import WorkbenchError
from workbench.methods.base import TaskModel
from workbench.methods.model_patch.config import ModelPatchConfig
from workbench.methods.norms import norms, statistics


class ModelPatchModel(TaskModel):
    """Backbone of which a task owns scales, shifts or depth-wise kernels.

    Attributes:
        owned: Names of the backbone's parameters that belong to the task, besides its head.
        start: Their pretrained values.
    """

    def __init__(
        self, backbone: Backbone, classes: Sequence[str], config: ModelPatchConfig, seed: int
    ) -> None:
        super().__init__(backbone, classes, seed)
        refuse_empty(self.layer_table, config)
        self.config = config
        if config.norms != "off":
            give_affine(self.backbone)
        self.requires_grad_(False)
        leaves = [leaf for leaf, on in (("weight", config.scale), ("bias", config.shift)) if on]
        self.owned = [f"{name}.{leaf}" for name, _ in norms(self.backbone) for leaf in leaves]
        if config.depthwise:
            self.owned += [f"{row.name}.weight" for row in depthwise(self.layer_table)]
        self.start = {
            name: parameter.detach().clone() for name, parameter in self.tensors().items()
        }

    def tensors(self) -> dict[str, nn.Parameter]:
        """What the task owns, by name in the backbone."""
        return {name: self.backbone.get_parameter(name) for name in self.owned}

    def stored(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {f"weight/{name}": p for name, p in self.tensors().items()}
        if self.config.moves_statistics:
            found |= statistics(self.backbone)
        return found | super().stored() if self.config.last else found

    def change_of(self, row: LayerInfo) -> tuple[Tensor, Tensor | None]:
        """Pretrained kernel of a layer, and what was added to it if the task owns it."""
        name = f"{row.name}.weight"
        kernel = self.backbone.get_parameter(name).detach()
        if name not in self.start:
            return kernel, None
        return self.start[name], kernel - self.start[name]


def depthwise(layers: Sequence[LayerInfo]) -> tuple[LayerInfo, ...]:
    return tuple(row for row in layers if row.kind is LayerKind.DEPTHWISE)


def refuse_empty(layers: Sequence[LayerInfo], config: ModelPatchConfig) -> None:
    """Raises: WorkbenchError where a part is asked for that the network lacks, or nothing would learn."""
    if config.depthwise and not depthwise(layers):
        raise WorkbenchError(
            "This network has no depth-wise convolutions, so there are no depth-wise kernels to patch.",
            data="Nothing was started.",
            hint="Turn depth-wise kernels off, or choose a BC-ResNet or MobileNetV2.",
        )
    if config.norms != "off" and not any(row.kind is LayerKind.NORM for row in layers):
        raise WorkbenchError(
            "This network has no norms, so there are no scales and shifts to patch.",
            data="Nothing was started.",
            hint="Turn norms off, or choose another method.",
        )
    if config.norms == "off" and not (config.depthwise or config.last):
        raise WorkbenchError(
            "Nothing would learn: norms, depth-wise kernels and last layer are all off.",
            data="Nothing was started.",
            hint="Turn one of them on.",
        )
