"""The contact sheet: thumbnails in rows, with the keys of somebody who sorts pictures."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QItemSelection, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from workbench.gui import theme
from workbench.gui.bridge.thumbnails import Thumbnails
from workbench.gui.itemmodels.columns import Index
from workbench.gui.itemmodels.pictures import PicturesModel
from workbench.gui.widgets.clips_view import ClipsView, digit_of
from workbench.gui.widgets.frameless import frameless
from workbench.gui.widgets.grid_view import GridView
from workbench.gui.widgets.sheet_delegate import THUMBNAIL_SIDE, SheetDelegate, least_cell

USUAL_COLUMNS, USUAL_ROWS = 7, 3


class PictureSheet(ClipsView, GridView):
    """Pictures side by side, as many in a row as fit.

    Attributes:
        large_wanted: Show the current picture large, or the sheet again.
        class_wanted: Give the selected pictures the class that a key stands for; carries the digit.
    """

    current_changed = Signal()
    selection_changed = Signal()
    remove_wanted = Signal()
    large_wanted = Signal()
    class_wanted = Signal(str)

    def __init__(
        self, model: PicturesModel, thumbnails: Thumbnails, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._clips = model
        self._thumbnails = thumbnails
        self.setModel(model)
        self.setAccessibleName(self.tr("Pictures"))
        self._delegate = SheetDelegate(self)
        self.setItemDelegate(self._delegate)
        frameless(self)
        self.doubleClicked.connect(lambda _: self.large_wanted.emit())
        theme.controller().changed.connect(self._fit)
        self._fit()

    @property
    def row_height(self) -> int:
        """Of one row of pictures."""
        return self.cell.height()

    def sizeHint(self) -> QSize:
        cell = least_cell(self.fontMetrics())
        return QSize(USUAL_COLUMNS * cell.width(), USUAL_ROWS * cell.height())

    def minimumSizeHint(self) -> QSize:
        """One whole row."""
        cell, frame = least_cell(self.fontMetrics()), 2 * self.frameWidth()
        return QSize(2 * cell.width(), cell.height() + frame)

    def _act(self, event: QKeyEvent) -> Callable[[], None] | None:
        acts: dict[Qt.Key, Callable[[], None]] = {
            Qt.Key.Key_Space: self.large_wanted.emit,
            Qt.Key.Key_Return: self.large_wanted.emit,
            Qt.Key.Key_Enter: self.large_wanted.emit,
            Qt.Key.Key_Delete: self.remove_wanted.emit,
            Qt.Key.Key_Backspace: self.remove_wanted.emit,
        }
        if digit := digit_of(event):
            return lambda: self.class_wanted.emit(digit)
        return acts.get(Qt.Key(event.key()))

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.row() != previous.row():
            self.current_changed.emit()

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.selection_changed.emit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        self._thumbnails.set_side(round(THUMBNAIL_SIDE * self.devicePixelRatioF()))
        self.set_least_cell(least_cell(self.fontMetrics()))
