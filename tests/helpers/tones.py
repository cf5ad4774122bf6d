"""A task that needs no recordings: each class is a tone of its own in noise, by several made-up speakers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from workbench.audio.files import write_wave

RATE_HZ = 16000
TONES_HZ = {"low": 400.0, "middle": 1100.0, "high": 2700.0}


def tone(frequency_hz: float, seed: int) -> np.ndarray:
    """One second: a tone burst at a random place, level and slight detuning, in white noise."""
    generator = np.random.default_rng(seed)
    time_s = np.arange(RATE_HZ) / RATE_HZ
    centre, width = generator.uniform(0.35, 0.65), generator.uniform(0.08, 0.15)
    envelope = np.exp(-(((time_s - centre) / width) ** 2))
    detuned = frequency_hz * generator.uniform(0.97, 1.03)
    clean = generator.uniform(0.1, 0.5) * envelope * np.sin(2 * np.pi * detuned * time_s)
    return (clean + generator.normal(0, 0.01, RATE_HZ)).astype(np.float32)


def write_tone_task(folder: Path, speakers: int = 10, takes: int = 2) -> Path:
    """Write ``folder/<class>/<speaker>_nohash_<take>.wav`` and return the folder."""
    for index, (label, frequency_hz) in enumerate(TONES_HZ.items()):
        for speaker in range(speakers):
            for take in range(takes):
                samples = tone(frequency_hz, 1000 * index + 10 * speaker + take)
                write_wave(folder / label / f"{speaker:04x}_nohash_{take}.wav", samples, RATE_HZ)
    return folder
