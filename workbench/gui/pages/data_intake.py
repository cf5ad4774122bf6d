"""Single pictures from files and from the clipboard, into the class that is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication, QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QInputDialog, QWidget

from workbench.data.task import Medium
from workbench.errors import WorkbenchError
from workbench.gui.pages.data_groups import GroupsCard
from workbench.gui.pages.data_import import ImportBar
from workbench.gui.pages.data_library import ClipLibrary
from workbench.gui.session import Session
from workbench.gui.widgets.drop_area import are_pictures, local_paths


class PictureIntake(QObject):
    """Where no class is chosen, it asks for one."""

    def __init__(
        self,
        session: Session,
        library: ClipLibrary,
        groups: GroupsCard,
        import_bar: ImportBar,
        page: QWidget,
    ) -> None:
        super().__init__(page)
        self._session, self._library = session, library
        self._groups, self._bar, self._page = groups, import_bar, page
        self.paste_key = QShortcut(QKeySequence.StandardKey.Paste, page)
        self.paste_key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.paste_key.activated.connect(self.paste)

    def add_files(self, paths: Sequence[Path]) -> None:
        """Import single pictures."""
        if target := self._target():
            self._bar.start_pictures(paths, *target)

    def add_image(self, image: QImage) -> None:
        """Import a picture that has no file."""
        if target := self._target():
            self._bar.start_pasted(image, *target)

    def paste(self) -> None:
        """Take pictures' files, or a picture, from the clipboard; anything else is none of ours."""
        clipboard = QGuiApplication.clipboard()
        paths = local_paths(clipboard.mimeData())
        if are_pictures(paths):
            self.add_files(paths)
        elif not (image := clipboard.image()).isNull():
            self.add_image(image)

    def _target(self) -> tuple[str, str] | None:
        """Class and task that pictures go into; None when they cannot, or the user does not say where."""
        project = self._session.project
        if project is None:
            return None
        try:
            if self._session.task_id is not None:
                project.refuse_another_medium(self._session.task_id, Medium.PICTURE)
            label = self._groups.chosen_word or self._ask()
            return (label, self._library.ensure_task(self.tr("My pictures"))) if label else None
        except WorkbenchError as error:
            self._session.notices.error(error, key="import")
            return None

    def _ask(self) -> str:
        answer, accepted = QInputDialog.getItem(
            self._page,
            self.tr("Add pictures"),
            self.tr("Class of these pictures"),
            self._groups.classes,
        )
        return answer.strip() if accepted else ""
