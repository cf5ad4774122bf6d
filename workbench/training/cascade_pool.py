"""Patches of one task as candidates for a cascade, and what a cascade of them is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workbench.cancel import CancelToken
from workbench.data.importers import load_task
from workbench.data.task import Split
from workbench.errors import WorkbenchError
from workbench.evaluation.cascade import (
    Candidate,
    Cascade,
    CascadeScore,
    candidate,
    greedy_cascade,
    score_alone,
    score_cascade,
)
from workbench.evaluation.score import logits_of
from workbench.methods.patch import SUFFIX
from workbench.training.assess import PatchedNetwork, load_patched, measurable_clips
from workbench.training.batches import label_indices
from workbench.training.prepare import default_store


def build_cascade(
    patches: Sequence[Path],
    data: Path,
    tune: Split,
    check: Split,
    backbone: str | None = None,
    reference: str | None = None,
    token: CancelToken | None = None,
) -> dict[str, Any]:
    """Choose a cascade on one part of a task and measure it on another.

    Args:
        patches: Files; their classes are the same.
        data: The task.
        tune, check: Part that chooses, and part that has not chosen.
        backbone: Name or folder; None finds each patch's own.
        reference: Patch not to fall behind, by its file's name without the suffix; None takes the most accurate.
        token: Looked at once per batch.

    Returns:
        A JSON record: stages with their patches and thresholds, and accuracy and average multiplies of the cascade,
        its reference and each network on both parts.

    Raises:
        WorkbenchError: for patches of different classes, equal parts, or anything that cannot be read.
    """
    if tune is check:
        raise WorkbenchError(
            f"Thresholds chosen on {tune} look better on {check} than they are.",
            hint="Measure the cascade on another part.",
        )
    files = {path.name.removesuffix(SUFFIX): path for path in patches}
    pool = {name: load_patched(path, backbone) for name, path in files.items()}
    if len(pool) < len(patches):
        raise WorkbenchError(
            "Two of the patches have one name.", hint="Give each patch once, or rename the files."
        )
    _refuse_other_classes(pool)
    tuned, checked = (_candidates(pool, data, part, token) for part in (tune, check))
    cascade = greedy_cascade(tuned, reference)
    return {
        "data": str(data),
        "reference": cascade.reference,
        "stages": [{**asdict(stage), "patch": str(files[stage.name])} for stage in cascade.stages],
        "tuned": {"split": str(tune), **_scores(cascade, tuned)},
        "checked": {"split": str(check), **_scores(cascade, checked)},
    }


def _refuse_other_classes(pool: dict[str, PatchedNetwork]) -> None:
    classes = {network.patch.card.classes for network in pool.values()}
    if len(classes) > 1:
        raise WorkbenchError(
            "The patches do not decide among the same classes.",
            hint="Give patches that were made for one task.",
        )


def _candidates(
    pool: dict[str, PatchedNetwork], data: Path, part: Split, token: CancelToken | None
) -> list[Candidate]:
    """Every network on the same clips."""
    card = next(iter(pool.values())).patch.card
    store = default_store()
    clips = measurable_clips(load_task(data), part, card.classes, card.frontend, store, token)
    labels = label_indices(clips, card.classes).numpy()
    found = []
    for name, network in pool.items():
        rows = store.features(clips, network.patch.card.frontend, token)
        logits = logits_of(network.model, rows, token).numpy()
        found.append(candidate(name, network.patch.card.cost["multiplies"], logits, labels))
    return found


def _scores(cascade: Cascade, pool: Sequence[Candidate]) -> dict[str, Any]:
    alone: dict[str, CascadeScore] = {found.name: score_alone(found) for found in pool}
    return {
        "cascade": asdict(score_cascade(cascade, pool)),
        "alone": {name: asdict(score) for name, score in alone.items()},
    }
