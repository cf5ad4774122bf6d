"""``workbench predict``: what a patch hears in files."""

from __future__ import annotations

from pathlib import Path

import typer

from workbench.cli.output import JSON_OPTION, emit_json, percent
from workbench.errors import WorkbenchError


def predict(
    inputs: list[Path] = typer.Argument(..., help="Audio files."),
    patch: Path = typer.Option(..., help="Patch to use."),
    backbone: str | None = typer.Option(
        None, help="Folder of the patch's backbone, when it is not installed."
    ),
    json: str | None = JSON_OPTION,
) -> None:
    """Classify the first second of each file."""
    from workbench.training.assess import classify_files, load_patched

    for path in inputs:
        _check_audio(path)
    found = classify_files(load_patched(patch, backbone), inputs)
    records = []
    for path, scores in zip(inputs, found, strict=True):
        label = max(scores, key=lambda name: scores[name])
        records.append(
            {"input": str(path), "label": label, "score": scores[label], "scores": scores}
        )
    if not emit_json(records, json):
        for record in records:
            print(f"{record['input']}  {record['label']}  {percent(float(str(record['score'])))}")


def _check_audio(path: Path) -> None:
    """Raises: WorkbenchError when there is no readable audio file of that name."""
    from workbench.audio.files import probe

    if path.is_dir():
        raise WorkbenchError(
            f"{path} is a folder.",
            hint="Name the audio files in it; workbench evaluate takes whole folders.",
        )
    if not path.exists():
        raise WorkbenchError(f"There is no file {path}.", hint="Check its name and folder.")
    probe(path)
