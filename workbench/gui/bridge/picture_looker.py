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
from workbench.errors import WorkbenchError
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


@dataclass(frozen=True)
class Explained:
    """Attributes: the very picture that was asked about, and what of it speaks for the answer."""

    picture: Picture
    heat: Heat


class PictureLooker(QObject):
    """Attributes:
    seen: A picture was looked at; carries a ``Seen``.
    explained: What speaks for an answer is known; carries an ``Explained``.
    failed: A file cannot be read or a patch not be used; carries a WorkbenchError.
    """

    seen = Signal(object)
    explained = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._together = SideBySide(())
        self._read: Callable[[], Picture] | None = None
        self._name = ""
        self._is_looking = False
        self._is_wanted = False

    def use(self, together: SideBySide) -> None:
        """Look with these patches from now on, and again at the picture that was looked at last."""
        self._together = together
        self._want()

    def look_at(self, picture: Picture, name: str) -> None:
        """Show a picture (height, width, channel) to the patches."""
        self._read, self._name = lambda: picture, name
        self._want()

    def look_at_file(self, path: Path) -> None:
        """Read a file and show it to the patches."""
        self._read, self._name = partial(read_picture, path), path.name
        self._want()

    def explain(self, patch: Path, backbone: str, picture: Picture, label: str) -> None:
        """Find what of a picture speaks for a class in the eyes of a patch.

        Args:
            backbone: In use; it serves where none is installed that the patch belongs to.
        """
        work = partial(_explained, patch, backbone, picture, label)
        self._background.start(work, self.explained.emit, self.failed.emit)

    def _want(self) -> None:
        self._is_wanted = self._read is not None
        if not self._is_looking:
            self._look()

    def _look(self) -> None:
        read, name, together = self._read, self._name, self._together
        self._is_looking = self._is_wanted and read is not None
        self._is_wanted = False
        if not self._is_looking or read is None:
            return

        def work() -> Seen:
            picture = read()
            return Seen(picture, name, look(picture, together))

        def on_seen(seen: Seen) -> None:
            if self._read is read:
                # A file is read once, whatever becomes of it while patches are switched.
                self._read = lambda: seen.picture
            self.seen.emit(seen)
            self._look()

        def on_failed(error: WorkbenchError) -> None:
            if self._read is read:
                self._read = None
            self.failed.emit(error)
            self._look()

        self._background.start(work, on_seen, on_failed)


def _explained(patch: Path, backbone: str, picture: Picture, label: str) -> Explained:
    card = read_patch_card(patch)
    network = load_patched(patch, str(backbone_source(card, backbone, patch.parent)))
    config, number = picture_of(card.frontend), card.classes.index(label)
    return Explained(picture, speaks_for(network.model, picture, config, number))
