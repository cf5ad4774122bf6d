"""Small maps side by side: the network before, and after learning in each mode."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.formatting import percent
from workbench.gui.pages.last_layer_choices import labelling_name, mode_name
from workbench.gui.plots.decision_map import DecisionMap
from workbench.gui.tokens import GRID, SMALL
from workbench.studies.disc_task import Labelling, Mode, View

COLUMNS = 3


class MapTile(QWidget):
    """A title, a map, and how much of it is right.

    Args:
        title: The widget above the map.
        name: What a screen reader calls the map.
    """

    def __init__(self, title: QWidget, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.map = DecisionMap(self)
        self.caption = QLabel("–", self)
        theme.set_role(self.caption, "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 4)
        for widget, stretch in ((title, 0), (self.map, 1), (self.caption, 0)):
            column.addWidget(widget, stretch)
        column.addStretch()
        theme.controller().changed.connect(self._dress)
        self._dress()
        self.forget(Labelling.ONE_DISC)

    def forget(self, wanted: Labelling) -> None:
        """Show only what is to be learned."""
        self.map.show_wanted(wanted)
        self.caption.setText("–")
        self.map.setAccessibleName(self.tr("{0}: nothing learned yet").format(self._name))

    def show_view(self, view: View) -> None:
        """Show one network."""
        self.map.show_inside(view.inside)
        self.caption.setText(self.tr("{0} right").format(percent(view.accuracy)))
        self.map.setAccessibleName(f"{self._name}: {self.caption.text()}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The caption stands right under the square, however high the tile is."""
        super().resizeEvent(event)
        self.map.setMaximumHeight(self.width())

    def _dress(self) -> None:
        self.caption.setFont(theme.number_font(SMALL))


class MapTiles(QWidget):
    """The network before in the first place, then one tile per mode with a box that takes it out.

    Attributes:
        changed: A mode was taken out or put back.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes = {mode: QCheckBox(f"{mode}  {mode_name(mode)}", self) for mode in Mode}
        self._heading = QLabel(self)
        self.before = MapTile(self._heading, self.tr("before"), self)
        self.tiles = {mode: MapTile(box, mode_name(mode), self) for mode, box in self.boxes.items()}
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GRID)
        for place, tile in enumerate((self.before, *self.tiles.values())):
            grid.addWidget(tile, *divmod(place, COLUMNS))
            grid.setColumnStretch(place % COLUMNS, 1)
        for box in self.boxes.values():
            box.setChecked(True)
            box.setToolTip(self.tr("What may change when the second labelling is learned"))
            box.toggled.connect(lambda _: self.changed.emit())
        theme.controller().changed.connect(self._level_titles)
        self._level_titles()

    @property
    def modes(self) -> tuple[Mode, ...]:
        """Those that are chosen, in the order of the tiles."""
        return tuple(mode for mode, box in self.boxes.items() if box.isChecked())

    def forget(self, first: Labelling, second: Labelling, *, pretrained: bool) -> None:
        """Empty all maps; only what is to be learned is drawn in them."""
        name = labelling_name(first) if pretrained else self.tr("nothing")
        self._heading.setText(self.tr("First: {0}").format(name))
        self.before.forget(first)
        for tile in self.tiles.values():
            tile.forget(second)

    def _level_titles(self) -> None:
        """All maps have one size; the first title is a mere text, yet its map stands level with the others."""
        widest = max(box.sizeHint().width() for box in self.boxes.values())
        for column in range(COLUMNS):
            self._grid.setColumnMinimumWidth(column, widest)
        self._heading.setMinimumHeight(max(box.sizeHint().height() for box in self.boxes.values()))
