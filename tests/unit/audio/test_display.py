"""Outlines and spectrograms of signals whose picture is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.audio.display import RANGE_DB, envelope, spectrogram

RATE_HZ = 16000


@given(length=st.integers(1, 300), columns=st.integers(1, 80), seed=st.integers(0, 9))
def test_the_outline_holds_every_extreme_and_nothing_else(
    length: int, columns: int, seed: int
) -> None:
    samples = np.random.default_rng(seed).standard_normal(length).astype(np.float32)
    low, high = envelope(samples, columns)
    assert (low <= high).all()
    assert low.min() == samples.min()
    assert high.max() == samples.max()
    assert set(low) | set(high) <= set(samples)


def test_one_loud_sample_stays_visible_where_it_is() -> None:
    samples = np.zeros(16000, np.float32)
    samples[8000] = 1.0
    _, high = envelope(samples, 100)
    assert np.flatnonzero(high).tolist() == [50]


def test_no_samples_give_a_flat_line() -> None:
    assert not envelope(np.zeros(0, np.float32), 10).any()


@pytest.mark.parametrize("tone_hz", [500, 2000, 6000])
def test_a_tone_is_a_line_at_its_frequency(tone_hz: int) -> None:
    samples = np.sin(2 * np.pi * tone_hz * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
    picture = spectrogram(samples, RATE_HZ)
    rows = len(picture.power_db)
    loudest_hz = picture.power_db.mean(axis=1).argmax() / (rows - 1) * picture.top_hz
    assert loudest_hz == pytest.approx(tone_hz, abs=20)
    assert picture.power_db.max() == 0
    assert picture.power_db.min() == -RANGE_DB
    assert picture.duration_s == 1.0


def test_a_burst_appears_at_its_time() -> None:
    samples = np.zeros(RATE_HZ, np.float32)
    samples[12000:12800] = np.random.default_rng(0).standard_normal(800)
    picture = spectrogram(samples, RATE_HZ)
    energy = (10 ** (picture.power_db / 10)).sum(axis=0)
    centre = (energy * np.arange(len(energy))).sum() / energy.sum() / (len(energy) - 1)
    assert centre == pytest.approx(12400 / RATE_HZ, abs=0.02)


@pytest.mark.parametrize("length", [0, 1, 100])
def test_silence_and_tiny_clips_are_no_trouble(length: int) -> None:
    assert np.isfinite(spectrogram(np.zeros(length, np.float32), RATE_HZ).power_db).all()
