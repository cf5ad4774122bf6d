"""``workbench backbones``: list what is installed, import a checkpoint, get published weights."""

from __future__ import annotations

import sys
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

app = typer.Typer(
    help="List backbones, import a checkpoint, or get published weights.", no_args_is_help=True
)


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
    checkpoint: Path = typer.Argument(..., help="File of weights: .pt, .pth or .safetensors."),
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
    """Import a public checkpoint as a backbone; it is complete or it is refused.

    Weights of the networks for sound need labels unless they are the public ones of 12 words.
    """
    from dataclasses import asdict

    from workbench.backbones.checkpoints import import_checkpoint, install
    from workbench.images.config import PictureConfig

    names = tuple(labels.split(",")) if labels else None
    loaded, report = import_checkpoint(checkpoint, architecture, names, frontend)
    card = install(loaded, out).card
    record = {"backbone": card.model_dump(mode="json"), "report": asdict(report)}
    if not emit_json(record, json):
        counts = [(len(value), name) for name, value in asdict(report).items() if value]
        print(f"{card.name}: tensors " + ", ".join(f"{count} {name}" for count, name in counts))
        if names is None and isinstance(card.frontend, PictureConfig):
            print(f"Its {len(card.labels)} classes are numbered; --labels would name them.")


@app.command("get")
def get_(
    name: str | None = typer.Argument(None, help="Backbone, such as mobilenet_v2.imagenet."),
    json: str | None = JSON_OPTION,
) -> None:
    """Download published weights of a network for pictures and install them; without a name, list them.

    A download that was cut goes on where it stopped. Without a connection, get the file elsewhere and import it.
    """
    from workbench.backbones.public_weights import PUBLIC_WEIGHTS, get
    from workbench.cancel import CancelToken

    if name is None:
        rows = [[w.name, w.file, w.publisher.licence] for w in PUBLIC_WEIGHTS]
        records = [dict(zip(("name", "file", "licence"), row, strict=True)) for row in rows]
        if not emit_json(records, json):
            table("Published weights", ["name", "file", "licence"], rows)
        return
    card = get(name, CancelToken(), _show_progress).card
    if not emit_json(card.model_dump(mode="json"), json):
        print(f"{card.name}: installed, {len(card.labels)} classes")


def _show_progress(have: int, total: int | None) -> None:
    if not sys.stderr.isatty():
        return
    of_all = f" of {total / 1e6:.1f}" if total else ""
    end = "\n" if have == total else ""
    print(f"\r  {have / 1e6:.1f}{of_all} MB ", end=end, file=sys.stderr, flush=True)
