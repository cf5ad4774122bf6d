"""The button beside the task's name: new task, rename, remove, restore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QInputDialog, QMenu, QToolButton, QWidget

from workbench.gui.pages.data_import import ImportBar
from workbench.gui.pages.data_recorder import RecorderCard
from workbench.gui.pages.data_task_edits import NOTICE, TaskEdits
from workbench.gui.session import Session
from workbench.gui.widgets.buttons import IconButton

if TYPE_CHECKING:
    from workbench.project.project import TaskRecord


class TaskButton(IconButton):
    """Opens the menu of tasks; switching between tasks is done at the top of the window."""

    def __init__(
        self,
        session: Session,
        import_bar: ImportBar,
        recorder: RecorderCard,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("chevron-down", "", None, parent)
        self._session, self._import_bar, self._recorder = session, import_bar, recorder
        self._edits = TaskEdits(session, self)
        self.set_name(self.tr("New task, rename or remove this one"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self.new_action = menu.addAction(self.tr("&New task…"), self.ask_new)
        self.rename_action = menu.addAction(self.tr("R&ename this task…"), self.ask_name)
        self.remove_action = menu.addAction(self.tr("Re&move this task"), self.remove)
        self.remove_action.setToolTip(
            self.tr("Takes it off the list. Its recordings and runs are kept and can be restored.")
        )
        menu.addSeparator()
        self.removed_menu = menu.addMenu(self.tr("&Removed tasks"))
        menu.aboutToShow.connect(self.refresh)
        self.setMenu(menu)

    def refresh(self) -> None:
        """Offer what can be done now."""
        project = self._session.project
        for action in (self.rename_action, self.remove_action):
            action.setEnabled(self._task is not None)
        removed = project.tasks(removed=True) if project is not None else ()
        self.removed_menu.clear()
        for task in removed:
            action = self.removed_menu.addAction(self.tr("Restore “{0}”").format(task.name))
            action.triggered.connect(lambda _=False, task=task: self._edits.restore(task))
        self.removed_menu.setEnabled(bool(removed))

    def ask_new(self) -> None:
        """Ask what a new task is called, and make it."""
        name = self._ask(self.tr("New task"), "")
        if name:
            self._edits.add(name)

    def ask_name(self) -> None:
        """Ask for another name."""
        task = self._task
        if task is not None and (name := self._ask(self.tr("Rename task"), task.name)):
            self._edits.rename(task, name)

    def remove(self) -> None:
        """Take the task that is shown off the list; what is being added to it has to end first."""
        task = self._task
        if self._import_bar.work.is_running:
            text = self.tr("An import is under way. Cancel it or let it end, then remove the task.")
            self._session.notices.warn(text, key=NOTICE)
        elif task is not None:
            self._recorder.recorder.stop()
            self._edits.remove(task)

    @property
    def _task(self) -> TaskRecord | None:
        project = self._session.project
        tasks = project.tasks() if project is not None else ()
        return next((task for task in tasks if task.id == self._session.task_id), None)

    def _ask(self, title: str, name: str) -> str:
        answer, accepted = QInputDialog.getText(self, title, self.tr("Name of the task"), text=name)
        return answer.strip() if accepted else ""
