"""Device bytes to samples and levels, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.audio.pcm import FLOOR_DB, Level, PeakHold, measure, mono_from_pcm, pcm16


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        (np.uint8, [128, 0, 255], [0.0, -1.0, 127 / 128]),
        (np.int16, [0, -32768, 16384], [0.0, -1.0, 0.5]),
        (np.int32, [0, -(2**31), 2**30], [0.0, -1.0, 0.5]),
        (np.float32, [0.0, -1.0, 0.5], [0.0, -1.0, 0.5]),
    ],
)
def test_every_sample_format_reaches_full_scale(
    dtype: type, values: list[float], expected: list[float]
) -> None:
    data = np.array(values, dtype=dtype).tobytes()
    np.testing.assert_allclose(mono_from_pcm(data, dtype, 1), expected)


def test_channels_are_averaged_and_an_incomplete_frame_is_left_out() -> None:
    data = np.array([16384, 0, -16384, -16384, 1000], dtype=np.int16).tobytes() + b"\x01"
    np.testing.assert_allclose(mono_from_pcm(data, np.int16, 2), [0.25, -0.5])


@given(st.lists(st.floats(-1, 0.75, width=32), max_size=50), st.integers(1, 4))
def test_writing_and_reading_16_bit_is_exact_to_half_a_step(
    values: list[float], channels: int
) -> None:
    samples = np.array(values, dtype=np.float32)
    back = mono_from_pcm(pcm16(samples, channels), np.int16, channels)
    np.testing.assert_allclose(back, samples, atol=0.5 / 2**15 + 1e-7)


def test_beyond_full_scale_is_limited_and_not_wrapped() -> None:
    np.testing.assert_allclose(
        mono_from_pcm(pcm16(np.array([1.5, -1.5], np.float32)), np.int16, 1), [32767 / 32768, -1]
    )


def test_levels_of_a_sine_a_clipped_one_and_silence() -> None:
    sine = np.sin(2 * np.pi * np.arange(1600) / 16).astype(np.float32)
    half = measure(0.5 * sine)
    assert half.peak_db == pytest.approx(-6.02, abs=0.01)
    assert half.rms_db == pytest.approx(-9.03, abs=0.01)
    assert not half.clipped
    assert measure(sine).clipped
    assert measure(np.zeros(10, np.float32)).peak_db == FLOOR_DB
    assert measure(np.zeros(0, np.float32)).rms_db == FLOOR_DB


def test_a_held_peak_rises_at_once_and_falls_with_time_only() -> None:
    hold = PeakHold(fall_db_per_s=10.0)
    assert hold.add(Level(-6.0, -9.0), 0.03) == -6.0
    assert hold.add(Level(-40.0, -43.0), 0.5) == pytest.approx(-11.0)
    assert hold.add(Level(-3.0, -9.0), 0.03) == -3.0
    assert hold.add(Level(), 100.0) == FLOOR_DB
