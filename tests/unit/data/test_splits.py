"""Splits: nobody is in two parts, nobody moves, every class can be measured."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from workbench.data.splits import assign_splits, hold_out_validation, splits_by_speaker
from workbench.data.task import Clip, Split

LABELS = ("go", "stop", "yes", "_silence_")


def clip(label: str, speaker: str, number: int, split: Split | None = None) -> Clip:
    return Clip(Path(f"/data/{label}/{speaker}_{number}.wav"), label, split, speaker)


@st.composite
def tasks(draw: st.DrawFn, prefix: str = "s") -> tuple[Clip, ...]:
    speakers = [f"{prefix}{n}" for n in range(draw(st.integers(0, 12)))] + [""]
    rows = draw(
        st.lists(
            st.tuples(st.sampled_from(LABELS), st.sampled_from(speakers), st.integers(0, 30)),
            unique=True,
            max_size=60,
        )
    )
    return tuple(clip(*row) for row in rows)


def parts_of_speakers(clips: tuple[Clip, ...]) -> dict[str, set[Split | None]]:
    parts: dict[str, set[Split | None]] = defaultdict(set)
    for item in clips:
        if item.speaker:
            parts[item.speaker].add(item.split)
    return parts


@given(tasks(), st.integers(0, 5))
def test_every_clip_is_kept_in_order_and_gets_a_split(clips: tuple[Clip, ...], seed: int) -> None:
    split = assign_splits(clips, seed)
    assert tuple(replace(item, split=None) for item in split) == clips
    assert all(item.split for item in split)


@given(tasks(), st.integers(0, 5))
def test_speakers_are_disjoint(clips: tuple[Clip, ...], seed: int) -> None:
    parts = parts_of_speakers(assign_splits(clips, seed))
    if len(parts) >= 3:
        assert all(len(found) == 1 for found in parts.values())


@given(tasks(), st.integers(0, 5), st.randoms())
def test_same_seed_same_split_in_any_order(clips: tuple[Clip, ...], seed: int, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(clips)
    random.shuffle(shuffled)
    assert set(assign_splits(clips, seed)) == set(assign_splits(shuffled, seed))


@given(tasks(), tasks(prefix="t"), tasks())
def test_nothing_moves_when_clips_are_added(
    clips: tuple[Clip, ...], strangers: tuple[Clip, ...], more: tuple[Clip, ...]
) -> None:
    before = assign_splits(clips)
    added = tuple(item for item in (*strangers, *more) if item not in clips)
    after = assign_splits((*before, *added))
    assert after[: len(before)] == before
    known = parts_of_speakers(before)
    if len(known) >= 3:
        for item in after[len(before) :]:
            assert item.speaker not in known or {item.split} == known[item.speaker]


@given(st.integers(3, 40), st.integers(1, 4), st.integers(0, 20))
def test_each_class_reaches_each_part_when_all_speak_all_words(
    speakers: int, takes: int, seed: int
) -> None:
    clips = [
        clip(label, f"s{s}", take)
        for label in LABELS
        for s in range(speakers)
        for take in range(takes)
    ]
    found = {(item.label, item.split) for item in assign_splits(clips, seed)}
    assert found == {(label, part) for label in LABELS for part in Split}


@given(st.sampled_from(["", "only"]), st.integers(5, 60), st.integers(0, 20))
def test_each_class_reaches_each_part_without_speakers(who: str, count: int, seed: int) -> None:
    clips = [clip(label, who, n) for label in LABELS for n in range(count)]
    split = assign_splits(clips, seed)
    for label in LABELS:
        mine = [item.split for item in split if item.label == label]
        assert mine.count(Split.TRAIN) >= max(1, int(0.4 * count))
        assert mine.count(Split.VAL) >= max(1, int(0.05 * count))
        assert mine.count(Split.TEST) >= max(1, int(0.05 * count))


@given(tasks(), st.integers(0, 5))
def test_each_class_can_be_trained(clips: tuple[Clip, ...], seed: int) -> None:
    split = assign_splits(clips, seed)
    trained = {item.label for item in split if item.split is Split.TRAIN}
    assert trained == {item.label for item in clips}


def test_the_parts_of_two_hundred_speakers_are_near_their_shares() -> None:
    clips = [clip("go", f"speaker{n}", 0) for n in range(2000)]
    counts = [item.split for item in assign_splits(clips)]
    # Three standard deviations of a binomial distribution.
    assert abs(counts.count(Split.TRAIN) - 1600) < 3 * (2000 * 0.8 * 0.2) ** 0.5
    assert abs(counts.count(Split.VAL) - 200) < 3 * (2000 * 0.1 * 0.9) ** 0.5


def test_a_speaker_stays_without_stored_splits_when_no_repair_is_needed() -> None:
    many = [clip("go", f"speaker{n}", 0) for n in range(100)]
    before = parts_of_speakers(assign_splits(many))
    after = parts_of_speakers(assign_splits([*many, clip("go", "new", 0), clip("go", "newer", 0)]))
    assert {name: after[name] for name in before} == before


def test_given_splits_are_kept_and_their_speakers_followed() -> None:
    given_clips = [
        clip("go", "a", 0, Split.TRAIN),
        clip("go", "b", 0, Split.VAL),
        clip("go", "c", 0, Split.VAL),
    ]
    split = assign_splits([*given_clips, clip("go", "b", 1), clip("stop", "a", 1)])
    assert list(split[:3]) == given_clips
    assert [item.split for item in split[3:]] == [Split.VAL, Split.TRAIN]


def test_complete_given_splits_get_no_invented_test_part() -> None:
    given_clips = [clip("go", f"s{n}", 0, Split.TRAIN if n < 8 else Split.VAL) for n in range(10)]
    assert list(assign_splits(given_clips)) == given_clips


def test_validation_is_held_out_of_train_only() -> None:
    clips = [clip("go", f"s{n}", k, Split.TRAIN) for n in range(9) for k in range(3)]
    clips += [clip("go", "tester", k, Split.TEST) for k in range(5)]
    held_out = hold_out_validation(clips)
    assert held_out[27:] == tuple(clips[27:])
    assert {item.split for item in held_out[:27]} == {Split.TRAIN, Split.VAL}
    assert all(len(found) == 1 for found in parts_of_speakers(held_out).values())


def test_one_speaker_is_split_by_clip_and_three_by_speaker() -> None:
    assert not splits_by_speaker([clip("go", "a", n) for n in range(9)])
    assert splits_by_speaker([clip("go", speaker, 0) for speaker in "abc"])
