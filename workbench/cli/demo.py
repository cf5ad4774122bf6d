"""``workbench demo``: the main job on the bundled task, without a display."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from workbench.cli.output import JSON_OPTION, emit_json, interval, number, percent, table

METHODS: tuple[tuple[str, tuple[str, ...]], ...] = (("head", ()), ("swr", ("budget=0.1",)))
"""Names, and settings as ``adapt --set`` takes them."""

PICTURE_BACKBONE = "lenet5_small.mnist"
PICTURE_METHODS = (
    ("head", ()),
    # The network has two convolutions, one of them with five sixths of the weights.
    ("swr", ("budget=0.9",)),
)


def demo(
    out: Path = typer.Option(Path("out/demo"), help="Folder for the results."),
    backbone: str = typer.Option("bcresnet3.multilingual", help="Backbone for the words."),
    epochs: int = typer.Option(20, min=1, help="Length of a full stage."),
    json: str | None = JSON_OPTION,
) -> None:
    """Adapt shipped backbones to the bundled Spanish words and drawn signs; leaves patches, tables and layer maps."""
    from workbench import locations

    began = time.monotonic()
    resources = locations.resources_dir()
    words = _adapt(backbone, resources / "demo", METHODS, epochs, out)
    signs = _adapt(PICTURE_BACKBONE, resources / "signs", PICTURE_METHODS, epochs, out / "signs")
    seconds = time.monotonic() - began
    if emit_json({"runs": [*words, *signs], "seconds": seconds}, json):
        return
    for what, records in (("Spanish words", words), ("drawn signs", signs)):
        table(
            f"The bundled {what} on {records[0]['backbone']}",
            ["method", "test accuracy", "95 %", "stored parameters", "file bytes", "multiplies"],
            [_row(record) for record in records],
        )
    print(f"patches, table.md and layer_map.svg are in {out} and {out / 'signs'} ({seconds:.0f} s)")


def _adapt(
    backbone: str,
    data: Path,
    methods: Sequence[tuple[str, Sequence[str]]],
    epochs: int,
    out: Path,
) -> list[dict[str, Any]]:
    """Records of the runs; the table and the layer map of the last one are written beside them."""
    from workbench.atomic import write_bytes
    from workbench.cancel import CancelToken
    from workbench.cli.progress import follow
    from workbench.export.layer_map import layer_map_svg
    from workbench.methods.patch import read_patch
    from workbench.training.run import run
    from workbench.training.settings import make_job

    records = []
    for method, settings in methods:
        job = make_job(
            backbone=backbone,
            data=data,
            method=method,
            settings=settings,
            epochs=epochs,
            out=out / method,
        )
        records.append(follow(run(job, CancelToken(), resume=True)))
    cards = [read_patch(Path(records[-1]["patch"])).card]
    write_bytes(out / "layer_map.svg", layer_map_svg(cards).encode())
    write_bytes(out / "table.md", _markdown(records).encode())
    return records


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
