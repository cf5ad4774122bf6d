"""``workbench backbones``: list what is installed, import a checkpoint."""

from __future__ import annotations

from pathlib import Path

import typer

from workbench.cli.output import (
    JSON_OPTION,
    complain,
    emit_json,
    interval,
    number,
    percent,
    table,
)

app = typer.Typer(help="List backbones, or import a checkpoint.", no_args_is_help=True)


@app.command("list")
def list_(json: str | None = JSON_OPTION) -> None:
    """List the backbones that can be adapted; what cannot be read is told and left out."""
    from workbench.backbones.summary import summaries

    found, problems = summaries()
    for problem in problems:
        complain(problem)
    records = [
        {
            **summary.card.model_dump(mode="json"),
            "parameters": summary.parameters,
            "multiplies": summary.multiplies,
        }
        for summary in found.values()
    ]
    if emit_json(records, json):
        return
    rows = [
        [
            record["name"],
            number(record["parameters"]),
            number(record["multiplies"]),
            str(len(record["labels"])),
            _accuracy(record),
        ]
        for record in records
    ]
    table("Backbones", ["name", "parameters", "multiplies", "classes", "accuracy"], rows)


def _accuracy(record: dict[str, list[dict[str, float]]]) -> str:
    if not record["metrics"]:
        return "not measured"
    last = record["metrics"][-1]
    bounds = last["ci95"]
    return f"{percent(last['accuracy'])} ({interval(bounds)}, n = {last['n']})"  # type: ignore[arg-type]


@app.command("import")
def import_(
    checkpoint: Path,
    out: Path = typer.Option(..., help="Folder for the backbone: MODELS_DIR/NAME."),
    architecture: str | None = typer.Option(
        None, help="Network, when it cannot be told from the keys."
    ),
    labels: str | None = typer.Option(
        None, help="Class names, separated by commas. Classes of pictures are numbered without."
    ),
    frontend: str | None = typer.Option(
        None, help="Front-end or kind of pictures by name, such as logmel40 or imagenet224."
    ),
    json: str | None = JSON_OPTION,
) -> None:
    """Import a public checkpoint as a backbone."""
    from dataclasses import asdict

    from workbench.backbones.checkpoints import import_checkpoint, install

    names = tuple(labels.split(",")) if labels else None
    loaded, report = import_checkpoint(checkpoint, architecture, names, frontend)
    card = install(loaded, out).card
    record = {"backbone": card.model_dump(mode="json"), "report": asdict(report)}
    if not emit_json(record, json):
        counts = [(len(value), name) for name, value in asdict(report).items() if value]
        print(f"{card.name}: tensors " + ", ".join(f"{count} {name}" for count, name in counts))
