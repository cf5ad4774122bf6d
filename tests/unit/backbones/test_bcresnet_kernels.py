"""BC-ResNet's mel-major training path against plain ``torch.nn`` operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from workbench.backbones.bcresnet import BCResNet, SubSpectralNorm
from workbench.backbones.dropout import seed_dropout
from workbench.backbones.kernels import (
    MergeBranches,
    Normalize,
    Statistics,
    TimeTaps,
    band_moments,
    from_rows,
    mel_mean,
    to_rows,
)
from workbench.backbones.mel_major import (
    MIN_BATCH,
    BandNorm,
    MelConv,
    PointwiseConv,
    StemConv,
    TimeConv,
)
from workbench.backbones.memory import keep_freed_memory

BATCH = MIN_BATCH + 1
CONVS: dict[str, Callable[[], tuple[nn.Conv2d, tuple[int, ...]]]] = {
    "stem": lambda: (StemConv(1, 6, 5, (2, 1), 2, bias=False), (BATCH, 1, 20, 11)),
    "pointwise": lambda: (PointwiseConv(4, 6, 1, bias=False), (BATCH, 4, 10, 11)),
    "pointwise with bias": lambda: (PointwiseConv(4, 6, 1), (BATCH, 4, 10, 11)),
    "mel": lambda: (MelConv(4, 4, (3, 1), 1, (1, 0), groups=4, bias=False), (BATCH, 4, 10, 11)),
    "mel, stride 2": lambda: (
        MelConv(4, 4, (3, 1), (2, 1), (1, 0), groups=4, bias=False),
        (BATCH, 4, 10, 11),
    ),
    "time": lambda: (time_conv(1), (BATCH, 4, 1, 11)),
    "time, dilation 8": lambda: (time_conv(8), (BATCH, 4, 1, 11)),
}


def time_conv(dilation: int) -> nn.Conv2d:
    return TimeConv(4, 4, (1, 3), 1, (0, dilation), (1, dilation), groups=4, bias=False)


def double(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, requires_grad=True)


def plain(conv: nn.Conv2d, x: Tensor) -> Tensor:
    spec = (conv.stride, conv.padding, conv.dilation, conv.groups)
    return F.conv2d(x, conv.weight, conv.bias, *spec)  # type: ignore[arg-type]


def banded(x: Tensor, bands: int) -> Tensor:
    batch, channels, mel, frames = x.shape
    return x.reshape(batch, channels * bands, mel // bands, frames)


def norm_pair(channels: int, bands: int) -> tuple[BandNorm, nn.BatchNorm2d]:
    fast, reference = BandNorm(channels, bands).double(), nn.BatchNorm2d(channels * bands).double()
    with torch.no_grad():
        for tensor in (fast.weight, fast.bias, fast.running_mean, fast.running_var):
            assert tensor is not None
            tensor.copy_(torch.rand_like(tensor) + 0.5)
    reference.load_state_dict(fast.state_dict())
    return fast, reference


def same_gradients(
    outputs: tuple[Tensor, Tensor], inputs: tuple[Sequence[Tensor], Sequence[Tensor]]
) -> bool:
    upstream = torch.randn_like(outputs[0])
    pairs = [
        torch.autograd.grad(out, leaves, upstream)
        for out, leaves in zip(outputs, inputs, strict=True)
    ]
    return all(torch.allclose(a, b) for a, b in zip(*pairs, strict=True))


def test_rows_are_a_view_of_mel_major_memory() -> None:
    rows = torch.randn(5, 3, 7, 4)
    x = from_rows(rows)
    assert x.shape == (3, 4, 5, 7)
    assert to_rows(x).data_ptr() == rows.data_ptr()
    assert torch.equal(to_rows(x.contiguous()), rows)


@pytest.mark.parametrize("case", CONVS)
def test_convolution_matches_plain_one(case: str) -> None:
    torch.manual_seed(0)
    conv, shape = CONVS[case]()
    conv.double()
    x = torch.randn(shape, dtype=torch.float64)
    leaves = list(conv.parameters())
    assert torch.allclose(conv(x), plain(conv, x))
    assert same_gradients((conv(x), plain(conv, x)), (leaves, leaves))
    x.requires_grad_()
    assert same_gradients((conv(x), plain(conv, x)), ([x, *leaves], [x, *leaves]))


@pytest.mark.parametrize("case", CONVS)
def test_frozen_convolution_passes_gradient_and_gets_none(case: str) -> None:
    conv, shape = CONVS[case]()
    conv.requires_grad_(False)
    x = torch.randn(shape, requires_grad=True)
    conv(x).sum().backward()
    assert x.grad is not None
    assert all(parameter.grad is None for parameter in conv.parameters())


def test_gradient_of_frozen_taps_is_not_computed() -> None:
    rows, taps = torch.randn(1, 2, 5, 3), torch.randn(3, 3)
    ctx = SimpleNamespace(
        saved_tensors=(rows, taps), dilation=1, needs_input_grad=(True, False, False)
    )
    by_rows, by_taps, _ = TimeTaps.backward(ctx, torch.ones_like(rows))
    assert by_rows is not None
    assert by_taps is None


@pytest.mark.parametrize("bands", [1, 5])
@pytest.mark.parametrize("training", [True, False])
def test_norm_matches_batch_norm_over_bands(bands: int, training: bool) -> None:
    torch.manual_seed(0)
    fast, reference = (norm.train(training) for norm in norm_pair(3, bands))
    x = double(BATCH, 3, 10, 7)
    for _ in range(2):
        outputs = fast(x), reference(banded(x, bands)).reshape(x.shape)
        assert torch.allclose(*outputs)
    leaves = [x, *fast.parameters()], [x, *reference.parameters()]
    assert same_gradients(outputs, leaves)
    for name, buffer in fast.state_dict().items():
        assert torch.allclose(buffer, reference.state_dict()[name]), name
    assert int(fast.num_batches_tracked or 0) == (2 if training else 0)


@pytest.mark.parametrize("momentum", [None, 0.0, 0.3])
def test_norm_keeps_the_meaning_of_momentum(momentum: float | None) -> None:
    fast, reference = norm_pair(2, 5)
    fast.momentum = reference.momentum = momentum
    for _ in range(3):
        x = torch.randn(BATCH, 2, 5, 4, dtype=torch.float64)
        fast(x), reference(banded(x, 5))
    for name, buffer in fast.state_dict().items():
        assert torch.allclose(buffer, reference.state_dict()[name]), name


def test_norm_without_running_statistics_uses_those_of_the_batch() -> None:
    fast, reference = norm_pair(2, 5)
    for norm in (fast, reference):
        norm.track_running_stats = False
        norm.running_mean = norm.running_var = None
        norm.eval()
    x = torch.randn(BATCH, 2, 5, 4, dtype=torch.float64)
    assert torch.allclose(fast(x), reference(banded(x, 5)).view_as(x))


def test_frozen_norm_gets_no_gradient() -> None:
    norm = BandNorm(2, 5).requires_grad_(False)
    x = torch.randn(BATCH, 2, 5, 4, requires_grad=True)
    norm(x).square().sum().backward()
    assert x.grad is not None
    assert norm.weight.grad is None
    assert norm.bias.grad is None


def test_moments_of_a_large_offset_are_exact() -> None:
    x = torch.randn(BATCH, 2, 10, 31) + 300
    mean, variance = band_moments(x, 5)
    expected = x.double().view(BATCH, 2, 5, 2, 31).permute(2, 1, 0, 3, 4).flatten(2)
    assert torch.allclose(mean.double(), expected.mean(2), rtol=1e-6)
    assert torch.allclose(variance.double(), expected.var(2, unbiased=False), rtol=1e-4)


def test_sub_spectral_norm_takes_a_replaced_norm() -> None:
    module = SubSpectralNorm(3)
    x = torch.randn(BATCH, 3, 10, 7)
    expected = module(x)
    module.ssnorm = nn.BatchNorm2d(15)  # type: ignore[assignment]
    assert torch.allclose(module(x), expected, atol=1e-6)


def test_normalize_gradcheck() -> None:
    def normalize(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        mean, variance = band_moments(x.detach(), 5)
        statistics = Statistics(mean, torch.rsqrt(variance + 1e-5), from_batch=True)
        return Normalize.apply(x, weight, bias, statistics)  # type: ignore[no-any-return, no-untyped-call]

    torch.manual_seed(0)
    assert torch.autograd.gradcheck(normalize, (double(3, 2, 5, 3), double(10), double(10)))


@pytest.mark.parametrize("with_shortcut", [True, False])
def test_merge_gradcheck(with_shortcut: bool) -> None:
    def merge(spectral: Tensor, temporal: Tensor, shortcut: Tensor | None = None) -> Tensor:
        owned = spectral * 1  # written over
        return MergeBranches.apply(owned, temporal, shortcut)  # type: ignore[no-any-return, no-untyped-call]

    torch.manual_seed(0)
    inputs = [double(2, 3, 4, 5), double(2, 3, 1, 5)] + [double(2, 3, 4, 5)] * with_shortcut
    expected = F.relu(inputs[0] + inputs[1] + (inputs[2] if with_shortcut else 0))
    assert torch.allclose(merge(*inputs), expected)
    assert torch.autograd.gradcheck(merge, inputs)


@pytest.mark.parametrize("dilation", [1, 4, 7])
def test_time_taps_gradcheck(dilation: int) -> None:
    torch.manual_seed(0)
    assert torch.autograd.gradcheck(
        lambda rows, taps: TimeTaps.apply(rows, taps, dilation),  # type: ignore[no-untyped-call]
        (double(2, 2, 5, 3), double(3, 3)),
    )


def test_mel_mean() -> None:
    x = torch.randn(3, 4, 5, 6)
    assert torch.allclose(mel_mean(x), x.mean(2, keepdim=True), atol=1e-6)


def one_by_one(network: BCResNet, x: Tensor) -> Tensor:
    """What the plain path says: it takes every batch below the limit."""
    return torch.cat([network(x[i : i + 1]) for i in range(len(x))])


@pytest.mark.parametrize("training", [True, False])
def test_network_matches_its_plain_path(monkeypatch: pytest.MonkeyPatch, training: bool) -> None:
    torch.manual_seed(0)
    network = BCResNet(1, 4).double().train(training)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    x, results = torch.randn(BATCH, 1, 40, 25, dtype=torch.float64), []
    for limit in (MIN_BATCH, BATCH + 1):
        monkeypatch.setattr("workbench.backbones.mel_major.MIN_BATCH", limit)
        network.load_state_dict(before)
        network.zero_grad()
        seed_dropout(network, 1)
        out = network(x)
        out.square().sum().backward()
        gradients = [p.grad.clone() for p in network.parameters() if p.grad is not None]
        results.append([out.detach(), *gradients, *(b.clone() for b in network.buffers())])
    assert len(results[0]) == 1 + len(list(network.parameters())) + len(list(network.buffers()))
    assert all(torch.allclose(a, b, atol=1e-9) for a, b in zip(*results, strict=True))


def test_evaluation_in_single_precision_matches_the_plain_path() -> None:
    torch.manual_seed(0)
    network = BCResNet(2, 4)
    x = torch.randn(2 * BATCH, 1, 40, 51)
    network(x)
    with torch.no_grad():
        network.eval()
        assert torch.allclose(network(x), one_by_one(network, x), atol=1e-5)


def test_training_step_is_reproducible() -> None:
    def gradient() -> Tensor:
        torch.manual_seed(0)
        network = BCResNet(1, 4)
        network(torch.randn(BATCH, 1, 40, 51)).square().sum().backward()
        return torch.cat([p.grad.flatten() for p in network.parameters() if p.grad is not None])

    assert torch.equal(gradient(), gradient())


def test_hooks_see_logical_shapes() -> None:
    network = BCResNet(1, 4)
    shapes: list[tuple[int, ...]] = []
    expected = len(network.layers())
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d):
            module.register_forward_hook(lambda _m, _x, y: shapes.append(tuple(y.shape)))
    network(torch.randn(BATCH, 1, 40, 51))
    assert len(shapes) == expected
    assert {shape[0] for shape in shapes} == {BATCH}


@pytest.mark.filterwarnings("ignore:You are using the legacy:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The feature will be removed:DeprecationWarning")
def test_export_traces_the_plain_path(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = BCResNet(1, 4)
    x = torch.randn(BATCH, 1, 40, 101)
    network(x)
    network.eval()
    path = tmp_path / "network.onnx"
    torch.onnx.export(network, (x,), path, input_names=["x"], dynamo=False)
    (exported,) = onnxruntime.InferenceSession(path).run(None, {"x": x.numpy()})
    with torch.no_grad():
        assert np.allclose(exported, network(x).numpy(), atol=1e-5)


def test_keeping_freed_memory_is_harmless() -> None:
    assert keep_freed_memory() in (True, False)
