"""Changes in 8 bits: how far they are off, and what a patch of them holds."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.methods.conftest import make_case
from tests.methods.test_behaviour import card_of
from workbench.errors import WorkbenchError
from workbench.methods.inspection import layer_change, without_layers
from workbench.methods.int8 import quantize, stored_delta
from workbench.methods.patch import Patch, apply_patch, read_patch, save_patch


@given(st.integers(0, 2**31), st.floats(1e-6, 1e3), st.booleans())
def test_every_value_is_off_by_at_most_half_a_step(seed: int, size: float, has_zero: bool) -> None:
    delta = size * torch.randn(5, 3, 3, 1, generator=torch.Generator().manual_seed(seed))
    if has_zero:
        delta[2] = 0
    steps, scale = quantize(delta)
    assert steps.dtype == torch.int8
    assert scale.shape == (5, 1, 1, 1)
    restored = stored_delta({"delta/x": steps, "scale/x": scale}, "x")
    assert restored is not None
    assert ((restored - delta).abs() <= 0.5001 * scale + 1e-12).all()
    again = quantize(restored)[0]
    assert (again.int() - steps.int()).abs().max() <= 1


def test_a_patch_in_8_bits_holds_what_its_cost_says_and_computes_nearly_the_same(
    tmp_path: Path,
) -> None:
    cases = {on: make_case("swr", "bcresnet1", budget=0.5, int8=on) for on in (False, True)}
    for case in cases.values():
        case.train()
    case = cases[True]
    plain, small = (c.method.cost(c.model, c.config) for c in cases.values())
    kernels = plain.stored_params
    channels = small.stored_params - kernels
    assert channels > 0
    assert plain.stored_bytes - small.stored_bytes == 3 * kernels - 4 * channels
    predicted = case.method.cost_of_choice(  # type: ignore[attr-defined]
        case.model.layer_table, case.config, len(case.model.classes), case.model.chosen
    )
    assert predicted == small
    path = tmp_path / "small.patch.safetensors"
    save_patch(Patch(card_of(case), case.method.patch_tensors(case.model, case.config)), path)
    patch = read_patch(path)
    assert sum(t.numel() * t.element_size() for t in patch.tensors.values()) == small.stored_bytes
    loaded = apply_patch(patch, case.loaded)
    with torch.no_grad():
        difference = (loaded(case.features(5)) - case.logits()).abs().max()
    assert 0 < difference < 0.05
    layer = next(d.name for d in patch.card.decisions if d.changed)
    change = layer_change(patch, case.loaded, layer)
    weight = loaded.state_dict()[f"backbone.{layer}.delta"]
    assert torch.equal(change, weight)
    assert layer_change(without_layers(patch, case.loaded, [layer]), case.loaded, layer) is None
    apply_patch(without_layers(patch, case.loaded, [layer]), case.loaded)


def test_a_scale_of_another_shape_is_refused(tmp_path: Path) -> None:
    case = make_case("swr", "bcresnet1", budget=0.5, int8=True)
    case.train()
    tensors = case.method.patch_tensors(case.model, case.config)
    name = next(name for name in tensors if name.startswith("scale/"))
    damaged = {**tensors, name: torch.ones(3)}
    with pytest.raises(WorkbenchError, match="not fitting"):
        apply_patch(Patch(card_of(case), damaged), case.loaded)
