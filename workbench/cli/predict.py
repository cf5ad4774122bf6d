"""``workbench predict``: what a patch, or a cascade of patches, hears or sees in files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from workbench.cli.output import JSON_OPTION, emit_json, percent
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.backbones.inputs import InputConfig


def predict(
    inputs: list[Path] = typer.Argument(..., help="Files of sound, or pictures."),
    patch: Path | None = typer.Option(None, help="Patch to use."),
    cascade: Path | None = typer.Option(None, help="Cascade to use, which cascade --out kept."),
    backbone: str | None = typer.Option(
        None, help="Folder of the patch's backbone, when it is not installed."
    ),
    json: str | None = JSON_OPTION,
) -> None:
    """Classify each picture, or the first second of each sound."""
    if patch is not None and cascade is None:
        records = _by_patch(patch, backbone, inputs)
    elif cascade is not None and patch is None:
        records = _by_cascade(cascade, backbone, inputs)
    else:
        raise WorkbenchError(
            "A patch or a cascade is needed to answer.", hint="Give either --patch or --cascade."
        )
    if not emit_json(records, json):
        for record in records:
            stage = f"  by {record['answered_by']}" if "answered_by" in record else ""
            print(f"{record['input']}  {record['label']}  {percent(record['score'])}{stage}")


def _by_patch(patch: Path, backbone: str | None, inputs: list[Path]) -> list[dict[str, Any]]:
    from workbench.training.assess import classify_files, load_patched

    network = load_patched(patch, backbone)
    _check(inputs, network.patch.card.frontend)
    found = classify_files(network, inputs)
    return [_record(path, scores) for path, scores in zip(inputs, found, strict=True)]


def _by_cascade(cascade: Path, backbone: str | None, inputs: list[Path]) -> list[dict[str, Any]]:
    from workbench.training.cascade_network import classify_files_in_stages, load_cascade

    network = load_cascade(cascade, backbone)
    _check(inputs, network.card.frontend)
    found = classify_files_in_stages(network, inputs)
    return [
        _record(path, scores) | {"answered_by": stage}
        for path, (stage, scores) in zip(inputs, found, strict=True)
    ]


def _record(path: Path, scores: dict[str, float]) -> dict[str, Any]:
    label = max(scores, key=lambda name: scores[name])
    return {"input": str(path), "label": label, "score": scores[label], "scores": scores}


def _check(inputs: list[Path], config: InputConfig) -> None:
    """Raises: WorkbenchError where there is no readable file of that name and kind."""
    from workbench.audio import files as sound
    from workbench.images import decode as pictures
    from workbench.images.config import PictureConfig

    probe = pictures.probe if isinstance(config, PictureConfig) else sound.probe
    for path in inputs:
        if path.is_dir():
            raise WorkbenchError(
                f"{path} is a folder.",
                hint="Name the files in it; workbench evaluate takes whole folders.",
            )
        if not path.exists():
            raise WorkbenchError(f"There is no file {path}.", hint="Check its name and folder.")
        probe(path)
