"""What the speaker looks at while recording: a number that counts down, then the word."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from workbench.gui import theme
from workbench.gui.tokens import DISPLAY, GRID, SMALL

DISC_LINES = 2.4


class TakePrompt(QWidget):
    """A disc with a number, a sentence and a smaller line below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = self._sentence = self._detail = ""
        self._filled = False
        theme.controller().changed.connect(self.updateGeometry)

    @property
    def sentence(self) -> str:
        return self._sentence

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(40 * GRID, round((DISC_LINES + 0.6) * line))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def show_prompt(self, number: str, sentence: str, detail: str, *, filled: bool) -> None:
        """Show a prompt.

        Args:
            number: In the disc; a few characters.
            sentence: What to do now.
            detail: How far the recording is.
            filled: The disc is filled while a word is heard.
        """
        said = sentence != self._sentence
        self._number, self._sentence, self._detail = number, sentence, detail
        self._filled = filled
        self.setAccessibleName(f"{sentence} {number}")
        self.setAccessibleDescription(detail)
        if said:
            event = QAccessibleEvent(self, QAccessible.Event.NameChanged)
            QAccessible.updateAccessibility(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = DISC_LINES * self.fontMetrics().height()
        disc = QRectF(2, (self.height() - side) / 2, side, side)
        painter.setPen(theme.color(colors.accent))
        painter.setBrush(theme.color(colors.accent, 1.0 if self._filled else 0.12))
        painter.drawEllipse(disc)
        painter.setPen(theme.color(colors.accent_text if self._filled else colors.text))
        painter.setFont(theme.number_font(DISPLAY * 0.85, semibold=True))
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, self._number)
        left = disc.right() + 2 * GRID
        half = self.height() / 2
        painter.setPen(theme.color(colors.text))
        painter.setFont(theme.font(DISPLAY, semibold=True))
        upper = QRectF(left, 0, self.width() - left, half + GRID)
        painter.drawText(upper, Qt.AlignmentFlag.AlignBottom, self._sentence)
        painter.setPen(theme.color(colors.muted))
        painter.setFont(theme.font(SMALL))
        lower = QRectF(left, half + GRID, self.width() - left, half - GRID)
        painter.drawText(lower, Qt.AlignmentFlag.AlignTop, self._detail)
        painter.end()
