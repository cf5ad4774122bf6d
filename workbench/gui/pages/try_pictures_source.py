"""Where pictures come from: a file, a folder, the clipboard, or a camera."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from workbench.gui.bridge.camera import Camera
from workbench.gui.bridge.pixels import pixels_of
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton
from workbench.images.suffixes import PICTURE_SUFFIXES


class PictureSource(QWidget):
    """Attributes:
    file_chosen: A picture's path.
    folder_chosen: Path of a folder of pictures.
    pasted: A picture (height, width, 3) from the clipboard.
    camera_wanted: Switch the camera on or off.
    """

    file_chosen = Signal(object)
    folder_chosen = Signal(object)
    pasted = Signal(object)
    camera_wanted = Signal(bool)

    def __init__(self, camera: Camera, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._camera = camera
        self.file_button = PushButton(
            self.tr("Choose a picture…"), self.choose_file, "primary", self
        )
        self.folder_button = PushButton(self.tr("Choose a folder…"), self.choose_folder, "", self)
        self.paste_button = PushButton(self.tr("Paste"), self.paste, "", self)
        self.camera_button = PushButton("", self._toggle_camera, "", self)
        self.device = QComboBox(self)
        self.device.setAccessibleName(self.tr("Camera"))
        self._lay_out()
        QShortcut(
            QKeySequence.StandardKey.Paste, self.window() if parent is None else parent
        ).activated.connect(self.paste)
        camera.devices_changed.connect(self.list_devices)
        self.list_devices()
        self.show_camera(False)

    def choose_file(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in sorted(PICTURE_SUFFIXES))
        name, _ = QFileDialog.getOpenFileName(
            self, self.tr("Look at a picture"), "", self.tr("Pictures ({0})").format(patterns)
        )
        if name:
            self.file_chosen.emit(Path(name))

    def choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self.tr("Look at all pictures of a folder"))
        if name:
            self.folder_chosen.emit(Path(name))

    def paste(self) -> None:
        """Take a picture, or a picture's file, from the clipboard."""
        data = QGuiApplication.clipboard().mimeData()
        urls = [url for url in data.urls() if url.isLocalFile()]
        if data.hasImage():
            self.pasted.emit(pixels_of(QGuiApplication.clipboard().image()))
        elif urls:
            self.take(Path(urls[0].toLocalFile()))

    def take(self, path: Path) -> None:
        """A file or a folder that was dropped or pasted."""
        (self.folder_chosen if path.is_dir() else self.file_chosen).emit(path)

    def list_devices(self) -> None:
        """List the cameras that are there now."""
        names = self._camera.names()
        self.device.clear()
        self.device.addItems(names)
        self.device.setVisible(len(names) > 1)
        self.camera_button.setEnabled(bool(names))
        missing = self.tr("No camera was found.")
        self.camera_button.setToolTip("" if names else missing)

    def show_camera(self, is_on: bool) -> None:
        self.camera_button.setText(self.tr("Stop the camera") if is_on else self.tr("Camera"))

    def _toggle_camera(self) -> None:
        self.camera_wanted.emit(not self._camera.is_on)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        rows = ((self.file_button, self.folder_button), (self.paste_button, self.camera_button))
        for pair in rows:
            row = QHBoxLayout()
            row.setSpacing(GRID)
            for button in pair:
                row.addWidget(button, 1)
            column.addLayout(row)
        column.addWidget(self.device)
        column.addStretch()
