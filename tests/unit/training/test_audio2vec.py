"""Audio2Vec: windows cut as the method says, a loss that falls without labels, and a run that continues bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.tones import RATE_HZ, tone, write_tone_task
from workbench.audio.files import write_wave
from workbench.audio.frontend import FRONTENDS
from workbench.backbones.audio_encoder import AudioEncoder
from workbench.backbones.registry import build, load_backbone
from workbench.cancel import CancelToken
from workbench.errors import WorkbenchError
from workbench.methods.versions import versions_here
from workbench.training.audio2vec import Audio2Vec, Audio2VecJob, audio2vec
from workbench.training.events import CheckpointSaved, EpochFinished, RunFinished, RunStarted
from workbench.training.slices import (
    CONTEXT,
    LAYOUTS,
    SLICE_FRAMES,
    Layout,
    Recording,
    WindowBatches,
    collect,
    is_held_out,
    layout_for,
    moments,
)

FRONTEND = FRONTENDS["logmel64"]
WIDE, NARROW = LAYOUTS


def recording(frames: int, first: int = 0) -> Recording:
    """Frame i holds the number first + i in every band."""
    numbers = np.arange(first, first + frames, dtype=np.float16)
    layout = layout_for(frames)
    assert layout is not None
    return Recording(np.repeat(numbers[:, None], 64, axis=1), layout)


def test_one_second_holds_three_slices_and_five_need_more() -> None:
    second = FRONTEND.frames(RATE_HZ)
    assert (WIDE.span, NARROW.span, second) == (168, 98, 98)
    assert layout_for(second) is NARROW
    assert layout_for(WIDE.span - 1) is NARROW
    assert layout_for(WIDE.span) is WIDE
    assert layout_for(NARROW.span - 1) is None


@given(st.sampled_from(LAYOUTS), st.integers(0, 500))
@settings(deadline=None, max_examples=30)
def test_slices_follow_each_other_with_a_gap_and_the_middle_one_is_hidden(
    layout: Layout, first: int
) -> None:
    window = np.arange(first, first + layout.span)[:, None]
    middle, around = layout.cut(window)
    assert len(around) == 2 * layout.sides
    starts = [int(part[0, 0]) for part in around]
    whole = sorted([*starts, int(middle[0, 0])])
    assert whole[layout.sides] == middle[0, 0]
    assert set(np.diff(whole)) == {SLICE_FRAMES + layout.gap}
    assert all((np.diff(part[:, 0]) == 1).all() for part in (middle, *around))


def test_the_places_of_missing_neighbours_stay_empty() -> None:
    assert (list(WIDE.places), list(NARROW.places), CONTEXT) == ([0, 1, 2, 3], [1, 2], 4)
    batches = WindowBatches([recording(98), recording(168, 1000)], 8)
    (batch,) = batches.epoch("seed")
    assert (len(batch), len(batch.around), len(batch.places)) == (2, 6, 6)
    short = int((batch.middle[:, 0, 0] < 1000).nonzero())
    taken = [int(p) - short * CONTEXT for p in batch.places if int(p) // CONTEXT == short]
    assert taken == [1, 2]
    before, middle = batch.around[:, 0, 0], batch.middle[short, 0, 0]
    mine = before[batch.places // CONTEXT == short]
    assert mine.tolist() == [middle - 33, middle + 33]


def test_an_epoch_hears_everything_and_follows_from_its_seed() -> None:
    batches = WindowBatches([recording(98, 200 * i) for i in range(7)] + [recording(900)], 4)
    assert batches.steps == 3
    one, two, other = (list(batches.epoch("a", n)) for n in (1, 1, 2))
    assert [len(b) for b in one] == [4, 4, 4]
    assert all(torch.equal(a.around, b.around) for a, b in zip(one, two, strict=True))
    assert not all(torch.equal(a.around, b.around) for a, b in zip(one, other, strict=True))


def test_moments_are_those_of_all_frames_together() -> None:
    parts = [recording(98), recording(168, 300)]
    frames = np.concatenate([part.frames for part in parts]).astype(np.float64)
    mean, deviation = moments(parts)
    assert np.allclose(mean, frames.mean(axis=0))
    assert np.allclose(deviation, frames.std(axis=0))


def test_a_speaker_or_source_is_held_out_wholly() -> None:
    parts: dict[int, set[bool]] = {speaker: set() for speaker in range(200)}
    for speaker, found in parts.items():
        for take in range(3):
            found.add(is_held_out(Path(f"yes/{speaker:08x}_nohash_{take}.wav")))
    assert all(len(found) == 1 for found in parts.values())
    assert 3 <= sum(found == {True} for found in parts.values()) <= 25


def test_the_decoder_never_sees_the_slice_that_it_predicts() -> None:
    encoder = build("audio_encoder_small", 0)
    assert isinstance(encoder, AudioEncoder)
    network = Audio2Vec(encoder, torch.zeros(64), torch.ones(64)).eval()
    (batch,) = WindowBatches([recording(168)], 1).epoch(0)
    with torch.no_grad():
        predicted, wanted = network(batch)
        assert torch.equal(wanted, batch.middle)
        batch.middle.zero_()
        assert torch.equal(network(batch)[0], predicted)
        batch.around[0].zero_()
        assert not torch.equal(network(batch)[0], predicted)
    assert predicted.shape == (1, SLICE_FRAMES, 64)


def job_for(tmp_path: Path, name: str, epochs: int = 3) -> Audio2VecJob:
    tones = tmp_path / "tones"
    if not tones.exists():
        write_tone_task(tones, speakers=6, takes=1)
        long = np.concatenate([tone(700.0, seed) for seed in range(3)])
        write_wave(tones / "long.wav", long, RATE_HZ)
    return Audio2VecJob(
        architecture="audio_encoder_small",
        data=(tones,),
        out=tmp_path / name,
        epochs=epochs,
        batch_size=8,
        threads=1,
        attribution=("Tones",),
    )


def test_it_learns_without_labels_and_says_how_well(tmp_path: Path) -> None:
    job = job_for(tmp_path, "audio_encoder_small.tones", epochs=12)
    events = list(audio2vec(job, CancelToken()))
    epochs = [event for event in events if isinstance(event, EpochFinished)]
    assert epochs[-1].train_loss < epochs[0].train_loss
    assert all(event.train_accuracy is None and event.val_accuracy is None for event in epochs)
    last = events[-1]
    assert isinstance(last, RunFinished)
    loaded = load_backbone(job.out)
    assert (loaded.card.labels, loaded.card.metrics, loaded.backbone.classes) == ((), (), 0)
    assert last.record["too_short"] == 0
    found = last.record["held_out"]
    assert f"{found['error']:.3f} against {found['of_mean']:.3f}" in loaded.card.recipe
    page = (job.out / "README.md").read_text("utf-8")
    assert "saw no labels" in page
    assert "- Tones" in page
    assert "Classes" not in page


def test_an_interrupted_training_continues_bit_for_bit(tmp_path: Path) -> None:
    straight, broken = job_for(tmp_path, "one.tones"), job_for(tmp_path, "two.tones")
    list(audio2vec(straight, CancelToken()))
    for event in audio2vec(broken, CancelToken()):
        if isinstance(event, CheckpointSaved):
            break
    events = list(audio2vec(broken, CancelToken()))
    assert isinstance(events[0], RunStarted)
    assert (events[0].resumed_from_epoch, events[0].begun_with) == (1, versions_here())
    one, two = (load_backbone(job.out).backbone.state_dict() for job in (straight, broken))
    assert all(torch.equal(tensor, two[name]) for name, tensor in one.items())


def test_what_cannot_be_trained_is_refused(tmp_path: Path) -> None:
    job = job_for(tmp_path, "x.tones")
    with pytest.raises(WorkbenchError, match="audio encoders only"):
        list(audio2vec(job.model_copy(update={"architecture": "bcresnet1"}), CancelToken()))
    with pytest.raises(WorkbenchError, match="is not there"):
        list(audio2vec(job.model_copy(update={"data": (tmp_path / "no",)}), CancelToken()))
    (tmp_path / "empty").mkdir()
    with pytest.raises(WorkbenchError, match="no audio file"):
        list(audio2vec(job.model_copy(update={"data": (tmp_path / "empty",)}), CancelToken()))
    write_wave(tmp_path / "short" / "a.wav", tone(400.0, 1)[:8000], RATE_HZ)
    with pytest.raises(WorkbenchError, match="not two recordings"):
        collect([tmp_path / "short"], FRONTEND, CancelToken())


def test_damaged_and_short_files_are_left_out_and_counted(tmp_path: Path) -> None:
    folder = write_tone_task(tmp_path / "tones", speakers=3, takes=1)
    write_wave(folder / "short.wav", tone(400.0, 1)[:8000], RATE_HZ)
    (folder / "damaged.wav").write_bytes(b"RIFF")
    heard = collect([folder], FRONTEND, CancelToken())
    assert len(heard.train) + len(heard.held_out) == 9
    assert heard.short == 1
    assert [problem.path.name for problem in heard.problems] == ["damaged.wav"]
    assert heard.seconds == pytest.approx(9.0)


def test_recordings_of_one_speaker_are_parted_whatever_the_hash_says(tmp_path: Path) -> None:
    """Their hash puts all of them on one side; the last one measures then, and dead links are no recordings."""
    speaker = next(
        f"{n:08x}" for n in range(1000) if is_held_out(Path(f"yes/{n:08x}_nohash_0.wav"))
    )
    for take in range(4):
        write_wave(tmp_path / f"{speaker}_nohash_{take}.wav", tone(400, take).repeat(2), 16000)
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    heard = collect([tmp_path], FRONTENDS["logmel64"], CancelToken())
    assert (len(heard.train), len(heard.held_out)) == (3, 1)
    assert heard.problems == ()
