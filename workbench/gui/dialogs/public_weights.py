"""Getting published weights: choose, download with progress, and use them at once."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from workbench.backbones.public_weights import PUBLIC_WEIGHTS, PublicWeights, get
from workbench.backbones.registry import LoadedBackbone
from workbench.cancel import CancelToken
from workbench.errors import WorkbenchError
from workbench.gui import theme
from workbench.gui.bridge.background import Background
from workbench.gui.formatting import size
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.buttons import PushButton

START_SIZE = (560, 480)
SHOWN_EVERY_MS = 100


class PublicWeightsDialog(QDialog):
    """Lists what is published; one download at a time.

    Attributes:
        installed: Weights were downloaded and installed; carries the backbone's name.
        file_wanted: The user has the file already and wants to choose it.
    """

    installed = Signal(str)
    file_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Get public weights"))
        self.resize(*START_SIZE)
        self._background = Background(self)
        self._background.idle.connect(self._on_over)
        self._token = CancelToken()
        # Written by the download, read by the timer: whoever downloads tells thousands of times.
        self._arrived: tuple[int, int | None] = (0, None)
        self.list = QListWidget(self)
        self.about = QLabel(self)
        self.progress = QProgressBar(self)
        self.told = QLabel(self)
        self.get_button = PushButton(self.tr("Download"), self.download, "primary", self)
        self.cancel_button = PushButton(self.tr("Cancel"), self.cancel, "", self)
        self.file_button = PushButton(self.tr("I have the file…"), self._choose_file, "", self)
        self._timer = QTimer(self, interval=SHOWN_EVERY_MS)
        self._timer.timeout.connect(self._show_arrived)
        self._lay_out()
        self._fill()
        self._show_busy(False)

    @property
    def chosen(self) -> PublicWeights:
        """The published weights of the selected row."""
        return PUBLIC_WEIGHTS[max(self.list.currentRow(), 0)]

    def download(self) -> None:
        """Fetch the chosen weights and install them; what arrived before is used."""
        name, token = self.chosen.name, CancelToken()
        self._token, self._arrived = token, (0, None)

        def progress(done: int, total: int | None) -> None:
            self._arrived = done, total

        self._say(self.tr("Connecting…"), "muted")
        self._show_busy(True)
        self._background.start(
            lambda: get(name, token, progress), self._on_installed, self._on_failed
        )

    def cancel(self) -> None:
        """Stop the download; it goes on from there the next time."""
        self._token.stop()
        self._say(self.tr("Stopping…"), "muted")

    def closeEvent(self, event: QCloseEvent) -> None:
        self._token.stop()
        super().closeEvent(event)

    def reject(self) -> None:
        self._token.stop()
        super().reject()

    def _lay_out(self) -> None:
        self.list.setAccessibleName(self.windowTitle())
        for label in (self.about, self.told):
            label.setWordWrap(True)
        theme.set_role(self.about, "small")
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Download"))
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.file_button)
        row.addStretch()
        row.addWidget(self.cancel_button)
        row.addWidget(self.get_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(GRID)
        column.addWidget(self.list, 1)
        for widget in (self.about, self.progress, self.told):
            column.addWidget(widget)
        column.addLayout(row)

    def _fill(self) -> None:
        for weights in PUBLIC_WEIGHTS:
            item = QListWidgetItem(f"{weights.name}  ·  {weights.file}", self.list)
            item.setToolTip(weights.publisher.base + weights.file)
        self.list.currentRowChanged.connect(self._show_about)
        self.list.setCurrentRow(0)

    def _show_about(self, row: int) -> None:
        publisher = PUBLIC_WEIGHTS[max(row, 0)].publisher
        text = self.tr("{0}. Trained on {1}.")
        self.about.setText(text.format(publisher.licence, publisher.attribution))

    def _show_busy(self, is_busy: bool) -> None:
        for widget in (self.list, self.get_button, self.file_button):
            widget.setEnabled(not is_busy)
        self.cancel_button.setVisible(is_busy)
        self.progress.setVisible(is_busy)
        self.progress.setRange(0, 0)
        if is_busy:
            self._timer.start()
        else:
            self._timer.stop()

    def _show_arrived(self) -> None:
        done, total = self._arrived
        if not done or self._token.is_stopped:
            return
        if total:
            # Bytes would overflow the bar's numbers.
            self.progress.setRange(0, 1000)
            self.progress.setValue(round(1000 * done / total))
        whole = self.tr("{0} of {1}").format(size(done), size(total)) if total else size(done)
        self._say(whole, "muted")

    def _on_installed(self, loaded: LoadedBackbone) -> None:
        self.installed.emit(loaded.card.name)
        self.accept()

    def _on_failed(self, error: WorkbenchError) -> None:
        self._say(str(error), "error")

    def _on_over(self) -> None:
        self._show_busy(False)
        if self._token.is_stopped:
            self._say(self.tr("Stopped. It goes on from here the next time."), "muted")

    def _choose_file(self) -> None:
        self.accept()
        self.file_wanted.emit()

    def _say(self, text: str, role: str) -> None:
        theme.set_role(self.told, role)
        self.told.setText(text)
