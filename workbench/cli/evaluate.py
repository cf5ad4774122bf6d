"""``workbench evaluate``: accuracy of a patch or of a backbone on a task."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import typer

from workbench.cli.output import JSON_OPTION, emit_json, interval, percent, table
from workbench.errors import WorkbenchError


class Part(StrEnum):
    all = "all"
    train = "train"
    val = "val"
    test = "test"


def evaluate(
    data: Path = typer.Option(..., help="Task to measure on."),
    patch: Path | None = typer.Option(None, help="Patch to measure."),
    backbone: str | None = typer.Option(
        None, help="Backbone to measure as it is, or the patch's backbone by folder."
    ),
    split: Part = typer.Option(Part.all, help="Part of the task."),
    json: str | None = JSON_OPTION,
) -> None:
    """Measure accuracy with its interval, per class, and confusions."""
    from workbench.backbones.registry import load_backbone
    from workbench.data.task import Split
    from workbench.training.assess import assess_backbone, assess_patch, load_patched

    part = None if split is Part.all else Split(split.value)
    if patch is not None:
        result = assess_patch(load_patched(patch, backbone), data, part)
    elif backbone is not None:
        result = assess_backbone(load_backbone(backbone), data, part)
    else:
        raise WorkbenchError("There is nothing to evaluate.", hint="Give --patch or --backbone.")
    if emit_json(result.as_record(), json):
        return
    print(
        f"accuracy {percent(result.accuracy)} of {result.n} examples (95 %: {interval(result.ci95)})"
    )
    table(
        "Per class",
        ["class", "recognised", "95 %", "examples"],
        [
            [label, percent(found.recall), interval(found.ci95), str(found.n)]
            for label, found in result.per_class.items()
        ],
    )
