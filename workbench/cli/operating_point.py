"""``workbench operating-point``: the threshold for a wanted number of false alarms, and what it misses."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from workbench.cli.output import JSON_OPTION, emit_json, interval, percent

if TYPE_CHECKING:
    from workbench.detection.operating_point import OperatingPoint
    from workbench.detection.operating_search import HeardSoFar


def operating_point(
    patch: Path = typer.Option(..., help="Patch to choose the threshold for."),
    background: list[Path] = typer.Option(
        ...,
        help="Recording, of any length, in which none of the words is spoken; may be given several times.",
    ),
    data: Path | None = typer.Option(
        None,
        help="Task whose validation clips tell how many words are missed; unless given, the one of the patch's run.",
    ),
    per_hour: float = typer.Option(0.5, min=0.01, help="Most false alarms per hour."),
    backbone: str | None = typer.Option(None, help="Folder of the backbone, if not installed."),
    json: str | None = JSON_OPTION,
) -> None:
    """Choose the threshold that keeps false alarms below a goal, and say how many words it misses."""
    from workbench.detection.decoder import DecoderConfig
    from workbench.detection.operating_search import HeardSoFar, OperatingSearch
    from workbench.detection.scorer import ScorerPool
    from workbench.training.replay import learned_from

    scorer, config = ScorerPool(backbone).open(patch), DecoderConfig()
    search = OperatingSearch(scorer, background, config, per_hour, data or learned_from(patch))
    for step in search.run():
        if isinstance(step, HeardSoFar):
            _say_how_far(step)
        else:
            point = step
    record = {**asdict(point), "smoothing_ms": config.smoothing_ms}
    if not emit_json(record, json):
        _show(point)


def _say_how_far(step: HeardSoFar) -> None:
    """On standard error, where somebody watches."""
    if sys.stderr.isatty():
        share = percent(step.done_s / step.total_s, 0)
        end = "\n" if step.done_s >= step.total_s else ""
        print(f"\r\033[Klistened to {share}", end=end, file=sys.stderr, flush=True)


def _show(point: OperatingPoint) -> None:
    from workbench.evaluation.detection_metrics import RULE_OF_THREE

    alarms, missed = point.alarms, point.missed
    print(f"threshold {point.threshold:g}")
    print(f"{alarms.events} false alarms in {alarms.hours:.2f} hours", end="; ")
    if alarms.events:
        low, high = alarms.ci95
        print(f"{alarms.per_hour:.2g} per hour (95 %: {low:.2g} to {high:.2g})")
    else:
        print(f"at most {alarms.ci95[1]:.2g} per hour (95 %)")
    if missed is None:
        print("no validation clips tell how many words it misses")
    else:
        share, likely = percent(missed.share), interval(missed.ci95)
        print(f"misses {missed.missed} of {missed.n} validation words: {share} (95 %: {likely})")
    if not point.proven:
        hours = RULE_OF_THREE / point.goal_per_hour
        print(f"{point.goal_per_hour:g} per hour is proven by {hours:.1f} hours without an alarm")
