"""Keeps what a plan and a start depend on at hand: the backbone's layers, the tasks' classes, a trained policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.backbones.base import LayerInfo
from workbench.backbones.inputs import sized
from workbench.backbones.registry import load_backbone, takes_pictures
from workbench.cancel import RunState
from workbench.errors import WorkbenchError
from workbench.gui.bridge.background import Background
from workbench.gui.pages.adapt_plan import Plan, load_policy, make_plan
from workbench.gui.pages.adapt_task_counts import (
    LEAST_CLASSES,
    NO_TASK,
    CountedTasks,
    TaskCounts,
    mismatch,
    missing,
)
from workbench.gui.run_names import run_title
from workbench.gui.session import Session
from workbench.methods.base import MethodConfig
from workbench.methods.registry import get, get_several
from workbench.methods.several import TaskClasses

if TYPE_CHECKING:
    from workbench.methods.swr.policy_net import PolicyNet
    from workbench.project.project import RunRecord


@dataclass(frozen=True)
class KnownPolicy:
    """A policy network that a finished run of this backbone and task kept."""

    run_name: str
    folder: Path
    network: PolicyNet


class AdaptPlanner(QObject):
    """Answers "what would these settings change", at once and without training.

    Attributes:
        ready_changed: Layers, classes or policy changed; plans and problems are worth asking for again.
    """

    ready_changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._background = Background(self)
        self._layers: tuple[LayerInfo, ...] = ()
        self._layers_of = ""
        self._layers_px: int | None = None
        self._counted = CountedTasks(session, self)
        self.policy: KnownPolicy | None = None
        session.backbone_changed.connect(self.load_layers)
        self._counted.changed.connect(self.ready_changed)
        session.runs_changed.connect(self._find_policy)
        session.task_changed.connect(self._find_policy)
        self.load_layers(session.backbone)

    @property
    def problem(self) -> str:
        """Why no run over the task in view can be started now; empty when one can."""
        if self._session.project is None:
            return self.tr("Open a project first.")
        counts = self._counts
        if lacking := missing(counts):
            return lacking
        assert counts is not None
        return self._no_backbone or mismatch(self._layers_of, self._sees, counts.medium)

    def problem_of_several(self, method: str, config: MethodConfig, tasks: Sequence[str]) -> str:
        """Why no run over several tasks can be started now; empty when one can.

        Args:
            method: One of the methods for several tasks.
            config: Its settings.
            tasks: Ids of the tasks, each as often as it has variants.
        """
        project = self._session.project
        if project is None:
            return self.tr("Open a project first.")
        if self._no_backbone:
            return self._no_backbone
        known = []
        for task in project.tasks():
            if task.id in tasks:
                counts = self._counted.of(task.id)
                if lacking := missing(counts, task.name):
                    return lacking
                assert counts is not None
                if wrong := mismatch(self._layers_of, self._sees, counts.medium, task.name):
                    return wrong
                known += tasks.count(task.id) * [TaskClasses(task.name, counts.classes)]
        try:
            get_several(method).check(self._layers, known, config)
        except WorkbenchError as error:
            return f"{error.message} {error.hint}"
        return ""

    @property
    def _counts(self) -> TaskCounts | None:
        """Of the task in view."""
        task_id = self._session.task_id
        return NO_TASK if task_id is None else self._counted.of(task_id)

    @property
    def _no_backbone(self) -> str:
        return "" if self._layers else self.tr("The backbone is not loaded.")

    @property
    def _sees(self) -> bool:
        return takes_pictures(self._layers_of)

    @property
    def has_clips(self) -> bool:
        """False only when it is known that there are none."""
        return self._counts is None or self._counts.training_clips != 0

    @property
    def layers(self) -> tuple[LayerInfo, ...]:
        """Layer table of the chosen backbone; empty while it is not loaded."""
        return self._layers

    def plan(self, method: str, config: MethodConfig, before: Plan | None) -> Plan | None:
        """Layers and cost of settings; None while the backbone is not loaded.

        Raises:
            WorkbenchError: for settings that this backbone does not allow.
        """
        if not self._layers:
            return None
        uses_policy = get(method).capabilities.has_policy and self.policy is not None
        return make_plan(
            self._layers,
            method,
            config,
            classes=max(len(self._counts.classes) if self._counts else 0, LEAST_CLASSES),
            policy=self.policy.network if uses_policy and self.policy else None,
            before=before,
        )

    def load_layers(self, name: str, picture_px: int | None = None) -> None:
        """Read the layer table of a backbone in the background, for pictures of a certain side if one is given."""
        wanted = name, picture_px
        if wanted == (self._layers_of, self._layers_px):
            return
        is_other = name != self._layers_of
        self._layers_of, self._layers_px = wanted
        if is_other:
            self._layers = ()
            self.ready_changed.emit()

        def take(layers: tuple[LayerInfo, ...]) -> None:
            if wanted == (self._layers_of, self._layers_px):
                self._layers = layers
                self._find_policy()

        def fail(error: WorkbenchError) -> None:
            self._session.notices.error(error, key="backbone")
            self.ready_changed.emit()

        def read() -> tuple[LayerInfo, ...]:
            loaded = load_backbone(name)
            return loaded.taking(sized(loaded.card.frontend, picture_px)).layers()

        self._background.start(read, take, fail)

    def _find_policy(self) -> None:
        """The newest finished run of this backbone and task that kept a policy for these layers."""
        self.policy = None
        project, task_id = self._session.project, self._session.task_id
        if project is not None and task_id is not None and self._layers:
            for run in sorted(project.runs(task_id), key=lambda r: r.created, reverse=True):
                self.policy = self._policy_of(run)
                if self.policy is not None:
                    break
        self.ready_changed.emit()

    def _policy_of(self, run: RunRecord) -> KnownPolicy | None:
        record = run.record or {}
        if run.state != RunState.FINISHED or record.get("backbone") != self._layers_of:
            return None
        network = load_policy(run.folder, self._layers)
        if network is None:
            return None
        return KnownPolicy(run_title(self._teacher_of(run)), run.folder, network)

    def _teacher_of(self, run: RunRecord) -> RunRecord:
        """The run that learned a policy, where this one took it over."""
        assert self._session.project is not None
        runs = {one.folder.name: one for one in self._session.project.runs(run.task_id)}
        while (source := run.job.get("policy_from")) and Path(source).name in runs:
            run = runs[Path(source).name]
        return run
