"""Looking at pictures off the window's thread; of pictures that come faster than they are seen the newest is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.backbones.inputs import picture_of
from workbench.detection.pictures import Heat, Look, look, speaks_for
from workbench.detection.side_by_side import SideBySide
from workbench.gui.bridge.background import Background
from workbench.gui.bridge.pixels import Picture
from workbench.images.decode import read_picture
from workbench.methods.patch import backbone_source, read_patch_card
from workbench.training.assess import load_patched


@dataclass(frozen=True)
class Seen:
    """Attributes: the picture (height, width, channel), its name, and what the patches say of it."""

    picture: Picture
    name: str
    look: Look


class PictureLooker(QObject):
    """Attributes:
    seen: A picture was looked at; carries a ``Seen``.
    explained: What speaks for an answer is known; carries a ``Heat``.
    failed: A file cannot be read or a patch not be used; carries a WorkbenchError.
    """

    seen = Signal(object)
    explained = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._next: Callable[[], Seen] | None = None
        self._is_looking = False

    def look_at(self, picture: Picture, name: str, together: SideBySide) -> None:
        """Show a picture (height, width, channel) to the patches."""
        self._want(lambda: Seen(picture, name, look(picture, together)))

    def look_at_file(self, path: Path, together: SideBySide) -> None:
        """Read a file and show it to the patches."""

        def work() -> Seen:
            picture = read_picture(path)
            return Seen(picture, path.name, look(picture, together))

        self._want(work)

    def explain(self, patch: Path, backbone: str, picture: Picture, label: str) -> None:
        """Find what of a picture speaks for a class in the eyes of a patch.

        Args:
            backbone: In use; it serves where none is installed that the patch belongs to.
        """
        work = partial(_heat, patch, backbone, picture, label)
        self._background.start(work, self.explained.emit, self.failed.emit)

    def _want(self, work: Callable[[], Seen]) -> None:
        self._next = work
        if not self._is_looking:
            self._look()

    def _look(self) -> None:
        work, self._next = self._next, None
        self._is_looking = work is not None
        if work is not None:
            self._background.start(work, self._on_seen, self._on_failed)

    def _on_seen(self, seen: Seen) -> None:
        self.seen.emit(seen)
        self._look()

    def _on_failed(self, error: object) -> None:
        self.failed.emit(error)
        self._look()


def _heat(patch: Path, backbone: str, picture: Picture, label: str) -> Heat:
    card = read_patch_card(patch)
    network = load_patched(patch, str(backbone_source(card, backbone, patch.parent)))
    return speaks_for(network.model, picture, picture_of(card.frontend), card.classes.index(label))
