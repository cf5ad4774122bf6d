"""Paints the cells of the clip table and the rows of the class list."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from workbench.gui import theme
from workbench.gui.formatting import count
from workbench.gui.itemmodels.classes import GROUP_ROLE, Group
from workbench.gui.itemmodels.clips import OUTLINE_ROLE
from workbench.gui.itemmodels.columns import RAW_ROLE
from workbench.gui.tokens import GRID, SMALL, Tokens
from workbench.gui.widgets.outline import paint_outline

Index = QModelIndex | QPersistentModelIndex
BAR_HEIGHT = 5
SPLIT_PATTERNS = (
    Qt.BrushStyle.SolidPattern,
    Qt.BrushStyle.Dense4Pattern,
    Qt.BrushStyle.BDiagPattern,
)


def split_inks(colors: Tokens) -> tuple[str, str, str]:
    """Colours of train, validation and test; their patterns are ``SPLIT_PATTERNS``."""
    return colors.accent, colors.second, colors.third


def paint_parts(painter: QPainter, area: QRectF, parts: tuple[int, ...], whole: int) -> None:
    """A thin bar of train, validation and test, told apart by colour and pattern."""
    colors = theme.tokens()
    left = area.left()
    for number, ink, pattern in zip(parts, split_inks(colors), SPLIT_PATTERNS, strict=True):
        width = area.width() * number / max(whole, 1)
        part = QRectF(left, area.top(), max(width - 1, 0), area.height())
        painter.fillRect(part, theme.color(ink, 0.25))
        painter.fillRect(part, QBrush(theme.color(ink), pattern))
        left += width


def paint_background(painter: QPainter, option: QStyleOptionViewItem) -> None:
    style = option.widget.style() if option.widget else QApplication.style()
    style.drawPrimitive(
        QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget
    )


class OutlineDelegate(QStyledItemDelegate):
    """The waveform of a clip, as high as the row."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        paint_background(painter, option)
        outline = index.data(OUTLINE_ROLE)
        if outline is None:
            return
        area = QRectF(option.rect).adjusted(GRID, 3, -GRID, -3)
        paint_outline(painter, area, outline, theme.color(theme.tokens().link))


class PlayDelegate(QStyledItemDelegate):
    """A play sign, or a stop sign in the row that plays."""

    playing_row = -1

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        paint_background(painter, option)
        name = "stop" if index.row() == self.playing_row else "play"
        side = theme.icon_size().width() - 2
        target = QRect(0, 0, side, side)
        target.moveCenter(option.rect.center())
        theme.icon(name, theme.tokens().link).paint(painter, target)


class SplitDelegate(QStyledItemDelegate):
    """The split as text with the same mark as in the bars."""

    ORDER = ("train", "val", "test")

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        paint_background(painter, option)
        split = index.data(RAW_ROLE)
        if split not in self.ORDER:
            return
        side = GRID + 1
        mark = QRectF(0, 0, side, side)
        mark.moveCenter(QPointF(option.rect.left() + GRID + side / 2, option.rect.center().y() + 1))
        parts = tuple(int(split == one) for one in self.ORDER)
        paint_parts(painter, mark.adjusted(0, 0, 1, 0), parts, 1)
        text = option.rect.adjusted(round(mark.right()) - option.rect.left() + GRID, 0, 0, 0)
        painter.setPen(theme.color(theme.tokens().text))
        painter.setFont(option.font)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, str(index.data()))


class FlagDelegate(QStyledItemDelegate):
    """Flags in the warning colour with a sign before them."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        paint_background(painter, option)
        text = str(index.data() or "")
        if not text:
            return
        ink = theme.tokens().warning_text
        side = round(theme.icon_size().width() * 0.75)
        sign = QRect(0, 0, side, side)
        sign.moveCenter(option.rect.center())
        sign.moveLeft(option.rect.left() + GRID // 2)
        theme.icon("warning", ink).paint(painter, sign)
        place = option.rect.adjusted(side + GRID, 0, -GRID // 2, 0)
        painter.setPen(theme.color(ink))
        painter.setFont(option.font)
        elided = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, elided)


class GroupDelegate(QStyledItemDelegate):
    """Name at the left, count at the right, the bar of its parts below."""

    largest = 1

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(10 * GRID, option.fontMetrics.height() + BAR_HEIGHT + 2 * GRID)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        paint_background(painter, option)
        group: Group = index.data(GROUP_ROLE)
        colors = theme.tokens()
        area = option.rect.adjusted(GRID, GRID // 2, -GRID, -GRID // 2)
        number = count(group.count)
        painter.setFont(theme.number_font(SMALL))
        painter.setPen(theme.color(colors.muted))
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, number)
        room = area.width() - painter.fontMetrics().horizontalAdvance(number) - GRID
        if group.is_torn:
            number_left = area.left() + room
            side = painter.fontMetrics().height()
            sign = QRect(number_left - side, area.top(), side, side)
            theme.icon("warning", colors.warning_text).paint(painter, sign)
            room -= side + GRID // 2
        if group.shortcut is not None:
            painter.drawText(
                area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, group.shortcut
            )
            step = painter.fontMetrics().horizontalAdvance("0") + GRID
            room -= step
            named = area.adjusted(step, 0, 0, 0)
        else:
            named = area
        painter.setFont(theme.font(semibold=group.key is None))
        painter.setPen(theme.color(colors.warning_text if group.is_torn else colors.text))
        name = painter.fontMetrics().elidedText(group.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(named, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, name)
        bar = QRectF(area.left(), area.bottom() - BAR_HEIGHT, area.width(), BAR_HEIGHT)
        painter.fillRect(bar, theme.color(colors.sunken))
        whole = group.count if group.key is None else self.largest
        paint_parts(painter, bar, group.parts, whole)
