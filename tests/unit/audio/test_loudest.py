"""Where the sound of a recording is, against bursts at known places."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.audio.loudest import loudest_part

RATE_HZ = 16000


@pytest.mark.parametrize("middle_s", [0.6, 1.1, 2.4])
def test_a_word_comes_to_lie_in_the_middle(middle_s: float) -> None:
    generator = np.random.default_rng(1)
    samples = generator.normal(0, 0.003, 3 * RATE_HZ).astype(np.float32)
    begin = round((middle_s - 0.2) * RATE_HZ)
    samples[begin : begin + round(0.4 * RATE_HZ)] += generator.normal(0, 0.1, 6400)
    part = loudest_part(samples, RATE_HZ)
    assert len(part) == RATE_HZ
    loud = np.flatnonzero(np.abs(part) > 0.05)
    assert (loud[0] + loud[-1]) / 2 / RATE_HZ == pytest.approx(0.5, abs=0.03)
    # It is a part of the recording, sample by sample.
    assert any(
        np.array_equal(part, samples[i : i + RATE_HZ])
        for i in range(0, len(samples) - RATE_HZ + 1, 160)
    )


def test_a_word_at_the_end_is_not_cut_off() -> None:
    samples = np.zeros(3 * RATE_HZ, np.float32)
    samples[-3200:] = 0.2
    np.testing.assert_array_equal(loudest_part(samples, RATE_HZ), samples[-RATE_HZ:])


def test_what_is_shorter_is_padded_before() -> None:
    samples = np.full(4000, 0.5, np.float32)
    part = loudest_part(samples, RATE_HZ)
    assert len(part) == RATE_HZ
    np.testing.assert_array_equal(part[-4000:], samples)
    assert not part[:-4000].any()
