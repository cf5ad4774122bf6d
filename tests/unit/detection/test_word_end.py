"""The estimated end of a sound against bursts that end at a known time."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.tiny import spoken
from workbench.detection.word_end import sound_end_s

RATE_HZ = 16000


@pytest.mark.parametrize("end_s", [0.3, 0.55, 0.9])
@pytest.mark.parametrize("noise", [0.0, 1e-3, 3e-2])
def test_a_burst_ends_where_it_ends(end_s: float, noise: float) -> None:
    generator = np.random.default_rng(5)
    samples = noise * generator.standard_normal(RATE_HZ)
    end = round(end_s * RATE_HZ)
    samples[end - 3200 : end] += 0.3 * generator.standard_normal(3200)
    found = sound_end_s(samples.astype(np.float32), RATE_HZ)
    assert found == pytest.approx(1 - end_s, abs=0.011)


def test_sound_up_to_the_edge_ends_now() -> None:
    samples = np.random.default_rng(6).standard_normal(RATE_HZ).astype(np.float32)
    assert sound_end_s(samples, RATE_HZ) < 0.3


def test_a_spoken_word_ends_before_the_pause_after_it() -> None:
    samples, _ = spoken(("stop",), pause_s=0.4)
    window = samples[-RATE_HZ:]
    assert 0.3 < sound_end_s(window, RATE_HZ) < 1.0
