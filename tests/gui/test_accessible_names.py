"""Whatever can have the focus is called something by a screen reader."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.filled_window import visit
from workbench.gui.dialogs.last_layer import LastLayerDialog
from workbench.gui.main_window import MainWindow
from workbench.gui.session import Session

CHARTS = "workbench.gui.plots."


def is_called_something(part: QWidget) -> bool:
    """By what a screen reader reads: a name of its own, its text, or the label that leads to it."""
    spoken = QAccessible.queryAccessibleInterface(part)
    return bool(spoken.text(QAccessible.Text.Name).strip())


def takes_focus(part: QWidget) -> bool:
    """As far as it is ours: the list below a combo box is Qt's, and a hidden button or label has no text yet."""
    around = part.parentWidget()
    assert around is not None
    if around.metaObject().className() == "QComboBoxPrivateContainer":
        return False
    has_text = part.isVisible() or not isinstance(part, QLabel | QAbstractButton)
    return has_text and part.focusPolicy() != Qt.FocusPolicy.NoFocus and part.focusProxy() is None


def is_chart(part: QWidget) -> bool:
    return any(kind.__module__.startswith(CHARTS) for kind in type(part).__mro__)


def nameless(widget: QWidget) -> list[str]:
    """Charts and what takes the focus, shown now or not, without a name; each with what it lies in."""
    return [
        f"{type(part).__name__} in {type(part.parentWidget()).__name__}"
        for part in widget.findChildren(QWidget)
        if (takes_focus(part) or is_chart(part)) and not is_called_something(part)
    ]


def test_charts_and_whatever_takes_the_focus_have_names(qtbot: QtBot, filled: MainWindow) -> None:
    found = {str(station): nameless(page) for station, page in visit(qtbot, filled)}
    found["window"] = nameless(filled)
    assert {where: names for where, names in found.items() if names} == {}


def test_the_window_of_the_toys_has_names_for_them(qtbot: QtBot, session: Session) -> None:
    dialog = LastLayerDialog()
    qtbot.addWidget(dialog)
    assert nameless(dialog) == []
