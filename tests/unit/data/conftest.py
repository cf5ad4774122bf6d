"""Small tasks on disk, synthesized, and the real speech that lies beside the project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.helpers.folders import SHARED_DATA

RATE_HZ = 16000
SPEECH = SHARED_DATA / "speech"

MakeClip = Callable[..., Path]


@pytest.fixture
def make_clip() -> MakeClip:
    """Write one clip of noise; each call sounds different unless a seed is repeated."""
    calls = iter(range(10_000))

    def make(path: Path, seconds: float = 0.3, level: float = 0.1, seed: int | None = None) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        generator = np.random.default_rng(next(calls) + 1000 if seed is None else seed)
        soundfile.write(path, level * generator.standard_normal(int(seconds * RATE_HZ)), RATE_HZ)
        return path

    return make


@pytest.fixture
def speech() -> Path:
    if not SPEECH.is_dir():
        pytest.skip("the shared real speech is not beside the project")
    return SPEECH


@pytest.fixture
def utterances() -> list[tuple[str, np.ndarray]]:
    """Thirty one-second clips by thirty speakers: real ones, or synthesized where those lack."""
    if SPEECH.is_dir():
        paths = sorted((SPEECH / "english-12" / "stop").glob("*_nohash_0.flac"))[:30]
        return [(path.name.split("_")[0], soundfile.read(path)[0]) for path in paths]
    return [(f"voice{number}", _vowels(number)) for number in range(30)]


def _vowels(number: int) -> np.ndarray:
    """A pulse train through three moving resonances, inside some noise."""
    generator = np.random.default_rng(number)
    time_s = np.arange(RATE_HZ) / RATE_HZ
    pitch_hz = generator.uniform(90, 250) * (1 + 0.1 * np.sin(generator.uniform(2, 6) * time_s))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    voice = np.zeros(RATE_HZ)
    for harmonic in range(1, 16):
        loudness = generator.uniform(0, 1) * np.sin(generator.uniform(1, 9) * time_s) ** 2
        voice += loudness * np.sin(harmonic * phase) / harmonic
    envelope = np.exp(-0.5 * ((time_s - generator.uniform(0.4, 0.6)) / 0.12) ** 2)
    return 0.2 * voice * envelope + 0.001 * generator.standard_normal(RATE_HZ)
