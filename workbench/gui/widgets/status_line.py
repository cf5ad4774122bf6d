"""The status bar: microphone, backbone, active patch, runs, and when the project was last saved."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale
from PySide6.QtWidgets import QLabel, QMenu, QStatusBar, QWidget

from workbench.errors import WorkbenchError
from workbench.gui.formatting import size
from workbench.gui.plural import plural
from workbench.gui.session import Session
from workbench.gui.widgets.buttons import PushButton

HASH_LENGTH = 4


class StatusLine(QStatusBar):
    """Always shows what is in use; short messages appear at its left.

    Attributes:
        microphone: Says which one is on; its menu chooses another.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setSizeGripEnabled(False)
        self.microphone = self._microphone_button()
        self._backbone = self._field(self.tr("Backbone"))
        self._patch = self._field(self.tr("Active patch"))
        self._jobs = self._field(self.tr("Runs"))
        self._saved = self._field(self.tr("Saved"))
        session.microphone_changed.connect(self._show_microphone)
        session.backbone_changed.connect(self._show_backbone)
        session.active_patch_changed.connect(self._show_patch)
        session.engine_ready.connect(self._on_engine)
        session.run_state_changed.connect(lambda *_: self._show_jobs())
        session.runs_changed.connect(self._show_jobs)
        for changed in (
            session.project_changed,
            session.tasks_changed,
            session.clips_changed,
            session.runs_changed,
        ):
            changed.connect(self._show_saved)
        self._engine_ready = False
        self._show_microphone("")
        self._show_backbone(session.backbone)
        self._show_patch(session.active_patch)
        self._show_jobs()
        self._show_saved()

    def _field(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setAccessibleName(name)
        label.setContentsMargins(8, 2, 8, 2)
        self.addPermanentWidget(label)
        return label

    def _microphone_button(self) -> PushButton:
        button = PushButton("", None, "quiet", self)
        button.setToolTip(self.tr("Choose a microphone"))
        menu = QMenu(button)
        menu.aboutToShow.connect(partial(self._list_microphones, menu))
        button.setMenu(menu)
        self.addPermanentWidget(button)
        return button

    def _list_microphones(self, menu: QMenu) -> None:
        from workbench.gui.bridge.input_devices import InputDevices

        devices = InputDevices(menu)
        found = devices.all()
        menu.clear()
        for device in found:
            action = menu.addAction(device.name, partial(self._choose_microphone, device.name))
            action.setCheckable(True)
            action.setChecked(device.name == devices.choose().name)
        if not found:
            menu.addAction(self.tr("No microphone")).setEnabled(False)
        devices.deleteLater()

    def _choose_microphone(self, name: str) -> None:
        """Wherever one can be chosen, on pages that are not made yet too."""
        from workbench.gui.bridge.input_devices import InputDevices
        from workbench.gui.widgets.device_box import DeviceBox

        InputDevices.remember(name)
        for box in self.window().findChildren(DeviceBox):
            box.follow()

    def _show_microphone(self, text: str) -> None:
        self.microphone.setText(self.tr("mic: {0}").format(text or self.tr("off")))

    def _show_backbone(self, name: str) -> None:
        tail = self._hash_tail(name) if self._engine_ready else ""
        self._backbone.setText(self.tr("backbone: {0} {1}").format(Path(name).name, tail).rstrip())

    def _on_engine(self) -> None:
        self._engine_ready = True
        self._show_backbone(self._session.backbone)

    @staticmethod
    def _hash_tail(name: str) -> str:
        """Start of the weights' hash; empty for a backbone that is not installed."""
        from workbench.backbones.registry import backbone_folder, read_card

        try:
            return f"#{read_card(backbone_folder(name)).sha256[:HASH_LENGTH]}"
        except WorkbenchError:
            return ""

    def _show_patch(self, path: Path | None) -> None:
        if path is None or not path.exists():
            self._patch.setText(self.tr("patch: none"))
            return
        name = self._session.patch_title(path)
        self._patch.setText(self.tr("patch: {0} {1}").format(name, size(path.stat().st_size)))
        self._patch.setToolTip(str(path))

    def _show_jobs(self) -> None:
        """How many runs train or wait."""
        queue = self._session.queue
        number = len(queue.waiting) + (queue.current is not None)
        self._jobs.setText(plural(number, self.tr("1 run"), self.tr("{0} runs")))
        self._jobs.setVisible(number > 0)

    def _show_saved(self) -> None:
        """When the project was last written down: a look at another task saves nothing."""
        project = self._session.project
        if project is None:
            self._saved.setText(self.tr("no project"))
            return
        from workbench.project.catalogue import last_written

        written = last_written(project.folder)
        self._saved.setText(self.tr("saved {0}").format(_clock(written)) if written else "")


def _clock(moment: datetime) -> str:
    """The time of day, with the date unless it is today's."""
    shown = QDateTime.fromSecsSinceEpoch(int(moment.timestamp()))
    today = shown.date() == QDateTime.currentDateTime().date()
    short = QLocale.FormatType.ShortFormat
    return QLocale().toString(shown.time() if today else shown, short)
