"""Which finished runs are looked at: a menu of all of them, ticked when shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QRectF, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from workbench.gui import theme
from workbench.gui.run_names import run_title
from workbench.gui.selection import RunSelection

if TYPE_CHECKING:
    from workbench.project.project import RunRecord

DOT_SIDE = 16
DOT = 10
RING = 1.5


class RunMenu(QToolButton):
    """A button that opens the list of runs.

    Attributes:
        toggled_run: The user ticked or unticked a run; carries its id.
    """

    toggled_run = Signal(str)

    def __init__(self, selection: RunSelection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selection = selection
        self._menu = QMenu(self)
        self.setMenu(self._menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(self.tr("Choose the runs that are shown side by side"))
        self._dress()
        theme.controller().changed.connect(self._dress)

    def show_runs(self, titles: Mapping[str, str], shown: Sequence[str]) -> None:
        """Replace the list: names by id; ``shown`` are the ids with a tick."""
        self._menu.clear()
        for key, title in titles.items():
            # A style sheet draws no tick beside an icon: a ring stands for a run that is not shown.
            dot = run_dot(self._selection.color(key), is_filled=key in shown)
            action = self._menu.addAction(dot, title)
            action.setCheckable(True)
            action.setChecked(key in shown)
            action.triggered.connect(lambda _=False, key=key: self.toggled_run.emit(key))
        self.setText(self.tr("Runs: {0} of {1}").format(len(shown), len(titles)))

    def _dress(self) -> None:
        self.setIcon(theme.icon("chevron-down"))


def run_dot(color: str, *, is_filled: bool = True) -> QIcon:
    """A disc in the colour of a run, or a ring."""
    pixmap = QPixmap(DOT_SIDE, DOT_SIDE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color(color), RING))
    painter.setBrush(theme.color(color) if is_filled else Qt.BrushStyle.NoBrush)
    inset = (DOT_SIDE - DOT) / 2 + RING / 2
    painter.drawEllipse(QRectF(inset, inset, DOT - RING, DOT - RING))
    painter.end()
    icon = QIcon(pixmap)
    # Otherwise a selected row would tint it, and the run would have two colours.
    icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon


def run_titles(runs: Sequence[RunRecord], *, with_backbone: bool) -> dict[str, str]:
    """A name for each run, by id; runs on one backbone that would be called alike are told apart.

    They are named by their seeds where these differ, and numbered where they do not.

    Args:
        runs: In the order in which they were made.
        with_backbone: Name the architecture too, where there are several.
    """
    seeds: dict[tuple[str, str], list[int]] = {}
    for run in runs:
        seeds.setdefault((run_title(run), _backbone(run)), []).append(_seed(run))
    titles: dict[str, str] = {}
    seen: Counter[tuple[str, str]] = Counter()
    common = common_titles(runs, with_backbone=with_backbone)
    for run in runs:
        alike = run_title(run), _backbone(run)
        seen[alike] += 1
        own = ""
        if len(set(seeds[alike])) == len(seeds[alike]) > 1:
            own = QCoreApplication.translate("RunState", "seed {0}").format(_seed(run))
        elif seen[alike] > 1:
            own = f"({seen[alike]})"
        titles[run.id] = f"{common[run.id]} {own}".strip()
    return titles


def common_titles(runs: Sequence[RunRecord], *, with_backbone: bool) -> dict[str, str]:
    """As ``run_titles``, with one name for all runs that are called alike."""
    several = with_backbone and len({_backbone(run) for run in runs}) > 1
    names = {run.id: (run_title(run), _backbone(run).split(".")[0]) for run in runs}
    return {key: " · ".join(parts) if several else parts[0] for key, parts in names.items()}


def _seed(run: RunRecord) -> int:
    return int((run.record or {}).get("seed", 0))


def _backbone(run: RunRecord) -> str:
    return str((run.record or {}).get("backbone", ""))
