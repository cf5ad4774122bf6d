"""The request for a run: one frozen, validated record of paths and settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from workbench.audio.augment import AugmentConfig
from workbench.backbones.inputs import InputConfig
from workbench.images.augment import PictureAugment
from workbench.images.config import PictureConfig


class TrainingConfig(BaseModel):
    """How a run trains; the same for every method.

    Attributes:
        epochs: Length of a full stage.
        optimizer: Adam, or SGD with momentum 0.9.
        learning_rate: At the start; cosine to 0 within each stage.
        head_rate: The head starts from random numbers and everything else from what it knows; with one rate for both,
            short runs end before the head has learned (Howard and Ruder 2018 vary it by layer for the same reason).
        label_smoothing: Share of each target that is spread over all classes.
        augment, picture_augment: Variation of training clips and of training pictures; None trains on them as they
            are.
        bfloat16: Convolve in 16 bits while training; what is stored, measured and run stays in 32.
        threads: Torch threads; None takes as many as the backbone gains from. Equal counts, equal results.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int = Field(
        30,
        ge=1,
        le=1000,
        description="Length of a full stage.",
        json_schema_extra={"label": "Epochs"},
    )
    batch_size: int | None = Field(
        None,
        ge=2,
        le=4096,
        description="Clips per step; empty uses 32, and fewer for small tasks.",
        json_schema_extra={"label": "Batch size"},
    )
    optimizer: Literal["adam", "sgd"] = Field(
        "adam",
        description="Adam, or SGD with momentum.",
        json_schema_extra={"label": "Optimizer"},
    )
    learning_rate: float = Field(
        3e-3,
        gt=0,
        le=1,
        description="Step size of the optimizer at the start of each stage.",
        json_schema_extra={"label": "Learning rate"},
    )
    head_rate: float = Field(
        3.0,
        gt=0,
        le=100,
        description="Learning rate of the fresh last layer as a multiple of the others'.",
        json_schema_extra={"label": "Head learning rate", "unit": "times"},
    )
    label_smoothing: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of each target that is spread over all classes; it holds back from being too sure.",
        json_schema_extra={"label": "Label smoothing"},
    )
    seed: int = Field(
        0,
        ge=0,
        description="Same seed, same data, same patch.",
        json_schema_extra={"label": "Seed"},
    )
    augment: AugmentConfig | None = AugmentConfig()
    picture_augment: PictureAugment | None = PictureAugment()
    bfloat16: bool = Field(
        False,
        description="Train convolutions in 16 bits; a Res network takes half the time on processors that have them.",
        json_schema_extra={"label": "16-bit convolutions"},
    )
    threads: int | None = Field(
        None,
        ge=1,
        le=64,
        description="Torch threads; empty takes as many as the backbone gains from.",
        json_schema_extra={"label": "Threads"},
    )

    def variation(self, config: InputConfig) -> AugmentConfig | PictureAugment | None:
        """Variation of what a backbone takes."""
        return self.picture_augment if isinstance(config, PictureConfig) else self.augment


PICTURE_TRAINING: dict[str, Any] = {
    "optimizer": "sgd",
    "learning_rate": 0.01,
    "head_rate": 1.0,
    "label_smoothing": 0.3,
}
"""Where training on pictures starts from other values: the SWR paper's for ImageNet-to-Sketch (section 4)."""


class AdaptationJob(BaseModel):
    """Everything a run needs.

    Attributes:
        backbone: Name or folder.
        data: Folder of classes, folder with a manifest, or a manifest.
        config: Settings of the method, as its ``Config`` takes them.
        out: Folder of the run: job, events, checkpoint and patch are written there.
        picture_px: Side of the pictures instead of the backbone's, for backbones that see.
        policy_from: Folder of a finished run whose policy network is used; only the last stage is trained.
        make_silence: Give a task without a silence class one of generated noise; a project has its own way to get one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    backbone: str
    data: Path
    method: str
    config: dict[str, Any] = {}
    training: TrainingConfig = TrainingConfig()
    out: Path
    picture_px: int | None = Field(None, ge=8, le=1024)
    policy_from: Path | None = None
    make_silence: bool = False
