"""Small tasks on disk, synthesized, and the real speech that lies beside the project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

RATE_HZ = 16000
SPEECH = Path(__file__).resolve().parents[4] / "shared" / "data" / "speech"

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


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache-home"))
    monkeypatch.setattr("workbench.data.archives.cache_dir", lambda: tmp_path / "cache-home")


@pytest.fixture
def speech() -> Path:
    if not SPEECH.is_dir():
        pytest.skip("the shared real speech is not beside the project")
    return SPEECH
