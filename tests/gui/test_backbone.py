"""The Backbone station: cards, the layer table, and importing a checkpoint."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt, QThreadPool
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.helpers.finished_runs import install_backbone
from tests.helpers.logs import LogGuard
from workbench import locations
from workbench.backbones.registry import build, list_backbones, load_backbone
from workbench.gui.dialogs.checkpoint_dialog import CheckpointDialog
from workbench.gui.itemmodels.columns import RAW_ROLE
from workbench.gui.itemmodels.layers import LayerFilter, LayerTable
from workbench.gui.pages.backbone import BackbonePage
from workbench.gui.session import Session
from workbench.images.config import PICTURE_INPUTS
from workbench.notices import Notice

SLOW_MS = 20_000


@pytest.fixture
def page(session: Session, qtbot: QtBot) -> Iterator[BackbonePage]:
    install_backbone(
        "bcresnet1.small", 12, [("english-12", 0.912, 4321)], ["Speech Commands (CC BY 4.0)"]
    )
    install_backbone("res8-narrow.old", 3)
    session.backbone = "bcresnet1.small"
    page = BackbonePage(session)
    qtbot.addWidget(page)
    qtbot.waitUntil(lambda: bool(page.list.cards), timeout=SLOW_MS)
    page.show()
    yield page
    QThreadPool.globalInstance().waitForDone(SLOW_MS)


def card_of(page: BackbonePage, key: str):  # type: ignore[no-untyped-def]
    return next(card for card in page.list.cards if card.key == key)


def checkpoint(folder: Path, name: str = "res8.pt", drop: str = "") -> Path:
    state = build("res8", 12).state_dict()
    state.pop(drop, None)
    torch.save({f"module.{key}": tensor for key, tensor in state.items()}, folder / name)
    return folder / name


def test_cards_tell_size_and_measured_accuracy(page: BackbonePage) -> None:
    card = card_of(page, "bcresnet1.small")
    spoken = card.accessibleDescription()
    assert "9\u2009232 parameters" in spoken
    assert "91.2\u202f%" in spoken
    assert "n = 4\u2009321" in spoken
    assert card.isChecked()
    assert not card_of(page, "res8-narrow.old").isChecked()


def test_a_card_is_chosen_by_mouse_and_by_keys(
    page: BackbonePage, session: Session, qtbot: QtBot
) -> None:
    old = card_of(page, "res8-narrow.old")
    with qtbot.waitSignal(session.backbone_changed) as changed:
        qtbot.mouseClick(old, Qt.MouseButton.LeftButton)
    assert changed.args == ["res8-narrow.old"]
    assert old.isChecked()
    assert page.details.parameters.text == "19\u2009725"
    card_of(page, "bcresnet1.small").setFocus()
    qtbot.keyClick(card_of(page, "bcresnet1.small"), Qt.Key.Key_Space)
    assert session.backbone == "bcresnet1.small"


def test_layer_table_filters_and_sorts(page: BackbonePage) -> None:
    details = page.details
    shown = details.table.filter
    assert shown.rowCount() == 44
    details.norms.setChecked(True)
    assert shown.rowCount() == 44 + 30
    details.search.setText("stage 2")
    details.norms.setChecked(False)
    names = [shown.index(row, 1).data() for row in range(shown.rowCount())]
    assert names
    assert all(name.startswith("BCBlocks.1.") for name in names)
    details.search.clear()
    column = details.table.layers.column_of("parameters")
    details.table.sortByColumn(column, Qt.SortOrder.DescendingOrder)
    values = [shown.index(row, column).data(RAW_ROLE) for row in range(shown.rowCount())]
    assert values == sorted(values, reverse=True)


def test_copied_and_saved_tables_hold_plain_numbers(page: BackbonePage, tmp_path: Path) -> None:
    page.details.copy_all()
    header, first, *_ = QGuiApplication.clipboard().text().split("\n")
    assert header.split("\t")[1] == "Layer"
    assert first.split("\t") == ["1", "cnn_head.0", "stem", "conv", "16x1x5x5", "808000", "400"]
    page.details.save_csv(tmp_path / "layers.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "layers.csv").read_text())))
    assert len(rows) == 74
    assert sum(int(row["parameters"]) for row in rows) == 9232


def test_a_checkpoint_is_imported_and_put_to_use(
    page: BackbonePage, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = page.open_checkpoint(checkpoint(tmp_path))
    qtbot.waitUntil(dialog.import_button.isEnabled, timeout=SLOW_MS)
    assert dialog.architecture.currentText() == "res8"
    assert dialog.frontend.currentText() == "mfcc40"
    assert dialog.label_names[:3] == ("_silence_", "_unknown_", "yes")
    assert dialog.name.text() == "res8.imported"
    assert dialog.report.rows.rowCount() == 27
    dialog.name.setText("res8.mine")
    with qtbot.waitSignal(dialog.imported, timeout=SLOW_MS):
        dialog.import_button.click()
    assert session.backbone == "res8.mine"
    assert load_backbone("res8.mine").card.labels[2] == "yes"
    shown = len(list_backbones())
    qtbot.waitUntil(lambda: len(page.list.cards) == shown, timeout=SLOW_MS)
    assert card_of(page, "res8.mine").isChecked()


def dialog_on(path: Path, qtbot: QtBot) -> CheckpointDialog:
    dialog = CheckpointDialog(path)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: "Reading" not in dialog.outcome.text(), timeout=SLOW_MS)
    return dialog


def test_a_picture_network_is_offered_kinds_of_pictures_and_numbered_labels(
    session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    state = build("lenet5_small", 3).state_dict()
    torch.save(state, tmp_path / "digits.pth")
    dialog = dialog_on(tmp_path / "digits.pth", qtbot)
    offered = [dialog.frontend.itemText(row) for row in range(dialog.frontend.count())]
    assert offered == list(PICTURE_INPUTS)
    assert dialog.frontend.currentText() == "mnist28"
    assert dialog.label_names == ("class 0", "class 1", "class 2")
    assert dialog.import_button.isEnabled()
    state["first"] = state.pop("conv1.weight")
    torch.save(state, tmp_path / "odd.pth")
    dialog = dialog_on(tmp_path / "odd.pth", qtbot)
    top = [dialog.report.rows.index(0, column).data() for column in range(3)]
    assert top == ["first", "conv1.weight", "perhaps renamed"]
    assert "1 perhaps renamed" in dialog.outcome.text()
    assert not dialog.import_button.isEnabled()


def test_an_incomplete_checkpoint_cannot_be_imported(
    session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = dialog_on(checkpoint(tmp_path, drop="conv3.weight"), qtbot)
    assert not dialog.import_button.isEnabled()
    assert "1 missing" in dialog.outcome.text()
    assert "conv3.weight\tmissing" in dialog.report.rows.as_text()


def test_labels_and_name_are_asked_for(session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = dialog_on(checkpoint(tmp_path), qtbot)
    dialog.labels.setPlainText("yes, no")
    assert not dialog.import_button.isEnabled()
    assert "12 outputs; 2 different labels" in dialog.outcome.text()
    dialog.labels.setPlainText("\n".join(f"word {i}" for i in range(12)))
    assert dialog.import_button.isEnabled()
    dialog.name.setText("../elsewhere")
    assert not dialog.import_button.isEnabled()
    (locations.user_models_dir() / "taken").mkdir(parents=True)
    dialog.name.setText("taken")
    assert "already a backbone" in dialog.outcome.text()


def test_a_program_in_disguise_is_refused_in_the_dialog(
    session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    torch.save(build("res8", 2), tmp_path / "net.pt")
    dialog = dialog_on(tmp_path / "net.pt", qtbot)
    assert "program, not only weights" in dialog.outcome.text()
    assert not dialog.import_button.isEnabled()


def test_a_backbone_in_a_folder_elsewhere_has_its_card(session: Session, qtbot: QtBot) -> None:
    page = BackbonePage(session)
    qtbot.addWidget(page)
    qtbot.waitUntil(lambda: bool(page.list.cards), timeout=SLOW_MS)
    assert card_of(page, session.backbone).isChecked()
    assert page.details.classes.text == "4"


def test_an_unreadable_card_is_a_message_beside_the_others(
    session: Session, qtbot: QtBot, expect_log: LogGuard
) -> None:
    expect_log("not a readable weights card")
    broken = locations.user_models_dir() / "broken"
    broken.mkdir(parents=True)
    (broken / "card.json").write_text("{}")
    told: list[Notice] = []
    session.notices.subscribe(told.append)
    page = BackbonePage(session)
    qtbot.addWidget(page)
    qtbot.waitUntil(lambda: bool(page.list.cards), timeout=SLOW_MS)
    assert "not a readable weights card" in told[0].text


def test_filter_keeps_the_order_of_the_network() -> None:
    table = LayerTable()
    table.show_layers(build("bcresnet1", 2).layers())
    shown = LayerFilter(table)
    shown.set_filter("depth-wise", with_norms=False)
    indices = [shown.index(row, 0).data(RAW_ROLE) for row in range(shown.rowCount())]
    assert len(indices) == 25
    assert indices == sorted(indices)
