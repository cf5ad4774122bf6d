"""What a run tells the world. Frozen records; the engine never knows who listens."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.methods.gates import Gates


@dataclass(frozen=True)
class StagePlan:
    """One stage as announced before it starts."""

    name: str
    title: str
    epochs: int
    steps_per_epoch: int


@dataclass(frozen=True)
class RunStarted:
    """Attributes: stages in order; layer names, kinds and shares r_l for the film (empty without policy); name of the
    task (empty where none is learned); versions of the programs that trained up to the checkpoint it goes on from."""

    method: str
    stages: tuple[StagePlan, ...]
    layer_names: tuple[str, ...]
    layer_kinds: tuple[str, ...]
    layer_shares: tuple[float, ...]
    resumed_from_epoch: int | None = None
    task: str = ""
    begun_with: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StageStarted:
    index: int
    stage: StagePlan


@dataclass(frozen=True)
class StepLogged:
    """One optimisation step.

    Attributes:
        stage: Index of the stage.
        step: Steps done in this stage, from 1.
        total_steps: Steps this stage will take.
        loss: Target loss in nats (cross-entropy), batch mean.
        accuracy: Share of the batch classified correctly, 0 to 1; None where nothing is classified.
        learning_rate: Rate used in this step.
        extras: Named scalars of the method: ``policy_loss``, ``soft_cost``, ``hard_cost``, ``temperature``, ``budget``,
            ``kept_bytes``.
    """

    stage: int
    step: int
    total_steps: int
    loss: float
    accuracy: float | None
    learning_rate: float
    extras: dict[str, float]


@dataclass(frozen=True)
class LayerDecisions:
    """Policy probabilities or binary decisions per layer, as shown in the film.

    Attributes:
        probabilities: One value in 0..1 per layer name of ``RunStarted``; above one half the layer is changed.
        budget: Share that was asked for; None for methods without a budget.
        final: True for the binary decision that the patch stores.
    """

    stage: int
    step: int
    probabilities: tuple[float, ...]
    budget: float | None
    hard_cost: float
    final: bool = False


@dataclass(frozen=True)
class EpochFinished:
    """Means over one epoch; validation values are None where the stage does not validate."""

    stage: int
    epoch: int
    epochs: int
    train_loss: float
    train_accuracy: float | None
    val_loss: float | None
    val_accuracy: float | None
    val_count: int
    seconds: float


@dataclass(frozen=True)
class CheckpointSaved:
    path: Path
    stage: int
    epoch: int


@dataclass(frozen=True)
class RunFinished:
    """The result: where the patch is, or the backbone of a pretraining, and the record that the command line prints."""

    patch: Path
    record: dict[str, Any]


@dataclass(frozen=True)
class TaskPlan:
    """A task of a run over several, as announced before it starts.

    Attributes:
        clips, val_clips: How many it trains on, and how many are scored after each epoch.
    """

    name: str
    classes: tuple[str, ...]
    clips: int
    val_clips: int


@dataclass(frozen=True)
class SeveralStarted:
    """A run over several tasks; its stages are announced one by one with ``StageStarted``, as in any run.

    Attributes:
        tasks: In the order in which all further events list them.
        begun_with: As in ``RunStarted``.
    """

    method: str
    tasks: tuple[TaskPlan, ...]
    stages: tuple[StagePlan, ...]
    resumed_from_epoch: int | None = None
    begun_with: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RoundLogged:
    """One round: a batch of every task, in as many optimisation steps as the method takes with them.

    Attributes:
        stage: Index of the stage.
        step: Rounds done in this stage, from 1.
        total_steps: Rounds this stage will take.
        losses: Cross-entropy in nats by task, batch mean; None for a task that took no part.
        accuracies: Share of the batch classified correctly by task, 0 to 1.
        learning_rate: Rate used in this round.
        extras: Named scalars of the method; where the round's steps share a name, that of the last.
    """

    stage: int
    step: int
    total_steps: int
    losses: tuple[float | None, ...]
    accuracies: tuple[float | None, ...]
    learning_rate: float
    extras: dict[str, float]


@dataclass(frozen=True)
class GatesLogged:
    """The gate map as it stands after a step, or after a round of several tasks."""

    stage: int
    step: int
    gates: Gates


@dataclass(frozen=True)
class TaskEpoch:
    """One task's means over an epoch.

    Attributes:
        train_loss, train_accuracy: None for a task that took no part.
        val_loss, val_accuracy: None where the stage does not validate, or the task has no validation clips.
    """

    train_loss: float | None
    train_accuracy: float | None
    val_loss: float | None
    val_accuracy: float | None
    val_count: int


@dataclass(frozen=True)
class SeveralEpochFinished:
    """Means over one epoch by task; an epoch is one pass through the largest task."""

    stage: int
    epoch: int
    epochs: int
    tasks: tuple[TaskEpoch, ...]
    seconds: float


@dataclass(frozen=True)
class SeveralFinished:
    """The result of a run over several tasks.

    Attributes:
        patches: One file per task.
        backbone: Folder of the backbone that was trained with them; None where the patches belong to the one that
            the run started from.
        record: What the command line prints; ``tasks`` holds one record per task with the keys of a single run's.
    """

    patches: tuple[Path, ...]
    backbone: Path | None
    record: dict[str, Any]


RunEvent = (
    RunStarted
    | StageStarted
    | StepLogged
    | LayerDecisions
    | EpochFinished
    | CheckpointSaved
    | RunFinished
    | SeveralStarted
    | RoundLogged
    | GatesLogged
    | SeveralEpochFinished
    | SeveralFinished
)
