"""Generated noises against the slopes and levels that their names promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import find_peaks, welch

from workbench.audio.noise import (
    MAINS_HZ,
    QUIETEST_BELOW_DB,
    RMS_LEVEL,
    NoiseKind,
    Waveform,
    babble,
    backgrounds,
    generate,
    mix_at_snr,
)

RATE_HZ = 16000
SAMPLES = 30 * RATE_HZ


def rms(wave: Waveform) -> float:
    return float(np.sqrt(np.mean(wave.astype(np.float64) ** 2)))


def voices() -> list[Waveform]:
    time_s = np.arange(RATE_HZ) / RATE_HZ
    return [np.sin(2 * np.pi * tone * time_s).astype(np.float32) for tone in (200.0, 330.0, 470.0)]


@pytest.mark.parametrize(
    ("kind", "fall_db"), [(NoiseKind.WHITE, 0.0), (NoiseKind.PINK, -3.01), (NoiseKind.BROWN, -6.02)]
)
def test_power_falls_as_the_colour_says(kind: NoiseKind, fall_db: float) -> None:
    noise = generate(kind, SAMPLES, RATE_HZ, np.random.default_rng(1))
    frequencies, density = welch(noise, RATE_HZ, nperseg=8192)
    heard = (frequencies > 100) & (frequencies < 7000)
    slope = np.polyfit(np.log2(frequencies[heard]), 10 * np.log10(density[heard]), 1)[0]
    assert slope == pytest.approx(fall_db, abs=0.1)


def test_hum_peaks_at_multiples_of_the_mains() -> None:
    noise = generate(NoiseKind.HUM, SAMPLES, RATE_HZ, np.random.default_rng(3))
    frequencies, density = welch(noise, RATE_HZ, nperseg=RATE_HZ)
    peaks = frequencies[find_peaks(10 * np.log10(density), prominence=15)[0]]
    mains_hz = peaks[0]
    assert mains_hz in MAINS_HZ
    assert len(peaks) >= 6
    assert np.allclose(peaks % mains_hz, 0)


@pytest.mark.parametrize("kind", NoiseKind)
@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), samples=st.integers(RATE_HZ, 2 * RATE_HZ))
def test_level_length_and_seed(kind: NoiseKind, seed: int, samples: int) -> None:
    noise = generate(kind, samples, RATE_HZ, np.random.default_rng(seed))
    again = generate(kind, samples, RATE_HZ, np.random.default_rng(seed))
    other = generate(kind, samples, RATE_HZ, np.random.default_rng(seed + 1))
    assert noise.shape == (samples,)
    assert noise.dtype == np.float32
    assert rms(noise) == pytest.approx(RMS_LEVEL, rel=1e-4)
    assert np.abs(noise).max() < 1
    assert np.array_equal(noise, again)
    assert not np.array_equal(noise, other)


def test_babble_contains_every_voice_at_once() -> None:
    mixed = babble(voices(), SAMPLES, np.random.default_rng(0), talkers=8)
    frequencies, density = welch(mixed, RATE_HZ, nperseg=RATE_HZ)
    strongest = frequencies[np.argsort(density)[-3:]]
    assert set(strongest) == {200.0, 330.0, 470.0}
    assert rms(mixed) == pytest.approx(RMS_LEVEL, rel=1e-4)


def test_babble_needs_somebody_to_hear() -> None:
    with pytest.raises(ValueError, match="not silent"):
        babble([np.zeros(100, np.float32)], 100, np.random.default_rng(0))


@given(snr_db=st.floats(-20, 40), seed=st.integers(0, 1000))
def test_mix_has_the_stated_ratio(snr_db: float, seed: int) -> None:
    generator = np.random.default_rng(seed)
    speech = generator.standard_normal(4000).astype(np.float32)
    noise = generate(NoiseKind.PINK, 4000, RATE_HZ, generator)
    added = mix_at_snr(speech, noise, snr_db) - speech
    assert 20 * np.log10(rms(speech) / rms(added)) == pytest.approx(snr_db, abs=0.05)


def test_silent_noise_changes_nothing() -> None:
    speech = voices()[0]
    assert np.array_equal(mix_at_snr(speech, np.zeros_like(speech), 10.0), speech)


def test_backgrounds_are_repeatable_and_spread_over_their_levels() -> None:
    made = list(backgrounds(40, RATE_HZ, RATE_HZ, np.random.default_rng(3)))
    again = list(backgrounds(40, RATE_HZ, RATE_HZ, np.random.default_rng(3)))
    assert all(np.array_equal(one, other) for one, other in zip(made, again, strict=True))
    assert {wave.shape for wave in made} == {(RATE_HZ,)}
    below_db = [-20 * np.log10(rms(wave) / RMS_LEVEL) for wave in made]
    assert min(below_db) >= -0.1
    assert max(below_db) <= QUIETEST_BELOW_DB + 0.1
    assert max(below_db) - min(below_db) > QUIETEST_BELOW_DB / 2
