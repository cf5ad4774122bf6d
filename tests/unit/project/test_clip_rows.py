"""Clips that take in edits equal clips that are read anew; a new one gets the part that splitting all gives."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.data.splits import assign_splits, split_of_new
from workbench.data.task import SILENCE, UNKNOWN, Clip, Split
from workbench.project.catalogue import NewClip
from workbench.project.clip_rows import ClipList, place
from workbench.project.project import Project

LABELS = ("go", "stop", SILENCE, UNKNOWN)
SPEAKERS = ("", "ann", "bob", "cid")

clips = st.builds(
    Clip,
    st.integers(0, 40).map(lambda number: Path(f"{number}.wav")),
    st.sampled_from(LABELS),
    st.sampled_from(tuple(Split)),
    st.sampled_from(SPEAKERS),
)
edits = st.lists(
    st.tuples(
        st.sampled_from(("label", "speaker", "split", "remove", "restore", "add", "split again")),
        st.sets(st.integers(0, 19), max_size=4),
        st.integers(0, 3),
    ),
    max_size=12,
)


def _fill(project: Project, task_id: str, found: list[Clip]) -> list[str]:
    new = [
        NewClip(f"{number}-{clip.path.name}", "", clip, 0.5 + number, ())
        for number, clip in enumerate(found)
    ]
    return list(project._catalogue.add_clips(task_id, new))


def _edit(project: Project, task_id: str, what: str, ids: list[str], which: int) -> list[str]:
    """One edit as the window makes it; returns the clips that it may have changed."""
    match what:
        case "label":
            project.relabel(ids, LABELS[which])
        case "speaker":
            project.set_speaker(ids, SPEAKERS[which])
        case "split":
            project.set_split(ids, tuple(Split)[which % 3])
        case "remove":
            project.remove_clips(ids)
        case "restore":
            project.restore_clips(ids)
        case "add":
            return _fill(project, task_id, [Clip(Path("n.wav"), LABELS[which], Split.TRAIN, "eve")])
        case "split again":
            project.redo_splits(task_id)
            return [row.id for row in project.clip_list(task_id).present.rows]
    return ids


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.create(tmp_path_factory.mktemp("projects") / "kitchen")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(clips, min_size=1, max_size=20), edits)
def test_after_any_edits_the_list_equals_a_full_reading(
    project: Project, found: list[Clip], wanted: list[tuple[str, set[int], int]]
) -> None:
    task_id = project.add_task("words").id
    ids = _fill(project, task_id, found)
    kept = project.clip_list(task_id)
    for what, numbers, which in wanted:
        touched = [ids[number % len(ids)] for number in sorted(numbers)]
        changed = _edit(project, task_id, what, touched, which)
        kept.take(project.clip_rows(changed))
        assert kept == project.clip_list(task_id)
        rows = kept.present.rows
        assert rows == sorted(rows, key=place)
        assert [row.record for row in rows if row.label == "go"] == [
            record for record in project.clips(task_id) if record.clip.label == "go"
        ]


def test_clips_that_did_not_change_are_no_changes(project: Project) -> None:
    task_id = project.add_task("still").id
    ids = _fill(project, task_id, [Clip(Path("a.wav"), "go", Split.TRAIN)])
    kept = project.clip_list(task_id)
    assert kept.take(project.clip_rows(ids)) == []
    project.relabel(ids, "stop")
    ((old, new),) = kept.take(project.clip_rows(ids))
    assert old is not None
    assert (old.label, new.label) == ("go", "stop")
    assert kept.present.labels == {"stop": (1, 0, 0)}


def test_clips_without_a_part_get_one_when_the_list_is_read(project: Project) -> None:
    task_id = project.add_task("cut off").id
    _fill(project, task_id, [Clip(Path(f"{n}.wav"), "go", None, f"s{n}") for n in range(9)])
    rows = project.clip_list(task_id).present.rows
    assert {row.split for row in rows} == {"train", "val", "test"}
    assert ClipList(rows) == project.clip_list(task_id)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(clips, max_size=25),
    st.sampled_from(LABELS),
    st.sampled_from((*SPEAKERS, "eve")),
    st.integers(0, 3),
)
def test_a_new_clip_gets_the_part_that_splitting_all_gives(
    others: list[Clip], label: str, speaker: str, seed: int
) -> None:
    new = Clip(Path("new.wav"), label, None, speaker)
    counts = Counter((clip.speaker, clip.split) for clip in others)
    alike = [clip for clip in others if clip.label == label]
    expected = assign_splits([*others, new], seed)[-1].split
    assert split_of_new(new, counts, lambda: alike, seed) is expected
