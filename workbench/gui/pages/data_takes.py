"""Takes of the current recording as chips: play, redo, remove."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from workbench.audio.display import envelope
from workbench.audio.takes import Take
from workbench.gui import theme
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import IconButton
from workbench.gui.widgets.outline import paint_outline

OUTLINE_COLUMNS = 72
CHIP_LETTERS = 17


class TakeOutline(QWidget):
    """The waveform of a take."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._take: Take | None = None

    def sizeHint(self) -> QSize:
        return QSize(OUTLINE_COLUMNS, 3 * GRID)

    def show_take(self, take: Take) -> None:
        self._take = take
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._take is None:
            return
        colors = theme.tokens()
        ink = theme.color(colors.link if self._take.is_good else colors.warning_text)
        painter = QPainter(self)
        outline = envelope(self._take.samples, OUTLINE_COLUMNS)
        paint_outline(painter, QRectF(self.rect()), outline, ink)
        painter.end()


class TakeChip(QFrame):
    """One take. A rejected one says why and can be redone.

    Attributes:
        clip_id: The stored clip, or None when the take was rejected.
    """

    play_wanted = Signal(object)
    redo_wanted = Signal(object)
    remove_wanted = Signal(object)

    def __init__(self, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = number
        self.take: Take | None = None
        self.clip_id: str | None = None
        self._outline = TakeOutline(self)
        self._text = QLabel(self)
        self._play = IconButton("play", "", lambda: self.play_wanted.emit(self), self)
        self._redo = IconButton("redo", "", lambda: self.redo_wanted.emit(self), self)
        self._remove = IconButton("close", "", lambda: self.remove_wanted.emit(self), self)
        self._text.setWordWrap(False)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        buttons.addWidget(self._text, 1)
        for button in (self._play, self._redo, self._remove):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID // 2, GRID // 2, GRID // 4)
        column.setSpacing(0)
        column.addWidget(self._outline, 1)
        column.addLayout(buttons)

    def show_take(self, take: Take, clip_id: str | None) -> None:
        """Show a take, instead of the one before."""
        self.take, self.clip_id = take, clip_id
        theme.set_role(self, "well" if take.is_good else "message-warning")
        theme.set_role(self._text, "small" if take.is_good else "warning")
        self._outline.show_take(take)
        state = self.tr("kept") if take.is_good else take.reason
        self._text.setText(str(self.number) if take.is_good else take.reason)
        name = self.tr("Take {0}: {1}").format(self.number, state)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self._play.setVisible(take.end_s > take.start_s)
        for button, verb in (
            (self._play, self.tr("Play take {0}")),
            (self._redo, self.tr("Redo take {0}")),
            (self._remove, self.tr("Remove take {0}")),
        ):
            button.set_name(verb.format(self.number))


class TakesStrip(QScrollArea):
    """A row of chips, the newest at the right; hidden while there are none.

    Attributes:
        play_wanted, redo_wanted, remove_wanted: Carry the chip.
    """

    play_wanted = Signal(object)
    redo_wanted = Signal(object)
    remove_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chips: list[TakeChip] = []
        self._content = QWidget(self)
        self._row = QHBoxLayout(self._content)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GRID)
        self._row.addStretch()
        self.setWidget(self._content)
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Takes of this recording"))
        bar = self.horizontalScrollBar()
        bar.rangeChanged.connect(lambda _, end: bar.setValue(end))
        theme.controller().changed.connect(self._fit)
        self._fit()

    def add(self, take: Take, clip_id: str | None) -> TakeChip:
        """Append a chip."""
        chip = TakeChip(len(self.chips) + 1, self._content)
        chip.play_wanted.connect(self.play_wanted)
        chip.redo_wanted.connect(self.redo_wanted)
        chip.remove_wanted.connect(self.remove_wanted)
        chip.show_take(take, clip_id)
        self.chips.append(chip)
        self._row.insertWidget(self._row.count() - 1, chip)
        self._fit()
        return chip

    def discard(self, chip: TakeChip) -> None:
        """Take a chip away."""
        if chip in self.chips:
            self.chips.remove(chip)
            chip.hide()
            chip.deleteLater()
            self._fit()

    def keep_only(self, is_present: Callable[[str], bool]) -> None:
        """Drop the chips of clips that are no longer there, such as after an undo."""
        for chip in list(self.chips):
            if chip.clip_id is not None and not is_present(chip.clip_id):
                self.discard(chip)

    def clear(self) -> None:
        for chip in list(self.chips):
            self.discard(chip)

    def _fit(self) -> None:
        letter = self.fontMetrics().averageCharWidth()
        for chip in self.chips:
            chip.setMinimumWidth(CHIP_LETTERS * letter)
        self.setFixedHeight(5 * GRID + theme.icon_size().height() * 2)
        self.setVisible(bool(self.chips))
