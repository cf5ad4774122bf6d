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

GAP = GRID // 4
"""Between the tile of a cell and its border."""

MARK = GRID


class SheetDelegate(QStyledItemDelegate):
    """The thumbnail at most ``THUMBNAIL_SIDE`` wide and high, never stretched into a blur."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tile = QStyleOptionViewItem(option)
        tile.rect = option.rect.adjusted(GAP, GAP, -GAP, -GAP)
        paint_background(painter, tile)
        frame = QRect(0, 0, THUMBNAIL_SIDE, THUMBNAIL_SIDE)
        frame.moveCenter(option.rect.center())
        frame.moveTop(option.rect.top() + GAP + GRID)
        self._paint_thumbnail(painter, frame, index.data(THUMBNAIL_ROLE))
        caption = QRect(frame)
        caption.setTop(frame.bottom())
        caption.setBottom(option.rect.bottom() - GAP)
        self._paint_caption(painter, caption, index.data(RECORD_ROLE))

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
        metrics, before = painter.fontMetrics(), MARK + GRID // 2
        text = metrics.elidedText(row.label, Qt.TextElideMode.ElideRight, area.width() - before)
        left = area.left() + (area.width() - before - metrics.horizontalAdvance(text)) // 2
        mark = QRectF(0, 0, MARK + 1, MARK)
        mark.moveCenter(QPointF(left + MARK / 2, area.center().y() + 1))
        parts = tuple(int(row.split == split) for split in Split)
        if any(parts):
            paint_parts(painter, mark, parts, 1)
        area.setLeft(left + before)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


def least_cell(metrics: QFontMetrics) -> QSize:
    """What a cell needs to show a thumbnail with its caption in a tile."""
    around = 2 * GAP + 2 * GRID
    return QSize(THUMBNAIL_SIDE + around, THUMBNAIL_SIDE + metrics.height() + around)


def _placed(image: QImage, frame: QRect, ratio: float) -> QRectF:
    """Pixel for pixel on the screen, or each as a square of whole pixels where the picture is tiny."""
    longest = max(image.width(), image.height())
    times = max(1, int(frame.width() * ratio) // longest)
    area = QRectF(0, 0, image.width() * times / ratio, image.height() * times / ratio)
    area.moveCenter(QRectF(frame).center())
    area.moveTopLeft(QPointF(round(area.left()), round(area.top())))
    return area
