"""What a trained task ends with: scores of what was loaded back, a patch file, a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from workbench.backbones.registry import LoadedBackbone
from workbench.cancel import Cancelled, CancelToken
from workbench.data.manifest import Problem
from workbench.data.task import Split
from workbench.evaluation.metrics import Evaluation, evaluate_predictions
from workbench.evaluation.score import logits_of
from workbench.methods.patch import SUFFIX, Patch, apply_patch, read_patch, save_patch
from workbench.training.batches import LabelledRows
from workbench.training.prepare import Prepared


@dataclass(frozen=True)
class Outcome:
    """A patch on disk.

    Attributes:
        scores: Of the patch as loaded from its tensors, for the parts that have clips.
    """

    path: Path
    patch: Patch
    scores: dict[Split, Evaluation]


class _KeepingToken(CancelToken):
    """Lets a run that was told to keep its result finish it; any other stop ends the measuring too."""

    def __init__(self, token: CancelToken) -> None:
        super().__init__()
        self._token = token

    def check(self) -> None:
        try:
            self._token.check()
        except Cancelled:
            if not self._token.keeps_result:
                raise


def keep_patch(
    patch: Patch, loaded: LoadedBackbone, prepared: Prepared, folder: Path, token: CancelToken
) -> Outcome:
    """Put a patch on its backbone, measure that, and write the patch with what was measured.

    Raises:
        WorkbenchError: when it cannot be written.
        Cancelled: when the token was stopped without keeping the result; the patch is not written then.
    """
    restored = apply_patch(patch, loaded)
    scores = {
        part: score(restored, rows, patch.card.classes, token)
        for part, rows in ((Split.VAL, prepared.validation), (Split.TEST, prepared.test))
        if len(rows)
    }
    metrics = {
        str(part): {"accuracy": s.accuracy, "n": s.n, "ci95": list(s.ci95)}
        for part, s in scores.items()
    }
    path = folder / f"{patch.card.task}{SUFFIX}"
    measured = Patch(patch.card.model_copy(update={"metrics": metrics}), patch.tensors)
    save_patch(measured, path)
    assert read_patch(path, loaded.card.sha256)
    return Outcome(path, measured, scores)


def score(
    network: nn.Module, rows: LabelledRows, classes: Sequence[str], token: CancelToken
) -> Evaluation:
    """How a network in evaluation mode does on labelled features; its logits are in the order of ``classes``."""
    predicted = logits_of(network, rows.rows, _KeepingToken(token)).argmax(dim=1)
    return evaluate_predictions(rows.labels.numpy(), predicted.numpy(), classes)


def record_of(
    outcome: Outcome, left_out: Sequence[Problem], seconds: dict[str, float]
) -> dict[str, Any]:
    """The JSON record of one task; its keys are part of the command line's contract."""
    card, path = outcome.patch.card, outcome.path
    val, test = outcome.scores.get(Split.VAL), outcome.scores.get(Split.TEST)
    return {
        "patch": str(path),
        "method": card.method,
        "backbone": card.backbone,
        "task": card.task,
        "left_out": [{"path": str(p.path), "reason": p.reason} for p in left_out],
        "budget": card.config.get("budget"),
        **card.cost,
        "file_bytes": path.stat().st_size,
        "val_accuracy": val.accuracy if val else None,
        "val_ci95": list(val.ci95) if val else None,
        "n_val": val.n if val else 0,
        "test_accuracy": test.accuracy if test else None,
        "test_ci95": list(test.ci95) if test else None,
        "n_test": test.n if test else 0,
        "epochs": card.epochs,
        "seed": card.seed,
        "threads": torch.get_num_threads(),
        "seconds": seconds,
        "confusion": {str(part): s.as_record() for part, s in outcome.scores.items()},
    }
