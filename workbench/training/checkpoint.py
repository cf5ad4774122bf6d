"""Training state on disk: enough to continue as if nothing had happened."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from workbench.atomic import write_bytes
from workbench.errors import WorkbenchError
from workbench.methods.versions import versions_here

FILE_NAME = "checkpoint.pt"
# What the archive reader and the restricted unpickler raise for content that is not ours.
_BROKEN = (
    pickle.UnpicklingError,
    RuntimeError,
    EOFError,
    TypeError,
    ValueError,
    LookupError,
    OSError,
)


@dataclass(frozen=True)
class Checkpoint:
    """State after an epoch.

    Attributes:
        fingerprint: Of the job; a checkpoint of another job is refused.
        stage, epoch: Stage index, and epochs of it that are done.
        tensors: Everything the model holds.
        optimizer: State of the stage's optimizer.
        seconds: Time spent per stage so far.
        versions: Of the programs that trained the last epoch; checkpoints of earlier versions do not tell.
    """

    fingerprint: str
    stage: int
    epoch: int
    tensors: dict[str, Tensor]
    optimizer: dict[str, Any]
    seconds: dict[str, float]
    versions: dict[str, str] = field(default_factory=dict)


def resumption(start: Checkpoint | None) -> tuple[int | None, dict[str, str]]:
    """For the event of a run's start: after which epoch it goes on, and the versions that trained until there."""
    return (start.epoch, start.versions) if start else (None, {})


def save_checkpoint(checkpoint: Checkpoint, folder: Path) -> Path:
    buffer = io.BytesIO()
    torch.save(vars(checkpoint), buffer)
    path = folder / FILE_NAME
    write_bytes(path, buffer.getvalue())
    return path


def load_checkpoint(folder: Path, fingerprint: str) -> Checkpoint | None:
    """The checkpoint of this job, or None when there is none yet.

    Raises:
        WorkbenchError: when the file is damaged or belongs to a job with other settings.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return None
    try:
        # Anything else goes to the reader of an older format, which fails in as many ways as there are bytes.
        if not zipfile.is_zipfile(path):
            raise ValueError("not an archive")
        checkpoint = Checkpoint(**torch.load(path, weights_only=True))
    except _BROKEN as error:
        raise WorkbenchError(
            f"The checkpoint {path} cannot be read.",
            data="Your data and finished patches are intact.",
            hint="Start the run anew in another folder.",
        ) from error
    if checkpoint.fingerprint != fingerprint:
        raise WorkbenchError(
            f"{folder} holds a run with other settings, other data or another program version.",
            data="The old run was left as it is.",
            hint="Choose another folder, or repeat the old settings to continue it.",
        )
    return checkpoint


def restore(checkpoint: Checkpoint, model: nn.Module, optimizer: Optimizer) -> None:
    model.load_state_dict(checkpoint.tensors)
    optimizer.load_state_dict(checkpoint.optimizer)


def capture(
    fingerprint: str,
    position: Sequence[int],
    model: nn.Module,
    optimizer: Optimizer,
    seconds: dict[str, float],
) -> Checkpoint:
    """Snapshot for ``save_checkpoint``; ``position`` is (stage, epochs done)."""
    stage, epoch = position
    return Checkpoint(
        fingerprint,
        stage,
        epoch,
        model.state_dict(),
        optimizer.state_dict(),
        dict(seconds),
        versions_here(),
    )
