"""Copies are told from different takes, whatever was done to them."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from workbench.data.fingerprints import SAME_RECORDING, copies, correlation, fingerprint

RATE_HZ = 16000
Utterances = list[tuple[str, np.ndarray]]


def encoded(samples: np.ndarray, kind: str, subtype: str) -> np.ndarray:
    memory = io.BytesIO()
    soundfile.write(memory, samples, RATE_HZ, format=kind, subtype=subtype)
    memory.seek(0)
    return np.asarray(soundfile.read(memory)[0])


def shifted(samples: np.ndarray, milliseconds: int) -> np.ndarray:
    """Move the word inside a clip of the same length; the gap is faint noise, as in a recording."""
    count = abs(milliseconds) * RATE_HZ // 1000
    gap = 1e-4 * np.random.default_rng(0).standard_normal(count)
    if milliseconds > 0:
        return np.concatenate([gap, samples[:-count]])
    return np.concatenate([samples[count:], gap])


CHANGES = {
    "mp3": lambda samples: encoded(samples, "MP3", "MPEG_LAYER_III"),
    "opus": lambda samples: encoded(samples, "OGG", "OPUS"),
    "vorbis": lambda samples: encoded(samples, "OGG", "VORBIS"),
    "later": lambda samples: shifted(samples, 90),
    "earlier": lambda samples: shifted(samples, -70),
    "louder": lambda samples: samples / np.abs(samples).max(),
    "quieter, upside down": lambda samples: -0.1 * samples,
    "shifted and encoded": lambda samples: encoded(shifted(samples, 50), "OGG", "OPUS"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_changed_copy_finds_its_original_and_nothing_else(
    utterances: Utterances, change: str
) -> None:
    originals = [fingerprint(samples.astype(np.float32)) for _, samples in utterances]
    changed = [
        fingerprint(CHANGES[change](samples).astype(np.float32)) for _, samples in utterances
    ]
    pairs = [(query, other) for query, other, _ in copies(changed, originals)]
    assert pairs == [(number, number) for number in range(len(utterances))]


def test_correlation_is_one_for_a_part_and_small_for_other_noise() -> None:
    generator = np.random.default_rng(1)
    long = generator.standard_normal(8000).astype(np.float32)
    other = generator.standard_normal(8000).astype(np.float32)
    assert correlation(long, long[1000:7000] * 3) == pytest.approx(1.0, abs=1e-5)
    assert correlation(long, other) < 0.2 < SAME_RECORDING


def test_a_sliver_in_common_does_not_count() -> None:
    generator = np.random.default_rng(2)
    first = generator.standard_normal(8000).astype(np.float32)
    second = np.concatenate([first[-800:], generator.standard_normal(7200)]).astype(np.float32)
    assert correlation(first, second) < SAME_RECORDING


def test_silence_and_tiny_clips_have_no_copies() -> None:
    nothing = fingerprint(np.zeros(RATE_HZ, dtype=np.float32))
    tiny = fingerprint(np.ones(10, dtype=np.float32))
    assert copies([nothing, tiny], [nothing]) == []
    assert copies([], [nothing]) == []
