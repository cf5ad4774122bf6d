"""The running spectrogram against sines of known level, however the stream is cut."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.detection.spectrum import SpectrumStream

RATE_HZ = 16000


@pytest.mark.parametrize(("hz", "amplitude"), [(1000, 1.0), (3000, 0.1), (6500, 0.01)])
def test_a_sine_shows_at_its_frequency_with_its_level(hz: int, amplitude: float) -> None:
    time_s = np.arange(RATE_HZ) / RATE_HZ
    stream = SpectrumStream(RATE_HZ)
    column = stream.push((amplitude * np.sin(2 * np.pi * hz * time_s)).astype(np.float32))[:, 50]
    assert np.argmax(column) * RATE_HZ / 2 / (stream.rows - 1) == pytest.approx(hz, abs=32)
    assert column.max() == pytest.approx(20 * np.log10(amplitude), abs=1.5)


def test_there_are_a_hundred_columns_per_second() -> None:
    assert SpectrumStream(RATE_HZ).push(np.zeros(3 * RATE_HZ, np.float32)).shape[1] == 300


@settings(deadline=None)
@given(st.lists(st.integers(0, 4000), max_size=12))
def test_columns_do_not_depend_on_the_blocks(cuts: list[int]) -> None:
    samples = np.random.default_rng(0).standard_normal(4000).astype(np.float32)
    edges = [0, *sorted(cuts), len(samples)]
    stream = SpectrumStream(RATE_HZ)
    parts = [stream.push(samples[a:b]) for a, b in pairwise(edges)]
    assert np.array_equal(np.concatenate(parts, axis=1), SpectrumStream(RATE_HZ).push(samples))
