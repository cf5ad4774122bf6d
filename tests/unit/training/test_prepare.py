"""What a run loads before it trains: damaged clips are left out and told, and background noise has bounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from tests.helpers.logs import LogGuard
from workbench.audio.files import read_audio
from workbench.audio.frontend import FRONTENDS
from workbench.audio.noise import NoiseKind, babble, generate
from workbench.cancel import CancelToken
from workbench.data.store import PCM_SCALE, ClipStore
from workbench.data.task import Clip, Split, Task
from workbench.errors import WorkbenchError
from workbench.training import prepare as prepare_module
from workbench.training.prepare import (
    BABBLE_SECONDS,
    COLOUR_SECONDS,
    MOST_TOLD,
    NOISE_LEVEL,
    NOISE_SEED,
    content_fingerprint,
    namespaced,
    noise_samples,
    prepare,
    readable,
    usable_task,
)

RATE_HZ = 16000
FRONTEND = FRONTENDS["logmel40"]


@pytest.fixture
def store(tmp_path: Path) -> ClipStore:
    return ClipStore(tmp_path / "store")


def write_clip(path: Path, seed: int, level: float = 0.1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = level * np.random.default_rng(seed).standard_normal(RATE_HZ)
    soundfile.write(path, np.clip(samples, -1, 1), RATE_HZ)
    return path


def write_task(folder: Path, labels: tuple[str, ...] = ("_silence_", "no", "yes")) -> Path:
    for number, label in enumerate(labels):
        for speaker in range(6):
            write_clip(folder / label / f"{speaker:04x}_nohash_0.wav", 10 * number + speaker)
    return folder


def damage(path: Path) -> Path:
    """Write a float wave whose header is fine and whose samples are not."""
    samples = np.full(RATE_HZ, 0.1, np.float32)
    samples[100] = np.nan
    soundfile.write(path, samples, RATE_HZ, subtype="FLOAT")
    return path


def clips_of(folder: Path, label: str, count: int, level: float = 0.1) -> list[Clip]:
    return [
        Clip(write_clip(folder / f"{label}-{i}.wav", seed=i, level=level), label, Split.TRAIN)
        for i in range(count)
    ]


def test_damaged_clips_are_left_out_and_told(
    tmp_path: Path, store: ClipStore, expect_log: LogGuard
) -> None:
    folder = write_task(tmp_path / "words")
    sound, nothing = usable_task(folder, FRONTEND, store)
    assert nothing == ()
    nan = damage(folder / "yes" / "0000_nohash_1.wav")
    empty = folder / "no" / "empty.wav"
    empty.touch()
    expect_log(r"found in words:\n  .*empty\.wav: Empty file\.\n  .*_1\.wav: .*not numbers")
    task, left_out = usable_task(folder, FRONTEND, store)
    assert task == sound
    assert [
        (problem.path, "" if problem.path == nan else problem.reason) for problem in left_out
    ] == [
        (empty, "Empty file."),
        (nan, ""),
    ]
    prepared = prepare(task, FRONTEND, None, None, CancelToken(), store)
    assert len(prepared.validation) == len(task.part(Split.VAL))
    assert content_fingerprint(task, store) == content_fingerprint(sound, store)


def test_a_class_without_a_readable_clip_is_no_class(
    tmp_path: Path, store: ClipStore, expect_log: LogGuard
) -> None:
    folder = write_task(tmp_path / "words")
    (folder / "maybe").mkdir()
    damage(folder / "maybe" / "0000_nohash_0.wav")
    expect_log("found in words")
    task, _ = usable_task(folder, FRONTEND, store)
    assert task.classes == ("_silence_", "no", "yes")


def test_nothing_but_damaged_clips_is_a_plain_error(tmp_path: Path, store: ClipStore) -> None:
    clips = [Clip(damage(tmp_path / f"{i}.wav"), "yes", Split.TRAIN) for i in range(2)]
    with pytest.raises(WorkbenchError, match=r"None of the 2 clips .*0\.wav cannot be read"):
        readable(clips, FRONTEND, store)
    assert readable([], FRONTEND, store) == ((), ())


def test_too_few_readable_clips_are_a_plain_error(
    tmp_path: Path, store: ClipStore, expect_log: LogGuard
) -> None:
    folder = tmp_path / "words"
    for label in ("no", "yes"):
        write_clip(folder / label / "a.wav", len(label))
    damage(folder / "yes" / "a.wav")
    expect_log("found in words")
    task, _ = usable_task(folder, FRONTEND, store)
    with pytest.raises(WorkbenchError, match="at least two classes"):
        prepare(task, FRONTEND, None, None, CancelToken(), store)


def test_a_long_list_of_problems_is_told_in_short(
    tmp_path: Path, store: ClipStore, expect_log: LogGuard
) -> None:
    folder = write_task(tmp_path / "words")
    for i in range(MOST_TOLD + 3):
        (folder / "yes" / f"note {i:02}.txt").write_text("not audio")
    expect_log(r"note 09\.txt: Not an audio file\.\n  and 3 more$")
    _, left_out = usable_task(folder, FRONTEND, store)
    assert len(left_out) == MOST_TOLD + 3


def expected_noise(words: list[Clip], silence: list[Clip]) -> np.ndarray:
    """The background made from all clips, by its definition."""

    def second(clip: Clip) -> np.ndarray:
        pcm = np.round(np.clip(read_audio(clip.path), -1, 1) * PCM_SCALE)
        return (pcm / PCM_SCALE).astype(np.float32)

    generator = np.random.default_rng(NOISE_SEED)
    parts = [generate(kind, COLOUR_SECONDS * RATE_HZ, RATE_HZ, generator) for kind in NoiseKind]
    parts.append(babble([second(c) for c in words], BABBLE_SECONDS * RATE_HZ, generator))
    parts += [second(clip) for clip in silence]
    return np.concatenate([part * NOISE_LEVEL / np.sqrt(np.mean(part**2)) for part in parts])


def test_a_small_task_gives_all_its_clips_to_the_noise(tmp_path: Path, store: ClipStore) -> None:
    words, silence = clips_of(tmp_path, "yes", 5), clips_of(tmp_path, "_silence_", 3)
    task = Task("words", ("_silence_", "yes"), (*words, *silence))
    found = noise_samples(task, store, RATE_HZ, CancelToken())
    np.testing.assert_allclose(found, expected_noise(words, silence), atol=1e-5)


def test_a_large_task_gives_a_fixed_choice_of_its_clips(
    tmp_path: Path, store: ClipStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare_module, "MOST_NOISE_CLIPS", 4)
    words, silence = clips_of(tmp_path, "yes", 9), clips_of(tmp_path, "_silence_", 7)
    task = Task("words", ("_silence_", "yes"), (*words, *silence))
    asked: list[list[Clip]] = []
    waves = ClipStore.waves

    def noting(self: ClipStore, clips: list[Clip], *rest: object) -> object:
        asked.append(list(clips))
        return waves(self, clips, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(ClipStore, "waves", noting)
    found = noise_samples(task, store, RATE_HZ, CancelToken())
    chosen_words, chosen_silence = asked
    assert len(set(chosen_words)) == len(set(chosen_silence)) == 4
    np.testing.assert_allclose(found, expected_noise(chosen_words, chosen_silence), atol=1e-5)
    assert torch.equal(found, noise_samples(task, store, RATE_HZ, CancelToken()))


def test_words_that_nobody_can_hear_are_a_plain_error(tmp_path: Path, store: ClipStore) -> None:
    muted = clips_of(tmp_path, "yes", 3, level=0.0)
    task = Task("words", ("_silence_", "yes"), (*muted, *clips_of(tmp_path, "_silence_", 3)))
    with pytest.raises(WorkbenchError, match="training clips of words are silent") as caught:
        prepare(task, FRONTEND, None, None, CancelToken(), store)
    assert "microphone" in caught.value.hint
    heard = Task("words", task.classes, (*task.clips, *clips_of(tmp_path / "b", "yes", 1)))
    prepare(heard, FRONTEND, None, None, CancelToken(), store)


def test_tasks_of_one_name_are_not_joined(tmp_path: Path) -> None:
    english = Task("words", ("yes",), tuple(clips_of(tmp_path / "en", "yes", 1)))
    arabic = Task("words", ("yes",), tuple(clips_of(tmp_path / "ar", "yes", 1)))
    with pytest.raises(WorkbenchError, match="2 tasks are named words"):
        namespaced([english, Task("other", (), ()), arabic])
    other = Task("words.ar", arabic.classes, arabic.clips)
    joined = namespaced([english, other])
    assert joined.classes == ("words:yes", "words.ar:yes")
    assert [clip.label for clip in joined.clips] == list(joined.classes)
