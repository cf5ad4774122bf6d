"""What the window remembers between sessions, in QSettings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow

from workbench import locations
from workbench.gui.theme import Appearance, ThemeController

LAYOUT_VERSION = 1
MOST_RECENT = 8
ORGANISATION = "adaptation-workbench"
APPLICATION = "workbench"


def store() -> QSettings:
    return QSettings(
        QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, APPLICATION
    )


def save_layout(window: QMainWindow) -> None:
    settings = store()
    settings.setValue("window/version", LAYOUT_VERSION)
    settings.setValue("window/geometry", window.saveGeometry())
    settings.setValue("window/state", window.saveState(LAYOUT_VERSION))


def restore_layout(window: QMainWindow) -> bool:
    """Put the window where it was; False when nothing of this layout version is stored."""
    settings = store()
    if settings.value("window/version", 0, int) != LAYOUT_VERSION:
        return False
    geometry, state = settings.value("window/geometry"), settings.value("window/state")
    if not isinstance(geometry, QByteArray) or not isinstance(state, QByteArray):
        return False
    return window.restoreGeometry(geometry) and window.restoreState(state, LAYOUT_VERSION)


def save_theme(theme: ThemeController) -> None:
    settings = store()
    settings.setValue("theme/appearance", theme.appearance.value)
    settings.setValue("theme/zoom", theme.zoom)
    settings.setValue("theme/reduce_motion", theme.reduce_motion)


def restore_theme(theme: ThemeController) -> None:
    settings = store()
    stored = str(settings.value("theme/appearance", Appearance.SYSTEM.value))
    theme.appearance = Appearance(stored) if stored in list(Appearance) else Appearance.SYSTEM
    theme.zoom = float(str(settings.value("theme/zoom", 1.0)))
    theme.reduce_motion = bool(settings.value("theme/reduce_motion", False, bool))


def last_speaker(otherwise: str) -> str:
    """Who recorded last."""
    return str(store().value("recorder/speaker", otherwise))


def remember_speaker(name: str) -> None:
    store().setValue("recorder/speaker", name)


def recent_projects() -> tuple[Path, ...]:
    """Projects opened before that still exist, newest first."""
    stored = store().value("projects/recent", [])
    names = [stored] if isinstance(stored, str) else list(stored or [])  # type: ignore[call-overload]
    return tuple(path for path in map(Path, names) if path.is_dir())


def export_folder() -> Path:
    """Where the last export went; at first the user's documents."""
    stored = Path(str(store().value("export/folder", locations.documents_dir())))
    return stored if stored.is_dir() else Path.home()


def remember_export_folder(folder: Path) -> None:
    store().setValue("export/folder", str(folder))


def remember_project(folder: Path) -> None:
    others = [path for path in recent_projects() if path != folder]
    names = [str(path) for path in (folder, *others)][:MOST_RECENT]
    store().setValue("projects/recent", names)
