"""Augmentation of whole batches: time shift, background noise, gain; masks on features."""

from __future__ import annotations

import torch
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from torch import Generator, Tensor

MOST_DB = 100


class AugmentConfig(BaseModel):
    """How strongly training clips are varied. All randomness comes from the generator that is passed in.

    Attributes:
        shift_ms: Largest shift either way; what leaves the clip is lost, what enters is zero.
        noise_probability: Share of clips that get background noise.
        snr_db: Range of the signal-to-noise ratio, the lower end first.
        gain_db: Largest gain either way.
        mel_mask, time_mask: Widest masked band, in features and frames; 0 masks nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shift_ms: float = Field(
        100.0,
        ge=0,
        le=500,
        description="Largest shift either way; what leaves the clip is lost, what enters is silence.",
        json_schema_extra={"label": "Shift", "unit": "± ms"},
    )
    noise_probability: float = Field(
        0.8,
        ge=0,
        le=1,
        description="Share of clips that get background noise; silence always gets some.",
        json_schema_extra={"label": "With noise", "unit": "share"},
    )
    snr_db: tuple[float, float] = Field(
        (0.0, 30.0),
        description="How much louder than the noise a clip is: drawn between the two.",
        json_schema_extra={"label": "Signal to noise", "unit": "dB"},
    )
    gain_db: float = Field(
        6.0,
        ge=0,
        le=30,
        description="Largest change of loudness either way.",
        json_schema_extra={"label": "Loudness", "unit": "± dB"},
    )
    mel_mask: int = Field(
        0,
        ge=0,
        description="Widest band of features that is hidden; 0 hides none.",
        json_schema_extra={"label": "Hidden bands", "unit": "features"},
    )
    time_mask: int = Field(
        0,
        ge=0,
        description="Longest time that is hidden; 0 hides none.",
        json_schema_extra={"label": "Hidden times", "unit": "frames"},
    )
    masks: int = Field(
        2,
        ge=0,
        description="How many bands and how many times are hidden.",
        json_schema_extra={"label": "Hidden of each"},
    )

    @field_validator("snr_db")
    @classmethod
    def _check_range(cls, snr_db: tuple[float, float]) -> tuple[float, float]:
        if not -MOST_DB <= snr_db[0] <= snr_db[1] <= MOST_DB:
            raise PydanticCustomError(
                "range", f"Input should be a range that goes up within {-MOST_DB} and {MOST_DB} dB"
            )
        return snr_db


def augment_waves(
    waves: Tensor, noise: Tensor, config: AugmentConfig, rate_hz: int, generator: Generator
) -> Tensor:
    """Vary a batch of clips.

    Args:
        waves: (batch, sample) in [-1, 1]; all-zero rows are silence and receive noise only.
        noise: (sample,) of background, at least one clip long.
        config: Strengths.
        rate_hz: Sample rate of both.
        generator: Source of all randomness.

    Returns:
        A new tensor (batch, sample) in [-1, 1].
    """
    shifted = shift(waves, round(config.shift_ms * rate_hz / 1000), generator)
    noisy = add_noise(shifted, noise, config, generator)
    gain_db = config.gain_db * (2 * _uniform(len(waves), generator) - 1)
    return (noisy * _from_db(gain_db)[:, None]).clamp_(-1, 1)


def shift(waves: Tensor, limit: int, generator: Generator) -> Tensor:
    """Move each row of (batch, sample) by up to ``limit`` samples either way, filling with zeros."""
    if limit == 0:
        return waves
    batch, length = waves.shape
    padded = torch.nn.functional.pad(waves, (limit, limit))
    starts = torch.randint(0, 2 * limit + 1, (batch,), generator=generator)
    return torch.stack(
        [row[s : s + length] for row, s in zip(padded, starts.tolist(), strict=True)]
    )


def add_noise(waves: Tensor, noise: Tensor, config: AugmentConfig, generator: Generator) -> Tensor:
    """Mix random parts of ``noise`` (sample,) into (batch, sample) at random signal-to-noise ratios."""
    batch, length = waves.shape
    starts = torch.randint(0, noise.numel() - length + 1, (batch,), generator=generator)
    parts = torch.stack([noise[s : s + length] for s in starts.tolist()])
    low_db, high_db = config.snr_db
    snr_db = low_db + (high_db - low_db) * _uniform(batch, generator)
    signal = waves.square().mean(dim=1).sqrt()
    silent = signal < 1e-4
    reference = torch.where(silent, torch.full_like(signal, 0.05), signal)
    level = parts.square().mean(dim=1).sqrt().clamp_min(1e-5)
    amplitude = reference / level * _from_db(-snr_db)
    skipped = (_uniform(batch, generator) >= config.noise_probability) & ~silent
    amplitude = torch.where(skipped, torch.zeros_like(amplitude), amplitude)
    return waves + parts * amplitude[:, None]


def mask_features(
    features: Tensor, mel_dim: int, config: AugmentConfig, generator: Generator
) -> Tensor:
    """SpecAugment: set random bands of (batch, 1, a, b) to zero; ``mel_dim`` tells which of a, b is mel.

    Source: Park et al., SpecAugment (2019); the mask value is 0 in the log domain as in the BC-ResNet recipe.
    """
    time_dim = 5 - mel_dim
    for dim, widest in ((mel_dim, config.mel_mask), (time_dim, config.time_mask)):
        for _ in range(config.masks if widest else 0):
            features = _mask_band(features, dim, widest, generator)
    return features


def _mask_band(features: Tensor, dim: int, widest: int, generator: Generator) -> Tensor:
    size = features.shape[dim]
    widths = (_uniform(len(features), generator) * widest).long()
    starts = (_uniform(len(features), generator) * (size - widths)).long()
    positions = torch.arange(size)
    masked = (positions >= starts[:, None]) & (positions < (starts + widths)[:, None])
    shape = [len(features), 1, 1, 1]
    shape[dim] = size
    return features.masked_fill(masked.view(shape), 0.0)


def _uniform(count: int, generator: Generator) -> Tensor:
    return torch.rand(count, generator=generator)


def _from_db(level_db: Tensor) -> Tensor:
    return torch.pow(10.0, level_db / 20)
