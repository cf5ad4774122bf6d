"""A sweep on disk: its plan, what it was begun with, and which of its runs have finished."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from workbench.atomic import write_bytes
from workbench.backbones.registry import LoadedBackbone
from workbench.cancel import CancelToken
from workbench.errors import WorkbenchError
from workbench.project.lock import FolderLock
from workbench.studies.plan import AXES, SweepJob, SweepPlan, expand
from workbench.training.job import AdaptationJob
from workbench.training.prepare import (
    checked_folder,
    content_fingerprint,
    default_store,
    usable_task,
)
from workbench.training.run_folder import JOB_FILE, RECORD_FILE

PLAN_FILE = "sweep.json"
LOCK_FILE = "sweep.lock"
MOVABLE = {"out", "data", "backbone", "policy_from"}
"""Paths of a job: they may change when folders move; what they lead to is told by the sums in the plan's file."""

SAME_FOR_ALL = ("epochs", "settings", "make_silence", "picture_px")
"""Fields of a plan that all of its runs have in common; backbone and clips are compared by their sums."""


class KeptSweep(BaseModel):
    """What the plan's file holds.

    Attributes:
        backbone_sha256: Of the weights.
        clips_sha256: Of content, label and part of every clip.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: int = 1
    plan: SweepPlan
    backbone_sha256: str
    clips_sha256: str


def clips_sum(plan: SweepPlan, loaded: LoadedBackbone, token: CancelToken) -> str:
    """A sum over the clips of the task; they are decoded into the cache, so that no run has to.

    Raises:
        WorkbenchError: when nothing in it can be used.
    """
    store = default_store()
    task, _ = usable_task(plan.data, loaded.card.frontend, store, token)
    return hashlib.sha256(content_fingerprint(task, store).encode()).hexdigest()


@contextmanager
def only_sweep_in(folder: Path) -> Iterator[None]:
    """Keep other processes from working in the same folder.

    Raises:
        WorkbenchError: when one does so already.
    """
    checked_folder(folder)
    taken = WorkbenchError(
        f"Another process is working on the sweep in {folder}.",
        hint="Wait for it or end it, or choose another folder.",
    )
    lock = FolderLock(folder / LOCK_FILE, taken)
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


def read_kept(folder: Path) -> KeptSweep | None:
    """What an earlier attempt has left; None in a fresh folder.

    Raises:
        WorkbenchError: when it cannot be read.
    """
    path = folder / PLAN_FILE
    if not path.is_file():
        return None
    try:
        return KeptSweep.model_validate_json(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise WorkbenchError(
            f"{path} cannot be read; it may come from another version.",
            data="The runs beside it are untouched.",
            hint="Choose another folder.",
        ) from error


def keep(folder: Path, kept: KeptSweep) -> None:
    write_bytes(folder / PLAN_FILE, kept.model_dump_json(indent=2).encode())


def taken_up(old: KeptSweep, new: KeptSweep, folder: Path) -> KeptSweep:
    """An earlier sweep with what the new request adds; its threads and its order of runs stay.

    Raises:
        WorkbenchError: when the request leaves out a part of the sweep, or changes what all runs have in common.
    """
    _refuse(folder, _differences(old, new))
    grown = {axis: _together(getattr(old.plan, axis), getattr(new.plan, axis)) for axis in AXES}
    plan = new.plan.model_copy(update={**grown, "threads": old.plan.threads})
    # A default budget is left when budgets are named.
    names = {job.name for job in expand(plan, folder)}
    lost = [job.name for job in expand(old.plan, folder) if job.name not in names]
    _refuse(folder, [f"it also has the run {name}" for name in lost])
    return new.model_copy(update={"plan": plan})


def finished_record(job: SweepJob) -> dict[str, Any] | None:
    """The record of a job that has finished; None when it has not, or its folder holds something else.

    Raises:
        WorkbenchError: when the folder holds a finished run of other settings.
    """
    folder = job.job.out
    try:
        record: dict[str, Any] = json.loads((folder / RECORD_FILE).read_text("utf-8"))
        kept = AdaptationJob.model_validate_json((folder / JOB_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if _settings(kept) != _settings(job.job):
        raise WorkbenchError(
            f"{folder} holds a finished run of other settings.",
            data="That run is untouched.",
            hint="Move it elsewhere, or choose another folder for the sweep.",
        )
    return record


def _settings(job: AdaptationJob) -> tuple[dict[str, Any], str]:
    teacher = job.policy_from.name if job.policy_from else ""
    return job.model_dump(mode="json", exclude=MOVABLE), teacher


def _differences(old: KeptSweep, new: KeptSweep) -> list[str]:
    found = [
        f"{axis[:-1]} {value:g}" if isinstance(value, float) else f"{axis[:-1]} {value}"
        for axis in AXES
        for value in getattr(old.plan, axis)
        if value not in getattr(new.plan, axis)
    ]
    left_out = [f"it also has {', '.join(found)}"] if found else []
    changed = []
    for field in SAME_FOR_ALL:
        before, now = _shown(getattr(old.plan, field)), _shown(getattr(new.plan, field))
        if before != now:
            changed.append(f"its {field.replace('_', ' ')}: {before}, now {now}")
    if old.backbone_sha256 != new.backbone_sha256:
        changed.append(f"its backbone was {old.plan.backbone} with other weights")
    if old.clips_sha256 != new.clips_sha256:
        changed.append("its clips were others")
    return left_out + changed


def _shown(value: object) -> str:
    return " ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)


def _refuse(folder: Path, differences: Sequence[str]) -> None:
    if differences:
        raise WorkbenchError(
            f"{folder} holds another sweep: {'; '.join(differences)}.",
            data="Its runs are untouched.",
            hint="Repeat its settings (methods, budgets and seeds may be added), or choose another folder.",
        )


def _together(old: Sequence[Any], new: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys((*old, *new)))
