"""``workbench export``: a patch for other programs."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path

import typer

from workbench.cli.output import JSON_OPTION, emit_json, number, percent, tell_versions


class Format(StrEnum):
    onnx = "onnx"
    merged = "merged"
    tensorboard = "tensorboard"


def export(
    patch: Path = typer.Option(..., help="Patch to export."),
    format: Format = typer.Option(  # noqa: A002
        ..., help="onnx: one graph; merged: a backbone folder; tensorboard: how it was trained."
    ),
    out: Path = typer.Option(..., help="File (onnx) or folder."),
    backbone: str | None = typer.Option(
        None, help="Folder of the patch's backbone, if not installed."
    ),
    frontend: bool = typer.Option(
        False, help="onnx: take the waveform, or pixels from 0 to 255, instead of features."
    ),
    data: Path | None = typer.Option(
        None,
        help="Task whose validation clips the result is verified on; without it on generated ones.",
    ),
    json: str | None = JSON_OPTION,
) -> None:
    """Write a patch merged into its backbone, and verify what was written; or how it was trained."""
    if format is Format.tensorboard:
        from workbench.export.tensorboard import export_tensorboard

        history = export_tensorboard(patch.parent, out)
        if not emit_json({"path": str(history.path), "values": history.values}, json):
            print(f"{history.path}: {number(history.values)} values")
        return
    from workbench.export.examples import validation_examples
    from workbench.export.merged import export_merged
    from workbench.export.onnx import export_onnx
    from workbench.training.assess import load_patched

    network = load_patched(patch, backbone)
    tell_versions(network.patch.card)
    taken = network.patch.card.frontend
    examples = validation_examples(data, taken) if data is not None else None
    if format is Format.onnx:
        report = export_onnx(network, out, frontend=frontend, examples=examples)
    else:
        report = export_merged(network, out, examples=examples)
    record = {**asdict(report), "path": str(report.path)}
    if not emit_json(record, json):
        what = "validation" if report.real else "generated"
        print(
            f"{report.path}: {number(report.bytes)} bytes; on {report.clips} {what} examples "
            f"{percent(report.agreement)} equal decisions, largest difference {report.max_abs_diff:.1e}"
        )
