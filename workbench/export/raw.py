"""What comes before a network's input: sound or pictures, with which exports are verified."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from workbench.audio.frontend import FrontendConfig, build_frontend
from workbench.backbones.inputs import InputConfig
from workbench.images.config import PictureConfig
from workbench.images.normalise import FULL_SCALE, normalise

RANDOM_EXAMPLES = 24


def reader(config: InputConfig) -> Callable[[Tensor], Tensor]:
    """Makes inputs of waveforms (clip, sample) from -1 to 1, or of pictures (clip, channel, height, width) from 0 to
    255."""
    if isinstance(config, PictureConfig):
        return lambda pictures: normalise(pictures, config)
    return build_frontend(config)


def random_examples(config: InputConfig) -> Tensor:
    """Generated sounds or pictures for ``reader``, the same at every call."""
    if isinstance(config, PictureConfig):
        return random_pictures(config)
    return random_waves(config)


def random_waves(config: FrontendConfig) -> Tensor:
    """Bursts of noise (clip, sample) from a whisper to full scale."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(RANDOM_EXAMPLES, config.clip_samples, generator=generator)
    level = torch.logspace(-4, -0.7, RANDOM_EXAMPLES)[:, None]
    length = torch.rand(RANDOM_EXAMPLES, 1, generator=generator)
    sounding = torch.linspace(0, 1, config.clip_samples)[None] < length
    return (noise * level * sounding).clamp(-1, 1)


def random_pictures(config: PictureConfig) -> Tensor:
    """Noise of whole numbers (clip, channel, height, width), from faint on grey to full contrast."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.rand(RANDOM_EXAMPLES, *config.shape, generator=generator) - 0.5
    contrast = torch.linspace(0.1, 1, RANDOM_EXAMPLES)[:, None, None, None]
    return ((0.5 + noise * contrast) * FULL_SCALE).round()
