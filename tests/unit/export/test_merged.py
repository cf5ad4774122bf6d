"""A merged export is a backbone like any other and computes what the patch computes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.unit.export.fixtures import network_of
from workbench.audio.frontend import build_frontend
from workbench.backbones.base import Backbone
from workbench.backbones.registry import load_backbone
from workbench.errors import WorkbenchError
from workbench.export import merged as module
from workbench.export.merged import export_merged
from workbench.export.raw import random_waves
from workbench.methods.registry import names

ADDS_LAYERS = {"residual_adapter", "repnet", "spottune", "task_adapter"}
MERGING = [
    *((method, "bcresnet1") for method in names() if method not in ADDS_LAYERS),
    ("patch", "res8-narrow"),
    ("residual_adapter", "res8-narrow"),
]


@pytest.mark.parametrize(("method", "architecture"), MERGING)
def test_the_folder_loads_and_computes_the_same(
    tmp_path: Path, method: str, architecture: str
) -> None:
    network = network_of(tmp_path, method, architecture)
    report = export_merged(network, tmp_path / "bcresnet1.words")
    loaded = load_backbone(report.path)
    features = build_frontend(loaded.card.frontend)(random_waves(loaded.card.frontend))
    with torch.no_grad():
        difference = (loaded.backbone(features) - network.model(features)).abs().max()
    assert float(difference) == pytest.approx(report.max_abs_diff, abs=1e-6)
    assert report.max_abs_diff < 1e-4
    assert report.agreement == 1


@pytest.mark.parametrize("method", sorted(ADDS_LAYERS))
def test_layers_that_no_kernel_takes_up_are_refused(tmp_path: Path, method: str) -> None:
    with pytest.raises(WorkbenchError, match="adds layers"):
        export_merged(network_of(tmp_path, method), tmp_path / "words")
    assert not (tmp_path / "words").exists()


def test_the_card_tells_where_it_came_from(tmp_path: Path) -> None:
    network = network_of(tmp_path)
    card = load_backbone(export_merged(network, tmp_path / "bcresnet1.words").path).card
    assert card.name == "bcresnet1.words"
    assert card.labels == network.patch.card.classes
    assert card.attribution == network.loaded.card.attribution
    assert network.loaded.card.sha256[:12] in card.recipe
    assert [(found.dataset, found.n) for found in card.metrics] == [("swr-0, test", 40)]
    assert "bcresnet1.words" in (tmp_path / "bcresnet1.words" / "README.md").read_text()


def test_a_backbone_is_never_replaced(tmp_path: Path) -> None:
    network = network_of(tmp_path)
    export_merged(network, tmp_path / "words")
    before = {path.name: path.read_bytes() for path in (tmp_path / "words").iterdir()}
    with pytest.raises(WorkbenchError, match="something already"):
        export_merged(network_of(tmp_path, "finetune"), tmp_path / "words")
    assert {path.name: path.read_bytes() for path in (tmp_path / "words").iterdir()} == before


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    report = export_merged(network_of(tmp_path), tmp_path / "words")
    assert report.bytes == sum(file.stat().st_size for file in report.path.iterdir())
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    network = network_of(tmp_path)
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "thesis.txt").write_text("mine")
    with pytest.raises(WorkbenchError, match="something already"):
        export_merged(network, tmp_path / "words")
    assert [path.name for path in (tmp_path / "words").iterdir()] == ["thesis.txt"]


def test_a_wrong_merge_is_caught_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = network_of(tmp_path)
    before = set(tmp_path.iterdir())
    right = module.save_backbone

    def wrong(backbone: Backbone, *rest: object) -> object:
        with torch.no_grad():
            backbone.head_layer.bias += 1  # type: ignore[operator]
        return right(backbone, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "save_backbone", wrong)
    with pytest.raises(WorkbenchError, match="does not compute"):
        export_merged(network, tmp_path / "words")
    assert set(tmp_path.iterdir()) == before


def test_a_place_inside_a_file_is_named(tmp_path: Path) -> None:
    network = network_of(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(WorkbenchError, match="could not be written"):
        export_merged(network, tmp_path / "file" / "words")
