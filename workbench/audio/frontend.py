"""Front-ends: waveform to features, with every number in a configuration that travels with the weights."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from workbench.audio.torchaudio_shim import load


class FrontendKind(StrEnum):
    LOGMEL = "logmel"
    MFCC = "mfcc"


class FrontendConfig(BaseModel):
    """All numbers of a front-end.

    Attributes:
        layout: ``mel_first`` gives (batch, 1, mel, frame), ``time_first`` (batch, 1, frame, mel).
        log_offset: Added before the logarithm; with 0, empty bands stay 0, as the public Res checkpoints expect (honk).
        centered: Reflect-pad by half a window, so that frame i is centred on sample ``i * hop``.
        coefficients: Cepstral coefficients kept (MFCC only).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FrontendKind
    rate_hz: int = 16000
    clip_samples: int = 16000
    window_samples: int
    hop_samples: int
    fft_samples: int
    mels: int
    low_hz: float
    high_hz: float
    mel_scale: Literal["htk", "slaney"] = "htk"
    mel_norm: Literal["slaney"] | None = None
    log_offset: float = 1e-6
    centered: bool = True
    coefficients: int = 0
    layout: Literal["mel_first", "time_first"] = "mel_first"

    @property
    def clip_s(self) -> float:
        return self.clip_samples / self.rate_hz

    @property
    def hop_s(self) -> float:
        return self.hop_samples / self.rate_hz

    @property
    def shape(self) -> tuple[int, int, int]:
        """Features of one clip, without the batch dimension."""
        bands, frames = self.coefficients or self.mels, self.frames(self.clip_samples)
        return (1, bands, frames) if self.layout == "mel_first" else (1, frames, bands)

    def frames(self, samples: int) -> int:
        """Feature steps that ``samples`` audio samples give."""
        usable = samples if self.centered else samples - self.fft_samples
        return usable // self.hop_samples + 1


FRONTENDS: dict[str, FrontendConfig] = {
    "logmel40": FrontendConfig(
        kind=FrontendKind.LOGMEL,
        window_samples=480,
        hop_samples=160,
        fft_samples=512,
        mels=40,
        low_hz=0,
        high_hz=8000,
    ),
    "mfcc40": FrontendConfig(
        kind=FrontendKind.MFCC,
        window_samples=480,
        hop_samples=160,
        fft_samples=480,
        mels=40,
        low_hz=20,
        high_hz=4000,
        mel_scale="slaney",
        mel_norm="slaney",
        log_offset=0.0,
        coefficients=40,
        layout="time_first",
    ),
    "logmel64": FrontendConfig(
        kind=FrontendKind.LOGMEL,
        clip_samples=15600,
        window_samples=400,
        hop_samples=160,
        fft_samples=400,
        mels=64,
        low_hz=60,
        high_hz=7800,
        centered=False,
        layout="time_first",
    ),
}


class Frontend(nn.Module):
    """Waveform batch to features.

    ``forward`` takes (batch, sample) in [-1, 1] at ``config.rate_hz`` and gives (batch, 1, mel, frame), or
    (batch, 1, frame, mel or coefficient) for time-first layouts. Nothing here is learned.
    """

    window: Tensor
    filters: Tensor
    cosines: Tensor

    def __init__(self, config: FrontendConfig) -> None:
        super().__init__()
        self.config = config
        functional = load("functional")
        filters = functional.melscale_fbanks(
            config.fft_samples // 2 + 1,
            config.low_hz,
            config.high_hz,
            config.mels,
            config.rate_hz,
            norm=config.mel_norm,
            mel_scale=config.mel_scale,
        )
        self.register_buffer("filters", filters, persistent=False)
        self.register_buffer("window", torch.hann_window(config.window_samples), persistent=False)
        cosines = torch.empty(0)
        if config.kind is FrontendKind.MFCC:
            cosines = functional.create_dct(config.coefficients, config.mels, "ortho")
        self.register_buffer("cosines", cosines, persistent=False)

    def forward(self, waves: Tensor) -> Tensor:
        c = self.config
        spectrum = torch.stft(
            waves,
            c.fft_samples,
            c.hop_samples,
            c.window_samples,
            self.window,
            center=c.centered,
            pad_mode="reflect",
            return_complex=True,
        )
        power = spectrum.real.square() + spectrum.imag.square()
        mel = power.transpose(1, 2) @ self.filters
        features = torch.log(mel + c.log_offset if c.log_offset else mel.where(mel > 0, 1.0))
        if c.kind is FrontendKind.MFCC:
            features = features @ self.cosines
        if c.layout == "mel_first":
            features = features.transpose(1, 2)
        return features.unsqueeze(1)


def build_frontend(config: FrontendConfig) -> Frontend:
    """The front-end module of a configuration, in evaluation mode."""
    frontend = Frontend(config)
    frontend.eval()
    return frontend


def pad_to_clip(waves: Tensor, config: FrontendConfig) -> Tensor:
    """Cut or zero-pad (batch, sample) on the right to the clip length of the front-end."""
    missing = config.clip_samples - waves.shape[-1]
    return F.pad(waves, (0, missing)) if missing > 0 else waves[..., : config.clip_samples]
