"""Files to an operating point: what is counted is what the streaming engine reports of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.unit.detection.fakes import LOGMEL, LoudnessScorer
from tests.unit.detection.test_stream import RATE_HZ, bursts
from workbench.audio.files import read_audio, write_wave
from workbench.cancel import Cancelled, CancelToken
from workbench.data.manifest import MANIFEST_NAME, write_manifest
from workbench.data.task import SILENCE, Clip, Split
from workbench.detection.decoder import DecoderConfig, Detection
from workbench.detection.operating_point import OperatingPoint
from workbench.detection.operating_search import HeardSoFar, OperatingSearch
from workbench.detection.stream import StreamEngine
from workbench.errors import WorkbenchError

CONFIG = DecoderConfig(refractory_ms=400)


@pytest.fixture
def background(tmp_path: Path) -> list[Path]:
    """Two recordings with a loud moment each."""
    paths = [tmp_path / "kitchen.wav", tmp_path / "street.wav"]
    for path, moment_s in zip(paths, (10.0, 20.0), strict=True):
        write_wave(path, bursts((moment_s,), length_s=45.0), RATE_HZ)
    return paths


def task(folder: Path, clips: list[tuple[str, Split, float]]) -> Path:
    """Clips of a second, each a burst of some loudness."""
    made = []
    for i, (label, split, loudness) in enumerate(clips):
        path = folder / "clips" / f"{i}.wav"
        write_wave(path, np.float32(loudness) * bursts((0.25,), length_s=1.0), RATE_HZ)
        made.append(Clip(path, label, split))
    write_manifest(folder / MANIFEST_NAME, made)
    return folder / MANIFEST_NAME


def found(search: OperatingSearch) -> tuple[list[HeardSoFar], OperatingPoint]:
    *heard, point = search.run()
    assert isinstance(point, OperatingPoint)
    assert all(isinstance(one, HeardSoFar) for one in heard)
    return heard, point  # type: ignore[return-value]


def alarms(paths: list[Path], threshold: float) -> int:
    config = CONFIG.model_copy(update={"threshold": threshold})
    return sum(
        isinstance(item, Detection)
        for path in paths
        for item in StreamEngine([LoudnessScorer()], LOGMEL, config).feed(read_audio(path))
    )


def test_several_recordings_are_heard_as_the_engine_hears_them(background: list[Path]) -> None:
    goal = 50.0
    heard, point = found(OperatingSearch(LoudnessScorer(), background, CONFIG, goal))
    assert point.alarms.hours == pytest.approx(90 / 3600)
    assert point.alarms.events == alarms(background, point.threshold) <= goal * 90 / 3600
    assert alarms(background, point.threshold - 0.005) > goal * 90 / 3600
    assert point.missed is None
    assert heard[-1].done_s == pytest.approx(heard[-1].total_s) == pytest.approx(90)


def test_validation_clips_tell_how_many_words_are_missed(
    tmp_path: Path, background: list[Path]
) -> None:
    data = task(
        tmp_path / "words",
        [("loud", Split.VAL, 3.0)] * 3
        + [("loud", Split.VAL, 1e-3), ("loud", Split.TRAIN, 1e-3), (SILENCE, Split.VAL, 1e-3)],
    )
    _, point = found(OperatingSearch(LoudnessScorer(), background, CONFIG, 50.0, data))
    assert point.missed is not None
    assert (point.missed.missed, point.missed.n) == (1, 4)
    assert point.missed.ci95 == (pytest.approx(0.0456, abs=1e-4), pytest.approx(0.6994, abs=1e-4))


def test_a_task_without_validation_clips_leaves_open_what_is_missed(
    tmp_path: Path, background: list[Path]
) -> None:
    data = task(tmp_path / "words", [("loud", Split.TRAIN, 1.0), (SILENCE, Split.VAL, 0.1)])
    _, point = found(OperatingSearch(LoudnessScorer(), background, CONFIG, 50.0, data))
    assert point.missed is None


def test_of_very_many_clips_some_of_each_place_are_heard(
    tmp_path: Path, background: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.detection.operating_search.MOST_WORDS", 4)
    data = task(
        tmp_path / "words", [("loud", Split.VAL, 3.0 if i % 2 else 1e-3) for i in range(10)]
    )
    _, point = found(OperatingSearch(LoudnessScorer(), background, CONFIG, 50.0, data))
    assert point.missed is not None
    assert (point.missed.missed, point.missed.n) == (2, 4)


def test_background_is_amplified_as_it_will_be_listened_to(background: list[Path]) -> None:
    _, plain = found(OperatingSearch(LoudnessScorer(), background, CONFIG, 20.0))
    _, softer = found(OperatingSearch(LoudnessScorer(), background, CONFIG, 20.0, gain_db=-24.0))
    assert softer.threshold < plain.threshold


def test_a_search_can_be_stopped(background: list[Path]) -> None:
    token = CancelToken()
    steps = OperatingSearch(LoudnessScorer(), background, CONFIG, 1.0).run(token)
    assert isinstance(next(steps), HeardSoFar)
    token.stop()
    with pytest.raises(Cancelled):
        next(steps)


def test_a_file_that_is_no_audio_is_refused_before_anything_is_heard(
    tmp_path: Path, background: list[Path]
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"nothing")
    steps = OperatingSearch(LoudnessScorer(), [*background, broken], CONFIG, 1.0).run()
    with pytest.raises(WorkbenchError, match=r"broken\.wav cannot be read"):
        next(steps)
