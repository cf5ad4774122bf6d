"""Task adapters (methods.md 6): widths, price, gates, and the channels that are taken out."""

from __future__ import annotations

import copy
import dataclasses

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from tests.methods.conftest import CLASSES, Case, make_case, take_steps
from workbench.backbones import onnx_graph as onnx_module
from workbench.backbones.audio_encoder import ENCODER_SHAPES, LARGE, SMALL, EncoderShape
from workbench.backbones.base import count_multiplies
from workbench.backbones.registry import build
from workbench.methods.registry import get
from workbench.methods.task_adapter.config import TaskAdapterConfig
from workbench.methods.task_adapter.layer import TaskAdapter, opening
from workbench.methods.task_adapter.method import slope_at
from workbench.methods.task_adapter.model import TaskAdapterModel, shape_of
from workbench.methods.task_adapter.price import cost_of, layer_weights, narrow_widths, positions

BLOCKS = ("audio_encoder_small", "audio_encoder_small_separable")
TOLERANCE = 1e-5


@pytest.fixture(params=BLOCKS)
def case(request: pytest.FixtureRequest) -> Case:
    return make_case("task_adapter", request.param)


def adapter_of(case: Case) -> TaskAdapter:
    assert isinstance(case.model, TaskAdapterModel)
    return case.model.adapter


def set_gates(adapter: TaskAdapter, seed: int, slope: float = 2.0) -> None:
    """Gates of every kind: closed, half open, open."""
    generator = torch.Generator().manual_seed(seed)
    adapter.slope.fill_(slope)
    with torch.no_grad():
        for logits in adapter.logits:
            logits.copy_(torch.rand(logits.shape, generator=generator) - 0.5)
        adapter.logits[-1][0] = 1.0


def move_statistics(adapter: TaskAdapter) -> None:
    generator = torch.Generator().manual_seed(3)
    for module in adapter.modules():
        if isinstance(module, nn.BatchNorm2d):
            shape = module.running_var.shape
            module.running_mean += 0.2 * torch.randn(shape, generator=generator)
            module.running_var *= 0.5 + torch.rand(shape, generator=generator)
            module.weight.data += 0.2 * torch.randn(shape, generator=generator)


def test_widths_are_the_papers() -> None:
    assert narrow_widths(EncoderShape("conv3x3", SMALL), 0.2) == (1, 2, 4, 9, 19, 19)
    assert narrow_widths(EncoderShape("sepres", LARGE), 0.2) == (1, 3, 6, 12, 25, 25)


@pytest.mark.parametrize(
    ("block", "widths", "thousands"),
    [("conv3x3", SMALL, 14.839), ("conv3x3", LARGE, 26.307), ("sepres", LARGE, 16.262)],
)
def test_open_adapters_cost_what_the_arithmetic_says(
    block: str, widths: tuple[int, ...], thousands: float
) -> None:
    """14.8, 26.3 and 16.3 thousand parameters (methods.md 6.1)."""
    shape = EncoderShape(block, widths)  # type: ignore[arg-type]
    opened = [float(w) for w in narrow_widths(shape, 0.2)]
    found = cost_of(shape, opened, "thousand parameters", positions(96, 64))
    assert found == pytest.approx(thousands)


def test_the_soft_cost_of_open_gates_is_the_hard_one(case: Case) -> None:
    """In parameters: the kernels that are there. In FLOPs: twice the multiplies that a run of the layers counts."""
    adapter = adapter_of(case)
    with torch.no_grad():
        for logits in adapter.logits:
            logits.fill_(1.0)
    kernels = sum(p.numel() for p in adapter.narrow.parameters() if p.dim() > 1)
    assert float(adapter.cost("thousand parameters").detach()) == pytest.approx(kernels / 1e3)
    cost = case.method.cost(case.model, case.config)
    multiplies = cost.multiplies - cost.backbone_multiplies - adapter.columns.numel()
    assert float(adapter.cost("million FLOPs").detach()) == pytest.approx(2 * multiplies / 1e6)


@pytest.mark.parametrize("frames", [96, 48, 33])
def test_a_price_in_flops_is_of_the_frames_that_are_heard(case: Case, frames: int) -> None:
    """At another step of the front-end; both the soft cost and the one foreseen are twice what a run counts."""
    adapter = adapter_of(case)
    with torch.no_grad():
        for logits in adapter.logits:
            logits.fill_(1.0)
        case.model.eval()(torch.randn(2, 1, frames, 64))
    other = copy.copy(case.loaded.backbone)
    other.input_spec = dataclasses.replace(other.input_spec, shape=(1, frames, 64))
    foreseen = case.method.predicted_cost(other.layers(), case.config, len(case.model.classes))
    added = foreseen.multiplies - foreseen.backbone_multiplies - adapter.columns.numel()
    joined = case.model.joined()
    encoder = sum(row.multiplies for row in other.layers() if row.group != "head")
    head = joined.head_layer.weight.numel()
    counted = count_multiplies(joined, (1, frames, 64)) - encoder - head
    assert float(adapter.cost("million FLOPs").detach()) == pytest.approx(2 * added / 1e6)
    assert added == counted


@given(st.lists(st.integers(0, 6), min_size=6, max_size=6), st.sampled_from(("conv3x3", "sepres")))
@settings(deadline=None, max_examples=50)
def test_a_layer_is_priced_by_its_own_and_the_previous_channels_alone(
    opened: list[int], block: str
) -> None:
    shape = EncoderShape(block, SMALL)  # type: ignore[arg-type]
    weights = layer_weights(shape, [float(c) for c in opened])
    for i, found in enumerate(weights[:5]):
        inputs = (1, *SMALL)[i] + (opened[i - 1] if i else 0)
        plain, separable = 9 * opened[i] * inputs, opened[i] * (4 * inputs + 3 * opened[i])
        assert found == (plain if block == "conv3x3" else separable)
    assert weights[5] == opened[5] * (SMALL[-1] + opened[4])


def test_one_closed_channel_saves_its_own_weights_and_those_that_read_it() -> None:
    """Plain block, layer 3 of [6..96]: 9 * (12 + 2) of its own, and 9 * 9 behind it."""
    shape = EncoderShape("conv3x3", SMALL)
    opened = [1.0, 2.0, 4.0, 9.0, 19.0, 19.0]
    fewer = [1.0, 2.0, 3.0, 9.0, 19.0, 19.0]
    given = "thousand parameters", positions(96, 64)
    saved = cost_of(shape, opened, *given) - cost_of(shape, fewer, *given)
    assert saved == pytest.approx((9 * (12 + 2) + 9 * 9) / 1e3)


def test_gates_at_either_end_have_no_gradient() -> None:
    """a = 0.5 at slope 1 is locked from the first step (methods.md 6.2); inside, the gradient is the slope."""
    logits = torch.tensor([-0.7, -0.5, -0.1, 0.0, 0.49, 0.5, 0.7], requires_grad=True)
    opening(logits, torch.tensor(1.0)).sum().backward()
    assert logits.grad is not None
    assert logits.grad.tolist() == [0, 0, 1, 1, 1, 0, 0]
    steep = torch.tensor([0.001, 0.01], requires_grad=True)
    opening(steep, torch.tensor(100.0)).sum().backward()
    assert steep.grad is not None
    assert steep.grad.tolist() == [100, 0]


def test_the_price_pushes_gates_towards_closed_and_not_towards_half(case: Case) -> None:
    """The printed norm of the logits would pull a negative logit up to 0, a gate of one half."""
    adapter = adapter_of(case)
    with torch.no_grad():
        for logits in adapter.logits:
            logits.fill_(-0.2)
    adapter.cost("thousand parameters").backward()
    assert all((logits.grad > 0).all() for logits in adapter.logits)


def test_the_price_has_the_gradient_of_its_formula() -> None:
    """Layer 3 of the plain block: 9 * slope * ((12 + G_2) + G_4) / 1000 for each of its gates."""
    case = make_case("task_adapter", "audio_encoder_small")
    adapter = adapter_of(case)
    adapter.slope.fill_(3.0)
    with torch.no_grad():
        for logits in adapter.logits:
            logits.uniform_(-0.1, 0.1)
    sums = [float(gates.detach().sum()) for gates in adapter.openings()]
    adapter.cost("thousand parameters").backward()
    wanted = 9 * 3.0 * ((12 + sums[1]) + sums[3]) / 1e3
    assert adapter.logits[2].grad is not None
    assert adapter.logits[2].grad.tolist() == pytest.approx([wanted] * 4, rel=1e-5)


def test_the_slope_grows_by_equal_factors_and_is_held_at_the_end() -> None:
    assert slope_at(0.0, 100.0) == 1.0
    assert slope_at(0.45, 100.0) == pytest.approx(10.0)
    assert slope_at(0.9, 100.0) == slope_at(1.0, 100.0) == 100.0


def test_no_gate_comes_before_a_norm(case: Case) -> None:
    """A norm in training mode would take a gate before it back: halving all gates must halve each layer's output."""
    adapter = adapter_of(case).train()
    layer = adapter.narrow.encode["0"]
    x = case.features()
    with torch.no_grad():
        whole, half = (layer(x, torch.full((adapter.narrow.widths[0],), g)) for g in (1.0, 0.5))
    if case.loaded.card.architecture == "audio_encoder_small":
        torch.testing.assert_close(half, 0.5 * whole)
    assert half.abs().max() < 0.75 * whole.abs().max()
    closed = layer(x, torch.zeros(adapter.narrow.widths[0]))
    assert not closed.any()


@given(st.integers(0, 2**31))
@settings(deadline=None, max_examples=20)
def test_a_network_without_its_closed_channels_is_the_gated_one(seed: int) -> None:
    for architecture in BLOCKS:
        case = make_case("task_adapter", architecture)
        adapter = adapter_of(case)
        move_statistics(adapter)
        set_gates(adapter, seed)
        gated = case.logits()
        before = case.method.predicted_cost(
            case.loaded.backbone.layers(), case.config, len(CLASSES)
        )
        with torch.no_grad():
            removed = case.method.merged(case.model).eval()(case.features(seed=5))
        assert (removed - gated).abs().max() <= TOLERANCE
        cost = case.method.cost(case.model, case.config)
        assert cost.multiplies < before.multiplies
        assert cost.stored_params < before.stored_params


def test_networks_of_all_widths_are_traced_once(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever channels are closed; each graph computes what its own network does."""
    traced: list[str] = []
    trace = onnx_module._trace
    monkeypatch.setattr(onnx_module, "_templates", {})
    monkeypatch.setattr(onnx_module, "_read", lambda _: None)
    monkeypatch.setattr(
        onnx_module, "_trace", lambda network: traced.append(network.architecture) or trace(network)
    )
    adapter = adapter_of(case)
    shapes = set()
    for seed in range(4):
        set_gates(adapter, seed)
        with torch.no_grad():
            for logits in adapter.logits:
                logits[0] = 1.0
        shapes.add(tuple(map(len, adapter.live())))
        _, session = onnx_module.running_graph(case.method.merged(case.model))
        (found,) = session.run(None, {onnx_module.INPUT: case.features(seed=5).numpy()})
        assert abs(found - case.logits().numpy()).max() <= TOLERANCE
    assert len(shapes) == 4
    assert traced == [case.loaded.card.architecture]


def test_what_no_channel_reads_is_gone_as_well(case: Case) -> None:
    adapter = adapter_of(case)
    set_gates(adapter, 1)
    with torch.no_grad():
        adapter.logits[2].fill_(-1.0)
        adapter.logits[0].fill_(1.0)
    gated = case.logits()
    names = set(case.method.patch_tensors(case.model, case.config))
    assert not any(name.startswith(("adapter/encode.0", "adapter/encode.2")) for name in names)
    assert any(name.startswith("adapter/encode.3") for name in names)
    with torch.no_grad():
        removed = case.method.merged(case.model).eval()(case.features(seed=5))
    assert (removed - gated).abs().max() <= TOLERANCE


def test_with_every_channel_closed_it_is_the_last_layer_alone(case: Case) -> None:
    adapter = adapter_of(case)
    with torch.no_grad():
        for logits in adapter.logits:
            logits.fill_(-1.0)
    assert set(case.method.patch_tensors(case.model, case.config)) == {"head/weight", "head/bias"}
    assert case.method.is_mergeable(case.model)
    cost = case.method.cost(case.model, case.config)
    assert (cost.stored_params, cost.multiplies) == (0, cost.backbone_multiplies)
    assert not any(d.changed for d in case.method.decisions(case.model))
    expected = case.logits()
    with torch.no_grad():
        assert torch.equal(case.method.merged(case.model)(case.features(seed=5)), expected)


def test_hardening_keeps_the_logits(case: Case) -> None:
    adapter = adapter_of(case)
    move_statistics(adapter)
    set_gates(adapter, 7)
    soft = case.logits()
    adapter.harden()
    assert (case.logits() - soft).abs().max() <= TOLERANCE


def test_a_high_price_closes_and_no_price_does_not() -> None:
    open_channels = []
    for price in (0.0, 100.0):
        case = make_case("task_adapter", "audio_encoder_small", price=price)
        case.train(steps=30)
        open_channels.append(sum(map(len, adapter_of(case).live())))
    assert open_channels[1] == 0 < open_channels[0]


def test_the_encoder_rests_and_the_adapters_statistics_are_its_own(case: Case) -> None:
    adapter = adapter_of(case)
    before = {n: t.clone() for n, t in case.model.backbone.state_dict().items()}
    mean = adapter.narrow.encode["0"].norm.running_mean.clone()
    (stage,) = case.method.stages(case.model, case.config, epochs=1)
    take_steps(stage, case, 2)
    head = case.model.backbone.head_name
    after = case.model.backbone.state_dict()
    assert all(torch.equal(t, after[n]) for n, t in before.items() if not n.startswith(head))
    assert not torch.equal(adapter.narrow.encode["0"].norm.running_mean, mean)


def test_the_shared_part_comes_first_wherever_tensors_are_joined(case: Case) -> None:
    """Without what the shared encoder gives, a layer sees zeros in its first channels."""
    assert isinstance(case.model, TaskAdapterModel)
    seen: dict[str, Tensor] = {}
    for name, layer in case.model.adapter.narrow.encode.items():
        layer.register_forward_pre_hook(lambda _, inputs, name=name: seen.update({name: inputs[0]}))
    case.model.eval()
    with torch.no_grad():
        case.model(case.features())
        shared = case.model.encoder.activations(case.features())
    for i in range(5):
        assert torch.equal(seen[str(i)][:, : shared[i].shape[1]], shared[i])


@pytest.mark.parametrize("name", ENCODER_SHAPES)
def test_the_shape_is_read_off_the_layer_table(name: str) -> None:
    assert shape_of(build(name, 3).layers()) == ENCODER_SHAPES[name]


def test_flops_weigh_less_than_parameters_at_one_price() -> None:
    """.15 to .26 nats against .01 to .03 at 0.01 (methods.md 6.1)."""
    shape = EncoderShape("sepres", LARGE)
    opened = [float(w) for w in narrow_widths(shape, 0.2)]
    price = TaskAdapterConfig().price
    places = positions(96, 64)
    assert 0.15 < price * cost_of(shape, opened, "thousand parameters", places) < 0.27
    assert price * cost_of(shape, opened, "million FLOPs", places) < 0.04


def test_a_layer_can_be_taken_out_in_inspection(case: Case) -> None:
    case.train()
    kept = case.method.patch_tensors(case.model, case.config)
    changed = [d.name for d in case.method.decisions(case.model) if d.changed]
    assert changed
    assert all(f"adapter/{name}.weight" in kept for name in changed)


def test_the_fully_connected_layer_is_one_of_the_decisions(case: Case) -> None:
    """Its probability is its gates' mean opening and its share is counted in convolution weights: 96 x 96 of them."""
    adapter = adapter_of(case)
    set_gates(adapter, 1)
    for logits in adapter.logits[:-1]:
        logits.data.fill_(-1.0)
    decisions = case.method.decisions(case.model)
    assert [d.name for d in decisions if d.changed] == ["embed"]
    embed = decisions[-1]
    rows = [row for row in case.loaded.backbone.layers() if row.is_conv]
    convolutions = sum(torch.Size(row.weight_shape).numel() for row in rows)
    assert embed.share == pytest.approx(96 * 96 / convolutions)
    opened = [min(1.0, max(0.0, 2 * float(a) + 0.5)) for a in adapter.logits[-1].detach()]
    assert embed.probability == pytest.approx(sum(opened) / 19)
    stage = case.method.stages(case.model, case.config, epochs=1)[0]
    probabilities, budget, cost = stage.decisions()
    assert probabilities == tuple(d.probability for d in decisions)
    assert budget is None
    kept = sum(o > 0 for o in opened) * 96
    assert cost == pytest.approx(kept / convolutions)


def test_it_is_registered_and_says_what_it_does() -> None:
    capabilities = get("task_adapter").capabilities
    assert capabilities.has_gates
    assert capabilities.adds_multiplies
    assert not capabilities.moves_statistics
