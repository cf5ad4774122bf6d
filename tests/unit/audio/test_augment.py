"""Augmentation does what its numbers say and nothing to clips it leaves alone."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workbench.audio.augment import AugmentConfig, add_noise, augment_waves, mask_features, shift


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(st.integers(0, 400), st.integers(0, 100))
def test_shift_moves_and_fills_with_zeros(limit: int, seed: int) -> None:
    waves = torch.arange(1.0, 1001.0)[None].repeat(3, 1)
    for row in shift(waves, limit, generator(seed)):
        kept = row[row != 0]
        assert torch.equal(kept.diff(), torch.ones(len(kept) - 1))
        assert len(row) == 1000
        assert 1000 - len(kept) <= limit


@pytest.mark.parametrize("snr_db", [0.0, 10.0, 20.0])
def test_noise_has_the_asked_ratio(snr_db: float) -> None:
    waves = 0.1 * torch.randn(4, 16000, generator=generator(1))
    noise = 0.7 * torch.randn(64000, generator=generator(2))
    config = AugmentConfig(noise_probability=1, snr_db=(snr_db, snr_db))
    added = add_noise(waves, noise, config, generator()) - waves
    ratio_db = 10 * torch.log10(waves.square().mean(1) / added.square().mean(1))
    assert torch.allclose(ratio_db, torch.full((4,), snr_db), atol=0.1)


def test_silence_always_receives_noise_and_words_only_sometimes() -> None:
    waves = torch.zeros(200, 400)
    waves[100:] = 0.1
    noise = torch.randn(4000, generator=generator(3))
    config = AugmentConfig(noise_probability=0.5)
    changed = (add_noise(waves, noise, config, generator()) != waves).any(dim=1)
    assert changed[:100].all()
    assert 25 < int(changed[100:].sum()) < 75


def test_result_stays_in_range_and_follows_the_seed() -> None:
    waves = torch.rand(8, 2000, generator=generator(4)) * 2 - 1
    noise = torch.randn(8000, generator=generator(5))
    config = AugmentConfig(shift_ms=10)
    first = augment_waves(waves, noise, config, 16000, generator(6))
    assert torch.equal(first, augment_waves(waves, noise, config, 16000, generator(6)))
    assert not torch.equal(first, augment_waves(waves, noise, config, 16000, generator(7)))
    assert first.abs().max() <= 1


def test_masks_are_no_wider_than_asked() -> None:
    features = torch.ones(50, 1, 40, 101)
    masked = mask_features(features, 2, AugmentConfig(mel_mask=5, masks=1), generator())
    widths = (masked == 0).any(dim=3).sum(dim=2).flatten()
    assert widths.max() < 5
    assert widths.max() > 0
    columns = (masked == 0).any(dim=2) & (masked != 0).any(dim=2)
    assert torch.equal(columns, (masked == 0).any(dim=2)), "only whole mel bands are masked"
