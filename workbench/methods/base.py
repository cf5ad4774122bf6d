"""The contract of an adaptation method and of the stages that it trains in."""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict
from torch import Generator, Tensor, nn

from workbench.backbones.base import Backbone, LayerInfo, count_multiplies
from workbench.backbones.head_rows import head_like
from workbench.budget.cost import Cost, count_cost
from workbench.budget.policy import adaptable
from workbench.methods.decision import LayerDecision, changed_norms
from workbench.methods.gates import Gates
from workbench.methods.norms import affine_of, norms


class MethodConfig(BaseModel):
    """Settings of a method; each field carries help, unit and bounds, from which flags and forms are made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def shown(label: str, unit: str = "") -> JsonDict:
    """How a form calls a setting, for its field's ``json_schema_extra``."""
    return {"label": label, "unit": unit}


@dataclass(frozen=True)
class Capabilities:
    """What a method claims about itself; the behaviour suite proves each claim.

    Attributes:
        chooses_layers: Which layers it changes is decided by training.
        mergeable: Folds into the plain architecture, on some backbones at least; then it adds no multiplies there.
        adds_multiplies: Computes more than the backbone where it does not fold.
        only_reads: What it adds reads the backbone's activations and changes none; patches side by side share them.
    """

    mergeable: bool = True
    chooses_layers: bool = False
    has_policy: bool = False
    has_gates: bool = False
    moves_statistics: bool = False
    adds_multiplies: bool = False
    only_reads: bool = False


class Batch:
    """Examples of one step; their features are computed when they are first asked for.

    Attributes:
        labels: Class index (batch,).
        smoothing: Share of each target that is spread over all classes (Szegedy et al. 2016, section 7).
    """

    def __init__(
        self, labels: Tensor, compute: Callable[[], Tensor], smoothing: float = 0.0
    ) -> None:
        self.labels = labels
        self.smoothing = smoothing
        self._compute = compute

    @cached_property
    def features(self) -> Tensor:
        """(batch, *input_spec.shape)"""
        return self._compute()

    def loss(self, logits: Tensor) -> Tensor:
        """Cross-entropy of logits (batch, class) in nats."""
        return F.cross_entropy(logits, self.labels, label_smoothing=self.smoothing)


@dataclass(frozen=True)
class Draw:
    """Randomness and position of one step.

    Attributes:
        generator: Source of the method's own randomness.
        progress: Share of the stage that is done, 0 to 1.
        key: Equal keys mean equal inputs, for stages that declare ``draws``.
    """

    generator: Generator
    progress: float
    key: tuple[int, int]


KEPT_BYTES = "kept_bytes"
"""Scalar of a step: memory of the features that are kept because their inputs come again."""


@dataclass(frozen=True)
class StepOutput:
    """Attributes: ``loss`` to differentiate, the part due to the task, logits (batch, class), named scalars."""

    loss: Tensor
    target_loss: Tensor
    logits: Tensor
    extras: dict[str, float] = field(default_factory=dict)


class TaskModel(nn.Module):
    """A backbone's own copy with a head for the task's classes; methods inject into ``backbone``.

    ``forward`` takes features (batch, *input_spec.shape) and gives logits (batch, class).

    Attributes:
        sixteen_bits: Convolve in bfloat16 while training; the norms' statistics, the head and all weights stay in 32.
    """

    sixteen_bits = False

    def __init__(self, backbone: Backbone, classes: Sequence[str], seed: int) -> None:
        super().__init__()
        self.classes = tuple(classes)
        self.seed = seed
        self.layer_table = backbone.layers()
        self.backbone = copy.deepcopy(backbone)
        replace_head(self.backbone, len(self.classes), seed)
        self.pretrained_statistics = {
            name: buffer.clone() for name, buffer in backbone.named_buffers()
        }
        self.pretrained_affine = {name: affine_of(norm) for name, norm in norms(backbone)}

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=self.sixteen_bits and self.training):
            embedding = self.backbone.features(x)
        return self.backbone.head(embedding.to(x.dtype))

    def without_chance(self) -> TaskModel:
        """The network as it is exported, if in use it draws anything at random."""
        return self

    def head_tensors(self) -> dict[str, Tensor]:
        head = self.backbone.head_layer
        return {"head/weight": head.weight, "head/bias": head.bias}  # type: ignore[dict-item]

    def stored(self) -> dict[str, Tensor]:
        """What the task stores, by patch name: the tensors themselves, which loading writes to."""
        return self.head_tensors()


class Stage(ABC):
    """One part of a method's training, run by ``training``.

    Attributes:
        name, title: For files and for people.
        epochs: How long it runs.
        draws: When positive, inputs repeat after that many epochs and a step may cache by ``Draw.key``.
        validates: Whether the model in between is worth scoring on the validation clips.
    """

    name: str
    title: str
    epochs: int
    draws: int = 0
    validates: bool = True

    def enter(self) -> None:
        """Change the model once, at the stage's start; not called when a run resumes inside the stage."""

    @abstractmethod
    def configure(self) -> list[nn.Parameter]:
        """Freeze and thaw parameters; returns the trained ones. Also called on resume."""

    @abstractmethod
    def set_training_mode(self) -> None:
        """Put each module in the mode in which this stage trains."""

    @abstractmethod
    def step(self, batch: Batch, draw: Draw) -> StepOutput:
        """Loss of one batch."""

    def decisions(self) -> tuple[tuple[float, ...], float | None, float] | None:
        """Probabilities per layer, budget if there is one, and hard cost as they stand; None without a policy."""
        return None

    def gates(self) -> Gates | None:
        """Openings as they stand, of this one task; None where there are no gates."""
        return None

    def leave(self) -> None:
        """Change the model once, when the stage is complete."""


C = TypeVar("C", bound=MethodConfig)
M = TypeVar("M", bound=TaskModel)


class Method(ABC, Generic[C, M]):
    """A way to adapt a backbone to a task.

    Attributes:
        name: Registry name.
        title, sentence: For people; the sentence says when to pick it.
        Config: Type of its settings.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    sentence: ClassVar[str]
    cost_class: ClassVar[str]
    Config: ClassVar[type[MethodConfig]]
    capabilities: ClassVar[Capabilities]
    picture_settings: ClassVar[Mapping[str, object]] = {}
    """Settings that start from other values where the task is of pictures."""

    @abstractmethod
    def attach(self, backbone: Backbone, classes: Sequence[str], config: C, seed: int) -> M:
        """A task model that computes what the backbone computes, with a fresh head."""

    @abstractmethod
    def stages(self, model: M, config: C, epochs: int) -> list[Stage]:
        """The stages in order; ``epochs`` is the length of a full one."""

    @abstractmethod
    def decide_kernels(self, model: M) -> tuple[LayerDecision, ...]:
        """What happened to each adaptable layer, and to others but norms that the method changes; in network order."""

    def decisions(self, model: M) -> tuple[LayerDecision, ...]:
        """What ``decide_kernels`` says, and what happened to the norms whose scale or shift changed; in network order.

        The share of a norm is that of its scale and shift in the convolution weights.
        """
        norms_too = changed_norms(model.backbone, model.pretrained_affine, model.layer_table)
        decided = {d.name: d for d in (*self.decide_kernels(model), *norms_too)}
        return tuple(decided[row.name] for row in model.layer_table if row.name in decided)

    def may_change(self, layers: Sequence[LayerInfo], config: C) -> frozenset[str]:
        """Names of the convolutions that the method changes, or may change where training decides."""
        return frozenset(row.name for row in adaptable(layers))

    def trains_norms(self, config: C) -> bool:
        """Whether scale or shift of the backbone's norms learn as well."""
        return False

    @abstractmethod
    def predicted_cost(self, layers: Sequence[LayerInfo], config: C, classes: int) -> Cost:
        """Cost before anything is built."""

    def patch_tensors(self, model: M, config: C) -> dict[str, Tensor]:
        """What the task stores, by ``purpose/name``.

        Purposes: ``delta`` is added to a tensor of the backbone and ``weight`` and ``stat`` replace one, under its
        name; ``mask`` keeps or drops the weights of a layer, ``adapter`` belongs to a branch beside or behind it,
        ``side`` and ``agent`` to networks of the task's own, and ``head`` is the task's last layer.
        """
        return {name: tensor.detach().clone() for name, tensor in model.stored().items()}

    def make_room(self, model: M, tensors: Mapping[str, Tensor]) -> None:
        """Give a freshly attached model the shapes of stored tensors, where training decides on shapes."""

    @torch.no_grad()
    def load(self, model: M, tensors: Mapping[str, Tensor]) -> None:
        """Put stored tensors into a freshly attached model with room for them; a missing ``delta`` stays zero."""
        for name, tensor in model.stored().items():
            if name in tensors or not name.startswith("delta/"):
                tensor.copy_(tensors[name])

    @abstractmethod
    def merged(self, model: M) -> Backbone:
        """A backbone of its own that computes the same; of the plain architecture where ``is_mergeable``."""

    def is_mergeable(self, model: M) -> bool:
        """Whether this model folds into the plain architecture wholly."""
        return self.capabilities.mergeable

    def cost(self, model: M, config: C) -> Cost:
        """Cost counted on the tensors that are stored and on the layers that run."""
        tensors = self.patch_tensors(model, config)
        multiplies = count_multiplies(self.merged(model), model.backbone.input_spec.shape)
        return count_cost(model.layer_table, tensors, multiplies, len(model.classes))

    def rates(self, model: M, config: C) -> dict[nn.Parameter, float]:
        """Parameters beside the head that learn at a multiple of the run's rate."""
        return {}

    def artifacts(self, model: M, config: C) -> dict[str, dict[str, Any]]:
        """Tensors worth keeping with the run beside the patch, by file stem."""
        return {}


def replace_head(backbone: Backbone, classes: int, seed: int) -> None:
    """Give a backbone a new last layer with default initialisation drawn from ``seed``."""
    new = head_like(backbone.head_layer, classes)
    draw_parameters([new], seed)
    parent, _, leaf = backbone.head_name.rpartition(".")
    setattr(backbone.get_submodule(parent) if parent else backbone, leaf, new)


@torch.no_grad()
def draw_parameters(layers: Iterable[nn.Linear | nn.Conv2d], seed: int) -> None:
    """Torch's default initialisation (He et al. 2015, as ``reset_parameters`` has it), drawn from ``seed``.

    Torch draws from the process-wide generator, which other threads use as well.

    Args:
        layers: Their weight and bias are overwritten, one layer after the other.
        seed: Equal seeds give equal layers.
    """
    generator = torch.Generator().manual_seed(seed)
    for layer in layers:
        nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5), generator=generator)
        if layer.bias is not None:
            bound = 1 / math.sqrt(layer.weight[0].numel())
            nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
