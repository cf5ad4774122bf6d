"""Several patches on one backbone from the command line: what they store, and what they share while listening."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.tiny import tiny_backbone, tiny_patch
from tests.unit.cli.conftest import Place, call, refusal
from workbench.backbones.registry import load_backbone
from workbench.methods.patch import read_patch


@pytest.fixture
def patches(place: Place) -> list[Path]:
    loaded = load_backbone(place.backbone)
    return [tiny_patch(place.scratch, loaded, "head", seed=seed) for seed in range(2)]


def arguments(place: Place, patches: list[Path]) -> list[object]:
    named = [part for path in patches for part in ("--patch", path)]
    return [*named, "--backbone", place.backbone]


def test_the_ledger_adds_up_files_and_full_copies(place: Place, patches: list[Path]) -> None:
    verb = ("ledger", *arguments(place, [place.patch, *patches]))
    record = json.loads(call(*verb, "--json", "-").stdout)
    files = [place.patch, *patches]
    assert [row["file_bytes"] for row in record["patches"]] == [p.stat().st_size for p in files]
    values = [sum(t.numel() for t in read_patch(path).tensors.values()) for path in files]
    assert [row["values"] for row in record["patches"]] == values
    state = load_backbone(place.backbone).backbone.state_dict()
    floats = sum(t.numel() for name, t in state.items() if not name.endswith("tracked"))
    assert record["together"] == {
        "tasks": 3,
        "values": sum(values),
        "file_bytes": sum(path.stat().st_size for path in files),
        "full_values": 3 * floats,
        "full_bytes": 12 * floats,
    }
    printed = call(*verb).stdout
    assert "3 together" in printed
    assert all(path.name in printed for path in files)


def test_patches_on_different_backbones_are_not_added_up(place: Place) -> None:
    other = tiny_backbone(place.scratch / "bcresnet1.other", classes=("a", "b"))
    foreign = tiny_patch(place.scratch, other, "head")
    error = refusal("ledger", "--patch", place.patch, "--patch", foreign)
    assert "different backbones" in error.message


def test_listening_with_several_says_what_is_shared(place: Place, patches: list[Path]) -> None:
    listen = ("listen", *arguments(place, patches), "--file", place.wave)
    layers = len(load_backbone(place.backbone).backbone.layers())
    said = call(*listen).stderr
    assert f"2 patches: {layers - 1} of {layers} layers are computed once for all" in said
    assert "multiplies a look instead of" in said
