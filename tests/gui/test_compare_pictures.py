"""What a run on pictures got wrong is looked at where a run on sounds is listened to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers.tiny import tiny_backbone, tiny_patch
from workbench.gui.itemmodels.columns import RECORD_ROLE
from workbench.gui.pages.compare_data import RunRow
from workbench.gui.pages.compare_mistakes import MistakesCard
from workbench.training.job import AdaptationJob
from workbench.training.run_folder import JOB_FILE

SLOW_MS = 30_000
CLASSES = ("nought", "one", "two")
PER_CLASS = 4


@pytest.fixture
def run(tmp_path: Path) -> RunRow:
    """A patch that knows nothing, and the random pictures that it was given."""
    loaded = tiny_backbone(tmp_path / "lenet5_small.tiny", architecture="lenet5_small")
    generator = np.random.default_rng(0)
    for number, word in enumerate(CLASSES):
        for one in range(PER_CLASS):
            for part in ("train", "test"):
                path = tmp_path / "data" / part / word / f"{one}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                pixels = generator.integers(0, 256, (28 + number, 28), np.uint8)
                Image.fromarray(pixels).save(path)
    folder = tmp_path / "run"
    folder.mkdir()
    job = AdaptationJob(
        backbone=str(tmp_path / "lenet5_small.tiny"),
        data=tmp_path / "data",
        method="head",
        out=folder,
    )
    (folder / JOB_FILE).write_text(job.model_dump_json())
    patch = tiny_patch(folder, loaded, "head", classes=CLASSES)
    return row_of(patch, len(CLASSES) * PER_CLASS)


def row_of(patch: Path, n: int) -> RunRow:
    return RunRow(
        key="1",
        name="head",
        title="head",
        common="head",
        method="head",
        backbone="lenet5_small.tiny",
        place=patch,
        part="test",
        accuracy=0.5,
        low=0.4,
        high=0.6,
        n=n,
        changed=0,
        stored=0,
        ratio=0.0,
        file_bytes=0,
        multiplies=0,
        seconds=0.0,
        labels=CLASSES,
        confusion=(),
        seed=0,
        alike="",
    )


def test_a_mistaken_picture_is_shown_when_it_is_chosen(
    qapp: QApplication, qtbot: QtBot, run: RunRow
) -> None:
    card = MistakesCard()
    qtbot.addWidget(card)
    card.resize(500, 700)
    card.show()
    card.show_run(run)
    qtbot.waitUntil(lambda: len(card.rows.records) > 1, timeout=SLOW_MS)
    assert card.view.isVisible()
    assert not card.play_button.isVisible()
    assert [column.title for column in card.rows.columns][-1] == "Group"
    with qtbot.waitSignal(card.reader.read, timeout=SLOW_MS) as read:
        card.table.selectRow(1)
    (shown,) = read.args
    mistake = card.table.model().index(1, 0).data(RECORD_ROLE)
    assert shown.clip == mistake.clip
    assert (shown.height, shown.width) == (28 + CLASSES.index(mistake.truth), 28)
    assert card.view.has_picture
    card.show_pair((mistake.truth, "none of these"))
    assert not card.view.has_picture
