"""One clip, two pictures: how many examples of a task there are, in its own words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from workbench.data.task import Medium
from workbench.gui.plural import plural


def examples(number: int, medium: Medium) -> str:
    """A number with its noun."""
    translate = QCoreApplication.translate
    if medium is Medium.SOUND:
        one, many = translate("Examples", "1 clip"), translate("Examples", "{0} clips")
    else:
        one, many = translate("Examples", "1 picture"), translate("Examples", "{0} pictures")
    return plural(number, one, many)
