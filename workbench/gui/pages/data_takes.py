"""Takes of the current recording as chips: play, redo, remove, and keep those that could not be stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from workbench.audio.display import envelope
from workbench.audio.takes import Take
from workbench.gui import theme
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import IconButton, PushButton
from workbench.gui.widgets.outline import paint_outline

if TYPE_CHECKING:
    from workbench.project.project import Project

OUTLINE_COLUMNS = 72
CHIP_LETTERS = 17


@dataclass(frozen=True)
class Place:
    """Where a recording belongs, settled when it begins: what is shown or typed later moves no take."""

    project: Project
    task_id: str
    word: str
    speaker: str


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
    """One take. A rejected one says why and can be redone; one that the disk refused waits here.

    Attributes:
        place: Where the take belongs.
        clip_id: The clip that was stored last, or None.
        is_held: The take is good and not stored: it is nowhere but here.
    """

    play_wanted = Signal(object)
    redo_wanted = Signal(object)
    remove_wanted = Signal(object)
    again_wanted = Signal(object)

    def __init__(self, number: int, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number, self.place = number, place
        self.take: Take | None = None
        self.clip_id: str | None = None
        self.is_held = False
        self._outline = TakeOutline(self)
        self._text = QLabel(self)
        self.again_button = PushButton(self.tr("Try again"), self._try_again, "", self)
        self._play = IconButton("play", "", lambda: self.play_wanted.emit(self), self)
        self._redo = IconButton("redo", "", lambda: self.redo_wanted.emit(self), self)
        self._remove = IconButton("close", "", lambda: self.remove_wanted.emit(self), self)
        self._text.setWordWrap(False)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        buttons.addWidget(self._text, 1)
        for button in (self.again_button, self._play, self._redo, self._remove):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID // 2, GRID // 2, GRID // 4)
        column.setSpacing(0)
        column.addWidget(self._outline, 1)
        column.addLayout(buttons)

    def show_take(self, take: Take) -> None:
        """Show a take, instead of the one before; a good one is held until it is stored."""
        self.take, self.is_held = take, take.is_good
        self._outline.show_take(take)
        self._play.setVisible(take.end_s > take.start_s)
        if take.is_good:
            self._describe(str(self.number), self.tr("being kept"), is_well=True)
        else:
            self._describe(take.reason, take.reason, is_well=False)
        self._let_change(not take.is_good)

    def show_kept(self, clip_id: str) -> None:
        """The take was stored."""
        self.clip_id, self.is_held = clip_id, False
        self._describe(str(self.number), self.tr("kept"), is_well=True)
        self._let_change(True)

    def show_refused(self) -> None:
        """The take could not be stored; offer to try again."""
        state = self.tr("not stored")
        self._describe(state, f"{state}, “{self.place.word}”", is_well=False)
        self._let_change(True)
        self.again_button.show()

    def _try_again(self) -> None:
        assert self.take is not None
        self.show_take(self.take)
        self.again_wanted.emit(self)

    def _let_change(self, allowed: bool) -> None:
        """A take on its way into the project is left alone."""
        self.again_button.hide()
        for button in (self._redo, self._remove):
            button.setEnabled(allowed)

    def _describe(self, text: str, state: str, *, is_well: bool) -> None:
        theme.set_role(self, "well" if is_well else "message-warning")
        theme.set_role(self._text, "small" if is_well else "warning")
        self._text.setText(text)
        name = self.tr("Take {0}: {1}").format(self.number, state)
        self.setAccessibleName(name)
        self.setToolTip(name)
        for button, verb in (
            (self._play, self.tr("Play take {0}")),
            (self._redo, self.tr("Redo take {0}")),
            (self._remove, self.tr("Remove take {0}")),
        ):
            button.set_name(verb.format(self.number))


class TakesStrip(QScrollArea):
    """A row of chips, the newest at the right; hidden while there are none.

    Attributes:
        play_wanted, redo_wanted, remove_wanted, again_wanted: Carry the chip.
    """

    play_wanted = Signal(object)
    redo_wanted = Signal(object)
    remove_wanted = Signal(object)
    again_wanted = Signal(object)

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

    def add(self, take: Take, place: Place) -> TakeChip:
        """Append a chip."""
        chip = TakeChip(len(self.chips) + 1, place, self._content)
        chip.play_wanted.connect(self.play_wanted)
        chip.redo_wanted.connect(self.redo_wanted)
        chip.remove_wanted.connect(self.remove_wanted)
        chip.again_wanted.connect(self.again_wanted)
        chip.show_take(take)
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

    def keep_only(self, is_wanted: Callable[[TakeChip], bool]) -> None:
        """Take away the other chips."""
        for chip in [one for one in self.chips if not is_wanted(one)]:
            self.discard(chip)

    def _fit(self) -> None:
        letter = self.fontMetrics().averageCharWidth()
        for chip in self.chips:
            chip.setMinimumWidth(CHIP_LETTERS * letter)
        self.setFixedHeight(5 * GRID + theme.icon_size().height() * 2)
        self.setVisible(bool(self.chips))
