"""Opens the patches that are wanted, off the GUI thread, and keeps them open for instant switching.

What several of them have in common is found off the GUI thread as well; until then they run one after the other, which
gives the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.detection.scorer import Scorer, ScorerPool
from workbench.detection.side_by_side import SideBySide, share
from workbench.errors import WorkbenchError
from workbench.gui.bridge.background import Background
from workbench.gui.session import Session

Wanted = tuple[Path, str]


class OpenScorers(QObject):
    """Scorers of the wanted patches, as far as they are open.

    Attributes:
        changed: What is ready, what is being opened, or what is known to be shared changed.
        refused: A patch cannot be used and should be switched off; carries its path.
    """

    changed = Signal()
    refused = Signal(object)

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._background = Background(self)
        self._pool = ScorerPool(session.backbone)
        self._wanted: list[Wanted] = []
        self._opened: dict[Wanted, Scorer] = {}
        self._opening: set[Wanted] = set()
        self._shared = SideBySide(())
        session.backbone_changed.connect(self._on_backbone)

    @property
    def ready(self) -> tuple[Scorer, ...]:
        """Open scorers of wanted patches, in the order in which they were wanted."""
        return tuple(self._opened[one] for one in self._wanted if one in self._opened)

    @property
    def together(self) -> SideBySide:
        """The scorers that are ready, as far as it is known with their common layers computed once."""
        ready = self.ready
        return self._shared if self._shared.scorers == ready else SideBySide(ready)

    @property
    def is_sharing_known(self) -> bool:
        return self._shared.scorers == self.ready

    @property
    def is_opening(self) -> bool:
        return any(one not in self._opened for one in self._wanted)

    def want(self, wanted: Sequence[Wanted]) -> None:
        """Open these patches (path and name); those that were open before are ready at once."""
        self._wanted = list(wanted)
        for one in wanted:
            if one not in self._opened and one not in self._opening:
                self._open(one)
        self._tell()

    def _open(self, one: Wanted) -> None:
        self._opening.add(one)
        pool, (path, name) = self._pool, one
        self._background.start(
            lambda: pool.open(path, name),
            lambda scorer: self._on_opened(one, scorer),
            lambda error: self._on_failed(one, error),
        )

    def _on_opened(self, one: Wanted, scorer: Scorer) -> None:
        self._opening.discard(one)
        self._opened[one] = scorer
        self._tell()

    def _tell(self) -> None:
        """Announce what is ready, and find what it shares once nothing is being opened any more."""
        self._refuse_other_features()
        ready = self.ready
        if len(ready) > 1 and not self.is_opening and not self.is_sharing_known:
            self._background.start(
                lambda: share(ready), self._on_shared, self._session.notices.error
            )
        self.changed.emit()

    def _on_shared(self, together: SideBySide) -> None:
        if together.scorers == self.ready:
            self._shared = together
            self.changed.emit()

    def _on_failed(self, one: Wanted, error: WorkbenchError) -> None:
        self._opening.discard(one)
        self._session.notices.error(error, key="patch")
        self.refused.emit(one[0])

    def _refuse_other_features(self) -> None:
        """All patches must look at the same features; the one that was wanted first decides."""
        ready = self.ready
        for scorer, one in zip(ready, [w for w in self._wanted if w in self._opened], strict=True):
            if scorer.frontend != ready[0].frontend:
                self._session.notices.warn(
                    self.tr(
                        "{0} belongs to a backbone that hears other sound features than {1}. "
                        "Switch {1} off first."
                    ).format(scorer.name, ready[0].name),
                    key="patch",
                )
                self.refused.emit(one[0])
                return

    def _on_backbone(self, name: str) -> None:
        self._pool = ScorerPool(name)
