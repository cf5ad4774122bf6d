"""Backbones by name and by weights, and folders that are not whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.tiny import tiny_backbone
from workbench import locations
from workbench.backbones.registry import (
    default_input,
    folder_with_weights,
    list_backbones,
    load_backbone,
    readable_cards,
)
from workbench.errors import WorkbenchError


def installed(name: str, classes: tuple[str, ...] = ("a", "b")) -> str:
    """Install a tiny backbone; its weights follow from its number of classes. Returns their hash."""
    return tiny_backbone(locations.user_models_dir() / name, classes).card.sha256


def test_an_unknown_architecture_has_no_frontend() -> None:
    with pytest.raises(WorkbenchError, match="no architecture named 'bcresnet4'"):
        default_input("bcresnet4")


@pytest.mark.parametrize("remains", ["nothing", "folder"])
def test_a_backbone_without_weights_is_refused(tmp_path: Path, remains: str) -> None:
    tiny_backbone(tmp_path / "bcresnet1.tiny")
    weights = tmp_path / "bcresnet1.tiny" / "weights.safetensors"
    weights.unlink()
    if remains == "folder":
        weights.mkdir()
    with pytest.raises(WorkbenchError, match=r"weights.safetensors cannot be read"):
        load_backbone(weights.parent)


@pytest.mark.parametrize("labels", [("a",), ("a", "b", "c")])
def test_a_card_with_more_or_fewer_labels_than_its_weights_is_refused(
    tmp_path: Path, labels: tuple[str, ...]
) -> None:
    folder = tmp_path / "bcresnet1.tiny"
    card = tiny_backbone(folder, ("a", "b")).card.model_copy(update={"labels": labels})
    (folder / "card.json").write_text(card.model_dump_json())
    with pytest.raises(WorkbenchError, match=f"do not fit its card.*{len(labels)} labels") as told:
        load_backbone(folder)
    assert told.value.hint


def test_one_broken_card_does_not_hide_the_others() -> None:
    installed("bcresnet1.mine")
    broken = locations.user_models_dir() / "broken"
    broken.mkdir()
    (broken / "card.json").write_text("{")
    assert "bcresnet1.mine" in [card.name for card in list_backbones()]
    cards, problems = readable_cards()
    assert broken not in cards
    assert [str(broken) in problem.message for problem in problems] == [True]


def test_weights_are_found_under_any_name_and_under_the_wanted_one_first() -> None:
    sha = installed("bcresnet1.a")
    installed("bcresnet1.b")
    installed("bcresnet1.wanted", classes=("a", "b", "c"))
    folder = locations.user_models_dir()
    assert folder_with_weights(sha, "bcresnet1.wanted") == folder / "bcresnet1.a"
    assert folder_with_weights(sha, "bcresnet1.b") == folder / "bcresnet1.b"
    assert folder_with_weights("0" * 64, "bcresnet1.b") is None


def test_weights_beside_are_found_where_none_are_installed(tmp_path: Path) -> None:
    made = tiny_backbone(tmp_path / "run" / "backbone")
    sha = made.card.sha256
    assert folder_with_weights(sha, made.card.name) is None
    assert folder_with_weights(sha, made.card.name, tmp_path / "run") == tmp_path / "run/backbone"
    assert folder_with_weights("0" * 64, made.card.name, tmp_path / "run") is None
    assert folder_with_weights(sha, made.card.name, tmp_path) is None


def test_other_resolutions_are_the_same_weights_with_another_input(tmp_path: Path) -> None:
    made = tiny_backbone(tmp_path / "bcresnet1.tiny")
    assert made.taking(made.card.frontend) is made.backbone
    coarse = made.card.frontend.model_copy(update={"hop_samples": 320})
    other = made.taking(coarse)
    assert made.backbone.input_spec.shape == made.card.frontend.shape == (1, 40, 101)
    assert other.input_spec.shape == coarse.shape == (1, 40, 51)
    assert all(p is q for p, q in zip(other.parameters(), made.backbone.parameters(), strict=True))
    body = [[r.multiplies for r in n.layers() if r.group == "stem"] for n in (made.backbone, other)]
    assert body[0][0] * 51 == body[1][0] * 101
