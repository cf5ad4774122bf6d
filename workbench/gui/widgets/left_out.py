"""A quiet line under a run: how many examples training left out, with the reasons behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from workbench.gui import theme
from workbench.gui.plural import plural

MOST_TOLD = 12


class LeftOutLabel(QLabel):
    """Hidden while nothing was left out; the reasons show when the mouse rests on it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "small")
        self.setCursor(Qt.CursorShape.WhatsThisCursor)
        self.show_record({})

    def show_record(self, record: Mapping[str, Any]) -> None:
        """Show what the record of a run says; records of older versions say nothing."""
        parts: Sequence[Mapping[str, Any]] = record.get("tasks", (record,))
        left_out = [one for part in parts for one in part.get("left_out") or ()]
        number = len(left_out)
        self.setVisible(number > 0)
        self.setText(
            plural(number, self.tr("1 example left out"), self.tr("{0} examples left out"))
        )
        lines = [_reason(one) for one in left_out[:MOST_TOLD]]
        if number > MOST_TOLD:
            lines.append(
                self.tr("and {0} more, named in the record of the run").format(number - MOST_TOLD)
            )
        self.setToolTip("\n".join(lines))
        self.setAccessibleDescription(". ".join(lines))


def _reason(left_out: Mapping[str, str]) -> str:
    """Why an example was left out; most reasons name its file themselves."""
    name, reason = Path(left_out["path"]).name, left_out["reason"]
    return reason if name in reason else f"{name}: {reason}"
