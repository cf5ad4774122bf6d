"""Convolutions that compute with a weight made from their pretrained one at every call."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from workbench.backbones.base import Backbone
from workbench.budget.policy import adaptable, shares
from workbench.methods.base import TaskModel
from workbench.methods.norms import affine_names


class InjectedWeight(ABC):
    """Replaces ``conv.weight`` by a function of it.

    The convolution keeps its class and its own fast forward. Its pretrained weight becomes the buffer
    ``base_weight``, shaped (out, in / groups, height, width).
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        self.conv = conv
        base = conv.weight.detach()
        del conv.weight
        conv.register_buffer("base_weight", base)
        self.learn_from(base)
        self.refresh()
        self._hook = conv.register_forward_pre_hook(self._before_call)

    @property
    def base(self) -> Tensor:
        return self.conv.base_weight  # type: ignore[return-value]

    @abstractmethod
    def learn_from(self, base: Tensor) -> None:
        """Register on the convolution what is learned beside its pretrained weight."""

    @abstractmethod
    def weight(self) -> Tensor:
        """What the next call shall use."""

    @abstractmethod
    def forget(self) -> None:
        """Remove from the convolution what ``learn_from`` registered."""

    def refresh(self) -> None:
        self.conv.__dict__["weight"] = self.weight()

    def _before_call(self, *_: object) -> None:
        self.refresh()

    def fold(self) -> None:
        """Leave a plain convolution whose weight parameter includes the change, and remove the hook."""
        self.refresh()
        weight = self.conv.__dict__.pop("weight").detach().clone()
        self._hook.remove()
        del self.conv.base_weight
        self.forget()
        self.conv.weight = nn.Parameter(weight)


class DeltaWeight(InjectedWeight):
    """``base + b * delta`` (SWR, eq. 1); the change is the parameter ``delta`` and starts from zero.

    Attributes:
        switch: None adds nothing; a float or a scalar tensor multiplies the delta weight.
    """

    switch: Tensor | float | None = None

    def learn_from(self, base: Tensor) -> None:
        self.conv.delta = nn.Parameter(torch.zeros_like(base))

    @property
    def delta(self) -> nn.Parameter:
        return self.conv.delta  # type: ignore[return-value]

    def weight(self) -> Tensor:
        if self.switch is None:
            return self.base
        if isinstance(self.switch, float) and self.switch == 1.0:
            return self.base + self.delta
        return self.base + self.switch * self.delta

    def forget(self) -> None:
        del self.conv.delta


W = TypeVar("W", bound=InjectedWeight)


class InjectedModel(TaskModel, Generic[W]):
    """A task model whose adaptable convolutions all carry an injected weight; only those learn until told otherwise.

    Attributes:
        rows, shares: Adaptable layers and their share in all adaptable weights.
        injected: Injected weight of each adaptable layer by name, in network order.
        affine_names: Scale and shift of each norm that has them.
    """

    def __init__(
        self, backbone: Backbone, classes: Sequence[str], seed: int, weight: type[W]
    ) -> None:
        super().__init__(backbone, classes, seed)
        self.rows = adaptable(self.layer_table)
        self.shares = shares(self.layer_table)
        for parameter in self.backbone.parameters():
            parameter.requires_grad_(False)
        self.injected: dict[str, W] = {
            row.name: weight(self.backbone.get_submodule(row.name))  # type: ignore[arg-type]
            for row in self.rows
        }
        self.affine_names = affine_names(self.backbone)

    def affine(self) -> dict[str, nn.Parameter]:
        """Scales and shifts of the norms by patch name."""
        return {f"weight/{name}": self.backbone.get_parameter(name) for name in self.affine_names}

    @torch.no_grad()
    def settle(self) -> None:
        """Detach every weight from the last step's graph, so that the model can be copied."""
        for injected in self.injected.values():
            injected.refresh()

    def folded(self) -> Backbone:
        """A plain backbone of the same architecture with the changes in its weights."""
        self.settle()
        duplicate = copy.deepcopy(self)
        for injected in duplicate.injected.values():
            injected.fold()
        return duplicate.backbone
