"""What was heard: the last word large, and all words in a table that can be copied."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QHeaderView, QLabel, QStackedWidget, QWidget

from workbench.detection.decoder import Detection
from workbench.gui import theme
from workbench.gui.formatting import decimal
from workbench.gui.itemmodels.detections import DetectionTable
from workbench.gui.plural import plural
from workbench.gui.tokens import DISPLAY
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.empty_state import EmptyState
from workbench.gui.widgets.frameless import frameless
from workbench.gui.widgets.table_twin import CopyTable

SCROLL_BAR = 16


class ResultsCard(Card):
    """Shows detections as they come, newest on top."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName(self.tr("Detections"))
        self.model = DetectionTable(self)
        self.word = QLabel(self)
        self.word.setFont(theme.font(DISPLAY, semibold=True))
        theme.set_role(self.word, "display")
        self.details = QLabel(self)
        theme.set_role(self.details, "muted")
        self.details.setWordWrap(True)
        self.table = CopyTable(self.model, self)
        self.table.setAccessibleName(self.tr("Detections, newest first"))
        self.table.setWordWrap(False)
        frameless(self.table)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(self.model.column_of("label"), QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        self._empty = EmptyState(
            self.tr("Words appear here as they are heard, with time, score and delay."), parent=self
        )
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)
        self.add(self.word)
        self.add(self.details)
        self.add(self._stack, 1)
        theme.controller().changed.connect(self._dress)
        self._dress()
        self.clear()

    def show_patch_names(self, shown: bool) -> None:
        """Say in the table who heard a word; needless while one patch listens."""
        self.table.setColumnHidden(self.model.column_of("patch"), not shown)
        self._fit()

    @property
    def count(self) -> int:
        return len(self.model.records)

    def clear(self) -> None:
        """Forget what was heard before."""
        self.model.show_records(())
        self.word.hide()
        self.details.hide()
        self._stack.setCurrentWidget(self._empty)

    def add_detection(self, detection: Detection) -> None:
        """Show a detection, and have a screen reader say it."""
        self.model.add(detection)
        self._stack.setCurrentWidget(self.table)
        self.word.setText(detection.label)
        self.word.show()
        self._tell(
            self.tr("{0} · {1} ms after the word · {2}").format(
                decimal(detection.score, 2), round(detection.latency_ms), detection.patch
            )
        )
        text = self.tr("Heard {0}").format(detection.label)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def show_end(self) -> None:
        """A file was heard to its end: say how much was found in it."""
        found = plural(self.count, self.tr("1 word was heard"), self.tr("{0} words were heard"))
        self._tell(self.tr("End of the file: {0}").format(found))

    def _tell(self, text: str) -> None:
        self.details.setText(text)
        self.details.show()

    def _fit(self) -> None:
        """Never so narrow that a column is cut off."""
        header = self.table.horizontalHeader()
        shown = [i for i in range(header.count()) if not header.isSectionHidden(i)]
        self.table.setMinimumWidth(sum(header.sectionSizeHint(i) for i in shown) + SCROLL_BAR)

    def _dress(self) -> None:
        self.table.setFont(theme.number_font())
        self._fit()
