"""``workbench sweep``: compare methods and budgets on one task; one table and one picture."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from workbench.cli.output import JSON_OPTION, emit_json, table
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from workbench.studies.events import SweepEvent, SweepFinished, SweepProgressed
    from workbench.studies.plan import SweepPlan

SAY_EVERY = 0.05
"""Share of the sweep between two lines of progress where the line cannot be rewritten."""


def sweep(
    backbone: str = typer.Option(..., help="Name or folder of the backbone."),
    data: Path = typer.Option(
        ..., help="Folder of classes, folder with manifest.csv, or a manifest."
    ),
    out: Path = typer.Option(..., help="Folder of the sweep; each run has a folder in it."),
    methods: list[str] = typer.Option(
        ["swr", "head", "finetune"],
        metavar="A,B,...",
        help="Methods, or all that the backbone allows.",
    ),
    budgets: list[str] = typer.Option(
        [], metavar="C,...", help="Shares of the weights, for methods with a budget."
    ),
    seeds: list[str] = typer.Option(["0"], metavar="S,...", help="Each run once per seed."),
    epochs: int = typer.Option(30, min=1, help="Length of a full stage."),
    set_: list[str] = typer.Option(
        [], "--set", metavar="FIELD=VALUE", help="A setting of the training or of the methods."
    ),
    silence: bool = typer.Option(
        True, help="Make a silence class of noise when the data has none."
    ),
    picture_px: int | None = typer.Option(
        None, help="Side of the pictures instead of the backbone's; smaller ones cost less."
    ),
    jobs: int | None = typer.Option(
        None, min=1, help="Runs side by side; by default as many as the cores have room for."
    ),
    json: str | None = JSON_OPTION,
) -> None:
    """Run a grid of methods, budgets and seeds; the same command continues what was cut off."""
    from workbench.cancel import CancelToken
    from workbench.methods.registry import names
    from workbench.studies.plan import expand, make_plan
    from workbench.studies.results import COLUMNS, heading, notes, table_row, write_results
    from workbench.studies.summary import summarise
    from workbench.studies.sweep import kept_plan
    from workbench.studies.sweep import sweep as run_sweep

    named = _listed(methods, str, "--methods")

    def planned(chosen: Sequence[str]) -> SweepPlan:
        return make_plan(
            backbone=backbone,
            data=data,
            methods=chosen,
            budgets=_listed(budgets, float, "--budgets"),
            seeds=_listed(seeds, int, "--seeds"),
            epochs=epochs,
            settings=set_,
            make_silence=silence,
            picture_px=picture_px,
        )

    plan = planned(_allowed(planned(names()))) if named == ["all"] else planned(named)
    finished = _follow(run_sweep(plan, out, CancelToken(), jobs))
    plan = kept_plan(out)
    done = expand(plan, out)
    rows = summarise(done, finished.records)
    record = write_results(out, plan, done, rows, finished.failed)
    if not emit_json(record, json):
        table(heading(plan), COLUMNS, [table_row(row) for row in rows])
        print("\n".join(notes(rows)))
        print(f"table.md, table.csv, results.json and accuracy.svg are in {out}")
    if finished.failed:
        raise _failure(finished, len(done))


def _allowed(plan: SweepPlan) -> list[str]:
    """The methods of a plan that its backbone allows; says which are left out and why."""
    from workbench.backbones.registry import load_backbone
    from workbench.studies.plan import refused_methods

    refused = refused_methods(plan, load_backbone(plan.backbone).backbone.layers())
    for method, error in refused.items():
        _say(f"{method} is left out: {error.message}")
    return [method for method in plan.methods if method not in refused]


def _listed(texts: Sequence[str], kind: Callable[[str], Any], option: str) -> list[Any]:
    """Values of an option that may be repeated and hold several at once."""
    parts = [part.strip() for text in texts for part in text.split(",") if part.strip()]
    try:
        return [kind(part) for part in parts]
    except ValueError as error:
        raise WorkbenchError(
            f"{option} {','.join(texts)} holds something that is not a number.",
            hint="Separate numbers by commas: 0.05,0.1.",
        ) from error


def _follow(events: Iterator[SweepEvent]) -> SweepFinished:
    """Print progress to standard error and return the last event."""
    from workbench.studies.events import (
        JobFailed,
        JobFinished,
        JobStarted,
        SweepFinished,
        SweepProgressed,
        SweepStarted,
    )

    said = 0.0
    for event in events:
        match event:
            case SweepStarted(runs, finished, at_once, threads):
                known = f", {finished} of them finished before" if finished else ""
                _say(f"{runs} runs{known}; {at_once} side by side, threads of each: {threads}")
            case JobStarted(name, resumed):
                _say(f"  {name} {'continues' if resumed else 'begins'}")
            case JobFinished(name, record):
                _say(f"  {name} finished{_accuracy(record)}")
            case JobFailed(name, reason):
                _say(f"  {name} failed: {reason}")
            case SweepProgressed(share):
                if sys.stderr.isatty():
                    print(f"\r\033[K  {_progress(event)}", end="", file=sys.stderr, flush=True)
                elif share >= said + SAY_EVERY:
                    said = share
                    _say(f"  {_progress(event)}")
            case SweepFinished():
                return event
    raise AssertionError("a sweep ends with its last event or with an error")


def _progress(event: SweepProgressed) -> str:
    running = ", ".join(f"{name} {100 * share:.0f} %" for name, share in event.running.items())
    left = event.seconds_left
    time_left = "" if left is None else f", about {_duration(left)} left"
    return f"{100 * event.share:.0f} %{time_left}{f'  ({running})' if running else ''}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _accuracy(record: dict[str, Any]) -> str:
    part = "test" if record["n_test"] else "val"
    value = record[f"{part}_accuracy"]
    return "" if value is None else f", {part} accuracy {100 * value:.1f} %"


def _failure(finished: SweepFinished, runs: int) -> WorkbenchError:
    return WorkbenchError(
        f"{len(finished.failed)} of {runs} runs failed: {', '.join(finished.failed)}.",
        data="The others are in the table.",
        hint="The lines above say why; the same command tries them again.",
    )


def _say(text: str) -> None:
    start = "\r\033[K" if sys.stderr.isatty() else ""
    print(start + text, file=sys.stderr, flush=True)
