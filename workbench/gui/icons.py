"""The project's own SVG icons, drawn in one colour and tinted for the theme."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from workbench import locations

INK = "currentColor"
SIDES = (16, 20, 24, 32, 48, 64)


@lru_cache(maxsize=256)
def tinted_icon(name: str, tint: str) -> QIcon:
    """Icon ``resources/icons/<name>.svg`` with its ink replaced by ``tint`` (``#rrggbb``).

    Raises:
        FileNotFoundError: the icon does not exist, which is a bug.
    """
    result = QIcon()
    for side in SIDES:
        result.addPixmap(tinted_pixmap(name, tint, side))
    return result


@lru_cache(maxsize=512)
def tinted_pixmap(name: str, tint: str, side: int) -> QPixmap:
    """As ``tinted_icon``, as a pixmap of ``side`` device pixels."""
    path = locations.resources_dir() / "icons" / f"{name}.svg"
    text = path.read_text(encoding="utf-8").replace(INK, tint)
    renderer = QSvgRenderer(QByteArray(text.encode()))
    pixmap = QPixmap(QSize(side, side))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    return pixmap
