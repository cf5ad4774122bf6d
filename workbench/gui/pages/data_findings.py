"""What the data doctor found: the worst as one line with a button, the others on demand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from workbench.data.findings import Finding, Severity
from workbench.data.task import Medium
from workbench.gui import theme
from workbench.gui.pages.data_fixes import Remedy
from workbench.gui.plural import plural
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import IconButton, PushButton

MOST_SHOWN = 40
LIST_HEIGHT = 22 * GRID


class FindingRow(QFrame):
    """One finding with its sign, its text and a button for each remedy.

    Attributes:
        fix_wanted: Carries the remedy and the finding.
    """

    fix_wanted = Signal(object, object)

    def __init__(
        self, finding: Finding, remedies: Sequence[Remedy], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.finding = finding
        self._medium = finding.clips[0].medium if finding.clips else Medium.SOUND
        self._sign = QLabel(self)
        text = QLabel(finding.text, self)
        text.setWordWrap(True)
        text.setToolTip(finding.fix)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(GRID)
        self.row.addWidget(self._sign)
        self.row.addWidget(text, 1)
        self.buttons: list[PushButton] = []
        for remedy in remedies:
            act = partial(self.fix_wanted.emit, remedy, finding)
            button = PushButton(self._verb(remedy), act, "", self)
            button.setToolTip(finding.fix)
            self.row.addWidget(button)
            self.buttons.append(button)
        self.setAccessibleName(finding.text)
        theme.controller().changed.connect(self._dress)
        self._dress()

    def _verb(self, remedy: Remedy) -> str:
        return {
            Remedy.MOVE: self.tr("Move them"),
            Remedy.REMOVE_COPIES: self.tr("Remove the copies"),
            Remedy.REMOVE: self.tr("Remove them"),
            Remedy.SHOW: self.tr("Show clips")
            if self._medium is Medium.SOUND
            else self.tr("Show pictures"),
            Remedy.RECORD: self.tr("Record more"),
            Remedy.ADD: self.tr("Add pictures…"),
            Remedy.RECORD_ROOM: self.tr("Record 20 s of your room"),
            Remedy.MAKE_NOISE: self.tr("Make noise clips"),
        }[remedy]

    def _dress(self) -> None:
        colors = theme.tokens()
        name, ink = {
            Severity.LEAK: ("error", colors.error_text),
            Severity.WARNING: ("warning", colors.warning_text),
            Severity.INFO: ("info", colors.muted),
        }[self.finding.severity]
        self._sign.setPixmap(theme.icon(name, ink).pixmap(theme.icon_size()))


class FindingsBar(QFrame):
    """Hidden while there is nothing to say.

    Attributes:
        fix_wanted: Carries the remedy and the finding.
    """

    fix_wanted = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Findings of the data doctor"))
        self.rows: list[FindingRow] = []
        self._more = PushButton("", self._toggle, "quiet", self)
        self._close = IconButton("close", self.tr("Dismiss"), self.hide, self)
        self._first = QHBoxLayout()
        self._first.setSpacing(GRID)
        self._first.addWidget(self._more)
        self._first.addWidget(self._close)
        self._list = QScrollArea(self)
        self._list.setWidgetResizable(True)
        self._list.setMaximumHeight(LIST_HEIGHT)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, GRID // 2, GRID, GRID // 2)
        column.setSpacing(GRID // 2)
        column.addLayout(self._first)
        column.addWidget(self._list)
        self.hide()

    def show_findings(self, findings: Sequence[tuple[Finding, Sequence[Remedy]]]) -> None:
        """Show findings, the worst first."""
        for row in self.rows:
            row.hide()
            row.deleteLater()
        self.rows = [self._row(finding, how) for finding, how in findings[:MOST_SHOWN]]
        self._others = len(findings) - 1
        self.setVisible(bool(findings))
        if not self.rows:
            return
        worst = findings[0][0].severity
        theme.set_role(self, "message-info" if worst is Severity.INFO else "message-warning")
        self._first.insertWidget(0, self.rows[0], 1)
        content = QWidget(self._list)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, GRID, 0)
        column.setSpacing(GRID // 2)
        for row in self.rows[1:]:
            column.addWidget(row)
        column.addStretch()
        self._list.setWidget(content)
        self._show_list(False)

    def _row(self, finding: Finding, remedies: Sequence[Remedy]) -> FindingRow:
        row = FindingRow(finding, remedies, self)
        row.fix_wanted.connect(self.fix_wanted)
        return row

    def _toggle(self) -> None:
        self._show_list(self._list.isHidden())

    def _show_list(self, shown: bool) -> None:
        self._list.setVisible(shown)
        self._more.setVisible(self._others > 0)
        more = plural(self._others, self.tr("1 more"), self.tr("{0} more"))
        self._more.setText(self.tr("Show less") if shown else more)
