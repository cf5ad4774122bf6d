"""Every stored element is in a layer, beside the layers, a statistic, or a scale: none twice and none lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.tiny import suited, tiny_backbone, tiny_patch
from workbench.budget.policy import adaptable
from workbench.methods.patch import read_patch
from workbench.methods.registry import names
from workbench.methods.stored_where import stored_beside, stored_in_layers

NOT_PLACED = ("stat/", "scale/")


@pytest.mark.parametrize("method", names())
def test_what_is_stored_is_found_once(method: str, tmp_path: Path) -> None:
    loaded = tiny_backbone(tmp_path / f"{suited(method)}.tiny", architecture=suited(method))
    patch = read_patch(tiny_patch(tmp_path, loaded, method))
    layers = [row.name for row in loaded.backbone.layers() if row.group != "head"]
    inside, beside = stored_in_layers(patch, layers), stored_beside(patch)
    placed = sum(one.values for one in inside.values()) + sum(beside.values())
    assert placed == sum(
        t.numel() for name, t in patch.tensors.items() if not name.startswith(NOT_PLACED)
    )
    changed = {decision.name for decision in patch.card.decisions if decision.changed}
    assert changed <= set(inside)


def test_by_hand(tmp_path: Path) -> None:
    loaded = tiny_backbone(tmp_path / "bcresnet1.tiny")
    table = loaded.backbone.layers()
    everything = [row.name for row in table]
    kernel = adaptable(table)[0]
    finetune = read_patch(tiny_patch(tmp_path, loaded, "finetune"))
    whole = kernel.weight_shape[0] * kernel.weight_shape[1]
    whole *= kernel.weight_shape[2] * kernel.weight_shape[3]
    assert stored_in_layers(finetune, everything)[kernel.name] == ("weight", whole)
    mask = read_patch(tiny_patch(tmp_path, loaded, "piggyback"))
    # 32 bits to a word
    assert stored_in_layers(mask, everything)[kernel.name] == ("mask", -(-whole // 32))
    side = read_patch(tiny_patch(tmp_path, loaded, "repnet"))
    assert stored_in_layers(side, everything) == {}
    assert list(stored_beside(side)) == ["side", "head"]
