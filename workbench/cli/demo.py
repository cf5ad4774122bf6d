"""``workbench demo``: the main job on the bundled task, without a display."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import typer

from workbench.cli.output import JSON_OPTION, emit_json, interval, number, percent, table

METHODS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("head", {}),
    ("swr", {"budget": 0.1}),
)


def demo(
    out: Path = typer.Option(Path("out/demo"), help="Folder for the results."),
    backbone: str = typer.Option("bcresnet3.multilingual", help="Backbone to adapt."),
    epochs: int = typer.Option(20, min=1, help="Length of a full stage."),
    json: str | None = JSON_OPTION,
) -> None:
    """Adapt the shipped backbone to the bundled Spanish words; leaves patches, a table and a layer map."""
    from workbench import locations
    from workbench.atomic import write_bytes
    from workbench.cancel import CancelToken
    from workbench.cli.progress import follow
    from workbench.export.layer_map import layer_map_svg
    from workbench.methods.patch import read_patch
    from workbench.training.job import AdaptationJob, TrainingConfig
    from workbench.training.run import run

    began = time.monotonic()
    records = []
    for method, config in METHODS:
        job = AdaptationJob(
            backbone=backbone,
            data=locations.resources_dir() / "demo",
            method=method,
            config=config,
            training=TrainingConfig(epochs=epochs),
            out=out / method,
        )
        records.append(follow(run(job, CancelToken(), resume=True)))
    cards = [read_patch(Path(records[-1]["patch"])).card]
    write_bytes(out / "layer_map.svg", layer_map_svg(cards).encode())
    write_bytes(out / "table.md", _markdown(records).encode())
    seconds = time.monotonic() - began
    if emit_json({"runs": records, "seconds": seconds}, json):
        return
    table(
        f"The bundled Spanish task on {backbone}",
        ["method", "test accuracy", "95 %", "stored parameters", "file bytes", "multiplies"],
        [_row(record) for record in records],
    )
    print(f"patches, table.md and layer_map.svg are in {out} ({seconds:.0f} s)")


def _row(record: dict[str, Any]) -> list[str]:
    return [
        record["method"],
        percent(record["test_accuracy"]),
        interval(record["test_ci95"]),
        number(record["stored_params"]),
        number(record["file_bytes"]),
        number(record["multiplies"]),
    ]


def _markdown(records: list[dict[str, Any]]) -> str:
    lines = [
        "| method | test accuracy | 95 % | stored parameters | file bytes | multiplies |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += ["| " + " | ".join(_row(record)) + " |" for record in records]
    return "\n".join(lines) + "\n"
