"""The one object that all stations share: project, task, backbone, runs, selection, notices, undo.

Pages read its attributes, call its methods and listen to its signals; they never talk to each other.
Whoever changes clips through the project emits ``clips_changed``; everything else is emitted here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from workbench.cancel import RunState
from workbench.gui.bridge.clip_changes import ClipChanges
from workbench.gui.bridge.run_queue import RunQueue
from workbench.gui.bridge.run_worker import Runner, engine_runner
from workbench.gui.run_names import patch_title
from workbench.gui.selection import RunSelection
from workbench.gui.stations import Station, StationState
from workbench.gui.theme import ThemeController, controller
from workbench.notices import NoticeBus

if TYPE_CHECKING:
    from workbench.project.project import Project
    from workbench.training.job import AdaptationJob
    from workbench.training.several_job import SeveralJob

DEFAULT_BACKBONE = "bcresnet3.multilingual"


class Session(QObject):
    """Shared state of the window, with a signal for every change.

    Attributes:
        project: The open project, or None.
        task_id: The task that all stations show, or None.
        backbone: Name of the chosen backbone, such as ``bcresnet8.multilingual``, or a path.
        active_patch: Patch file in use for inspection and trying, or None for the plain backbone.
        selection: Selected runs and the colour of each run.
        undo_stack: Pages push their commands here; the Edit menu shows them.
        clip_changes: Makes the changes to clips in their order.
        notices: Bus for messages; ``session.notices.error(error)`` shows a WorkbenchError.
        theme: Appearance; same object as ``theme.controller()``.
        queue: Runs: one at a time, the rest waits.
        tasks_changed: A task was added, renamed, removed or restored; whoever does that emits it.
        library_requested: The user wants to see the word library, which Try it shows.
        start_requested: The user asked to start training with the settings of the Adapt station.
        sweep_requested: The user asked for a grid of runs with those settings.
        clips_changed: Carries the ids of the clips that were changed or added, or None for any clips.
        demo_requested: An empty state asks the window to open the demo.
        last_layer_requested: A page asks the window to show why the last layer is not enough.
        microphone_changed: Text for the status bar, such as ``USB 48 kHz -> 16 kHz``; empty when off.
        closing: The window is about to close; what listens, looks or measures on another thread stops.
        engine_ready: The engine was imported in the background; heavy imports are cheap from now on.
    """

    project_changed = Signal()
    task_changed = Signal()
    tasks_changed = Signal()
    clips_changed = Signal(object)
    backbone_changed = Signal(str)
    runs_changed = Signal()
    run_event = Signal(object, object)
    run_state_changed = Signal(object, object)
    active_patch_changed = Signal(object)
    station_number_changed = Signal(str, str, object)
    station_requested = Signal(str)
    library_requested = Signal()
    start_requested = Signal()
    sweep_requested = Signal()
    demo_requested = Signal()
    last_layer_requested = Signal()
    microphone_changed = Signal(str)
    closing = Signal()
    engine_ready = Signal()

    def __init__(self, parent: QObject | None = None, runner: Runner = engine_runner) -> None:
        super().__init__(parent)
        self.project: Project | None = None
        self.task_id: str | None = None
        self.backbone = DEFAULT_BACKBONE
        self.active_patch: Path | None = None
        self.selection = RunSelection(self)
        self.undo_stack = QUndoStack(self)
        self.clip_changes = ClipChanges(self)
        self.notices = NoticeBus()
        self.theme: ThemeController = controller()
        self.queue = RunQueue(self, runner)
        self.queue.reported.connect(self.run_event)
        self.queue.state_changed.connect(self.run_state_changed)
        self.queue.runs_changed.connect(self.runs_changed)

    def open_demo(self) -> None:
        """Ask for the bundled demo project; the window opens it as soon as the user's copy of it is made."""
        self.demo_requested.emit()

    def close_project(self) -> None:
        """Close the project; running work must have ended before."""
        self.adopt(None)

    def set_task(self, task_id: str | None) -> None:
        """Switch the task that all stations show; never asks to save."""
        if task_id != self.task_id:
            self.task_id = task_id
            self.task_changed.emit()
            self.clips_changed.emit(None)

    def set_backbone(self, name: str) -> None:
        """Choose a backbone by registry name or path."""
        if name != self.backbone:
            self.backbone = name
            self.backbone_changed.emit(name)

    def patch_title(self, path: Path) -> str:
        """How a patch is called in this project."""
        runs = self.project.runs() if self.project is not None else ()
        return patch_title(path, runs)

    def set_active_patch(self, path: Path | None) -> None:
        if path != self.active_patch:
            self.active_patch = path
            self.active_patch_changed.emit(path)

    def set_station_number(
        self, station: Station, text: str, state: StationState = StationState.READY
    ) -> None:
        """Show a station's one number and its dot on the rail."""
        self.station_number_changed.emit(station, text, state)

    def show_station(self, name: Station | str) -> None:
        """Bring a station to the front."""
        self.station_requested.emit(Station(name))

    def enqueue(self, job: AdaptationJob) -> str:
        """Record a run in the project, put it at the end of the queue and return its id.

        ``job.data`` and ``job.out`` are replaced by the frozen task and the folder of the run.

        Raises:
            WorkbenchError: no project or task is open.
        """
        return self.queue.enqueue(job)

    def enqueue_several(self, job: SeveralJob, task_ids: Sequence[str]) -> str:
        """As ``enqueue``, for a run over several tasks of the project; their data in the job are replaced.

        Raises:
            WorkbenchError: no project is open.
        """
        return self.queue.enqueue_several(job, task_ids)

    def pause(self, run_id: str) -> None:
        self.queue.pause(run_id)

    def resume(self, run_id: str) -> None:
        """Go on with a paused run, or put one that was cut off back into the queue.

        Raises:
            WorkbenchError: the settings of the run cannot be read.
        """
        if self.queue.knows(run_id) and not self.run_state(run_id).is_over:
            self.queue.resume(run_id)
        else:
            self.queue.continue_run(run_id)

    def stop(self, run_id: str) -> None:
        """Ask a run to end after its current step: with a patch in its last stage, else so that it can be continued."""
        self.queue.stop(run_id)

    def pause_or_resume(self, run_id: str) -> None:
        """Pause a run that runs, or let a paused one go on."""
        if self.run_state(run_id) is RunState.RUNNING:
            self.pause(run_id)
        else:
            self.resume(run_id)

    def run_state(self, run_id: str) -> RunState:
        return self.queue.state(run_id)

    def adopt(self, project: Project | None) -> None:
        """Show a project that is already open, or none; the one before is closed."""
        self.clip_changes.finish()
        if self.project is not None:
            self.project.close()
        self.project = project
        self.undo_stack.clear()
        self.selection.clear()
        self.set_active_patch(None)
        tasks = project.tasks() if project else ()
        self.task_id = tasks[0].id if tasks else None
        self.project_changed.emit()
        self.task_changed.emit()
        self.clips_changed.emit(None)
        self.runs_changed.emit()
