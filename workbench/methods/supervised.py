"""The plain stage: cross-entropy on the task's clips with a fixed set of trained parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from torch import nn

from workbench.methods.base import Batch, Draw, Stage, StepOutput, TaskModel


class SupervisedStage(Stage):
    """Trains what it is told; norms use and move batch statistics.

    Args:
        model: Whose ``forward`` gives logits.
        name, title: For files and for people.
        epochs: How long it runs.
        trained: Parameters that learn; all others are frozen.
    """

    def __init__(
        self,
        model: TaskModel,
        name: str,
        title: str,
        epochs: int,
        trained: Callable[[], Iterable[nn.Parameter]],
    ) -> None:
        self.model = model
        self.name = name
        self.title = title
        self.epochs = epochs
        self._trained = trained

    def configure(self) -> list[nn.Parameter]:
        self.model.requires_grad_(False)
        parameters = list(self._trained())
        for parameter in parameters:
            parameter.requires_grad_(True)
        return parameters

    def set_training_mode(self) -> None:
        self.model.train()

    def step(self, batch: Batch, draw: Draw) -> StepOutput:
        logits = self.model(batch.features)
        loss = batch.loss(logits)
        return StepOutput(loss, loss.detach(), logits)
