"""Keeps what the plan depends on at hand: the backbone's layers, the task's classes, a trained policy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.backbones.base import LayerInfo
from workbench.backbones.inputs import sized
from workbench.backbones.registry import load_backbone, takes_pictures
from workbench.cancel import RunState
from workbench.data.task import Medium, Split
from workbench.errors import WorkbenchError
from workbench.gui.bridge.background import Background
from workbench.gui.pages.adapt_plan import Plan, load_policy, make_plan
from workbench.gui.run_names import run_title
from workbench.gui.session import Session
from workbench.methods.base import MethodConfig
from workbench.methods.registry import get

if TYPE_CHECKING:
    from workbench.methods.swr.policy_net import PolicyNet
    from workbench.project.project import RunRecord

LEAST_CLASSES = 2
TRAINED_ON = (Split.TRAIN, None)


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
        self._classes = 0
        self._training_clips: int | None = None
        self._medium: Medium | None = None
        self.policy: KnownPolicy | None = None
        session.backbone_changed.connect(self.load_layers)
        session.clips_changed.connect(self._count_clips)
        session.runs_changed.connect(self._find_policy)
        session.task_changed.connect(self._find_policy)
        self.load_layers(session.backbone)
        self._count_clips()

    @property
    def problem(self) -> str:
        """Why no run can be started now; empty when one can."""
        if self._session.project is None:
            return self.tr("Open a project first.")
        if self._training_clips is None:
            return self.tr("The examples are being counted.")
        if self._training_clips == 0:
            return self.tr("This task has no training examples yet.")
        if self._classes < LEAST_CLASSES:
            return self.tr("A task needs at least two classes.")
        if not self._layers:
            return self.tr("The backbone is not loaded.")
        return self._mismatch

    @property
    def _mismatch(self) -> str:
        """What to do when the backbone hears and the task is to be seen, or the other way round."""
        sees = takes_pictures(self._layers_of)
        if self._medium is None or sees is (self._medium is Medium.PICTURE):
            return ""
        text = (
            self.tr("{0} takes pictures, and this task holds sounds. Choose a backbone for sounds.")
            if sees
            else self.tr(
                "{0} takes sounds, and this task holds pictures. Choose a backbone for pictures."
            )
        )
        return text.format(Path(self._layers_of).name)

    @property
    def has_clips(self) -> bool:
        """False only when it is known that there are none."""
        return self._training_clips != 0

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
            classes=max(self._classes, LEAST_CLASSES),
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

    def _count_clips(self) -> None:
        """Ask the project in the background, for a large task takes its time."""
        project, task_id = self._session.project, self._session.task_id
        if project is None or task_id is None:
            self._classes, self._training_clips = 0, None if project is None else 0
            self.ready_changed.emit()
            return
        open_project, open_task = project, task_id

        def take(found: tuple[int, int, Medium | None]) -> None:
            if (self._session.project, self._session.task_id) == (open_project, open_task):
                self._classes, self._training_clips, self._medium = found
                self.ready_changed.emit()

        def read() -> tuple[int, int, Medium | None]:
            counts = open_project.clip_counts(open_task)
            labels = {label for label, _ in counts}
            # A clip without a part, left by an import that was cut off, gets one when it is read.
            trained = sum(n for (_, part), n in counts.items() if part in TRAINED_ON)
            return len(labels), trained, open_project.medium(open_task)

        self._background.start(read, take, self._session.notices.error)

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
        name = run_title(run.method, run.budget)
        return KnownPolicy(name, run.folder, network) if network is not None else None
