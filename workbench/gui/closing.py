"""What to do when the window is closed while something trains."""

from __future__ import annotations

from enum import Enum, auto

from PySide6.QtWidgets import QMessageBox, QWidget


class ClosingAnswer(Enum):
    KEEP_TRAINING = auto()
    STOP_AND_SAVE = auto()
    CANCEL = auto()


def ask_about_running(parent: QWidget) -> ClosingAnswer:
    """Ask; Enter keeps training, Escape goes back to the window."""
    box = QMessageBox(parent)
    box.setObjectName("closing_question")
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(parent.tr("A run is not finished"))
    box.setText(parent.tr("A run is still training."))
    box.setInformativeText(
        parent.tr(
            "Keep training leaves it running with the window minimised. Stop and save ends it after the "
            "current step; it can be continued from its last checkpoint."
        )
    )
    keep = box.addButton(parent.tr("Keep training"), QMessageBox.ButtonRole.AcceptRole)
    stop = box.addButton(parent.tr("Stop and save"), QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(keep)
    box.exec()
    if box.clickedButton() is keep:
        return ClosingAnswer.KEEP_TRAINING
    return ClosingAnswer.STOP_AND_SAVE if box.clickedButton() is stop else ClosingAnswer.CANCEL
