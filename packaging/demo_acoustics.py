"""How the demo's clips are made to sound recorded: trimmed speech, a room, a microphone, noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import fftconvolve, lfilter

from workbench.audio.files import resample
from workbench.audio.noise import NoiseKind, Waveform, babble, generate, mix_at_snr
from workbench.audio.speech import synthesize

RATE_HZ = 16000
CLIP_SAMPLES = RATE_HZ
MARGIN_SAMPLES = RATE_HZ // 20
LONGEST_WORD_SAMPLES = CLIP_SAMPLES - 3 * MARGIN_SAMPLES
FRAME_SAMPLES = RATE_HZ // 100
QUIET_BELOW_PEAK_DB = 35.0
FASTER = 1.12
HIGHEST_PEAK = 0.9


@dataclass(frozen=True)
class Speaker:
    """One invented person: an eSpeak NG voice with habits.

    Attributes:
        name: As in the manifest.
        voice: Language and variant.
        speed: Usual words per minute.
        pitch: Usual pitch, 0 to 99.
    """

    name: str
    voice: str
    speed: int
    pitch: int


def say(word: str, speaker: Speaker, generator: np.random.Generator) -> Waveform:
    """One dry utterance, free of silence around it and short enough for a clip of one second."""
    speed = speaker.speed * generator.uniform(0.9, 1.1)
    pitch = int(np.clip(speaker.pitch + generator.integers(-8, 9), 0, 99))
    while True:
        samples, rate_hz = synthesize(word, speaker.voice, round(speed), pitch)
        spoken = trim(resample(samples, rate_hz, RATE_HZ))
        if spoken.size <= LONGEST_WORD_SAMPLES:
            return spoken / np.float32(np.abs(spoken).max())
        speed *= FASTER


def trim(samples: Waveform) -> Waveform:
    """Drop leading and trailing frames far below the loudest one."""
    frames = samples[: samples.size // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    power = np.square(frames).mean(axis=1)
    heard = np.flatnonzero(power > power.max() * 10 ** (-QUIET_BELOW_PEAK_DB / 10))
    return samples[heard[0] * FRAME_SAMPLES : (heard[-1] + 1) * FRAME_SAMPLES]


def in_room(dry: Waveform, generator: np.random.Generator) -> Waveform:
    """Through an exponentially decaying tail and a microphone that tilts the spectrum.

    The direct sound arrives first and unchanged in time, so onsets stay where they were placed.
    """
    reverberation_s = generator.uniform(0.12, 0.45)
    time_s = np.arange(int(reverberation_s * RATE_HZ)) / RATE_HZ
    tail = generator.standard_normal(time_s.size) * np.exp(-6.9 * time_s / reverberation_s)
    tail[: RATE_HZ // 500] = 0
    direct_to_reverberant_db = generator.uniform(3.0, 14.0)
    tail *= 10 ** (-direct_to_reverberant_db / 20) / np.sqrt(np.square(tail).sum())
    tail[0] = 1.0
    wet = fftconvolve(dry, tail)[: dry.size]
    tilt = generator.uniform(-0.35, 0.35)
    return np.asarray(lfilter([1.0, tilt], [1.0], wet), dtype=np.float32)


def background(
    samples: int, chatter: Sequence[Waveform], generator: np.random.Generator
) -> Waveform:
    """One randomly chosen noise; about a third of the time people talking at once."""
    if generator.uniform() < 0.35:
        return in_room(babble(chatter, samples, generator), generator)
    kind = generator.choice(list(NoiseKind), p=[0.15, 0.35, 0.25, 0.25])
    return generate(NoiseKind(kind), samples, RATE_HZ, generator)


def word_clip(
    word: str, speaker: Speaker, chatter: Sequence[Waveform], generator: np.random.Generator
) -> Waveform:
    """One second with the word somewhere inside, whole, in a room, at some level, in mild noise."""
    spoken = say(word, speaker, generator)
    latest = CLIP_SAMPLES - MARGIN_SAMPLES - spoken.size
    onset = int(generator.integers(MARGIN_SAMPLES, latest + 1))
    placed = np.zeros(CLIP_SAMPLES, np.float32)
    placed[onset : onset + spoken.size] = spoken
    recorded = in_room(placed, generator)
    noisy = mix_at_snr(
        recorded, background(CLIP_SAMPLES, chatter, generator), generator.uniform(8.0, 25.0)
    )
    return at_peak(noisy, generator.uniform(-18.0, -3.0))


def noise_clip(chatter: Sequence[Waveform], generator: np.random.Generator) -> Waveform:
    """One second without a word that could be understood."""
    return at_peak(background(CLIP_SAMPLES, chatter, generator), generator.uniform(-40.0, -12.0))


def at_peak(samples: Waveform, peak_dbfs: float) -> Waveform:
    """Scale to a peak level; never above ``HIGHEST_PEAK``."""
    peak = min(10 ** (peak_dbfs / 20), HIGHEST_PEAK)
    return samples * np.float32(peak / np.abs(samples).max())
