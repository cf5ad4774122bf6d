"""Finished runs as rows: what each stores and how well it does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication

from workbench.cancel import RunState
from workbench.gui.formatting import count, duration, percent, short_count, size
from workbench.gui.itemmodels.columns import Column
from workbench.gui.pages.inspect_runs import common_titles, run_titles
from workbench.gui.run_files import place_of
from workbench.studies.summary import Spread

if TYPE_CHECKING:
    from workbench.project.project import RunRecord

PARTS = ("test", "val")
"""Examples that a run is judged by: the test examples, or the validation examples where there are none."""

NO_MATTER = ("seed", "threads")
"""Settings of the training that tell runs apart and make no difference to what they are worth."""


@dataclass(frozen=True)
class RunRow:
    """One finished run.

    Attributes:
        name, title: Method and budget; the title names the backbone too, where there are several.
        common: The title without what tells it from runs that are called alike.
        part: ``test`` or ``val``; accuracy, interval and confusion are those of these clips.
        low, high: 95 % interval of ``accuracy``, all 0 to 1.
        changed: Changed weights; ``stored`` adds norm statistics and head.
        confusion: counts[i][j] of label i heard as label j; empty when it was not kept.
        alike: Equal for runs that differ in nothing but the seed.
    """

    key: str
    name: str
    title: str
    common: str
    method: str
    backbone: str
    place: Path
    part: str
    accuracy: float
    low: float
    high: float
    n: int
    changed: int
    stored: int
    ratio: float
    file_bytes: int
    multiplies: int
    seconds: float
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    seed: int
    alike: str


def run_rows(runs: Sequence[RunRecord]) -> tuple[RunRow, ...]:
    """Rows of the runs that finished and were measured, in the order in which they were made."""
    done = [run for run in runs if run.state == RunState.FINISHED and run.record]
    names = run_titles(done, with_backbone=False)
    titles = run_titles(done, with_backbone=True)
    common = common_titles(done, with_backbone=True)
    rows = (_row(run, (names[run.id], titles[run.id], common[run.id])) for run in done)
    return tuple(row for row in rows if row is not None)


def _row(run: RunRecord, called: tuple[str, str, str]) -> RunRow | None:
    record = run.record or {}
    part = next((part for part in PARTS if record.get(f"n_{part}")), None)
    if part is None:
        return None
    low, high = record[f"{part}_ci95"]
    table = record.get("confusion", {}).get(part, {})
    return RunRow(
        key=run.id,
        name=called[0],
        title=called[1],
        common=called[2],
        method=run.method,
        backbone=str(record["backbone"]),
        place=place_of(run),
        part=part,
        accuracy=record[f"{part}_accuracy"],
        low=low,
        high=high,
        n=record[f"n_{part}"],
        changed=record["stored_params"],
        stored=record["stored_params"] + record["stat_params"] + record["head_params"],
        ratio=record["ratio"],
        file_bytes=record["file_bytes"],
        multiplies=record["multiplies"],
        seconds=sum(record["seconds"].values()),
        labels=tuple(table.get("labels", ())),
        confusion=tuple(tuple(counts) for counts in table.get("confusion", ())),
        seed=int(record.get("seed", 0)),
        alike=_without_seed(run, part, record),
    )


def _without_seed(run: RunRecord, part: str, record: Mapping[str, Any]) -> str:
    """All that decides about a run but its seed, and what it was measured on."""
    training = {key: value for key, value in run.job["training"].items() if key not in NO_MATTER}
    side = run.job.get("picture_px")
    settings = [run.method, run.job["config"], training, record["backbone"], side]
    if (
        "tasks" in run.job
    ):  # Which tasks learned together is not told by the job: such runs stand alone.
        settings.append(run.leader)
    return json.dumps([*settings, part, record[f"n_{part}"]], sort_keys=True)


def part_title(part: str) -> str:
    """``test examples`` or ``validation examples``."""
    titles = {"test": _tr("test examples"), "val": _tr("validation examples")}
    return titles[part]


def interval_text(shown: RunRow | Spread) -> str:
    """``95.8–96.8``, in percent."""
    return f"{100 * shown.low:.1f}–{100 * shown.high:.1f}"


def run_columns() -> list[Column[RunRow]]:
    """Columns of the table of runs."""
    return [
        Column("run", _tr("Run"), _tr("Method and budget"), lambda r: r.name, is_number=False),
        Column("backbone", _tr("Backbone"), "", lambda r: r.backbone, is_number=False),
        Column(
            "accuracy",
            _tr("Accuracy"),
            _tr("Share of the test examples that were recognised, or of the validation examples"),
            lambda r: r.accuracy,
            lambda r: percent(r.accuracy),
        ),
        Column(
            "interval",
            _tr("95 % interval"),
            _tr("Where the accuracy lies with 95 % confidence, given so many examples"),
            lambda r: r.low,
            interval_text,
        ),
        Column(
            "n", _tr("n"), _tr("Examples it was measured on"), lambda r: r.n, lambda r: count(r.n)
        ),
        Column(
            "changed",
            _tr("Changed"),
            _tr("What the papers count: changed weights without norm statistics and head"),
            lambda r: r.changed,
            lambda r: count(r.changed),
        ),
        Column(
            "ratio",
            _tr("Share"),
            _tr("Changed weights over the backbone's parameters"),
            lambda r: r.ratio,
            lambda r: percent(r.ratio),
        ),
        Column(
            "stored",
            _tr("Stored"),
            _tr("Changed weights, norm statistics and head"),
            lambda r: r.stored,
            lambda r: count(r.stored),
        ),
        Column(
            "file_bytes",
            _tr("File"),
            _tr("Size of the patch file, card included"),
            lambda r: r.file_bytes,
            lambda r: size(r.file_bytes),
        ),
        Column(
            "multiplies",
            _tr("Multiplies"),
            _tr("Multiply-accumulates for one example"),
            lambda r: r.multiplies,
            lambda r: short_count(r.multiplies),
        ),
        Column(
            "seconds",
            _tr("Time"),
            _tr("Training time of all stages, in minutes and seconds"),
            lambda r: r.seconds,
            lambda r: duration(r.seconds),
        ),
    ]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Compare", text)
