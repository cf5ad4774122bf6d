"""Streaming resampling against scipy's resampling of the whole signal, and against a sine."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly

from workbench.audio.resample import StreamResampler

RATES_HZ = [8_000, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000]


def _stream(samples: np.ndarray, from_hz: int, to_hz: int, blocks: list[int]) -> np.ndarray:
    resampler = StreamResampler(from_hz, to_hz)
    parts, start = [], 0
    for size in [*blocks, len(samples)]:
        parts.append(resampler.push(samples[start : start + size]))
        start += size
    return np.concatenate([*parts, resampler.flush()])


@settings(max_examples=60, deadline=None)
@given(
    from_hz=st.sampled_from(RATES_HZ),
    length=st.integers(1, 4_000),
    blocks=st.lists(st.integers(0, 900), max_size=12),
    seed=st.integers(0, 99),
)
def test_any_cutting_into_blocks_gives_the_whole_file_result(
    from_hz: int, length: int, blocks: list[int], seed: int
) -> None:
    samples = np.random.default_rng(seed).standard_normal(length).astype(np.float32)
    whole = resample_poly(samples.astype(float), 16_000, from_hz)
    np.testing.assert_allclose(_stream(samples, from_hz, 16_000, blocks), whole, atol=1e-5)


@pytest.mark.parametrize("from_hz", [44_100, 48_000])
def test_a_sine_stays_a_sine_across_block_borders(from_hz: int) -> None:
    tone_hz = 440.0
    samples = np.sin(2 * np.pi * tone_hz * np.arange(from_hz) / from_hz).astype(np.float32)
    out = _stream(samples, from_hz, 16_000, [from_hz // 100] * 100)
    expected = np.sin(2 * np.pi * tone_hz * np.arange(16_000) / 16_000)
    np.testing.assert_allclose(out[100:-100], expected[100:-100], atol=2e-3)


def test_what_a_lower_rate_cannot_hold_is_filtered_away() -> None:
    samples = np.sin(2 * np.pi * 15_000 * np.arange(48_000) / 48_000).astype(np.float32)
    out = _stream(samples, 48_000, 16_000, [480] * 100)
    assert np.abs(out[100:-100]).max() < 2e-3


def test_the_delay_is_ten_samples_of_the_slower_rate_and_memory_is_bounded() -> None:
    resampler = StreamResampler(48_000, 16_000)
    emitted = sum(len(resampler.push(np.zeros(480, np.float32))) for _ in range(100))
    assert 16_000 - emitted == 10
    assert len(resampler._held) < 1_000
