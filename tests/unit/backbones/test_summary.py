"""Summaries for lists of backbones."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.tiny import tiny_backbone
from workbench import locations
from workbench.backbones.registry import build
from workbench.backbones.summary import parameters_by_kind, summaries, summarise


def test_parameters_by_kind_of_the_papers_backbone() -> None:
    by_kind = parameters_by_kind(build("bcresnet8", 12).layers())
    assert by_kind == {
        "pointwise": 282_624,
        "norm": 19_328,
        "depthwise": 12_832,
        "conv": 3_200,
        "head": 3_084,
    }
    assert list(by_kind.values()) == sorted(by_kind.values(), reverse=True)


def test_a_linear_head_counts_as_head_and_norms_without_parameters_are_left_out() -> None:
    assert parameters_by_kind(build("res8", 12).layers()) == {"conv": 109_755, "head": 552}


def test_installed_backbones_are_summarised(tmp_path: Path) -> None:
    loaded = tiny_backbone(locations.user_models_dir() / "bcresnet1.mine")
    found, problems = summaries()
    assert problems == ()
    assert found["bcresnet1.mine"] == summarise(loaded.card)
    assert found["bcresnet1.mine"].parameters == sum(
        p.numel() for p in loaded.backbone.parameters()
    )


def test_one_broken_card_does_not_hide_the_others() -> None:
    tiny_backbone(locations.user_models_dir() / "bcresnet1.mine")
    broken = locations.user_models_dir() / "broken"
    broken.mkdir()
    (broken / "card.json").write_text("{}")
    found, problems = summaries()
    assert "bcresnet1.mine" in found
    assert "broken" not in found
    assert ["not a readable weights card" in problem.message for problem in problems] == [True]
