"""The budget preview against what the method really stores."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from workbench.backbones.registry import build
from workbench.budget.policy import exact_policy, shares, threshold_policy, weight_count
from workbench.errors import WorkbenchError
from workbench.methods.swr.config import SwrConfig
from workbench.methods.swr.method import Swr
from workbench.methods.swr.model import SwrModel
from workbench.methods.swr.preview import leavers, preview

CLASSES = ("_silence_", "_unknown_", "uno", "dos", "tres")
BUDGETS = (0.02, 0.1, 0.3, 0.9)


@pytest.fixture
def model() -> SwrModel:
    """A task model whose policy prefers other layers at other budgets."""
    model = Swr().attach(build("bcresnet1", 12), CLASSES, SwrConfig(), seed=5)
    with torch.no_grad():
        for parameter in model.policy.parameters():
            parameter.mul_(6)
    return model


@pytest.fixture
def policy_file(model: SwrModel, tmp_path: Path) -> Path:
    path = tmp_path / "policy.safetensors"
    save_file(Swr().artifacts(model, SwrConfig())["policy"], path)
    return path


@pytest.mark.parametrize(
    "config",
    [
        SwrConfig(),
        SwrConfig(exact_budget=False),
        SwrConfig(half_precision=True),
        SwrConfig(train_affine=True),
    ],
)
def test_preview_is_what_a_run_with_this_policy_stores(
    config: SwrConfig, model: SwrModel, policy_file: Path
) -> None:
    table = model.layer_table
    for shown in preview(policy_file, table, BUDGETS, config, len(CLASSES)):
        asked = config.model_copy(update={"budget": shown.budget})
        assert shown.chosen == model.decide(asked)
        tensors = Swr().patch_tensors(model, asked)
        assert shown.cost == Swr().cost(model, asked)
        assert shown.cost.stored_bytes == sum(
            t.numel() * t.element_size() for t in tensors.values()
        )
        rows = [row for row, on in zip(model.rows, shown.chosen, strict=True) if on]
        total = sum(weight_count(row) for row in model.rows)
        assert shown.stored_share == pytest.approx(sum(map(weight_count, rows)) / total)
        assert not shown.is_estimate


def test_without_a_policy_the_preview_is_a_labelled_estimate() -> None:
    table = build("bcresnet1", 12).layers()
    config = SwrConfig(exact_budget=False)
    (shown,) = preview(None, table, [0.1], config, 12)
    assert shown.is_estimate
    assert shown.chosen == exact_policy(shown.probabilities, shares(table), 0.1)
    assert shown.chosen != threshold_policy(shown.probabilities)
    assert shown.stored_share <= 0.1


def test_a_layer_that_leaves_as_the_budget_grows_is_found(
    model: SwrModel, policy_file: Path
) -> None:
    table = model.layer_table
    budgets = [i / 50 for i in range(1, 50)]
    shown = preview(policy_file, table, budgets, SwrConfig(), 12)
    found = False
    for earlier, later in itertools.pairwise(shown):
        gone = leavers(earlier, later)
        found |= bool(gone)
        for i in range(len(earlier.chosen)):
            assert (i in gone) == (earlier.chosen[i] and not later.chosen[i])
    assert found


def test_a_policy_of_another_backbone_is_refused(policy_file: Path) -> None:
    with pytest.raises(WorkbenchError, match="other layers"):
        preview(policy_file, build("res8-narrow", 2).layers(), [0.1], SwrConfig(), 2)


def test_a_damaged_policy_is_a_plain_error(policy_file: Path, tmp_path: Path) -> None:
    policy_file.write_bytes(policy_file.read_bytes()[:100])
    table = build("bcresnet1", 2).layers()
    for path in (policy_file, tmp_path / "absent.safetensors"):
        with pytest.raises(WorkbenchError, match="not a readable policy"):
            preview(path, table, [0.1], SwrConfig(), 2)
