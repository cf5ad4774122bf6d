"""What patches see in a picture, and what of it speaks for an answer."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from workbench.backbones.inputs import picture_of
from workbench.detection.decoder import Posteriors
from workbench.detection.scorer import Features
from workbench.detection.side_by_side import SideBySide
from workbench.evaluation.saliency import grad_cam
from workbench.images.config import PictureConfig
from workbench.images.decode import Pixels
from workbench.images.normalise import normalise
from workbench.images.resize import fit, seen_part
from workbench.methods.base import TaskModel

Heat = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Answer:
    """What one patch says.

    Attributes:
        patch: Its name.
        classes: Order of the probabilities.
        probabilities: (class,), summing to 1.
    """

    patch: str
    classes: tuple[str, ...]
    probabilities: Posteriors

    def best(self, most: int) -> tuple[tuple[str, float], ...]:
        """The likeliest classes with their probabilities, likeliest first."""
        order = np.argsort(-self.probabilities, kind="stable")[:most]
        return tuple((self.classes[i], float(self.probabilities[i])) for i in order)


@dataclass(frozen=True)
class Look:
    """What several patches say of one picture.

    Attributes:
        answers: In the order of the patches.
        seconds: Time of fitting the picture and of all networks together.
    """

    answers: tuple[Answer, ...]
    seconds: float


def look(picture: Pixels, together: SideBySide) -> Look:
    """Show a picture (height, width, channel) to patches that take the same input.

    Raises:
        WorkbenchError: when they belong to a backbone for sound.
    """
    started = time.perf_counter()
    if not together.scorers:
        return Look((), 0.0)
    example = as_example(picture, picture_of(together.scorers[0].frontend))
    found = together.posteriors(example)
    answers = tuple(
        Answer(scorer.name, scorer.classes, one[0])
        for scorer, one in zip(together.scorers, found, strict=True)
    )
    return Look(answers, time.perf_counter() - started)


def as_example(picture: Pixels, config: PictureConfig) -> Features:
    """Input (1, channel, height, width) of a network."""
    batch = torch.from_numpy(fit(picture, config))[None]
    return np.asarray(normalise(batch, config).numpy(), np.float32)


def speaks_for(model: TaskModel, picture: Pixels, config: PictureConfig, label: int) -> Heat:
    """How much each place of a picture speaks for a class, by Grad-CAM.

    Returns:
        (height, width) of the picture, from 0 to 1; 0 outside of what the network is shown.
    """
    heat = grad_cam(model.eval(), torch.from_numpy(as_example(picture, config)), label)
    height, width = picture.shape[:2]
    left, top, right, bottom = map(round, seen_part(width, height, config))
    whole = np.zeros((height, width), np.float32)
    sized = torch.nn.functional.interpolate(
        heat[None, None], (bottom - top, right - left), mode="bilinear", align_corners=False
    )
    whole[top:bottom, left:right] = sized[0, 0].numpy()
    return whole
