"""``workbench export``: a patch for other programs."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path

import typer

from workbench.cli.output import JSON_OPTION, emit_json, number, percent


class Format(StrEnum):
    onnx = "onnx"
    merged = "merged"


def export(
    patch: Path = typer.Option(..., help="Patch to export."),
    format: Format = typer.Option(..., help="onnx: one graph; merged: a backbone folder."),  # noqa: A002
    out: Path = typer.Option(..., help="File (onnx) or folder (merged)."),
    backbone: str | None = typer.Option(
        None, help="Folder of the patch's backbone, if not installed."
    ),
    frontend: bool = typer.Option(False, help="onnx: take the waveform instead of features."),
    json: str | None = JSON_OPTION,
) -> None:
    """Write a patch merged into its backbone, and verify what was written."""
    from workbench.export.merged import export_merged
    from workbench.export.onnx import export_onnx
    from workbench.training.assess import load_patched

    network = load_patched(patch, backbone)
    as_graph = format is Format.onnx
    report = (
        export_onnx(network, out, frontend=frontend) if as_graph else export_merged(network, out)
    )
    record = {**asdict(report), "path": str(report.path)}
    if not emit_json(record, json):
        print(
            f"{report.path}: {number(report.bytes)} bytes; on {report.clips} clips "
            f"{percent(report.agreement)} equal decisions, largest difference {report.max_abs_diff:.1e}"
        )
