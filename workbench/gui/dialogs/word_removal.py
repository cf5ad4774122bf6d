"""Words taken out of the library, as an entry of the undo stack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from workbench.composing.keyword import KeywordCard
from workbench.errors import WorkbenchError
from workbench.gui.session import Session

if TYPE_CHECKING:
    from workbench.project.project import Project


class WordRemoval(QUndoCommand):
    """Each word is one small file that moves to the library's trash and back, so nothing has to wait."""

    def __init__(
        self,
        session: Session,
        project: Project,
        cards: Sequence[KeywordCard],
        text: str,
        changed: Callable[[], object],
    ) -> None:
        super().__init__(text.format(cards[0].label))
        self._session, self._library = session, project.library
        self._cards, self._changed = tuple(cards), changed
        self._removed: list[Path] = []

    def redo(self) -> None:
        self._removed = []
        try:
            for card in self._cards:
                self._removed.append(self._library.remove(card))
        except WorkbenchError as error:
            self._session.notices.error(error, key="library")
        self._changed()

    def undo(self) -> None:
        try:
            for path in self._removed:
                self._library.restore(path)
        except WorkbenchError as error:
            self._session.notices.error(error, key="library")
        self._changed()
