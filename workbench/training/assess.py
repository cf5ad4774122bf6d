"""Measuring a patch or a backbone on a task, and classifying single files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from workbench.backbones.inputs import InputConfig
from workbench.backbones.registry import LoadedBackbone, load_backbone
from workbench.cancel import CancelToken
from workbench.data.importers import ImportResult, load_task
from workbench.data.store import ClipStore
from workbench.data.task import Clip, Split, Task
from workbench.errors import WorkbenchError
from workbench.evaluation.metrics import Evaluation, evaluate_predictions
from workbench.evaluation.score import logits_of
from workbench.methods.base import TaskModel
from workbench.methods.patch import Patch, apply_patch, backbone_source, read_patch
from workbench.training.batches import label_indices
from workbench.training.prepare import check_medium, default_store, readable, tell_problems


@dataclass(frozen=True)
class PatchedNetwork:
    """A patch on its backbone, ready to classify."""

    patch: Patch
    loaded: LoadedBackbone
    model: TaskModel


def load_patched(path: Path, backbone: str | None = None) -> PatchedNetwork:
    """Put a patch on its backbone.

    Args:
        path: Of the patch.
        backbone: Name or folder; None takes the one with the right weights, whatever its name, that is installed
            or lies beside the patch.

    Raises:
        WorkbenchError: when either cannot be read, they do not belong together, or no backbone fits.
    """
    patch = read_patch(path)
    loaded = load_backbone(backbone or backbone_source(patch.card, beside=path.parent))
    return PatchedNetwork(patch, loaded, apply_patch(patch, loaded))


def assess_patch(
    network: PatchedNetwork, data: Path, part: Split | None, token: CancelToken | None = None
) -> Evaluation:
    """Accuracy of a patch on a task whose classes it knows."""
    card = network.patch.card
    classes, taken = card.classes, card.frontend
    store = default_store()
    clips = measurable_clips(load_task(data), part, classes, taken, store, token)
    rows = store.features(clips, taken, token)
    predicted = logits_of(network.model, rows, token).argmax(dim=1)
    return evaluate_predictions(label_indices(clips, classes).numpy(), predicted.numpy(), classes)


def assess_backbone(
    loaded: LoadedBackbone, data: Path, part: Split | None, token: CancelToken | None = None
) -> Evaluation:
    """Accuracy of a backbone as it is, choosing among those of its classes that belong to the task."""
    imported = load_task(data)
    task, taken = imported.task, loaded.card.frontend
    columns = own_columns(loaded.card.labels, task)
    store = default_store()
    clips = measurable_clips(imported, part, task.classes, taken, store, token)
    rows = store.features(clips, taken, token)
    predicted = logits_of(loaded.backbone, rows, token)[:, columns].argmax(dim=1)
    truth = label_indices(clips, task.classes)
    return evaluate_predictions(truth.numpy(), predicted.numpy(), task.classes)


def own_columns(labels: Sequence[str], task: Task) -> list[int]:
    """Output of the backbone for each class of the task; words carry the name of the task they were trained on.

    Raises:
        WorkbenchError: when the backbone never learned one of the classes.
    """
    index = {label: i for i, label in enumerate(labels)}
    columns = [index.get(f"{task.name}:{c}", index.get(c)) for c in task.classes]
    missing = [c for c, column in zip(task.classes, columns, strict=True) if column is None]
    if missing:
        raise WorkbenchError(
            f"This backbone has no output for {', '.join(missing[:8])}.",
            hint="Adapt it to the task first, then evaluate the patch.",
        )
    return [column for column in columns if column is not None]


def classify_files(
    network: PatchedNetwork, paths: Sequence[Path], store: ClipStore | None = None
) -> list[dict[str, float]]:
    """Probability of each class for each picture, or for each sound's first second (however long the clip is)."""
    card = network.patch.card
    clips = [Clip(path, card.classes[0]) for path in paths]
    rows = (store or default_store()).features(clips, card.frontend)
    probabilities = torch.softmax(logits_of(network.model, rows), dim=1)
    return [dict(zip(card.classes, row.tolist(), strict=True)) for row in probabilities]


def measurable_clips(
    imported: ImportResult,
    part: Split | None,
    classes: Sequence[str],
    taken: InputConfig,
    store: ClipStore,
    token: CancelToken | None,
) -> tuple[Clip, ...]:
    """The clips to measure on; tells what is left out."""
    check_medium(imported.task, taken)
    clips, damaged = readable(_clips_of(imported.task, part, classes), taken, store, token)
    tell_problems(imported.task.name, (*imported.problems, *damaged))
    return clips


def _clips_of(task: Task, part: Split | None, classes: Sequence[str]) -> tuple[Clip, ...]:
    clips = task.clips if part is None else task.part(part)
    unknown = sorted({clip.label for clip in clips} - set(classes))
    if unknown:
        raise WorkbenchError(
            f"The task has classes that the network does not know: {', '.join(unknown[:8])}.",
            hint="Evaluate on the task that the patch was made for.",
        )
    if not clips:
        raise WorkbenchError(
            f"{task.name} has no clips in the part {part}.",
            hint="Choose another part, or --split all.",
        )
    return tuple(clips)
