"""``workbench evaluate``: accuracy of a patch, of a cascade or of a backbone on a task."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from workbench.cli.output import (
    JSON_OPTION,
    emit_json,
    interval,
    number,
    percent,
    table,
    tell_versions,
)
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.data.task import Split


class Part(StrEnum):
    all = "all"
    train = "train"
    val = "val"
    test = "test"


def evaluate(
    data: Path = typer.Option(..., help="Task to measure on."),
    patch: Path | None = typer.Option(None, help="Patch to measure."),
    cascade: Path | None = typer.Option(None, help="Cascade to measure, which cascade --out kept."),
    backbone: str | None = typer.Option(
        None, help="Backbone to measure as it is, or the patch's backbone by folder."
    ),
    split: Part = typer.Option(Part.all, help="Part of the task."),
    json: str | None = JSON_OPTION,
) -> None:
    """Measure accuracy with its interval, per class, and confusions."""
    from workbench.data.task import Split

    part = None if split is Part.all else Split(split.value)
    record = _measure(data, part, patch, cascade, backbone)
    if not emit_json(record, json):
        _show(record)


def _measure(
    data: Path, part: Split | None, patch: Path | None, cascade: Path | None, backbone: str | None
) -> dict[str, Any]:
    from workbench.backbones.registry import load_backbone
    from workbench.training.assess import assess_backbone, assess_patch, load_patched
    from workbench.training.cascade_network import assess_cascade, load_cascade

    if patch is not None and cascade is not None:
        raise WorkbenchError(
            "A patch and a cascade are measured one at a time.", hint="Give --patch or --cascade."
        )
    if patch is not None:
        network = load_patched(patch, backbone)
        tell_versions(network.patch.card)
        return assess_patch(network, data, part).as_record()
    if cascade is not None:
        return assess_cascade(load_cascade(cascade, backbone), data, part)
    if backbone is not None:
        return assess_backbone(load_backbone(backbone), data, part).as_record()
    raise WorkbenchError(
        "There is nothing to evaluate.", hint="Give --patch, --cascade or --backbone."
    )


def _show(record: dict[str, Any]) -> None:
    accuracy, likely = percent(record["accuracy"]), interval(record["ci95"])
    print(f"accuracy {accuracy} of {record['n']} examples (95 %: {likely})")
    for name, share in record.get("answered", {}).items():
        print(f"{name} answers {percent(share)}")
    if "average_multiplies" in record:
        print(f"multiplies of an example on average: {number(record['average_multiplies'])}")
    table(
        "Per class",
        ["class", "recognised", "95 %", "examples"],
        [
            [label, percent(found["recall"]), interval(found["ci95"]), str(found["n"])]
            for label, found in record["per_class"].items()
        ],
    )
