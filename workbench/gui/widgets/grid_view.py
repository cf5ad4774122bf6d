"""A view of equal cells in rows. Nothing is laid out: where a cell is follows from its number, so many cost no more."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyleOptionViewItem, QWidget

from workbench.gui.itemmodels.columns import Index

_Move = QAbstractItemView.CursorAction


class GridView(QAbstractItemView):
    """As many cells in a row as fit; they share the width, so that no gap is left at the end of the rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._least = QSize(1, 1)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)

    def setModel(self, model: QAbstractItemModel | None) -> None:
        super().setModel(model)
        if model is not None:
            for changed in (model.rowsInserted, model.rowsRemoved, model.modelReset):
                changed.connect(self.scheduleDelayedItemsLayout)

    def set_least_cell(self, size: QSize) -> None:
        """Size that no cell falls short of."""
        self._least = size
        self.scheduleDelayedItemsLayout()

    @property
    def columns(self) -> int:
        return max(1, self.viewport().width() // self._least.width())

    @property
    def cell(self) -> QSize:
        return QSize(self.viewport().width() // self.columns, self._least.height())

    def visualRect(self, index: Index) -> QRect:
        if not index.isValid():
            return QRect()
        row, column = divmod(index.row(), self.columns)
        cell = self.cell
        left, top = column * cell.width(), row * cell.height() - self.verticalOffset()
        return QRect(QPoint(left, top), cell)

    def indexAt(self, point: QPoint) -> QModelIndex:
        cell, columns = self.cell, self.columns
        row, column = (
            (point.y() + self.verticalOffset()) // cell.height(),
            point.x() // cell.width(),
        )
        number = row * columns + column
        inside = 0 <= column < columns and 0 <= number < self._count
        return self.model().index(number, 0) if inside else QModelIndex()

    def scrollTo(
        self,
        index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Bring a cell into view, and no further than that."""
        self.executeDelayedItemsLayout()
        rect, bar = self.visualRect(index), self.verticalScrollBar()
        below = rect.bottom() + 1 - self.viewport().height()
        if rect.top() < 0:
            bar.setValue(bar.value() + rect.top())
        elif below > 0:
            bar.setValue(bar.value() + min(below, rect.top()))

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        if not self._count:
            return QModelIndex()
        here, last, columns = self.currentIndex().row(), self._count - 1, self.columns
        page = columns * max(1, self.viewport().height() // self.cell.height())
        steps = {
            _Move.MoveUp: -columns,
            _Move.MoveDown: columns,
            _Move.MoveLeft: -1,
            _Move.MovePrevious: -1,
            _Move.MoveRight: 1,
            _Move.MoveNext: 1,
            _Move.MovePageUp: -page,
            _Move.MovePageDown: page,
            _Move.MoveHome: -here,
            _Move.MoveEnd: last - here,
        }
        there = here + steps[action] if here >= 0 else 0
        if action is _Move.MoveUp and there < 0:
            there = here  # the first row has nothing above it, not even its beginning
        return self.model().index(min(max(there, 0), last), 0)

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Index) -> bool:
        return False

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Select what a dragged rectangle touches; of two ends of a range, all between them."""
        is_dragged = self.state() == QAbstractItemView.State.DragSelectingState
        runs = self._touched(rect.normalized()) if is_dragged else self._between(rect)
        model, selection = self.model(), QItemSelection()
        for first, last in runs:
            selection.select(model.index(first, 0), model.index(last, 0))
        self.selectionModel().select(selection, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """What has to be painted again: all that is seen costs less than looking through a long selection."""
        return QRegion(self.viewport().rect())

    def updateGeometries(self) -> None:
        rows = -(-self._count // self.columns)
        bar, seen, height = self.verticalScrollBar(), self.viewport().height(), self.cell.height()
        bar.setPageStep(seen)
        bar.setSingleStep(height // 4)
        bar.setRange(0, max(0, rows * height - seen))
        super().updateGeometries()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        plain, chosen = option.state, self.selectionModel()
        for number in self._seen(event.rect()):
            index = self.model().index(number, 0)
            option.rect = self.visualRect(index)
            option.state = plain
            if chosen.isSelected(index):
                option.state |= QStyle.StateFlag.State_Selected
            if self.hasFocus() and index == self.currentIndex():
                option.state |= QStyle.StateFlag.State_HasFocus
            self.itemDelegate().paint(painter, option, index)
        painter.end()

    @property
    def _count(self) -> int:
        model = self.model()
        return model.rowCount() if model is not None else 0

    def _seen(self, area: QRect) -> range:
        """Numbers of the cells in some rows of the viewport."""
        height, offset = self.cell.height(), self.verticalOffset()
        first, last = (area.top() + offset) // height, (area.bottom() + offset) // height
        return range(first * self.columns, min((last + 1) * self.columns, self._count))

    def _touched(self, area: QRect) -> Iterator[tuple[int, int]]:
        """First and last number of the touched cells in each row."""
        width, columns = self.cell.width(), self.columns
        first = max(area.left() // width, 0)
        last = min(area.right() // width, columns - 1)
        area.setTop(max(area.top(), -self.verticalOffset()))
        for start in self._seen(area)[::columns]:
            begin, end = start + first, min(start + last, self._count - 1)
            if begin <= end:
                yield begin, end

    def _between(self, ends: QRect) -> Iterator[tuple[int, int]]:
        found = [self.indexAt(point).row() for point in (ends.topLeft(), ends.bottomRight())]
        if min(found) >= 0:
            yield min(found), max(found)
