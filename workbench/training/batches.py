"""Batches of inputs from memory-mapped clips: one gather, one augmentation and one transform per step."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch import Generator, Tensor

from workbench.audio.augment import AugmentConfig, augment_waves, mask_features
from workbench.audio.frontend import FrontendConfig, build_frontend
from workbench.backbones.inputs import InputConfig
from workbench.cancel import CancelToken
from workbench.data.store import PCM_SCALE, ClipRows, ClipStore
from workbench.data.task import Clip
from workbench.images.augment import PictureAugment, augment_pictures
from workbench.images.config import PictureConfig
from workbench.images.normalise import normalise
from workbench.methods.base import Batch


def derive_seed(*parts: object) -> int:
    """A 63-bit seed that depends on every part and on nothing else."""
    text = "/".join(map(str, parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def seeded(*parts: object) -> Generator:
    return Generator().manual_seed(derive_seed(*parts))


@dataclass(frozen=True)
class LabelledRows:
    """Rows of a store with the class index (clip,) of each."""

    rows: ClipRows
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


class TrainingBatches(ABC):
    """Varied inputs of the training clips.

    All randomness of an epoch follows from (seed, stage, epoch), so that a resumed run sees the same batches.

    Args:
        labels: Class index (clip,).
        batch_size: Clips per step; a last step with a single clip is left out, since batch norm cannot use it.
        smoothing: Of the labels.
    """

    def __init__(self, labels: Tensor, batch_size: int, smoothing: float) -> None:
        self._labels = labels
        self._batch_size = batch_size
        self._smoothing = smoothing

    @property
    def clips(self) -> int:
        return len(self._labels)

    @property
    def steps(self) -> int:
        """Steps in an epoch."""
        full, rest = divmod(self.clips, self._batch_size)
        return full + (1 if rest > 1 else 0)

    def epoch(self, *seed_parts: object) -> Iterator[Batch]:
        """The batches of one pass in random order."""
        order = torch.randperm(self.clips, generator=seeded(*seed_parts)).numpy()
        for step in range(self.steps):
            chosen = order[step * self._batch_size : (step + 1) * self._batch_size]
            compute = partial(self._inputs, chosen, seeded(*seed_parts, step))
            yield Batch(self._labels[chosen], compute, self._smoothing)

    @abstractmethod
    def _inputs(self, chosen: npt.NDArray[np.int64], generator: Generator) -> Tensor:
        """(batch, *input_spec.shape) of some clips."""


class SoundBatches(TrainingBatches):
    """Augmented features of sound.

    Args:
        waves: Training clips as 16-bit rows, with labels.
        frontend: Front-end of the backbone.
        augment: Strengths, or None.
        noise: Background (sample,), at least one clip long.
    """

    def __init__(
        self,
        waves: LabelledRows,
        frontend: FrontendConfig,
        augment: AugmentConfig | None,
        noise: Tensor,
        batch_size: int,
        smoothing: float = 0.0,
    ) -> None:
        super().__init__(waves.labels, batch_size, smoothing)
        self._waves = waves
        self._config = frontend
        self._frontend = build_frontend(frontend)
        self._augment = augment
        self._noise = noise
        self._mel_dim = 2 if frontend.layout == "mel_first" else 3

    @torch.no_grad()
    def _inputs(self, chosen: npt.NDArray[np.int64], generator: Generator) -> Tensor:
        raw = self._waves.rows.take(chosen)
        waves = torch.from_numpy(raw.astype(np.float32)).div_(PCM_SCALE)
        if self._augment is None:
            return self._frontend(waves)  # type: ignore[no-any-return]
        waves = augment_waves(waves, self._noise, self._augment, self._config.rate_hz, generator)
        return mask_features(self._frontend(waves), self._mel_dim, self._augment, generator)


class PictureBatches(TrainingBatches):
    """Augmented and normalised pictures.

    Args:
        pictures: Training pictures as 8-bit rows at the size of the input, with labels.
        config: Of the backbone's input.
        augment: Strengths, or None.
    """

    def __init__(
        self,
        pictures: LabelledRows,
        config: PictureConfig,
        augment: PictureAugment | None,
        batch_size: int,
        smoothing: float = 0.0,
    ) -> None:
        super().__init__(pictures.labels, batch_size, smoothing)
        self._pictures = pictures
        self._config = config
        self._augment = augment

    @torch.no_grad()
    def _inputs(self, chosen: npt.NDArray[np.int64], generator: Generator) -> Tensor:
        pictures = torch.from_numpy(self._pictures.rows.take(chosen))
        if self._augment is not None:
            pictures = augment_pictures(pictures, self._augment, generator)
        return normalise(pictures, self._config)


def label_indices(clips: Sequence[Clip], classes: Sequence[str]) -> Tensor:
    index = {label: i for i, label in enumerate(classes)}
    return torch.tensor([index[clip.label] for clip in clips], dtype=torch.long)


def labelled(rows: ClipRows, clips: Sequence[Clip], classes: Sequence[str]) -> LabelledRows:
    """What a store has of clips, in their order, with the classes they are said to be of."""
    return LabelledRows(rows, label_indices(clips, classes))


def labelled_features(
    store: ClipStore,
    clips: Sequence[Clip],
    classes: Sequence[str],
    config: InputConfig,
    token: CancelToken | None = None,
) -> LabelledRows:
    """Clips as a network takes them; rows (clip, *config.shape)."""
    return labelled(store.features(clips, config, token), clips, classes)
