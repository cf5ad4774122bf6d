"""The cameras of this computer, and one picture after another from the chosen one."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtMultimedia import (
    QCamera,
    QMediaCaptureSession,
    QMediaDevices,
    QVideoFrame,
    QVideoSink,
)

from workbench.errors import WorkbenchError
from workbench.gui.bridge.pixels import pixels_of


class Camera(QObject):
    """Attributes:
    taken: A picture (height, width, 3) of 8-bit red, green, blue; one that nobody asked for is not converted.
    failed: The camera cannot be used; carries a WorkbenchError.
    devices_changed: A camera was plugged in or pulled out.
    """

    taken = Signal(object)
    failed = Signal(object)
    devices_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._media = QMediaDevices(self)
        self._media.videoInputsChanged.connect(self.devices_changed)
        self._session = QMediaCaptureSession(self)
        self._sink = QVideoSink(self)
        self._session.setVideoSink(self._sink)
        self._sink.videoFrameChanged.connect(self._on_frame)
        self._camera: QCamera | None = None
        self._is_wanted = False

    @property
    def is_on(self) -> bool:
        return self._camera is not None

    def names(self) -> tuple[str, ...]:
        """The cameras that are there now, the system's default first."""
        handles = sorted(QMediaDevices.videoInputs(), key=lambda one: not one.isDefault())
        return tuple(handle.description() for handle in handles)

    def start(self, name: str) -> None:
        """Look through the camera of this name, or the first one."""
        self.stop()
        handles = QMediaDevices.videoInputs()
        named = [handle for handle in handles if handle.description() == name]
        if not handles:
            self.failed.emit(
                WorkbenchError(
                    self.tr("No camera was found."),
                    hint=self.tr(
                        "Plug one in or allow its use in the system settings, or choose a picture instead."
                    ),
                )
            )
            return
        camera = QCamera((named or handles)[0], self)
        camera.errorOccurred.connect(self._on_error)
        self._session.setCamera(camera)
        self._camera = camera
        camera.start()
        self.want()

    def stop(self) -> None:
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.stop()
            self._session.setCamera(None)  # type: ignore[arg-type]
            camera.deleteLater()

    def want(self) -> None:
        """Take the next picture; asked for anew each time, so that a slow network is never behind."""
        self._is_wanted = True

    def _on_frame(self, frame: QVideoFrame) -> None:
        if self._is_wanted and self.is_on and frame.isValid():
            self._is_wanted = False
            self.taken.emit(pixels_of(frame.toImage()))

    def _on_error(self, _error: QCamera.Error, said: str) -> None:
        self.stop()
        self.failed.emit(
            WorkbenchError(
                self.tr("The camera cannot be used: {0}.").format(
                    said or self.tr("it gave no reason")
                ),
                hint=self.tr("Close other programs that use it, or choose a picture instead."),
            )
        )
