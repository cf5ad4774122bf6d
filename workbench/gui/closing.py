"""What to do when the window or a project is closed while something is under way."""

from __future__ import annotations

from enum import Enum, auto

from PySide6.QtWidgets import QMessageBox, QWidget

from workbench.gui.plural import plural


class ClosingAnswer(Enum):
    KEEP_TRAINING = auto()
    STOP_AND_SAVE = auto()
    CANCEL = auto()


class LeavingAnswer(Enum):
    FINISH_FIRST = auto()
    STOP_AND_KEEP = auto()
    CANCEL = auto()


def ask_about_running(parent: QWidget) -> ClosingAnswer:
    """Ask; Enter keeps training, Escape goes back to the window."""
    box = _question(parent, "closing_question", parent.tr("A run is not finished"))
    box.setText(parent.tr("A run is still training."))
    box.setInformativeText(
        parent.tr(
            "Keep training leaves it running with the window minimised. Stop and save ends it after the "
            "current step; it can be continued from its last checkpoint."
        )
    )
    chosen = _choose(box, parent.tr("Keep training"), parent.tr("Stop and save"))
    return (ClosingAnswer.CANCEL, ClosingAnswer.KEEP_TRAINING, ClosingAnswer.STOP_AND_SAVE)[chosen]


def ask_about_import(parent: QWidget, added: int) -> LeavingAnswer:
    """Ask what becomes of an import; Enter lets it finish, Escape goes back to the window.

    Args:
        parent: What the question is shown over.
        added: Clips that were added so far.
    """
    box = _question(parent, "leaving_question", parent.tr("An import is not finished"))
    box.setText(parent.tr("Clips are still being imported."))
    kept = plural(
        added,
        parent.tr("The 1 clip imported so far stays."),
        parent.tr("The {0} clips imported so far stay."),
    )
    answers = parent.tr(
        "Finish first imports the rest and then goes on with what you asked for. Stop and keep does so "
        "after the files at hand."
    )
    box.setInformativeText(f"{answers} {kept}")
    chosen = _choose(box, parent.tr("Finish first"), parent.tr("Stop and keep"))
    return (LeavingAnswer.CANCEL, LeavingAnswer.FINISH_FIRST, LeavingAnswer.STOP_AND_KEEP)[chosen]


def _question(parent: QWidget, name: str, title: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setObjectName(name)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(title)
    return box


def _choose(box: QMessageBox, safe: str, ending: str) -> int:
    """Show the question; 1 for the answer that loses nothing, which is also Enter's, 2 for the other, 0 for neither."""
    first = box.addButton(safe, QMessageBox.ButtonRole.AcceptRole)
    second = box.addButton(ending, QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(first)
    box.exec()
    if box.clickedButton() is first:
        return 1
    return 2 if box.clickedButton() is second else 0
