"""``workbench cascade``: let cheap networks answer what they are sure of, and dearer ones the rest."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import typer

from workbench.cli.output import JSON_OPTION, emit_json, interval, number, percent, table


class Part(StrEnum):
    train = "train"
    val = "val"
    test = "test"


def cascade(
    patch: list[Path] = typer.Option(..., help="Patch of one and the same task; given repeatedly."),
    data: Path = typer.Option(..., help="The task."),
    backbone: str | None = typer.Option(
        None, help="Name or folder of the patches' backbone, if it is not installed."
    ),
    reference: str | None = typer.Option(
        None, help="Patch not to fall behind, by name; the most accurate unless named."
    ),
    tune: Part = typer.Option(Part.val, help="Part of the task that chooses the thresholds."),
    check: Part = typer.Option(Part.test, help="Part that the cascade is measured on."),
    out: Path | None = typer.Option(
        None, help="File to keep it in, for evaluate and predict --cascade; it names the patches."
    ),
    json: str | None = JSON_OPTION,
) -> None:
    """Build the cascade of least average cost that is as accurate as the reference, by the greedy algorithm."""
    from workbench.data.task import Split
    from workbench.training.cascade_pool import build_cascade
    from workbench.training.kept_cascade import keep_cascade

    parts = Split(tune.value), Split(check.value)
    record = build_cascade(patch, data, *parts, backbone, reference)
    if out is not None:
        stages = [(s["name"], Path(s["patch"]), s["threshold"]) for s in record["stages"]]
        keep_cascade(stages, out)
    if not emit_json(record, json):
        _show(record)


def _show(record: dict[str, Any]) -> None:
    tuned, checked = record["tuned"], record["checked"]
    table(
        "Stages",
        ["network", "multiplies", "answers from", *(f"of {p['split']}" for p in (tuned, checked))],
        [
            [
                stage["name"],
                number(stage["cost"]),
                percent(stage["threshold"]),
                *(percent(part["cascade"]["answered"][i]) for part in (tuned, checked)),
            ]
            for i, stage in enumerate(record["stages"])
        ],
    )
    for part, note in ((tuned, "chose the thresholds"), (checked, "did not choose them")):
        rows = {"cascade": part["cascade"], **part["alone"]}
        table(
            f"{part['split']}, {part['cascade']['n']} examples, which {note}",
            ["network", "accuracy", "95 %", "multiplies"],
            [
                [
                    f"{name} (reference)" if name == record["reference"] else name,
                    percent(found["accuracy"]),
                    interval(found["ci95"]),
                    number(found["average_cost"]),
                ]
                for name, found in rows.items()
            ],
        )
