"""The item models of the Data station keep Qt's contract and show what is in the records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.gui.data_project import word_folder
from workbench.data.task import SILENCE, Split
from workbench.gui.bridge.outlines import Outlines
from workbench.gui.itemmodels import clips as columns
from workbench.gui.itemmodels.classes import Group, GroupsModel
from workbench.gui.itemmodels.clip_choice import ClipChoice
from workbench.gui.itemmodels.clips import OUTLINE_ROLE, ClipsModel
from workbench.project.clip_rows import ClipList, ClipRow, Shelf, place

ALL = ClipChoice()


def _row(
    number: int,
    label: str = "stop",
    speaker: str = "ann",
    split: Split | None = Split.TRAIN,
    removed: int = 0,
) -> ClipRow:
    flags = "quiet" if number == 1 else ""
    length_s = 1.0 + number % 5
    return ClipRow(
        str(number), "1", "x.wav", "", label, split, speaker, 0.0, None, length_s, flags, removed
    )


def _show(model: ClipsModel, rows: Sequence[ClipRow], choice: ClipChoice = ALL) -> None:
    rows = sorted(rows, key=place)
    model.show_clips(rows, {row.id: row for row in rows}.get, choice)


def _ids(model: ClipsModel) -> list[str]:
    return [row.id for row in model.records]


def test_the_clip_table_keeps_the_contract_through_every_change(
    qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    model = ClipsModel(Outlines())
    qtmodeltester.check(model)
    _show(model, [_row(0), _row(1)])
    qtmodeltester.check(model)
    model.take([(_row(0), _row(0, label="down"))])
    assert model.index(0, columns.WORD).data() == "down"
    model.take([(_row(1), _row(1, removed=1))])
    qtmodeltester.check(model)
    _show(model, [])
    assert model.rowCount() == 0
    qtmodeltester.check(model)


def test_a_row_shows_word_speaker_length_flags_and_split(qtbot: QtBot) -> None:
    model = ClipsModel(Outlines())
    _show(model, [_row(0), _row(1, "up", "bob", Split.TEST)])
    shown = [model.index(1, column).data() for column in range(2, model.columnCount())]
    assert shown == ["up", "bob", "2.00", "quiet", "test"]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (ClipChoice(), ["1", "0", "2"]),
        (ClipChoice(word="stop"), ["0", "2"]),
        (ClipChoice(speaker="bob"), ["1", "2"]),
        (ClipChoice(text="QUIET"), ["1"]),
        (ClipChoice(word="stop", text="test"), ["2"]),
        (ClipChoice(ids=frozenset({"2", "1"})), ["1", "2"]),
    ],
)
def test_the_choice_shows_one_word_one_speaker_or_what_was_searched(
    qtbot: QtBot, choice: ClipChoice, expected: list[str]
) -> None:
    model = ClipsModel(Outlines())
    _show(model, [_row(0), _row(1, "go", "bob"), _row(2, "stop", "bob", Split.TEST)], choice)
    assert _ids(model) == expected


def test_sorting_moves_the_rows_and_keeps_indexes_on_their_clips(
    qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    model = ClipsModel(Outlines())
    qtmodeltester.check(model)
    clips = ClipList([_row(1, "go"), _row(3, "go"), _row(0, "stop"), _row(2, "up")])
    model.show_clips(clips.present.rows, clips.get, ALL)
    kept = QPersistentModelIndex(model.index(1, columns.WORD))
    model.sort(columns.WORD, Qt.SortOrder.DescendingOrder)
    assert _ids(model) == ["2", "0", "3", "1"]
    assert model.records[kept.row()].id == "3"
    model.take(clips.take([_row(4, "zoo")]))
    assert _ids(model)[0] == "4"
    model.sort(-1)
    assert _ids(model) == ["1", "3", "0", "2", "4"]
    assert model.row_of("nobody") == -1


rows = st.builds(
    _row,
    st.just(0),
    st.sampled_from(("go", "stop", SILENCE)),
    st.sampled_from(("", "ann", "bob")),
    st.sampled_from(tuple(Split)),
    st.integers(0, 1),
)
choices = st.builds(
    ClipChoice,
    st.sampled_from((None, "go")),
    st.sampled_from((None, "ann")),
    st.sampled_from(("", "o", "train")),
    removed=st.booleans(),
)
orders = st.none() | st.tuples(
    st.sampled_from((columns.WORD, columns.SPEAKER, columns.LENGTH, columns.SPLIT)),
    st.sampled_from(tuple(Qt.SortOrder)),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(rows, max_size=12),
    choices,
    orders,
    st.lists(st.lists(st.tuples(st.integers(0, 14), rows), max_size=4), max_size=5),
)
def test_after_any_edits_the_table_equals_one_that_is_shown_anew(
    qapp: QApplication,
    found: list[ClipRow],
    choice: ClipChoice,
    order: tuple[int, Qt.SortOrder] | None,
    edits: list[list[tuple[int, ClipRow]]],
) -> None:
    first = [row._replace(id=str(number)) for number, row in enumerate(found)]
    clips = ClipList(sorted(first, key=place))
    model = ClipsModel(Outlines())
    model.show_clips(_shelf(clips, choice), clips.get, choice)
    if order is not None:
        model.sort(*order)
    marks = {
        row.id: QPersistentModelIndex(model.index(n, 0)) for n, row in enumerate(model.records)
    }
    for edit in edits:
        model.take(clips.take([row._replace(id=str(number)) for number, row in edit]))
        anew = ClipsModel(Outlines())
        anew.show_clips(_shelf(clips, choice), clips.get, choice)
        if order is not None:
            anew.sort(*order)
        assert model.records == anew.records
        assert [model.row_of(one) for one in _ids(model)] == list(range(model.rowCount()))
    for clip_id, mark in marks.items():
        assert not mark.isValid() or _ids(model)[mark.row()] == clip_id


def _shelf(clips: ClipList, choice: ClipChoice) -> list[ClipRow]:
    return (clips.removed if choice.removed else clips.present).rows


def test_groups_count_train_validation_and_test(qtbot: QtBot, qtmodeltester: ModelTester) -> None:
    rows = [
        _row(0),
        _row(1),
        _row(2, split=Split.VAL),
        _row(3, "go", split=Split.TEST),
        _row(4, "go", split=None),
    ]
    parts = Shelf(sorted(rows, key=place)).labels
    assert parts == {"stop": (2, 1, 0), "go": (1, 0, 1)}
    model = GroupsModel()
    model.show_groups([Group(name, name, numbers) for name, numbers in parts.items()])
    qtmodeltester.check(model)
    assert model.row_of("stop") == 1
    assert model.row_of("left") == -1


def test_an_outline_is_made_in_the_background_and_announced(qtbot: QtBot, tmp_path: Path) -> None:
    path = word_folder(tmp_path) / "stop" / "ann_nohash_0.wav"
    broken = tmp_path / "down" / "broken.wav"
    outlines = Outlines()
    model = ClipsModel(outlines)
    _show(model, [_row(0)._replace(path=str(path)), _row(1)._replace(path=str(broken))])
    cells = [model.index(row, columns.WAVE) for row in range(2)]
    assert [cell.data(OUTLINE_ROLE) for cell in cells] == [None, None]
    told: list[str] = []
    outlines.ready.connect(told.append)
    qtbot.waitUntil(lambda: len(told) == 2)
    assert set(told) == {"0", "1"}
    low, high = cells[0].data(OUTLINE_ROLE)
    assert 0.2 < high.max() < 0.4
    assert -0.4 < low.min() < -0.2
    np.testing.assert_array_equal(cells[1].data(OUTLINE_ROLE), 0)
