"""A kept cascade at work: every clip goes on until a stage is sure of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from workbench.cancel import CancelToken
from workbench.data.importers import load_task
from workbench.data.store import ClipStore
from workbench.data.task import Clip, Split
from workbench.evaluation.cascade import Floats
from workbench.evaluation.metrics import evaluate_predictions
from workbench.evaluation.score import logits_of
from workbench.methods.patch import PatchCard
from workbench.training.assess import PatchedNetwork, load_patched, measurable_clips
from workbench.training.batches import label_indices
from workbench.training.kept_cascade import read_cascade
from workbench.training.prepare import default_store

LAST_BITS = 1e-6
"""A threshold is some clip's confidence, which differs in its last bits when the clip stands in another batch."""


@dataclass(frozen=True)
class StageNetwork:
    """Attributes: a network, and the highest class probability from which on it answers."""

    name: str
    network: PatchedNetwork
    threshold: float


@dataclass(frozen=True)
class CascadeNetwork:
    """Attributes: stages in the order in which they are asked; the last one always answers."""

    stages: tuple[StageNetwork, ...]

    @property
    def card(self) -> PatchCard:
        """Of the first stage: all have its classes, and take the same medium."""
        return self.stages[0].network.patch.card


@dataclass(frozen=True)
class CascadeAnswers:
    """Attributes: probabilities (clip, class) of the stage that answered, and its number (clip,)."""

    probabilities: Floats
    stage: npt.NDArray[np.int64]


def load_cascade(path: Path, backbone: str | None = None) -> CascadeNetwork:
    """Put the patches of a cascade on their backbones.

    Raises:
        WorkbenchError: when the file, a patch or a backbone cannot be read, or they do not belong together.
    """
    return CascadeNetwork(
        tuple(
            StageNetwork(
                kept.name, load_patched(path.parent / kept.patch, backbone), kept.threshold
            )
            for kept in read_cascade(path).stages
        )
    )


def cascade_answers(
    cascade: CascadeNetwork,
    clips: Sequence[Clip],
    store: ClipStore,
    token: CancelToken | None = None,
) -> CascadeAnswers:
    """Ask the stages in order, each only for the clips that no stage before it was sure of.

    Raises:
        WorkbenchError: for a clip that cannot be read.
        Cancelled: when the token was stopped.
    """
    probabilities = np.empty((len(clips), len(cascade.card.classes)))
    answered_by = np.zeros(len(clips), dtype=np.int64)
    left = np.arange(len(clips))
    for number, stage in enumerate(cascade.stages):
        rows = store.features(
            [clips[int(i)] for i in left], stage.network.patch.card.frontend, token
        )
        logits = logits_of(stage.network.model, rows, token).numpy()
        found = softmax(logits.astype(np.float64), axis=1)
        sure = found.max(axis=1) >= stage.threshold - LAST_BITS
        probabilities[left[sure]] = found[sure]
        answered_by[left[sure]] = number
        left = left[~sure]
        if not len(left):
            break
    return CascadeAnswers(probabilities, answered_by)


def assess_cascade(
    cascade: CascadeNetwork, data: Path, part: Split | None, token: CancelToken | None = None
) -> dict[str, Any]:
    """Measure a cascade on a task.

    Returns:
        The record of an ``Evaluation``, with the share of clips that each stage answers and the mean multiplies of a
        clip: of the stage that answers, and of all stages before.

    Raises:
        WorkbenchError: when the task cannot be read, or has none of these clips or other classes.
        Cancelled: when the token was stopped.
    """
    card, store = cascade.card, default_store()
    clips = measurable_clips(load_task(data), part, card.classes, card.frontend, store, token)
    answers = cascade_answers(cascade, clips, store, token)
    truth = label_indices(clips, card.classes).numpy()
    measured = evaluate_predictions(truth, answers.probabilities.argmax(axis=1), card.classes)
    costs = [stage.network.patch.card.cost["multiplies"] for stage in cascade.stages]
    return {
        **measured.as_record(),
        "answered": {
            stage.name: float((answers.stage == number).mean())
            for number, stage in enumerate(cascade.stages)
        },
        "average_multiplies": float(np.cumsum(costs)[answers.stage].mean()),
    }


def classify_files_in_stages(
    cascade: CascadeNetwork, paths: Sequence[Path]
) -> list[tuple[str, dict[str, float]]]:
    """For each picture, or each sound's first second: the stage that answers, and its probability of each class.

    Raises:
        WorkbenchError: for a file that cannot be read.
    """
    classes = cascade.card.classes
    clips = [Clip(path, classes[0]) for path in paths]
    answers = cascade_answers(cascade, clips, default_store())
    return [
        (cascade.stages[number].name, dict(zip(classes, row.tolist(), strict=True)))
        for number, row in zip(answers.stage, answers.probabilities, strict=True)
    ]
