"""The request for a run over several tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from workbench.training.job import AdaptationJob, TrainingConfig


class TaskSource(BaseModel):
    """One task of the run.

    Attributes:
        data: Folder of classes, folder with a manifest, or a manifest.
        hop_ms: Step of the front-end instead of the backbone's; a coarser one gives fewer frames and costs as much
            less. It makes the task a variant with a name of its own.
        picture_px: Side of the pictures instead of the backbone's; makes a variant as well.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path
    hop_ms: float | None = Field(None, ge=5, le=100)
    picture_px: int | None = Field(None, ge=8, le=1024)


def variant_name(task: str, source: TaskSource) -> str:
    """Name of a task as this source gives it."""
    return "-".join([task, *(words.replace(" ", "") for words in resolution(source))])


def resolution(source: TaskSource) -> tuple[str, ...]:
    """What makes a variant, for people: ``20 ms`` or ``96 px``."""
    step = () if source.hop_ms is None else (f"{source.hop_ms:g} ms",)
    side = () if source.picture_px is None else (f"{source.picture_px} px",)
    return step + side


class SeveralJob(BaseModel):
    """Everything that a run over several tasks needs.

    Attributes:
        backbone: Name or folder; the name of an architecture alone starts from random weights.
        tasks: What the network learns at once.
        method: One of the methods for several tasks.
        config: Settings of the method, as its ``Config`` takes them.
        out: Folder of the run: job, events, checkpoint, a patch per task, and the backbone where it was trained too.
        make_silence: Give a task without a silence class one of generated noise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    backbone: str
    tasks: tuple[TaskSource, ...] = Field(min_length=2)
    method: str
    config: dict[str, Any] = {}
    training: TrainingConfig = TrainingConfig()
    out: Path
    make_silence: bool = False


Job = AdaptationJob | SeveralJob
