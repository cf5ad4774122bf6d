"""The item models of the Data station keep Qt's contract and show what is in the records."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.gui.data_project import word_folder
from workbench.data.task import Clip, Split
from workbench.gui.bridge.outlines import Outlines
from workbench.gui.itemmodels import clips as columns
from workbench.gui.itemmodels.classes import Group, GroupsModel, group_clips
from workbench.gui.itemmodels.clips import OUTLINE_ROLE, ClipFilter, ClipsModel
from workbench.project.project import ClipRecord


def _record(
    number: int, label: str = "stop", speaker: str = "ann", split: Split | None = Split.TRAIN
) -> ClipRecord:
    clip = Clip(Path(f"{number}.wav"), label, split, speaker)
    return ClipRecord(str(number), "1", clip, "", 1.0 + number, ("quiet",) if number == 1 else ())


def test_the_clip_table_keeps_the_contract_through_every_change(
    qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    model = ClipsModel(Outlines())
    qtmodeltester.check(model)
    model.show_records([_record(0), _record(1)])
    qtmodeltester.check(model)
    model.show_records([_record(0, label="down"), _record(1)])
    assert model.index(0, columns.WORD).data() == "down"
    model.show_records([])
    assert model.rowCount() == 0
    qtmodeltester.check(model)


def test_a_row_shows_word_speaker_length_flags_and_split(qtbot: QtBot) -> None:
    model = ClipsModel(Outlines())
    model.show_records([_record(0), _record(1, "go", "bob", Split.TEST)])
    shown = [model.index(1, column).data() for column in range(2, model.columnCount())]
    assert shown == ["go", "bob", "2.00", "quiet", "test"]


@pytest.mark.parametrize(
    ("word", "speaker", "text", "expected"),
    [
        (None, None, "", ["0", "1", "2"]),
        ("stop", None, "", ["0", "2"]),
        (None, "bob", "", ["1", "2"]),
        (None, None, "QUIET", ["1"]),
        ("stop", None, "test", ["2"]),
    ],
)
def test_the_filter_shows_one_word_one_speaker_or_what_was_searched(
    qtbot: QtBot, word: str | None, speaker: str | None, text: str, expected: list[str]
) -> None:
    model = ClipsModel(Outlines())
    model.show_records([_record(0), _record(1, "go", "bob"), _record(2, "stop", "bob", Split.TEST)])
    shown = ClipFilter(model)
    shown.show_only(word, speaker, text)
    assert [shown.record(row).id for row in range(shown.rowCount())] == expected


def test_sorting_moves_the_rows_and_keeps_indexes_on_their_clips(
    qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    model = ClipsModel(Outlines())
    qtmodeltester.check(model)
    shown = ClipFilter(model)
    model.show_records([_record(0, "stop"), _record(1, "go"), _record(2, "up"), _record(3, "go")])
    kept = QPersistentModelIndex(shown.index(1, columns.WORD))
    shown.sort(columns.WORD, Qt.SortOrder.DescendingOrder)
    assert [shown.record(row).id for row in range(4)] == ["2", "0", "1", "3"]
    assert shown.record(kept.row()).id == "1"
    model.show_records([*model.records, _record(4, "zoo")])
    assert shown.record(0).id == "4"
    shown.sort(-1)
    assert shown.row_of("4") == 0
    assert shown.row_of("nobody") == -1


def test_groups_count_train_validation_and_test(qtbot: QtBot, qtmodeltester: ModelTester) -> None:
    records = [
        _record(0),
        _record(1),
        _record(2, split=Split.VAL),
        _record(3, "go", split=Split.TEST),
        _record(4, "go", split=None),
    ]
    parts = group_clips(records, lambda one: one.clip.label)
    assert parts == {"stop": (2, 1, 0), "go": (1, 0, 1)}
    model = GroupsModel()
    model.show_groups([Group(name, name, numbers) for name, numbers in parts.items()])
    qtmodeltester.check(model)
    assert model.row_of("go") == 1
    assert model.row_of("left") == -1


def test_an_outline_is_made_in_the_background_and_announced(qtbot: QtBot, tmp_path: Path) -> None:
    path = word_folder(tmp_path) / "stop" / "ann_nohash_0.wav"
    broken = tmp_path / "down" / "broken.wav"
    outlines = Outlines()
    model = ClipsModel(outlines)
    records = [
        ClipRecord("0", "1", Clip(path, "stop"), "", 1.0, ()),
        ClipRecord("1", "1", Clip(broken, "stop"), "", 1.0, ()),
    ]
    model.show_records(records)
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
