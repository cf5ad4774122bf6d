"""A finished run once more: its patch on the clips it was measured on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from workbench.backbones.registry import LoadedBackbone, load_backbone
from workbench.cancel import CancelToken
from workbench.data.importers import load_task, task_name
from workbench.data.task import Clip, Split
from workbench.errors import WorkbenchError
from workbench.evaluation.metrics import Evaluation, evaluate_predictions
from workbench.evaluation.score import logits_of
from workbench.methods.inspection import without_layers
from workbench.methods.patch import (
    SUFFIX,
    Patch,
    apply_patch,
    backbone_source,
    read_patch,
    read_patch_card,
)
from workbench.training.batches import LabelledRows, labelled_features
from workbench.training.job import AdaptationJob
from workbench.training.prepare import default_store, readable
from workbench.training.run_folder import JOB_FILE
from workbench.training.several_job import Job, SeveralJob, TaskSource, variant_name


@dataclass(frozen=True)
class OpenedRun:
    """A finished run's patch with the backbone it belongs to, and the clips that it was given."""

    folder: Path
    data: Path
    patch_file: Path
    patch: Patch
    loaded: LoadedBackbone


@dataclass(frozen=True)
class Mistake:
    """A clip that was called something else.

    Attributes:
        confidence: Probability given to the wrong answer, 0..1.
        truth_probability: Probability given to the right one, 0..1.
    """

    clip: Clip
    truth: str
    predicted: str
    confidence: float
    truth_probability: float


@dataclass(frozen=True)
class Replay:
    """Attributes: what was measured, and the clips that went wrong, the most confident error first."""

    evaluation: Evaluation
    mistakes: tuple[Mistake, ...]


def open_run(place: Path, loaded: Mapping[str, LoadedBackbone] | None = None) -> OpenedRun:
    """Read a finished run's job and patch and load its backbone.

    Args:
        place: The patch in the run's folder, or the folder of a run with one patch.
        loaded: Backbones at hand, by their SHA-256; others are loaded.

    Raises:
        WorkbenchError: when the run has no patch, or its backbone is missing or another one.
    """
    folder = place.parent if place.is_file() else place
    job = _job(folder)
    found = [place] if place.is_file() else sorted(folder.glob(f"*{SUFFIX}"))
    if not found:
        raise WorkbenchError(
            f"The run in {folder.name} has no patch.", hint="Continue the run, or start it again."
        )
    patch = read_patch(found[0])
    sha = patch.card.backbone_sha256
    backbone = (loaded or {}).get(sha)
    if backbone is None:
        backbone = load_backbone(backbone_source(patch.card, job.backbone, folder))
    patch = read_patch(found[0], backbone.card.sha256)
    return OpenedRun(folder, _data_of(job, patch.card.task, folder), found[0], patch, backbone)


def open_runs(places: Sequence[Path]) -> tuple[tuple[OpenedRun, ...], tuple[WorkbenchError, ...]]:
    """Open several runs, each backbone once; what cannot be opened is told and left out."""
    backbones: dict[str, LoadedBackbone] = {}
    opened: list[OpenedRun] = []
    problems: list[WorkbenchError] = []
    for place in places:
        try:
            run = open_run(place, backbones)
        except WorkbenchError as error:
            problems.append(error)
            continue
        backbones[run.loaded.card.sha256] = run.loaded
        opened.append(run)
    return tuple(opened), tuple(problems)


def learned_from(patch_file: Path) -> Path | None:
    """The task that a patch was made from, as its run's folder tells it.

    Returns:
        None for a patch that lies elsewhere, or when the task is not where it was.

    Raises:
        WorkbenchError: when the run's job or the patch cannot be read.
    """
    folder = patch_file.parent
    if not (folder / JOB_FILE).is_file():
        return None
    data = _data_of(_job(folder), read_patch_card(patch_file).task, folder)
    return data if data.exists() else None


def replay(
    run: OpenedRun,
    split: Split,
    token: CancelToken | None = None,
    without: Collection[str] = (),
) -> Replay:
    """Score a run's patch on one part of the clips that it was given.

    Args:
        run: From ``open_run``.
        split: Part to score.
        token: Looked at once per batch.
        without: Layers whose change is left out ("why this layer").

    Raises:
        WorkbenchError: when clips are gone, or a named layer is not changed.
        Cancelled: when the token was stopped.
    """
    patch = without_layers(run.patch, run.loaded, without) if without else run.patch
    clips, rows = _measured(run, split, token)
    logits = logits_of(apply_patch(patch, run.loaded), rows.rows, token)
    classes = run.patch.card.classes
    predicted = logits.argmax(dim=1) if len(rows) else rows.labels
    evaluation = evaluate_predictions(rows.labels.numpy(), predicted.numpy(), classes)
    return Replay(evaluation, _mistakes(clips, rows.labels, logits, classes))


def _measured(
    run: OpenedRun, split: Split, token: CancelToken | None
) -> tuple[tuple[Clip, ...], LabelledRows]:
    card = run.patch.card
    task = load_task(run.data).task
    wanted = tuple(clip for clip in task.part(split) if clip.label in card.classes)
    clips, _ = readable(wanted, card.frontend, default_store(), token)
    if not clips:
        raise WorkbenchError(
            f"{run.data} has no {split.value} examples of the classes that the run learned.",
            hint="Put them back where they were when the run began.",
        )
    return clips, labelled_features(default_store(), clips, card.classes, card.frontend, token)


def _mistakes(
    clips: tuple[Clip, ...], labels: Tensor, logits: Tensor, classes: tuple[str, ...]
) -> tuple[Mistake, ...]:
    if not clips:
        return ()
    probabilities = torch.softmax(logits.double(), dim=1)
    confidence, predicted = probabilities.max(dim=1)
    wrong = (predicted != labels).nonzero().flatten().tolist()
    found = [
        Mistake(
            clips[i],
            classes[int(labels[i])],
            classes[int(predicted[i])],
            float(confidence[i]),
            float(probabilities[i, labels[i]]),
        )
        for i in wrong
    ]
    return tuple(sorted(found, key=lambda mistake: -mistake.confidence))


def _data_of(job: Job, task: str, folder: Path) -> Path:
    """Where the clips of a task are told, also after the run's folder was moved."""
    data = job.data if isinstance(job, AdaptationJob) else _source_of(job, task).data
    inside = data.relative_to(job.out) if data.is_relative_to(job.out) else Path(data.name)
    return folder / inside if (folder / inside).exists() else data


def _source_of(job: SeveralJob, task: str) -> TaskSource:
    for source in job.tasks:
        if variant_name(task_name(source.data), source) == task:
            return source
    raise WorkbenchError(
        f"The run over several tasks has none named {task}.",
        data="Its patches can still be used.",
        hint="Start the run again to inspect it.",
    )


def _job(folder: Path) -> Job:
    job: TypeAdapter[Job] = TypeAdapter(Job)
    try:
        return job.validate_json((folder / JOB_FILE).read_text("utf-8"))
    except (OSError, ValidationError) as error:
        raise WorkbenchError(
            f"The run in {folder.name} has no readable {JOB_FILE}.",
            data="Its patch, if there is one, can still be opened by itself.",
            hint="Start the run again to inspect it.",
        ) from error
