"""Which runs are selected, and the one colour that each run has in every view."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from workbench.gui.tokens import RUN_COLORS


class RunSelection(QObject):
    """Selection of runs shared by all stations.

    Attributes:
        changed: The selected runs or the current run changed.
        recolored: A run got another colour; carries its id.
    """

    changed = Signal()
    recolored = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._selected: tuple[str, ...] = ()
        self._colors: dict[str, str] = {}

    @property
    def ids(self) -> tuple[str, ...]:
        """Selected runs in the order in which they were chosen."""
        return self._selected

    @property
    def current(self) -> str | None:
        """The run chosen last, for views that show one run."""
        return self._selected[-1] if self._selected else None

    def select(self, run_ids: Iterable[str]) -> None:
        """Replace the selection."""
        wanted = tuple(dict.fromkeys(run_ids))
        if wanted != self._selected:
            self._selected = wanted
            self.changed.emit()

    def toggle(self, run_id: str) -> None:
        """Add a run to the selection, or take it out."""
        rest = tuple(one for one in self._selected if one != run_id)
        self.select(rest if run_id in self._selected else (*rest, run_id))

    def color(self, run_id: str) -> str:
        """Colour ``#rrggbb`` of a run: the next free hue on first use, then always the same."""
        if run_id not in self._colors:
            used = list(self._colors.values())
            self._colors[run_id] = min(RUN_COLORS, key=used.count)
        return self._colors[run_id]

    def recolor(self, run_id: str, color: str) -> None:
        self._colors[run_id] = color
        self.recolored.emit(run_id)

    def clear(self) -> None:
        """Forget selection and colours, when another project is opened."""
        self._colors.clear()
        self.select(())
