"""Piggyback (methods.md 5.6): one bit per weight, identity straight-through, norms at rest."""

from __future__ import annotations

import math

import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.methods.conftest import Case, make_case, take_steps
from workbench.methods.base import Draw
from workbench.methods.piggyback.bits import pack, unpack, words
from workbench.methods.piggyback.model import Binarize, PiggybackModel


def piggyback_case(**settings: object) -> tuple[Case, PiggybackModel]:
    case = make_case("piggyback", "bcresnet1", **settings)
    assert isinstance(case.model, PiggybackModel)
    return case, case.model


@given(st.lists(st.booleans(), min_size=1, max_size=200))
def test_bits_survive_packing(bits: list[bool]) -> None:
    mask = torch.tensor(bits)
    packed = pack(mask)
    assert packed.dtype == torch.int32
    assert len(packed) == words(len(bits)) == math.ceil(len(bits) / 32)
    assert torch.equal(unpack(packed, mask.shape), mask)


def test_masks_that_began_below_the_threshold_load_as_they_were_stored() -> None:
    case, model = piggyback_case(start=0.004, threshold=0.005)
    name, masked = next(iter(model.injected.items()))
    with torch.no_grad():
        masked.mask.view(-1)[::2] = 0.02
    kept = masked.kept
    tensors = case.method.patch_tensors(model, case.config)
    _, other = piggyback_case(start=0.004, threshold=0.005)
    case.method.load(other, tensors)
    assert kept.any()
    assert not kept.all()
    assert torch.equal(other.injected[name].kept, kept)


def test_the_first_weight_is_the_lowest_bit() -> None:
    assert pack(torch.tensor([True, False, True] + [False] * 29)).tolist() == [5]


def test_the_gradient_passes_straight_through() -> None:
    mask = torch.tensor([0.0, 0.005, 0.0051], requires_grad=True)
    kept = Binarize.apply(mask, 5e-3)
    assert kept.tolist() == [0, 0, 1], "only above the threshold"
    kept.backward(torch.tensor([1.0, -2.0, 3.0]))
    assert mask.grad.tolist() == [1, -2, 3]


def test_a_mask_learns_the_weight_gradient_times_the_weight() -> None:
    """dL/dm = dL/dw * w0, checked against the same network with plain weights."""
    case, model = piggyback_case()
    (stage,) = case.method.stages(model, case.config, epochs=1)
    stage.configure()
    stage.set_training_mode()
    for dropout in model.modules():
        if "Dropout" in type(dropout).__name__:
            dropout.eval()
    stage.step(case.batch(), Draw(torch.Generator(), 0, (0, 0))).loss.backward()
    plain = case.method.merged(model)
    plain.eval()
    loss = torch.nn.functional.cross_entropy(plain(case.features()), case.batch().labels)
    loss.backward()
    for name, masked in model.injected.items():
        expected = plain.get_parameter(f"{name}.weight").grad * masked.base
        torch.testing.assert_close(masked.mask.grad, expected, atol=1e-6, rtol=1e-4)


def test_only_masks_and_head_are_stored_at_a_thirtysecond() -> None:
    case, _ = piggyback_case()
    cost = case.method.cost(case.model, case.config)
    rows = case.model.rows
    assert cost.stat_params == 0
    assert 0 <= cost.stored_params - sum(row.parameters for row in rows) / 32 < len(rows)


def test_dropped_weights_are_exactly_zero_when_merged() -> None:
    case, model = piggyback_case()
    (stage,) = case.method.stages(model, case.config, epochs=1)
    take_steps(stage, case, 3)
    merged = case.method.merged(model)
    dropped = 0
    for name, masked in model.injected.items():
        weight = merged.get_parameter(f"{name}.weight")
        assert torch.equal(weight[masked.kept], masked.base[masked.kept])
        assert not weight[~masked.kept].any()
        dropped += int((~masked.kept).sum())
    assert dropped > 0


def test_norms_train_when_asked() -> None:
    case, model = piggyback_case(train_norms=True)
    (stage,) = case.method.stages(model, case.config, epochs=1)
    before = case.loaded.backbone.state_dict()
    take_steps(stage, case, 2)
    after = model.backbone.state_dict()
    moved = [
        n for n in before if n.endswith("running_mean") and not torch.equal(before[n], after[n])
    ]
    assert moved
    assert case.method.cost(model, case.config) == case.method.predicted_cost(
        case.loaded.backbone.layers(), case.config, len(model.classes)
    )
    again = case.method.attach(case.loaded.backbone, model.classes, case.config, seed=4).eval()
    case.method.load(again, case.method.patch_tensors(model, case.config))
    with torch.no_grad():
        assert torch.equal(again(case.features(5)), case.logits())
