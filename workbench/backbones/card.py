"""The card that travels with a backbone's weights."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from workbench.backbones.inputs import InputConfig


class MeasuredAccuracy(BaseModel):
    """Accuracy on one set: share correct with its 95 % Wilson interval and the number of clips."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    accuracy: float
    ci95: tuple[float, float]
    n: int


class WeightsCard(BaseModel):
    """What is known about a set of weights.

    Attributes:
        name: ``architecture.tag``.
        labels: Classes of its head, in order.
        frontend: Every number between an example, a sound or a picture, and the input it was trained on.
        sha256: Of the weights file.
        attribution: Data that the weights were trained on, with licences.
        metrics: Measured accuracies.
        recipe: How it was trained, for people.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: int = 1
    name: str
    architecture: str
    labels: tuple[str, ...]
    frontend: InputConfig
    licence: str = ""
    attribution: tuple[str, ...] = ()
    sha256: str = ""
    metrics: tuple[MeasuredAccuracy, ...] = ()
    recipe: str = ""
