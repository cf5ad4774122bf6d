"""A project in memory and a run that trains nothing: the window's side of the contracts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from workbench.backbones.registry import build
from workbench.budget.policy import adaptable, exact_policy, shares, stored_share
from workbench.cancel import CancelToken
from workbench.data.task import Clip, Medium, Split, Task
from workbench.detection.decoder import DecoderConfig
from workbench.project.clip_rows import ClipList
from workbench.training.event_file import EventWriter
from workbench.training.events import (
    EpochFinished,
    LayerDecisions,
    RunEvent,
    RunFinished,
    RunStarted,
    StagePlan,
    StageStarted,
    StepLogged,
)
from workbench.training.job import AdaptationJob

if TYPE_CHECKING:
    from workbench.project.project import Project

CLASSES = ("_silence_", "_unknown_", "go", "stop")


@dataclass(frozen=True)
class FakeTask:
    id: str
    name: str


@dataclass(frozen=True)
class FakeRun:
    id: str
    task_id: str
    method: str
    budget: float | None
    state: str
    folder: Path
    job: dict[str, Any]
    record: dict[str, Any] | None
    created: datetime

    @property
    def leader(self) -> str:
        return self.id


@dataclass
class FakeListening:
    """Settings of patches, in memory."""

    kept: dict[str, DecoderConfig] = field(default_factory=dict)

    def read(self) -> dict[str, DecoderConfig]:
        return dict(self.kept)

    def write(self, chosen: Mapping[str, DecoderConfig]) -> None:
        self.kept |= chosen


@dataclass
class FakeProject:
    """What the shell needs of a project, without files or a database.

    Attributes:
        writes: How often something was to be written at once.
    """

    folder: Path
    clips_per_class: int = 8
    states: list[tuple[str, str]] = field(default_factory=list)
    stored: dict[str, FakeRun] = field(default_factory=dict)
    interrupted: tuple[FakeRun, ...] = ()
    closed: bool = False
    writes: int = 0
    listening: FakeListening = field(default_factory=FakeListening)

    @property
    def as_project(self) -> Project:
        """For a session, which takes real ones."""
        return cast("Project", self)

    @property
    def name(self) -> str:
        return self.folder.name

    def close(self) -> None:
        self.closed = True

    def tasks(self) -> tuple[FakeTask, ...]:
        return (FakeTask("t1", "kitchen words"), FakeTask("t2", "lights"))

    def task(self, task_id: str) -> Task:
        clips = [
            Clip(Path(f"{label}-{i}.wav"), label, split)
            for label in CLASSES
            for i in range(self.clips_per_class)
            for split in (Split.TRAIN, Split.VAL)
        ]
        return Task("kitchen words", CLASSES, tuple(clips))

    def clip_total(self, task_id: str) -> int:
        return 0

    def medium(self, task_id: str) -> Medium:
        return Medium.SOUND

    def newest_clip(self) -> int:
        return 0

    def clips_since(self, task_id: str, newest: int) -> tuple[str, ...]:
        return ()

    def unlisted_recordings(self) -> tuple[str, ...]:
        return ()

    def clip_list(self, task_id: str) -> ClipList:
        return ClipList()

    def clip_counts(self, task_id: str) -> dict[tuple[str, Split | None], int]:
        return dict(Counter((clip.label, clip.split) for clip in self.task(task_id).clips))

    def runs(self, task_id: str | None = None) -> tuple[FakeRun, ...]:
        return tuple(r for r in self.stored.values() if task_id in (None, r.task_id))

    @contextmanager
    def at_once(self) -> Iterator[None]:
        self.writes += 1
        yield

    def new_run(self, task_id: str, job: AdaptationJob, others: Sequence[str] = ()) -> FakeRun:
        assert not others
        run_id = f"r{len(self.stored) + 1}"
        folder = self.folder / "runs" / run_id
        budget = job.config.get("budget")
        run = FakeRun(
            run_id,
            task_id,
            job.method,
            budget,
            "queued",
            folder,
            job.model_dump(mode="json"),
            None,
            datetime.now(UTC),
        )
        self.stored[run_id] = run
        return run

    def freeze_task(self, task_id: str, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "task.csv"

    def set_run_state(self, run_id: str, state: str) -> None:
        self.states.append((run_id, str(state)))
        self.stored[run_id] = replace(self.stored[run_id], state=str(state))

    def finish_run(self, run_id: str, record: dict[str, Any]) -> None:
        self.stored[run_id] = replace(self.stored[run_id], record=record)

    def interrupted_runs(self) -> tuple[FakeRun, ...]:
        return self.interrupted


def swr_events(
    architecture: str = "bcresnet1",
    epochs: int = 3,
    steps: int = 4,
    budget: float = 0.1,
    record: dict[str, Any] | None = None,
) -> Iterator[RunEvent]:
    """Events of an SWR run in their true order, with smooth made-up numbers."""
    table = build(architecture, len(CLASSES)).layers()
    rows, share = adaptable(table), shares(table)
    stages = (
        StagePlan("super_net", "Super-net", epochs, steps),
        StagePlan("policy", "Policy", epochs, steps),
        StagePlan("reparametrize", "Reparametrize", epochs, steps),
    )
    yield RunStarted(
        "swr", stages, tuple(r.name for r in rows), tuple(str(r.kind) for r in rows), share
    )
    for index, stage in enumerate(stages):
        yield StageStarted(index, stage)
        for epoch in range(epochs):
            for step in range(steps):
                done = epoch * steps + step + 1
                progress = done / (epochs * steps)
                wobble = 0.1 * math.sin(7 * done)
                loss = 2.2 * math.exp(-2.5 * progress) + 0.15 + wobble * (1 - progress)
                accuracy = min(1.0, max(0.0, 0.25 + 0.7 * progress + wobble))
                yield StepLogged(index, done, epochs * steps, loss, accuracy, 1e-3, {})
                if index > 0:
                    yield _decisions(index, done, progress, share, budget)
            validates = index != 1
            yield EpochFinished(
                index,
                epoch + 1,
                epochs,
                2.2 * math.exp(-2.5 * (epoch + 1) / epochs) + 0.15,
                0.25 + 0.7 * (epoch + 1) / epochs,
                2.2 * math.exp(-2.2 * (epoch + 1) / epochs) + 0.2 if validates else None,
                0.25 + 0.65 * (epoch + 1) / epochs if validates else None,
                60,
                1.5,
            )
    yield RunFinished(Path("words.patch.safetensors"), record or FINISHED_RECORD)


FINISHED_RECORD: dict[str, Any] = {
    "patch": "words.patch.safetensors",
    "method": "swr",
    "backbone": "tiny",
    "budget": 0.1,
    "stored_bytes": 74_200,
    "test_accuracy": 0.9,
    "test_ci95": [0.8, 0.95],
    "n_test": 60,
}


def _decisions(
    stage: int, step: int, progress: float, share: tuple[float, ...], budget: float
) -> LayerDecisions:
    wanted = [1 / (1 + math.exp(8 * (i / len(share) - 0.5))) for i in range(len(share))]
    learned = [0.5 + (w - 0.5) * progress for w in wanted]
    chosen = exact_policy(learned, share, budget)
    if stage == 2:
        return LayerDecisions(
            stage,
            step,
            tuple(float(on) for on in exact_policy(wanted, share, budget)),
            budget,
            budget,
        )
    cost = stored_share(chosen, share) + 0.2 * (1 - progress)
    return LayerDecisions(stage, step, tuple(learned), budget, cost)


def runner_of(
    events: Callable[[], Iterator[RunEvent]],
) -> Callable[[AdaptationJob, CancelToken, bool], Iterator[RunEvent]]:
    """A runner that looks at its token before each event and keeps a history, as the engine does."""

    def run(job: AdaptationJob, token: CancelToken, resume: bool) -> Iterator[RunEvent]:
        with EventWriter(job.out, resume) as history:
            for event in events():
                token.check()
                history.write(event)
                yield event

    return run
