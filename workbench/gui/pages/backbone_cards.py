"""The left column of the Backbone station: one card per backbone, one of them in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QGridLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from workbench.backbones.card import MeasuredAccuracy
from workbench.backbones.summary import BackboneSummary
from workbench.gui import theme
from workbench.gui.formatting import count, decimal, percent, short_count
from workbench.gui.tokens import GRID, MARGIN, RADIUS, RING

BADGE = 18


class BackboneCard(QAbstractButton):
    """What is known about one backbone; checked when it is the one in use."""

    def __init__(self, key: str, summary: BackboneSummary, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = key
        self.summary = summary
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(MARGIN, MARGIN - 2, MARGIN, MARGIN - 2)
        self._column.setSpacing(GRID // 2)
        self._fill()
        self.setAccessibleName(summary.card.name)
        self.setAccessibleDescription(self._spoken())
        self.toggled.connect(lambda _: self.update())

    def sizeHint(self) -> QSize:
        return self._column.sizeHint()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._column.totalHeightForWidth(width)

    def _fill(self) -> None:
        card = self.summary.card
        name = self._label(card.name, "heading")
        name.setContentsMargins(0, 0, BADGE + GRID, 0)
        self._column.addWidget(name)
        self._column.addWidget(self._label(self._cost_text(), "muted"))
        trained = card.attribution or ((card.recipe,) if card.recipe else ())
        about = " · ".join(trained) or self.tr("Nothing is noted about its training data.")
        self._column.addWidget(self._label(about, "small"))
        if card.metrics:
            self._column.addSpacing(GRID // 2)
            self._column.addLayout(self._accuracies(card.metrics))
        else:
            why = (
                self.tr("No accuracy was measured.")
                if card.labels
                else self.tr("Pretrained without labels: it knows no words until it is adapted.")
            )
            self._column.addWidget(self._label(why, "small"))

    def _accuracies(self, metrics: Sequence[MeasuredAccuracy]) -> QGridLayout:
        """One row per data set: name, share correct, and how sure that is."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        for row, one in enumerate(metrics):
            grid.addWidget(self._label(one.dataset, "small"), row, 0)
            accuracy = self._label(percent(one.accuracy), "number")
            interval = self._label(interval_text(one), "small")
            for label in (accuracy, interval):
                label.setWordWrap(False)
                label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(accuracy, row, 1)
            grid.addWidget(interval, row, 2)
        return grid

    def _label(self, text: str, role: str) -> QLabel:
        label = QLabel(text, self)
        label.setWordWrap(True)
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.set_role(label, role)
        return label

    def _cost_text(self) -> str:
        return self.tr("{0} parameters · {1} multiplies").format(
            count(self.summary.parameters), short_count(self.summary.multiplies)
        )

    def _spoken(self) -> str:
        measured = [
            f"{one.dataset} {percent(one.accuracy)}, {interval_text(one)}"
            for one in self.summary.card.metrics
        ]
        return "; ".join([self._cost_text(), *measured])

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marked = self.isChecked() or self.hasFocus()
        ink = colors.link if self.hasFocus() else colors.accent_hover
        width = RING if marked else 1
        painter.setPen(QPen(theme.color(ink if marked else colors.border), width))
        hovered = self.underMouse() and not self.isChecked()
        painter.setBrush(theme.color(colors.hover if hovered else colors.card))
        inset = width / 2
        box = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(box, RADIUS, RADIUS)
        if self.isChecked():
            self._paint_badge(painter)
        painter.end()

    def _paint_badge(self, painter: QPainter) -> None:
        """A check mark in the corner, so that the choice does not rest on the border's colour."""
        colors = theme.tokens()
        box = QRectF(self.width() - MARGIN - BADGE + 4, MARGIN - 4, BADGE, BADGE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(colors.accent))
        painter.drawEllipse(box)
        painter.setPen(QPen(theme.color(colors.accent_text), 1.8))
        x, y = box.center().x(), box.center().y()
        painter.drawLine(int(x - 4), int(y), int(x - 1), int(y + 3))
        painter.drawLine(int(x - 1), int(y + 3), int(x + 4), int(y - 3))


class BackboneList(QWidget):
    """Cards from top to bottom; arrow keys move between them.

    Attributes:
        chosen: The user picked a backbone; carries its key.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, GRID, 0)
        self._column.setSpacing(GRID)
        self._column.addStretch()
        self.cards: list[BackboneCard] = []
        self.setAccessibleName(self.tr("Backbones"))

    def show_backbones(self, summaries: Mapping[str, BackboneSummary]) -> None:
        """Replace all cards; the keys are what the session calls the backbones."""
        for card in self.cards:
            self._group.removeButton(card)
            card.deleteLater()
        self.cards = [BackboneCard(key, summary, self) for key, summary in summaries.items()]
        for position, card in enumerate(self.cards):
            self._group.addButton(card)
            self._column.insertWidget(position, card)
            card.clicked.connect(lambda _=False, c=card: self.chosen.emit(c.key))

    def set_current(self, key: str) -> None:
        """Mark the backbone in use; nothing is marked when it has no card."""
        self._group.setExclusive(False)
        for card in self.cards:
            card.setChecked(card.key == key)
        self._group.setExclusive(True)


def interval_text(measured: MeasuredAccuracy) -> str:
    """Interval and number of clips: ``95.8–96.8, n = 4 321``."""
    low, high = (decimal(100 * bound, 1) for bound in measured.ci95)
    return f"{low}–{high}, n = {count(measured.n)}"
