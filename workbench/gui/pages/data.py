"""The Data station: words, clips, recorder; import, check, undo."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QAction,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QHideEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QInputDialog, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from workbench.data.doctor import Finding
from workbench.data.task import SILENCE
from workbench.errors import WorkbenchError
from workbench.gui import theme
from workbench.gui.bridge.check_work import CheckWork
from workbench.gui.bridge.input_devices import InputDevices
from workbench.gui.bridge.microphone import Microphone
from workbench.gui.pages.data_clip import ClipCard
from workbench.gui.pages.data_edits import ClipEdits
from workbench.gui.pages.data_findings import FindingsBar
from workbench.gui.pages.data_fixes import Remedy, records_of, remedy, reunited
from workbench.gui.pages.data_groups import GroupsCard
from workbench.gui.pages.data_header import DataHeader
from workbench.gui.pages.data_import import ImportBar
from workbench.gui.pages.data_library import ClipLibrary
from workbench.gui.pages.data_list import ClipListCard
from workbench.gui.pages.data_listen import Listening, Sound
from workbench.gui.pages.data_recorder import RecorderCard
from workbench.gui.pages.data_recording import TakeKeeper
from workbench.gui.session import Session
from workbench.gui.stations import Station, StationState
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.empty_state import EmptyState
