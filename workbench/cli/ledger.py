"""``workbench ledger``: what patches on one backbone store, together and against full copies."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from workbench.cli.output import JSON_OPTION, emit_json, number, percent, table, tell_versions
from workbench.errors import WorkbenchError


def ledger(
    patch: list[Path] = typer.Option(..., help="Patch to count; may be given several times."),
    backbone: str | None = typer.Option(None, help="Folder of the backbone, if not installed."),
    json: str | None = JSON_OPTION,
) -> None:
    """Show values and bytes of each patch, their sum, and what full copies of the backbone would take."""
    from workbench.backbones.registry import load_backbone
    from workbench.methods.ledger import ledger_of, ledger_sum
    from workbench.methods.patch import backbone_source, read_patch

    patches = [read_patch(path) for path in patch]
    first = patches[0].card
    others = [p.card for p in patches if p.card.backbone_sha256 != first.backbone_sha256]
    if others:
        raise WorkbenchError(
            f"The patches for {first.task} and {others[0].task} belong to different backbones.",
            data="Nothing was counted.",
            hint="Count the patches of one backbone at a time.",
        )
    for one in patches:
        tell_versions(one.card)
    loaded = load_backbone(backbone_source(first, backbone, patch[0].parent))
    layers = loaded.backbone.layers()
    counted = [
        ledger_of(one, path.stat().st_size, layers)
        for one, path in zip(patches, patch, strict=True)
    ]
    together = ledger_sum(counted)
    rows = [
        {
            "patch": str(path),
            "task": one.card.task,
            "values": found.values,
            "file_bytes": found.file_bytes,
            "full_values": found.full_values,
            "full_bytes": found.full_bytes,
        }
        for path, one, found in zip(patch, patches, counted, strict=True)
    ]
    record = {"backbone": loaded.card.name, "patches": rows, "together": asdict(together)}
    if emit_json(record, json):
        return
    sums = [number(together.values), number(together.file_bytes)]
    copies = [number(together.full_values), number(together.full_bytes)]
    lines = [
        [path.name, number(one.values), number(one.file_bytes)]
        for path, one in zip(patch, counted, strict=True)
    ]
    table(
        loaded.card.name,
        ["patch", "values", "bytes"],
        [
            *lines,
            [f"{together.tasks} together", *sums],
            ["as full copies", *copies],
            ["patches of full copies", "", percent(together.share_of_copies)],
        ],
    )
