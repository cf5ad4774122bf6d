"""Generated background noise, for tests, for the silence class, and where no recording exists.

Every generator returns float32 ``(sample,)`` with RMS ``RMS_LEVEL`` (about -26 dBFS), so that the
largest peaks of Gaussian noise stay well inside [-1, 1].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Waveform = NDArray[np.float32]

RMS_LEVEL = 0.05
QUIETEST_BELOW_DB = 36.0
LOWEST_COLOURED_HZ = 20.0
MAINS_HZ = (50.0, 60.0)


class NoiseKind(StrEnum):
    """Noises that need no speech; babble is made from voices by ``babble``."""

    WHITE = "white"
    PINK = "pink"
    BROWN = "brown"
    HUM = "hum"


_SLOPES = {NoiseKind.WHITE: 0.0, NoiseKind.PINK: 0.5, NoiseKind.BROWN: 1.0}


def generate(
    kind: NoiseKind, samples: int, rate_hz: int, generator: np.random.Generator
) -> Waveform:
    """Noise of one kind.

    Args:
        kind: White has equal power per hertz, pink falls by 3 dB and brown by 6 dB per octave; hum
            is a mains frequency with its overtones.
        samples: Length.
        rate_hz: Sample rate.
        generator: Source of randomness; the same state gives the same noise.

    Returns:
        Waveform ``(sample,)`` with RMS ``RMS_LEVEL``.
    """
    if kind is NoiseKind.HUM:
        return _hum(samples, rate_hz, generator)
    return _coloured(_SLOPES[kind], samples, rate_hz, generator)


def backgrounds(
    count: int, samples: int, rate_hz: int, generator: np.random.Generator
) -> Iterator[Waveform]:
    """Clips for a silence class: all kinds in turn, from nearly nothing to a loud fan.

    Args:
        count: Number of clips.
        samples: Length of each.
        rate_hz: Sample rate.
        generator: Source of randomness; the same state gives the same clips.

    Yields:
        Waveform ``(sample,)`` with an RMS up to ``QUIETEST_BELOW_DB`` below ``RMS_LEVEL``, drawn evenly in dB.
    """
    kinds = list(NoiseKind)
    for i in range(count):
        level_db = generator.uniform(-QUIETEST_BELOW_DB, 0.0)
        noise = generate(kinds[i % len(kinds)], samples, rate_hz, generator)
        yield (noise * 10 ** (level_db / 20)).astype(np.float32)


def babble(
    voices: Sequence[Waveform], samples: int, generator: np.random.Generator, talkers: int = 6
) -> Waveform:
    """Several people talking at once.

    Every talker says randomly chosen voices one after the other, with short pauses, at a loudness
    of their own; all clips must have one sample rate.

    Args:
        voices: Spoken clips, each ``(sample,)`` and at least one not silent.
        samples: Length.
        generator: Source of randomness.
        talkers: How many speak at a time.

    Returns:
        Waveform ``(sample,)`` with RMS ``RMS_LEVEL``.

    Raises:
        ValueError: when there is no voice that can be heard.
    """
    heard = [voice / _rms(voice) for voice in voices if voice.size and np.any(voice)]
    if not heard:
        raise ValueError("babble needs at least one voice that is not silent")
    mixed = np.zeros(samples)
    for _ in range(talkers):
        loudness = 10 ** (generator.uniform(-6.0, 0.0) / 20)
        mixed += loudness * _one_talker(heard, samples, generator)
    return _at_level(mixed)


def mix_at_snr(speech: Waveform, noise: Waveform, snr_db: float) -> Waveform:
    """Add noise so that the RMS of the speech lies ``snr_db`` above that of the noise.

    Args:
        speech: ``(sample,)``.
        noise: ``(sample,)``, the same length; silent noise leaves the speech as it is.
        snr_db: Signal-to-noise ratio in dB.

    Returns:
        The sum; it may exceed [-1, 1].
    """
    if not np.any(noise):
        return speech
    gain = _rms(speech) / _rms(noise) * 10 ** (-snr_db / 20)
    return (speech + gain * noise).astype(np.float32)


def _coloured(slope: float, samples: int, rate_hz: int, generator: np.random.Generator) -> Waveform:
    """Shape white noise by ``1 / f ** slope`` in amplitude, flat below what can be heard."""
    spectrum = np.fft.rfft(generator.standard_normal(samples))
    frequencies = np.fft.rfftfreq(samples, 1 / rate_hz)
    spectrum *= np.maximum(frequencies, LOWEST_COLOURED_HZ) ** -slope
    spectrum[0] = 0
    return _at_level(np.fft.irfft(spectrum, samples))


def _hum(samples: int, rate_hz: int, generator: np.random.Generator) -> Waveform:
    """Mains and its overtones, the odd ones stronger, with random phases and a little hiss."""
    mains_hz = generator.choice(MAINS_HZ)
    time_s = np.arange(samples) / rate_hz
    total = np.zeros(samples)
    for harmonic in range(1, 13):
        strength = generator.uniform(0.3, 1.0) / harmonic * (1.0 if harmonic % 2 else 0.4)
        phase = generator.uniform(0, 2 * np.pi)
        total += strength * np.sin(2 * np.pi * mains_hz * harmonic * time_s + phase)
    hiss = generator.standard_normal(samples)
    return _at_level(total / _rms(total) + 0.05 * hiss)


def _one_talker(
    voices: Sequence[Waveform], samples: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    """Voices in random order with pauses, starting in the middle of one."""
    parts: list[Waveform] = []
    filled = 0
    while filled < samples:
        voice = voices[int(generator.integers(len(voices)))]
        if not parts:
            voice = voice[int(generator.integers(voice.size)) :]
        pause = np.zeros(int(generator.uniform(0.0, 0.2) * voice.size), np.float32)
        parts += [voice, pause]
        filled += voice.size + pause.size
    return np.concatenate(parts)[:samples].astype(np.float64)


def _rms(wave: NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(wave, dtype=np.float64))))


def _at_level(wave: NDArray[np.float64]) -> Waveform:
    rms = _rms(wave)
    return (wave * (RMS_LEVEL / rms) if rms else wave).astype(np.float32)
