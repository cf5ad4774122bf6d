"""Paints the cells of the contact sheet: the picture, and below it its part and class."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from workbench.data.task import Split
from workbench.gui import theme
from workbench.gui.itemmodels.columns import RECORD_ROLE, Index
from workbench.gui.itemmodels.pictures import THUMBNAIL_ROLE
from workbench.gui.tokens import GRID, SMALL
from workbench.gui.widgets.clip_delegates import paint_background, paint_parts
from workbench.project.clip_rows import ClipRow

THUMBNAIL_SIDE = 14 * GRID
"""Device independent pixels."""

MARK = GRID


class SheetDelegate(QStyledItemDelegate):
    """The thumbnail at most ``THUMBNAIL_SIDE`` wide and high, never stretched into a blur."""

    def cell(self, metrics: QFontMetrics) -> QSize:
        """Least size of a cell."""
        return QSize(
            THUMBNAIL_SIDE + 2 * GRID, THUMBNAIL_SIDE + metrics.height() + 2 * GRID + GRID // 2
        )

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return self.cell(option.fontMetrics)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        paint_background(painter, option)
        row: ClipRow = index.data(RECORD_ROLE)
        frame = QRect(0, 0, THUMBNAIL_SIDE, THUMBNAIL_SIDE)
        frame.moveCenter(option.rect.center())
        frame.moveTop(option.rect.top() + GRID)
        self._paint_thumbnail(painter, frame, index.data(THUMBNAIL_ROLE))
        caption = QRect(frame.left(), frame.bottom(), frame.width(), 0)
        caption.setBottom(option.rect.bottom() - GRID // 2)
        self._paint_caption(painter, caption, row)

    def _paint_thumbnail(self, painter: QPainter, frame: QRect, image: QImage | None) -> None:
        colors = theme.tokens()
        if image is None:
            painter.fillRect(frame, theme.color(colors.sunken))
        elif image.isNull():
            painter.fillRect(frame, theme.color(colors.sunken))
            sign = QRect(0, 0, theme.icon_size().width(), theme.icon_size().height())
            sign.moveCenter(frame.center())
            theme.icon("warning", colors.warning_text).paint(painter, sign)
        else:
            painter.drawImage(_placed(image, frame, painter.device().devicePixelRatio()), image)

    def _paint_caption(self, painter: QPainter, area: QRect, row: ClipRow) -> None:
        painter.setFont(theme.font(SMALL))
        painter.setPen(theme.color(theme.tokens().text))
        metrics = painter.fontMetrics()
        room = area.width() - MARK - GRID
        text = metrics.elidedText(row.label, Qt.TextElideMode.ElideRight, room)
        left = area.left()
        mark = QRectF(0, 0, MARK + 1, MARK)
        mark.moveCenter(QPointF(left + MARK / 2, area.center().y() + 1))
        parts = tuple(int(row.split == split) for split in Split)
        if any(parts):
            paint_parts(painter, mark, parts, 1)
        place = area.adjusted(MARK + GRID // 2, 0, 0, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


def _placed(image: QImage, frame: QRect, ratio: float) -> QRectF:
    """Pixel for pixel on the screen, or each as a square of whole pixels where the picture is tiny."""
    longest = max(image.width(), image.height())
    times = max(1, int(frame.width() * ratio) // longest)
    area = QRectF(0, 0, image.width() * times / ratio, image.height() * times / ratio)
    area.moveCenter(QRectF(frame).center())
    area.moveTopLeft(QPointF(round(area.left()), round(area.top())))
    return area
