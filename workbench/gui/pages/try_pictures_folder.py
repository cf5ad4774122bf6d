"""The pictures of a folder with the first patch's answers, listed as they come."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QModelIndex, Signal
from PySide6.QtWidgets import QHeaderView, QWidget

from workbench.cancel import CancelToken
from workbench.detection.pictures import look
from workbench.detection.scorer import Scorer
from workbench.detection.side_by_side import SideBySide
from workbench.errors import WorkbenchError
from workbench.gui.bridge.background import Background
from workbench.gui.itemmodels.columns import RECORD_ROLE
from workbench.gui.itemmodels.seen_pictures import SeenFile, SeenFiles
from workbench.gui.widgets.table_twin import CopyTable
from workbench.images.decode import read_picture
from workbench.images.suffixes import is_single_picture

HEIGHT = 180


class FolderTable(CopyTable):
    """Hidden until a folder is shown.

    Attributes:
        chosen: A picture of the folder is to be looked at, the first one unasked; carries its path.
        failed: The folder cannot be read; carries a WorkbenchError.
        files: What is listed.
    """

    chosen = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.files = SeenFiles()
        super().__init__(self.files, parent)
        self.files.setParent(self)
        self._background = Background(self)
        self._token = CancelToken()
        self._folder: Path | None = None
        self._is_first_wanted = False
        self._first: tuple[Scorer, ...] = ()
        self.setAccessibleName(self.tr("Pictures of the folder"))
        self.setMaximumHeight(HEIGHT)
        header = self.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.selectionModel().currentRowChanged.connect(self._on_current)
        self.hide()

    def use(self, together: SideBySide) -> None:
        """The patches in use; the list is made anew where another one is the first now."""
        if together.scorers[:1] != self._first:
            self._first = together.scorers[:1]
            self._list()

    def show_folder(self, folder: Path) -> None:
        """List this folder, in place of another one."""
        self._folder, self._is_first_wanted = folder, True
        self._list()

    def shut_down(self) -> None:
        """Stop looking; what is listed stays."""
        self._token.stop()

    def _list(self) -> None:
        self._token.stop()
        folder, token = self._folder, CancelToken()
        if folder is None:
            return
        self._token = token
        self.files.show_records(())
        self.show()

        def told(one: SeenFile) -> None:
            if token.is_stopped:
                return
            self.files.add_record(one)
            if self._is_first_wanted:
                self._is_first_wanted = False
                self.chosen.emit(one.path)

        self._background.follow(
            partial(_seen_files, folder, SideBySide(self._first), token), told, self.failed.emit
        )

    def _on_current(self, current: QModelIndex) -> None:
        record = current.data(RECORD_ROLE) if current.isValid() else None
        if isinstance(record, SeenFile):
            self.chosen.emit(record.path)


def _seen_files(folder: Path, first: SideBySide, token: CancelToken) -> Iterator[SeenFile]:
    for path in _pictures_in(folder):
        token.check()
        try:
            answers = look(read_picture(path), first).answers
        except WorkbenchError as error:
            yield SeenFile(path, "", None, error.message)
            continue
        label, share = answers[0].best(1)[0] if answers else ("", None)
        yield SeenFile(path, label, share)


def _pictures_in(folder: Path) -> list[Path]:
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        raise WorkbenchError(
            _tr("{0} cannot be read: {1}.").format(folder, error.strerror),
            hint=_tr("Check that the folder is still there and that you may open it."),
        ) from error
    return [path for path in inside if is_single_picture(path) and not path.name.startswith(".")]


def _tr(text: str) -> str:
    return QCoreApplication.translate("FolderOfPictures", text)
