"""The bundled task: complete, fair between its parts, audible, neither trivial nor hopeless."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from tests.helpers.folders import REPOSITORY
from workbench.audio.speech import require_synthesizer
from workbench.data.importers import load_task
from workbench.data.task import SILENCE, UNKNOWN, Clip, Split, Task
from workbench.locations import resources_dir

DEMO = resources_dir() / "demo"
RATE_HZ = 16000
SIZE_LIMIT_BYTES = 5_000_000


@pytest.fixture(scope="module")
def task() -> Task:
    result = load_task(DEMO)
    assert result.problems == ()
    return result.task


@pytest.fixture(scope="module")
def waves(task: Task) -> NDArray[np.float32]:
    """Samples (clip, sample) in the order of ``task.clips``."""
    decoded = [soundfile.read(clip.path, dtype="float32") for clip in task.clips]
    assert {(rate_hz, samples.shape) for samples, rate_hz in decoded} == {(RATE_HZ, (RATE_HZ,))}
    return np.stack([samples for samples, _ in decoded])


@pytest.fixture(scope="module")
def make_demo() -> Iterator[ModuleType]:
    sys.path.insert(0, str(REPOSITORY / "packaging"))
    import make_demo as module

    yield module
    sys.path.pop(0)


def stream_events() -> list[tuple[float, str, float]]:
    with (DEMO / "stream.csv").open(encoding="utf-8") as file:
        return [
            (float(row["time_s"]), row["label"], float(row["end_s"]))
            for row in csv.DictReader(file)
        ]


def frame_power(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean square of every 10 ms."""
    return np.asarray(np.square(wave).reshape(-1, RATE_HZ // 100).mean(axis=1))


def test_everything_is_there_and_small(task: Task) -> None:
    files = [path for path in DEMO.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < SIZE_LIMIT_BYTES
    listed = {clip.path for clip in task.clips} | {DEMO / "stream.ogg"}
    assert {path for path in files if path.suffix == ".ogg"} == listed
    assert {"README.md", "manifest.csv", "stream.csv"} <= {path.name for path in files}


def test_no_speaker_is_in_two_parts(task: Task) -> None:
    parts: dict[str, set[Split | None]] = {}
    for clip in task.clips:
        if clip.label != SILENCE:
            assert clip.speaker
            parts.setdefault(clip.speaker, set()).add(clip.split)
    assert {len(found) for found in parts.values()} == {1}


def test_every_class_is_in_every_part(task: Task) -> None:
    assert task.classes[:2] == (SILENCE, UNKNOWN)
    assert len(task.classes) == 10
    assert all(label.isascii() for label in task.classes)
    for counts in task.counts().values():
        assert counts[Split.TRAIN] >= 20
        assert counts[Split.VAL] >= 6
        assert counts[Split.TEST] >= 10


def test_levels_are_sane(task: Task, waves: NDArray[np.float32]) -> None:
    peaks_db = 20 * np.log10(np.abs(waves).max(axis=1))
    spoken = np.array([clip.label != SILENCE for clip in task.clips])
    assert peaks_db.max() < 0
    assert peaks_db[spoken].min() > -20
    assert peaks_db.min() > -45


def test_words_lie_inside_their_clips(task: Task, waves: NDArray[np.float32]) -> None:
    """A word cut off at an edge would leave its loudest part there."""
    for clip, wave in zip(task.clips, waves, strict=True):
        if clip.label != SILENCE:
            power = frame_power(wave)
            assert max(power[:3].mean(), power[-3:].mean()) < 0.5 * power.max(), clip.path


def test_stream_holds_the_words_where_the_table_says(task: Task) -> None:
    wave, rate_hz = soundfile.read(DEMO / "stream.ogg", dtype="float32")
    events = stream_events()
    assert rate_hz == RATE_HZ
    assert 35 <= wave.size / RATE_HZ <= 45
    assert {label for _, label, _ in events} == set(task.classes) - {SILENCE, UNKNOWN}
    assert all(later[0] - earlier[2] > 1 for earlier, later in pairwise(events))
    power = frame_power(wave)
    spoken = np.zeros(power.size, bool)
    for onset_s, _, end_s in events:
        spoken[round(onset_s * 100) : round(end_s * 100)] = True
    for onset_s, label, end_s in events:
        during = power[round(onset_s * 100) : round(end_s * 100)].mean()
        assert during > 2 * power[~spoken].mean(), label


def test_a_simple_classifier_learns_some_but_not_all(
    task: Task, waves: NDArray[np.float32]
) -> None:
    """Logistic regression on a coarse spectrogram: far above chance, far below perfect."""
    features = np.stack([_coarse_spectrogram(wave) for wave in waves])
    labels = np.array([clip.label for clip in task.clips])
    train, test = (_belongs(task.clips, split) for split in (Split.TRAIN, Split.TEST))
    model = LogisticRegression(C=0.01, max_iter=2000).fit(features[train], labels[train])
    accuracy = model.score(features[test], labels[test])
    assert 3 / len(task.classes) < accuracy < 0.9


def _belongs(clips: tuple[Clip, ...], split: Split) -> NDArray[np.bool_]:
    return np.array([clip.split is split for clip in clips])


def _coarse_spectrogram(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log power in 20 bands x 20 spans of 50 ms, without its mean."""
    spectrum = np.abs(np.fft.rfft(wave.reshape(20, -1)[:, :800] * np.hanning(800))) ** 2
    bands = np.log(spectrum[:, 1:401].reshape(20, 20, 20).mean(axis=2) + 1e-7)
    return np.asarray(bands - bands.mean()).ravel()


def test_the_script_repeats_itself_and_made_these_files(make_demo: ModuleType) -> None:
    voices = make_demo.chatter(Split.TEST)
    planned = list(make_demo.plan(Split.TEST))[::15]
    for clip in planned:
        samples = make_demo.render(clip, voices)
        assert np.array_equal(samples, make_demo.render(clip, voices))
        if require_synthesizer().description in (DEMO / "README.md").read_text(encoding="utf-8"):
            stored, _ = soundfile.read(DEMO / clip.path, dtype="float32")
            assert np.corrcoef(samples, stored)[0, 1] > 0.95, clip.path


def test_the_script_spares_a_foreign_folder(make_demo: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(SystemExit, match="is no demo task"):
        make_demo.make(tmp_path)
    assert (tmp_path / "thesis.txt").exists()
