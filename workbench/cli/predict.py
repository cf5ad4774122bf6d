"""``workbench predict``: what a patch hears or sees in files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from workbench.cli.output import JSON_OPTION, emit_json, percent
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.backbones.inputs import InputConfig


def predict(
    inputs: list[Path] = typer.Argument(..., help="Files of sound, or pictures."),
    patch: Path = typer.Option(..., help="Patch to use."),
    backbone: str | None = typer.Option(
        None, help="Folder of the patch's backbone, when it is not installed."
    ),
    json: str | None = JSON_OPTION,
) -> None:
    """Classify each picture, or the first second of each sound."""
    from workbench.training.assess import classify_files, load_patched

    network = load_patched(patch, backbone)
    for path in inputs:
        _check(path, network.patch.card.frontend)
    found = classify_files(network, inputs)
    records = []
    for path, scores in zip(inputs, found, strict=True):
        label = max(scores, key=lambda name: scores[name])
        records.append(
            {"input": str(path), "label": label, "score": scores[label], "scores": scores}
        )
    if not emit_json(records, json):
        for record in records:
            print(f"{record['input']}  {record['label']}  {percent(float(str(record['score'])))}")


def _check(path: Path, config: InputConfig) -> None:
    """Raises: WorkbenchError when there is no readable file of that name and kind."""
    from workbench.audio import files as sound
    from workbench.images import decode as pictures
    from workbench.images.config import PictureConfig

    if path.is_dir():
        raise WorkbenchError(
            f"{path} is a folder.",
            hint="Name the files in it; workbench evaluate takes whole folders.",
        )
    if not path.exists():
        raise WorkbenchError(f"There is no file {path}.", hint="Check its name and folder.")
    if isinstance(config, PictureConfig):
        pictures.probe(path)
    else:
        sound.probe(path)
