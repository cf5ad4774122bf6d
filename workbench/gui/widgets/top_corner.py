"""Right end of the menu bar: which task, and light or dark."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from workbench.gui import settings, theme
from workbench.gui.session import Session
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import IconButton


class TopCorner(QWidget):
    """Task switcher and theme toggle; switching never asks to save."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._label = QLabel(self.tr("Task"), self)
        theme.set_role(self._label, "muted")
        self.tasks = QComboBox(self)
        self.tasks.setAccessibleName(self.tr("Task"))
        self.tasks.setMinimumContentsLength(14)
        self.tasks.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._label.setBuddy(self.tasks)
        self.theme_button = IconButton("theme", self.tr("Light or dark"), self._toggle_theme, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        row.setSpacing(GRID)
        for widget in (self._label, self.tasks, self.theme_button):
            row.addWidget(widget)
        self.tasks.activated.connect(self._on_activated)
        session.project_changed.connect(self._fill)
        session.task_changed.connect(self._fill)
        session.tasks_changed.connect(self._fill)
        self._fill()

    def _toggle_theme(self) -> None:
        self._session.theme.toggle()
        settings.save_theme(self._session.theme)

    def _fill(self) -> None:
        project = self._session.project
        records = project.tasks() if project else ()
        self.tasks.clear()
        for record in records:
            self.tasks.addItem(record.name, record.id)
        self.tasks.setCurrentIndex(self.tasks.findData(self._session.task_id))
        self.tasks.setVisible(bool(records))
        self._label.setVisible(bool(records))

    def _on_activated(self, index: int) -> None:
        self._session.set_task(self.tasks.itemData(index))
