"""One look for layer kinds everywhere: colour and hatch together, never colour alone."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen

from workbench.gui import theme

DEPTHWISE = "depthwise"
LINEAR = "linear"
HEAD = "head"
NORM = "norm"


def kind_color(kind: str) -> str:
    """Colour of a layer kind: depth-wise blue, head and norms grey, all that mixes channels vermilion."""
    colors = theme.tokens()
    greys = dict.fromkeys((HEAD, NORM), colors.head)
    return {DEPTHWISE: colors.depthwise, **greys}.get(kind, colors.pointwise)


def kind_title(kind: str) -> str:
    """Name of a layer kind for legends and tables."""
    titles = {
        DEPTHWISE: QCoreApplication.translate("LayerKind", "depth-wise"),
        LINEAR: QCoreApplication.translate("LayerKind", "fully connected"),
        HEAD: QCoreApplication.translate("LayerKind", "head"),
        NORM: QCoreApplication.translate("LayerKind", "norm"),
        "pointwise": QCoreApplication.translate("LayerKind", "pointwise"),
        "conv": QCoreApplication.translate("LayerKind", "regular"),
    }
    return titles.get(kind, kind)


def paint_mark(
    painter: QPainter, box: QRectF, kind: str, filled: bool, strength: float = 1.0
) -> None:
    """Draw a layer as a box.

    Args:
        painter: Target.
        box: Where.
        kind: Layer kind; depth-wise is plain, other convolutions hatched, linear layers and the head dotted, norms
            ruled.
        filled: Changed layers are filled, frozen ones only outlined.
        strength: Opacity of the filling, 0 to 1.
    """
    ink = kind_color(kind)
    painter.setPen(Qt.PenStyle.NoPen)
    if filled:
        painter.fillRect(box, theme.color(ink, strength))
        pattern = _pattern(kind)
        if pattern is not None and box.width() >= 4 and box.height() >= 4:
            painter.fillRect(
                box, QBrush(theme.color(theme.tokens().card, 0.75 * strength), pattern)
            )
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.color(ink if filled else theme.tokens().outline), 1))
    painter.drawRect(box)


def _pattern(kind: str) -> Qt.BrushStyle | None:
    if kind == DEPTHWISE:
        return None
    dots = Qt.BrushStyle.Dense6Pattern
    patterns = {LINEAR: dots, HEAD: dots, NORM: Qt.BrushStyle.VerPattern}
    return patterns.get(kind, Qt.BrushStyle.BDiagPattern)
