"""The ledgers of the Inspect station: what the current run and all tasks store, and what full copies would take."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QWidget

from workbench.gui import theme
from workbench.gui.formatting import count, percent, size
from workbench.gui.pages.inspect_bank import TaskPatch
from workbench.gui.plots.layer_marks import HEAD, paint_mark
from workbench.gui.tokens import GRID
from workbench.gui.widgets.card import Card
from workbench.methods.ledger import Ledger, ledger_sum

BAR_HEIGHT = 12
MARKS = {"weights": "pointwise", "statistics": "", "head": HEAD}
"""How the lines of the ledger look in its bar; statistics are outlined, as norms are elsewhere."""


class ShareBar(QWidget):
    """Parts of a patch, drawn to the scale of a full copy of the backbone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ledger: Ledger | None = None
        self.setAccessibleName(self.tr("Share of a full copy"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_ledger(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.setAccessibleDescription(
            self.tr("The patch takes {0} of a full copy").format(percent(ledger.share_of_copy))
        )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, BAR_HEIGHT + 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._ledger is None:
            return
        colors = theme.tokens()
        painter = QPainter(self)
        painter.setPen(QPen(theme.color(colors.border), 1))
        painter.setBrush(theme.color(colors.sunken))
        painter.drawRect(QRectF(0.5, 0.5, self.width() - 1, BAR_HEIGHT))
        widest = max(self._ledger.full_bytes, self._ledger.size_bytes)
        left = 0.5
        for line in self._ledger.lines:
            width = (self.width() - 1) * line.size_bytes / widest
            box = QRectF(left, 0.5, width, BAR_HEIGHT)
            if line.size_bytes:
                paint_mark(painter, box, MARKS[line.purpose], bool(MARKS[line.purpose]))
            left += width
        painter.end()


class NumbersCard(Card):
    """Rows of a name and two right-aligned numbers."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(2 * GRID)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(0, 1)
        self._row = 0
        self._lines: list[tuple[QLabel, ...]] = []
        theme.controller().changed.connect(self._dress)

    def lines(self) -> tuple[tuple[str, ...], ...]:
        """Texts as shown, row by row."""
        return tuple(tuple(label.text() for label in labels) for labels in self._lines)

    def _add(self, texts: Sequence[str], role: str = "") -> None:
        labels = tuple(QLabel(text, self) for text in texts)
        for column, label in enumerate(labels):
            theme.set_role(label, role)
            if column:
                label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            else:
                label.setWordWrap(True)
            self._grid.addWidget(label, self._row, column)
        self._lines.append(labels)
        self._row += 1
        self._dress()

    def _rule(self) -> None:
        line = QFrame(self)
        theme.set_role(line, "separator")
        line.setFixedHeight(1)
        self._grid.addWidget(line, self._row, 0, 1, 3)
        self._row += 1

    def _clear(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._lines.clear()
        self._row = 0

    def _dress(self) -> None:
        for _, *numbers in self._lines:
            for label in numbers:
                label.setFont(theme.number_font())


class LedgerCard(NumbersCard):
    """Lines of values and bytes of one patch, with the full copy beneath."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("What is stored"), parent)
        self._bar = ShareBar(self)
        self.add(self._bar)
        self.body.addLayout(self._grid)

    def show_ledger(self, title: str, changed: int, ledger: Ledger) -> None:
        """Show a run by its name, the number of layers it changed, and what it stores."""
        self._clear()
        self.set_title(self.tr("What {0} stores").format(title))
        self._bar.show_ledger(ledger)
        names = {
            "weights": self.tr("weights (layers changed: {0})").format(changed),
            "statistics": self.tr("statistics of norms"),
            "head": self.tr("head"),
        }
        self._add(("", self.tr("values"), self.tr("bytes")), "small")
        for line in ledger.lines:
            self._add((names[line.purpose], count(line.values), size(line.size_bytes)))
        self._rule()
        self._add((self.tr("patch file, with card"), "", size(ledger.file_bytes)), "heading")
        copy = (self.tr("full copy"), count(ledger.full_values), size(ledger.full_bytes))
        self._add(copy, "muted")
        share = (self.tr("patch of a full copy"), "", percent(ledger.share_of_copy))
        self._add(share, "muted")


class BankCard(NumbersCard):
    """What each task of the project stores on one backbone, their sum, and as many full copies."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("All tasks on this backbone"), parent)
        self.setToolTip(
            self.tr("The newest patch of each task of the project; bytes are those of its file.")
        )
        self.body.addLayout(self._grid)

    def show_patches(self, patches: Sequence[TaskPatch]) -> None:
        """Show one patch per task."""
        self._clear()
        self._add(("", self.tr("values"), self.tr("bytes")), "small")
        for one in patches:
            name = self.tr("{0}: {1}").format(one.task, one.title)
            self._add((name, count(one.ledger.values), size(one.ledger.file_bytes)))
        self._rule()
        together = ledger_sum([one.ledger for one in patches])
        sums = self.tr("{0} tasks together").format(together.tasks)
        self._add((sums, count(together.values), size(together.file_bytes)), "heading")
        copies = self.tr("as full copies")
        self._add((copies, count(together.full_values), size(together.full_bytes)), "muted")
        share = self.tr("patches of full copies")
        self._add((share, "", percent(together.share_of_copies)), "muted")
