"""The pictures of a folder and what the first patch says of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject

from workbench.gui.formatting import percent
from workbench.gui.itemmodels.columns import Column, ColumnTable


@dataclass(frozen=True)
class SeenFile:
    """Attributes: likeliest class with its probability, or why the file could not be read."""

    path: Path
    answer: str
    probability: float | None
    problem: str = ""


class SeenFiles(ColumnTable[SeenFile]):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__((), parent)
        tr = self.tr
        self.columns = (
            Column("picture", tr("Picture"), "", lambda one: one.path.name, is_number=False),
            Column(
                "answer",
                tr("Answer"),
                tr("Likeliest class, in the eyes of the first patch"),
                lambda one: one.answer or one.problem,
                is_number=False,
            ),
            Column(
                "probability",
                tr("Probability"),
                "",
                lambda one: one.probability,
                lambda one: "–" if one.probability is None else percent(one.probability),
            ),
        )
