"""The contract of a method that adapts one network to several tasks at once, and of the stages that it trains in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

from torch import Tensor, nn

from workbench.backbones.base import Backbone, LayerInfo
from workbench.methods.base import Batch, Draw, MethodConfig
from workbench.methods.gates import Gates


@dataclass(frozen=True)
class TaskClasses:
    """A task as a network knows it."""

    name: str
    classes: tuple[str, ...]


@dataclass(frozen=True)
class TaskLoss:
    """What a turn says of one task.

    Attributes:
        task: Index among the tasks.
        loss: Its own cross-entropy in nats, detached.
        logits: (batch, class of this task)
    """

    task: int
    loss: Tensor
    logits: Tensor


@dataclass(frozen=True)
class Turn:
    """One optimisation step.

    Attributes:
        loss: To differentiate; only parameters that it reaches are stepped.
        tasks: Those that took part.
        extras: Named scalars.
    """

    loss: Tensor
    tasks: tuple[TaskLoss, ...]
    extras: dict[str, float] = field(default_factory=dict)


class SeveralModel(nn.Module, ABC):
    """One network that serves several tasks.

    Attributes:
        tasks: In the order of their indices.
    """

    tasks: tuple[TaskClasses, ...]

    def heads(self) -> tuple[nn.Module, ...]:
        """The fresh last layers, which learn at the rate that the run has for heads."""
        return ()

    @abstractmethod
    def logits(self, x: Tensor, task: int) -> Tensor:
        """Logits (batch, class) of one task alone for features (batch, *input_spec.shape)."""


class SeveralStage(ABC):
    """One part of the training, run by ``training``; like ``Stage``, but a round holds a batch of every task.

    Attributes:
        name, title: For files and for people.
        epochs: How long it runs; an epoch is one pass through the largest task, and smaller ones repeat.
        validates: Whether the model in between is worth scoring.
    """

    name: str
    title: str
    epochs: int
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
    def turns(self, batches: Sequence[Batch], draw: Draw) -> Iterator[Turn]:
        """The steps of one round, ``batches`` by task; each is descended before the next is asked for."""

    def gates(self) -> Gates | None:
        """Openings as they stand; None where there are no gates."""
        return None

    def leave(self) -> None:
        """Change the model once, when the stage is complete."""


@dataclass(frozen=True)
class TaskPatch:
    """What one task stores: the tensors of a patch of a single-task method, which loads and runs it alone.

    Attributes:
        method: Registry name.
        config: Settings of that method.
        tensors: By ``purpose/name``.
    """

    method: str
    config: MethodConfig
    tensors: Mapping[str, Tensor]


C = TypeVar("C", bound=MethodConfig)
M = TypeVar("M", bound=SeveralModel)


class SeveralMethod(ABC, Generic[C, M]):
    """A way to adapt one backbone to several tasks at once.

    Attributes:
        name: Registry name.
        title, sentence: For people; the sentence says when to pick it.
        Config: Type of its settings.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    sentence: ClassVar[str]
    Config: ClassVar[type[MethodConfig]]

    @abstractmethod
    def check(self, layers: Sequence[LayerInfo], tasks: Sequence[TaskClasses], config: C) -> None:
        """Look, before anything is built, at what ``attach`` would refuse.

        Args:
            layers: Layer table of the backbone.
            tasks: Those that are known so far; none is enough to ask about the backbone alone.
            config: Settings.

        Raises:
            WorkbenchError: when the backbone or the tasks do not allow the method with these settings.
        """

    @abstractmethod
    def attach(self, backbone: Backbone, tasks: Sequence[TaskClasses], config: C, seed: int) -> M:
        """A model for all tasks; ``backbone`` itself is left as it is."""

    @abstractmethod
    def stages(self, model: M, config: C, epochs: int) -> list[SeveralStage]:
        """The stages in order."""

    @abstractmethod
    def shared(self, model: M, config: C) -> Backbone | None:
        """The backbone that the patches belong to where its weights learned too; None where it stayed as it was.

        By itself it is the network of the first task: its last layer has that task's classes.
        """

    @abstractmethod
    def patches(self, model: M, config: C) -> tuple[TaskPatch, ...]:
        """What each task stores, in the order of the tasks."""

    def rates(self, model: M, config: C) -> dict[nn.Parameter, float]:
        """Parameters beside the heads that learn at a multiple of the run's rate."""
        return {}
