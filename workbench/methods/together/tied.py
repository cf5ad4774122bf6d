"""One network per task, in which whatever no task owns is one and the same module; and the stage that trains them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from torch import Tensor, nn

from workbench.backbones.base import Backbone
from workbench.errors import WorkbenchError
from workbench.methods.base import Batch, Draw, TaskModel
from workbench.methods.several import SeveralModel, SeveralStage, TaskClasses, TaskLoss, Turn

N = TypeVar("N", bound=TaskModel)


class TiedModel(SeveralModel, Generic[N]):
    """Switching tasks switches networks, so scale, shift and statistics of a norm can never be mixed up.

    Args:
        networks: One per task, all made from one backbone.
        tasks: In the same order.
        owned: Names of the layers that each task has for itself.
    """

    def __init__(
        self, networks: Sequence[N], tasks: Sequence[TaskClasses], owned: Iterable[str]
    ) -> None:
        super().__init__()
        self.tasks = tuple(tasks)
        self.networks = nn.ModuleList(networks)
        private = frozenset(owned)
        for network in networks[1:]:
            _tie(network.backbone, networks[0].backbone, private)

    def network(self, task: int) -> N:
        """The network of one task, whole."""
        return self.networks[task]  # type: ignore[return-value]

    def heads(self) -> tuple[nn.Module, ...]:
        return tuple(self.network(task).backbone.head_layer for task in range(len(self.tasks)))

    def logits(self, x: Tensor, task: int) -> Tensor:
        return self.network(task)(x)  # type: ignore[no-any-return]

    def first_backbone(self) -> Backbone:
        """A copy of the first task's network."""
        return copy.deepcopy(self.network(0).backbone)


def _tie(backbone: Backbone, shared: Backbone, owned: frozenset[str]) -> None:
    """Put the layers of ``shared`` in the place of those that are not owned."""
    for name, module in list(shared.named_modules()):
        if name not in owned and not list(module.children()):
            parent, _, leaf = name.rpartition(".")
            setattr(backbone.get_submodule(parent), leaf, module)


class TiedStage(SeveralStage):
    """Trains such a model.

    Args:
        model: To train.
        title: For people.
        epochs: How long it runs.
        trained: Parameters that learn; all others are frozen.
        norms_move: Whether norms use and move batch statistics.
    """

    name = "together"

    def __init__(
        self,
        model: TiedModel[N],
        title: str,
        epochs: int,
        trained: Callable[[], Iterable[nn.Parameter]],
        norms_move: bool,
    ) -> None:
        self.model = model
        self.title = title
        self.epochs = epochs
        self._trained = trained
        self._norms_move = norms_move

    def configure(self) -> list[nn.Parameter]:
        self.model.requires_grad_(False)
        # What tasks share is met once for each of them.
        parameters = list(dict.fromkeys(self._trained()))
        for parameter in parameters:
            parameter.requires_grad_(True)
        return parameters

    def set_training_mode(self) -> None:
        self.model.train(self._norms_move)


class TurnsStage(TiedStage):
    """Tasks take turns, one batch and one optimisation step each."""

    def turns(self, batches: Sequence[Batch], draw: Draw) -> Iterator[Turn]:
        for task, batch in enumerate(batches):
            logits = self.model.logits(batch.features, task)
            loss = batch.loss(logits)
            yield Turn(loss, (TaskLoss(task, loss.detach(), logits),))


def refuse_other_classes(tasks: Sequence[TaskClasses]) -> None:
    """Raises: WorkbenchError where tasks with different classes are to share a last layer."""
    other = next((task for task in tasks if task.classes != tasks[0].classes), None)
    if other is not None:
        raise WorkbenchError(
            f"{other.name} has other classes than {tasks[0].name}, so they cannot share a last layer.",
            data="Nothing was started.",
            hint="Turn the shared last layer off; it is for variants of one task.",
        )
