"""The policy film: layers from top to bottom, time to the right, probability as lightness, cost beneath."""

from __future__ import annotations

from bisect import bisect_left

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from workbench.gui import theme
from workbench.gui.bridge.throttle import Throttle
from workbench.gui.formatting import count, decimal, percent
from workbench.gui.plots import film_painter
from workbench.gui.plots.film_image import film_image, shade_table
from workbench.gui.plots.film_store import FilmStore, FrameInfo
from workbench.gui.plots.layer_marks import kind_title
from workbench.training.events import LayerDecisions, RunStarted, StagePlan

PAGE_FRAMES = 10


class FilmView(QWidget):
    """Heat map of layer probabilities over time with a cursor that can be moved after the run.

    Mouse and arrow keys move the cursor; while it stands at the end it follows the run.

    Attributes:
        cursor_moved: Another frame is under the cursor; carries its index.
    """

    cursor_moved = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.store = FilmStore(0)
        self.names: tuple[str, ...] = ()
        self.kinds: tuple[str, ...] = ()
        self.shares: tuple[float, ...] = ()
        self.stages: tuple[StagePlan, ...] = ()
        self._cursor: int | None = None
        self._image = QImage()
        self._throttle = Throttle(self._show_last, self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Policy film: probability of changing each layer over time"))
        theme.controller().changed.connect(self._redraw)

    def sizeHint(self) -> QSize:
        return QSize(640, 320)

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 160)

    def start(self, started: RunStarted) -> None:
        """Clear the film for a run whose layers are announced."""
        self.names, self.kinds = started.layer_names, started.layer_kinds
        self.shares, self.stages = started.layer_shares, started.stages
        self.store = FilmStore(len(self.names))
        self._cursor = None
        self._redraw()

    def add(self, decisions: LayerDecisions, first_step: int = 0) -> None:
        """Append a column; a resumed run overwrites what it repeats.

        Args:
            decisions: As logged.
            first_step: Steps of the stages before this one.
        """
        position = first_step + decisions.step
        frames = self.store.frames
        self.store.drop_from(bisect_left(frames, position, key=lambda frame: frame.position))
        info = FrameInfo(
            position, decisions.stage, decisions.step, decisions.hard_cost, decisions.budget
        )
        self.store.add(decisions.probabilities, info)
        self._throttle.request()

    @property
    def frame(self) -> int | None:
        """Index of the frame under the cursor, None without frames."""
        if not len(self.store):
            return None
        last = len(self.store) - 1
        return last if self._cursor is None else min(self._cursor, last)

    def set_frame(self, frame: int) -> None:
        """Move the cursor; the last frame makes it follow the run again."""
        if not len(self.store):
            return
        last = len(self.store) - 1
        frame = min(max(frame, 0), last)
        self._cursor = None if frame == last else frame
        self._announce()
        self.update()

    def value(self, frame: int, layer: int) -> float:
        """Probability exactly as it was logged."""
        return float(self.store.column(frame)[layer])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self.store) - 1
        now = self.frame or 0
        target = {
            Qt.Key.Key_Left: now - 1,
            Qt.Key.Key_Right: now + 1,
            Qt.Key.Key_PageUp: now - PAGE_FRAMES,
            Qt.Key.Key_PageDown: now + PAGE_FRAMES,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }.get(Qt.Key(event.key()))
        if target is None:
            super().keyPressEvent(event)
        else:
            self.set_frame(target)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._scrub(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._scrub(event)

    def _scrub(self, event: QMouseEvent) -> None:
        frame = film_painter.frame_at(self, event.position().x())
        if frame is not None:
            self.set_frame(frame)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            text = self._describe(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if len(self.store):
            film_painter.paint(painter, self, self._image)
        else:
            painter.setPen(theme.color(theme.tokens().muted))
            text = self.tr("The film starts with the policy stage.")
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, text)
        painter.end()

    def _show_last(self) -> None:
        self._redraw()
        self._announce()

    def _redraw(self) -> None:
        if len(self.store):
            pixels = max(1, round(self.width() * self.devicePixelRatioF()))
            level = self.store.level_for(2 * pixels)
            self._image = film_image(self.store.level(level), shade_table(self.kinds))
        self.update()

    def _announce(self) -> None:
        frame = self.frame
        if frame is not None:
            info = self.store.frames[frame]
            text = self.tr("step {0}, {1} of the weights")
            values = [count(info.position), percent(info.hard_cost)]
            if info.budget is not None:
                text += self.tr(" at a budget of {2}")
                values.append(percent(info.budget))
            self.setAccessibleDescription(text.format(*values))
            self.cursor_moved.emit(frame)

    def _describe(self, x: float, y: float) -> str:
        frame, layer = film_painter.frame_at(self, x), film_painter.layer_at(self, y)
        if frame is None or layer is None:
            return ""
        lines = (
            self.names[layer],
            kind_title(self.kinds[layer]),
            self.tr("step {0}").format(count(self.store.frames[frame].position)),
            self.tr("probability {0}").format(decimal(self.value(frame, layer), 4)),
        )
        return "\n".join(lines)
