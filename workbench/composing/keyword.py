"""What is kept of a word: one row of a last layer, and a card that says where it came from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict
from torch import Tensor

from workbench.backbones.inputs import InputConfig
from workbench.composing.fit import FitConfig

FORMAT_VERSION = 1


class BinaryAccuracy(BaseModel):
    """Share of clips rightly called the word or not, as many of either, with its 95 % Wilson interval."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accuracy: float
    ci95: tuple[float, float]
    n: int


class KeywordCard(BaseModel):
    """Everything that is known about a word's row.

    Attributes:
        label: The word.
        task: Task whose clips taught it.
        backbone_sha256: Of the weights it belongs to; with any other it cannot be composed.
        clips, others: Training clips of the word, and of other classes that it was compared with.
        validation: Of the two outputs before the second was dropped, on speakers not trained on; None without any.
        versions: Of this program and of torch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: int = FORMAT_VERSION
    label: str
    task: str
    fit: FitConfig
    backbone: str
    backbone_sha256: str
    frontend: InputConfig
    clips: int
    others: int
    validation: BinaryAccuracy | None
    versions: dict[str, str]

    @property
    def key(self) -> str:
        """Equal for what replaces each other: the same word of the same task on the same weights."""
        parts = "\n".join((self.label, self.task, self.backbone_sha256))
        return hashlib.sha256(parts.encode()).hexdigest()[:16]


@dataclass(frozen=True, eq=False)
class KeywordHead:
    """Attributes: weight (width,) and bias () of the word's logit."""

    card: KeywordCard
    weight: Tensor
    bias: Tensor
