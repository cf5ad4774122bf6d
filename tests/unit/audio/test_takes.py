"""Cutting a recording into takes: planted words at known places, real ones where they are there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.folders import SHARED_DATA
from workbench.audio.files import read_audio
from workbench.audio.hands_free import HandsFree, Phase, TakePlan
from workbench.audio.takes import NOTHING_HEARD, TakeFinder, TakeRules, split_takes

RATE_HZ = 16000
ARABIC = SHARED_DATA / "speech" / "arabic-40"


def _silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE_HZ), dtype=np.float32)


def _vowel(seconds: float = 0.4, peak: float = 0.5) -> np.ndarray:
    """A harmonic tone that swells and fades: the coarse shape of a spoken syllable."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * 140 * k * time_s) / k for k in range(1, 12))
    shaped = tone * np.hanning(len(time_s))
    return (peak * shaped / np.abs(shaped).max()).astype(np.float32)


def _room(samples: np.ndarray, level_db: float = -60.0, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal(len(samples)) * 10 ** (level_db / 20)
    return (samples + noise).astype(np.float32)


def _spoken(words: list[np.ndarray], pause_s: float = 0.8) -> tuple[np.ndarray, list[float]]:
    """Words after a second of room, with the second at which the middle of each lies."""
    parts, middles = [_silence(1.0)], []
    for word in words:
        middles.append((sum(map(len, parts)) + len(word) / 2) / RATE_HZ)
        parts += [word, _silence(pause_s)]
    return _room(np.concatenate(parts)), middles


def test_each_word_becomes_one_take_with_the_word_in_its_middle() -> None:
    recording, middles = _spoken([_vowel(0.3), _vowel(0.5), _vowel(0.7)])
    takes = split_takes(recording)
    assert [take.reason for take in takes] == ["", "", ""]
    for take, middle in zip(takes, middles, strict=True):
        assert (take.start_s + take.end_s) / 2 == pytest.approx(middle, abs=0.03)
        assert len(take.samples) == RATE_HZ
        energy = np.square(take.samples, dtype=float)
        centre_s = (energy * np.arange(RATE_HZ)).sum() / energy.sum() / RATE_HZ
        assert centre_s == pytest.approx(0.5, abs=0.03)


@settings(max_examples=15, deadline=None)
@given(blocks=st.lists(st.integers(1, 9_000), min_size=1, max_size=20))
def test_the_takes_do_not_depend_on_how_the_stream_is_cut(blocks: list[int]) -> None:
    recording, _ = _spoken([_vowel(0.3), _vowel(0.5)])
    finder, takes, start = TakeFinder(), [], 0
    for size in [*blocks, len(recording)]:
        takes += finder.feed(recording[start : start + size])
        start += size
    takes += finder.finish()
    for take, expected in zip(takes, split_takes(recording), strict=True):
        np.testing.assert_array_equal(take.samples, expected.samples)
        assert take.start_s == expected.start_s


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        (np.clip(4 * _vowel(), -1, 1), "clipped"),
        (_vowel(peak=0.012), "too quiet"),
        (_vowel(2.0), "longer than 1 s"),
    ],
)
def test_a_bad_take_is_rejected_with_its_reason(word: np.ndarray, reason: str) -> None:
    recording, _ = _spoken([word])
    assert [take.reason for take in split_takes(recording)] == [reason]


@pytest.mark.parametrize("level_db", [-80.0, -45.0, -30.0])
def test_a_room_without_words_gives_no_take(level_db: float) -> None:
    assert split_takes(_room(_silence(5.0), level_db)) == ()


def test_a_click_is_no_take() -> None:
    recording = _silence(2.0)
    recording[RATE_HZ : RATE_HZ + 200] = 0.8
    assert split_takes(_room(recording)) == ()


def test_a_word_at_the_edge_of_the_recording_is_padded_with_silence() -> None:
    takes = split_takes(_vowel(0.3))
    assert len(takes) == 1
    np.testing.assert_array_equal(takes[0].samples[: round(0.3 * RATE_HZ)], 0)


def test_a_hum_that_starts_and_stays_is_not_heard_as_words_for_ever() -> None:
    hum = _room(_silence(20.0), -30.0)
    hum[: 2 * RATE_HZ] = _room(_silence(2.0), -70.0)
    takes = split_takes(hum)
    assert all(take.reason for take in takes)
    assert all(take.end_s < 8.0 for take in takes)


@pytest.mark.skipif(not ARABIC.is_dir(), reason="shared speech is not here; planted words ran")
def test_real_words_spoken_in_a_row_are_found_one_by_one() -> None:
    files = sorted(ARABIC.glob("*/*_NO_03.ogg"))[::40][:20]
    recording, middles = _spoken([_calmed(path) for path in files])
    takes = split_takes(recording)
    assert len(takes) == len(files)
    assert sum(take.is_good for take in takes) >= len(files) - 1
    for take, middle in zip(takes, middles, strict=True):
        assert take.start_s < middle + 0.5
        assert take.end_s > middle - 0.5


def _calmed(path: Path) -> np.ndarray:
    samples = read_audio(path)
    return samples * min(1.0, 0.9 / float(np.abs(samples).max()))


def _run(session: HandsFree, stream: np.ndarray) -> list[str]:
    reasons = []
    for start in range(0, len(stream), 480):
        reasons += [take.reason for take in session.feed(stream[start : start + 480])]
    return reasons


def test_the_countdown_is_told_in_whole_seconds_and_speech_in_it_is_ignored() -> None:
    session = HandsFree(TakePlan(wanted=1))
    assert (session.countdown, session.phase) == (3, Phase.COUNTDOWN)
    stream = _room(np.concatenate([_silence(1.2), _vowel(), _silence(1.2)]))
    assert _run(session, stream) == []
    assert session.countdown == 1
    assert _run(session, _room(np.concatenate([_silence(1.0), _vowel(), _silence(1.0)]))) == [""]
    assert session.phase is Phase.COMPLETE


def test_it_ends_by_itself_when_enough_good_takes_are_there() -> None:
    words = [_vowel(), np.clip(4 * _vowel(), -1, 1), _vowel(), _vowel()]
    session = HandsFree(TakePlan(wanted=2, countdown_s=1.0))
    assert _run(session, _spoken(words)[0]) == ["", "clipped", ""]
    assert (session.phase, session.good) == (Phase.COMPLETE, 2)
    assert session.feed(_vowel()) == ()


def test_silence_after_a_prompt_is_a_rejected_take_and_ends_the_recording_in_the_end() -> None:
    plan = TakePlan(wanted=5, countdown_s=1.0, patience_s=2.0, most_failures=3)
    session = HandsFree(plan)
    assert _run(session, _room(_silence(12.0))) == [NOTHING_HEARD] * 3
    assert session.phase is Phase.GAVE_UP
    assert session.now_s == pytest.approx(1.0 + 3 * 2.0, abs=0.1)


def test_rules_are_followed() -> None:
    recording, _ = _spoken([_vowel(0.9)])
    assert split_takes(recording, rules=TakeRules(clip_s=0.5))[0].reason == "longer than 0.5 s"
