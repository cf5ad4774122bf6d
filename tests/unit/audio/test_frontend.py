"""Front-ends against torchaudio's transforms and against arithmetic."""

from __future__ import annotations

import math

import pytest
import torch

from workbench.audio.frontend import FRONTENDS, build_frontend, pad_to_clip
from workbench.audio.torchaudio_shim import load


def noise(samples: int) -> torch.Tensor:
    return 0.1 * torch.randn(2, samples, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("name", "shape"),
    [("logmel40", (1, 40, 101)), ("mfcc40", (1, 101, 40)), ("logmel64", (1, 96, 64))],
)
def test_shapes_are_those_of_the_papers(name: str, shape: tuple[int, ...]) -> None:
    config = FRONTENDS[name]
    assert tuple(build_frontend(config)(noise(config.clip_samples)).shape[1:]) == shape
    assert config.frames(config.clip_samples) in shape


def test_log_mel_is_torchaudios() -> None:
    waves = noise(16000)
    reference = load("transforms").MelSpectrogram(
        16000, n_fft=512, win_length=480, hop_length=160, f_min=0, f_max=8000, n_mels=40
    )
    expected = torch.log(reference(waves) + 1e-6)
    found = build_frontend(FRONTENDS["logmel40"])(waves)[:, 0]
    assert torch.allclose(found, expected, atol=1e-5)


def test_mfcc_is_torchaudios() -> None:
    waves = noise(16000)
    mel = {"n_fft": 480, "hop_length": 160, "n_mels": 40, "f_min": 20, "f_max": 4000}
    reference = load("transforms").MFCC(
        16000, 40, log_mels=True, melkwargs={**mel, "norm": "slaney", "mel_scale": "slaney"}
    )
    config = FRONTENDS["mfcc40"].model_copy(update={"log_offset": 1e-6})
    found = build_frontend(config)(waves)[:, 0]
    assert torch.allclose(found, reference(waves).transpose(1, 2), atol=1e-4)


def test_the_res_front_end_takes_no_logarithm_of_nothing_and_adds_nothing() -> None:
    """honk: log where the band is above zero, zero elsewhere; so digital silence has no cepstrum at all."""
    config = FRONTENDS["mfcc40"]
    waves = torch.cat([torch.zeros(1, 16000), 1e-4 * noise(16000)[:1]])
    functional = load("functional")
    filters = functional.melscale_fbanks(
        241, 20, 4000, 40, 16000, norm="slaney", mel_scale="slaney"
    )
    window = torch.hann_window(480)
    power = torch.stft(waves, 480, 160, 480, window, return_complex=True).abs().square()
    mel = power.transpose(1, 2).double() @ filters.double()
    logs = torch.zeros_like(mel)
    logs[mel > 0] = mel[mel > 0].log()
    expected = logs @ functional.create_dct(40, 40, "ortho").double()
    found = build_frontend(config)(waves)[:, 0].double()
    assert torch.allclose(found, expected, atol=1e-3)
    assert torch.equal(found[0], torch.zeros_like(found[0]))


def test_a_tone_lights_the_band_it_lies_in() -> None:
    """1 kHz on the HTK scale: mel = 2595 log10(1 + f / 700), 40 bands between 0 and 8 kHz."""
    tone = torch.sin(2 * math.pi * 1000 * torch.arange(16000) / 16000)[None]
    features = build_frontend(FRONTENDS["logmel40"])(tone)
    top = 2595 * math.log10(1 + 8000 / 700)
    expected_band = round(2595 * math.log10(1 + 1000 / 700) / top * 41) - 1
    assert int(features[0, 0, :, 50].argmax()) == expected_band


def test_pads_on_the_right_and_cuts_the_end() -> None:
    config = FRONTENDS["logmel64"]
    short, long = torch.ones(1, 100), torch.ones(1, 20000)
    padded = pad_to_clip(short, config)
    assert padded.shape == (1, 15600)
    assert padded[0, :100].sum() == 100 == padded.sum()
    assert pad_to_clip(long, config).shape == (1, 15600)


@pytest.mark.parametrize("name", FRONTENDS)
def test_a_frontend_knows_its_shape(name: str) -> None:
    for hop in (160, 320, 640):
        config = FRONTENDS[name].model_copy(update={"hop_samples": hop})
        features = build_frontend(config)(torch.zeros(1, config.clip_samples))
        assert tuple(features.shape[1:]) == config.shape
