"""Rep-Net (methods.md 5.5): what the side network reads, where it adds, and that the backbone rests."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.methods.conftest import make_case, take_steps
from workbench.backbones.registry import build
from workbench.methods.repnet.layer import StandardizedConv, boundaries
from workbench.methods.repnet.model import RepNetModel


def test_stages_of_bcresnet() -> None:
    """Shapes worked out by hand from the architecture: mel 40 is halved by the stem and by stages 2 and 3."""
    stages = boundaries(build("bcresnet1", 12).layers())
    assert [stage.stage for stage in stages] == ["stage 1", "stage 2", "stage 3", "stage 4"]
    assert [stage.reads for stage in stages] == [
        (1, 40, 101),
        (8, 20, 101),
        (12, 10, 101),
        (16, 5, 101),
    ]
    assert [stage.writes for stage in stages] == [
        (8, 20, 101),
        (12, 10, 101),
        (16, 5, 101),
        (20, 5, 101),
    ]
    assert [stage.kernel for stage in stages] == [5, 5, 3, 3]


def test_a_stage_that_ends_with_a_norm_is_added_to_behind_it() -> None:
    """That is what the next stage reads, in two places at once in a separable audio encoder."""
    separable = boundaries(build("audio_encoder_small_separable", 12).layers())
    assert [stage.writer for stage in separable] == [f"encode.{i}.norm" for i in (1, 2, 3, 4)]
    assert all(stage.behind for stage in separable)


def test_stages_of_res8_end_behind_their_last_norms() -> None:
    stages = boundaries(build("res8-narrow", 12).layers())
    assert [stage.writer for stage in stages] == ["bn2", "bn4", "bn6"]
    assert all(stage.behind for stage in stages)
    assert stages[0].reads == (1, 101, 40)
    assert {stage.writes for stage in stages} == {(19, 25, 13)}


def test_a_standardized_convolution_ignores_offset_and_size_of_its_kernels() -> None:
    conv = StandardizedConv(3, 4, 3, bias=False)
    x = torch.randn(2, 3, 8, 8)
    with torch.no_grad():
        first = conv(x)
        conv.weight.mul_(7).add_(0.3)
        torch.testing.assert_close(conv(x), first, atol=1e-4, rtol=1e-3)
        kernel = conv.weight[0]
        by_hand = (kernel - kernel.mean()) / (kernel.std(correction=0) + 1e-5)
        plain = nn.functional.conv2d(x, by_hand[None])
        torch.testing.assert_close(conv(x)[:, :1], plain, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("architecture", ["bcresnet1", "res8-narrow"])
def test_modules_read_what_the_modules_before_them_have_added_to(architecture: str) -> None:
    """The last module's reading moves when the first module's output does."""
    model = make_case("repnet", architecture).model
    assert isinstance(model, RepNetModel)
    read: list[torch.Tensor] = []
    model.side.parts[-1].register_forward_pre_hook(lambda _, inputs: read.append(inputs[0].clone()))
    x = torch.randn(2, *model.backbone.input_spec.shape)
    model.eval()
    with torch.no_grad():
        model(x)
        model.side.parts[0].last_norm.bias.add_(1.0)
        model(x)
    assert not torch.equal(*read)


@pytest.mark.parametrize("train_shifts", [False, True])
def test_the_backbone_rests(train_shifts: bool) -> None:
    case = make_case("repnet", "bcresnet1", train_shifts=train_shifts)
    (stage,) = case.method.stages(case.model, case.config, epochs=1)
    take_steps(stage, case, 3)
    before, after = case.loaded.backbone.state_dict(), case.model.backbone.state_dict()
    body = [name for name in before if not name.startswith("classifier.5")]
    changed = {name for name in body if not torch.equal(before[name], after[name])}
    norms = {name.rpartition(".")[0] for name in before if name.endswith("running_mean")}
    assert changed == ({f"{norm}.bias" for norm in norms} if train_shifts else set())


def test_a_copy_has_a_side_network_of_its_own() -> None:
    """Hooks of a copied network must not feed the original's side network."""
    case = make_case("repnet", "bcresnet1")
    case.train()
    expected = case.logits()
    copied = case.method.merged(case.model).eval()
    with torch.no_grad():
        for part in case.model.side.parts:
            part.last_norm.bias.add_(5.0)
        assert torch.equal(copied(case.features(5)), expected)
        assert not torch.equal(case.logits(), expected)
