"""Looking into patches: histograms, patches without some changes, and the ledger."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.helpers.tiny import tiny_backbone, tiny_patch
from workbench.backbones.registry import LoadedBackbone
from workbench.errors import WorkbenchError
from workbench.methods.inspection import layer_change, layer_weights, without_layers
from workbench.methods.ledger import ledger_of, ledger_sum
from workbench.methods.patch import Patch, StoredDecision, apply_patch, read_patch
from workbench.methods.registry import get

METHODS = ("swr", "taps", "piggyback", "finetune")


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedBackbone:
    return tiny_backbone(tmp_path / "tiny")


def patch_of(
    method: str, loaded: LoadedBackbone, folder: Path, **settings: object
) -> tuple[Patch, Path]:
    path = tiny_patch(folder, loaded, method, **settings)
    return read_patch(path), path


def kernels_of(patch: Patch) -> list[StoredDecision]:
    return [decision for decision in patch.card.decisions if decision.kind != "norm"]


def changed_layers(patch: Patch) -> list[str]:
    return [decision.name for decision in kernels_of(patch) if decision.changed]


@pytest.mark.parametrize("method", METHODS)
def test_change_is_the_difference_to_the_merged_weight(
    method: str, loaded: LoadedBackbone, tmp_path: Path
) -> None:
    patch, _ = patch_of(method, loaded, tmp_path)
    merged = apply_patch(patch, loaded).state_dict()
    for decision in kernels_of(patch):
        change = layer_change(patch, loaded, decision.name)
        assert (change is not None) == decision.changed
        if change is None:
            continue
        base = loaded.backbone.get_parameter(f"{decision.name}.weight").detach()
        stored = merged.get(f"backbone.{decision.name}.weight")
        if stored is not None:
            assert torch.equal(base + change, stored) or torch.allclose(base + change, stored)
        weights = layer_weights(patch, loaded, decision.name)
        assert weights.delta_norm == pytest.approx(decision.delta_norm, rel=1e-5)
        assert weights.relative_norm == pytest.approx(decision.relative_norm, rel=1e-5)


def test_histograms_count_every_weight_once(loaded: LoadedBackbone, tmp_path: Path) -> None:
    patch, _ = patch_of("swr", loaded, tmp_path)
    name = changed_layers(patch)[0]
    weights = layer_weights(patch, loaded, name)
    size = np.prod(weights.shape)
    assert weights.delta is not None
    assert weights.pretrained.sum() == weights.delta.sum() == size
    assert len(weights.edges) == len(weights.pretrained) + 1
    assert np.allclose(weights.edges, -weights.edges[::-1])
    values = loaded.backbone.get_parameter(f"{name}.weight").detach().flatten().numpy()
    middle = len(weights.pretrained) // 2
    inside = (values >= weights.edges[middle]) & (values < weights.edges[middle + 1])
    assert weights.pretrained[middle] == inside.sum()


def test_a_frozen_layer_has_no_change(loaded: LoadedBackbone, tmp_path: Path) -> None:
    patch, _ = patch_of("swr", loaded, tmp_path)
    frozen = next(d.name for d in patch.card.decisions if not d.changed)
    weights = layer_weights(patch, loaded, frozen)
    assert weights.delta is None
    assert weights.delta_norm == weights.relative_norm == 0


@pytest.mark.parametrize("method", METHODS)
def test_leaving_out_nothing_or_everything_is_exact(
    method: str, loaded: LoadedBackbone, tmp_path: Path
) -> None:
    """All changes on is the adapted network; all off has the backbone's weights, bit for bit."""
    patch, _ = patch_of(method, loaded, tmp_path)
    x = torch.randn(2, *loaded.backbone.input_spec.shape)
    whole = apply_patch(patch, loaded)(x)
    assert torch.equal(apply_patch(without_layers(patch, loaded, ()), loaded)(x), whole)
    bare = apply_patch(without_layers(patch, loaded, changed_layers(patch)), loaded)
    assert not torch.equal(bare(x), whole)
    merged = get(method).merged(bare)
    for decision in kernels_of(patch):
        name = f"{decision.name}.weight"
        assert torch.equal(merged.get_parameter(name), loaded.backbone.get_parameter(name))


@pytest.mark.parametrize("method", METHODS)
def test_leaving_out_one_layer_changes_that_layer_only(
    method: str, loaded: LoadedBackbone, tmp_path: Path
) -> None:
    patch, _ = patch_of(method, loaded, tmp_path)
    out, *others = changed_layers(patch)
    rest = without_layers(patch, loaded, [out])
    change = layer_change(rest, loaded, out)
    assert change is None or not change.any()
    for name in others:
        one, other = (layer_change(p, loaded, name) for p in (rest, patch))
        assert one is not None
        assert other is not None
        assert torch.equal(one, other)


def test_an_adapter_that_is_left_out_adds_nothing(loaded: LoadedBackbone, tmp_path: Path) -> None:
    """With every adapter out, statistics and scales aside, the convolutions give what the backbone's give."""
    patch, _ = patch_of("residual_adapter", loaded, tmp_path)
    layers = changed_layers(patch)
    assert layers
    for layer in layers:
        stored = patch.tensors[f"adapter/{layer}.weight"]
        assert torch.equal(layer_change(patch, loaded, layer), stored)
    bare = apply_patch(without_layers(patch, loaded, layers), loaded)
    conv, plain = (b.get_submodule(layers[0]) for b in (bare.backbone, loaded.backbone))
    x = torch.randn(2, *loaded.backbone.input_spec.shape)
    assert torch.equal(conv(x), plain(x))
    assert not torch.equal(
        apply_patch(patch, loaded).backbone.get_submodule(layers[0])(x), plain(x)
    )


@pytest.mark.parametrize("architecture", ["audio_encoder_small", "audio_encoder_small_separable"])
def test_a_task_adapter_without_a_layer_has_zeros_there(architecture: str, tmp_path: Path) -> None:
    """Norms and biases of the layer are silent as well, and the fully connected layer is one of them."""
    loaded = tiny_backbone(tmp_path / "tiny", architecture=architecture)
    faint, _ = patch_of("task_adapter", loaded, tmp_path)
    # Random adapters say little; louder ones tell which layer is silent.
    loud = {n: 5 * t if t.dim() > 1 and "head/w" not in n else t for n, t in faint.tensors.items()}
    patch = Patch(faint.card, loud)
    layers = changed_layers(patch)
    assert layers[-1] == "embed"
    x = torch.randn(3, *loaded.backbone.input_spec.shape)
    whole = apply_patch(patch, loaded)(x)
    for layer in layers:
        place = layer if layer == "embed" else ".".join(layer.split(".")[:2])
        by_hand = apply_patch(patch, loaded)
        silenced = by_hand.adapter.narrow.get_submodule(place)
        silenced.register_forward_hook(lambda _module, _inputs, output: torch.zeros_like(output))
        shared = by_hand.encoder.activations(x)
        added = by_hand.adapter.narrow(shared) @ by_hand.adapter.columns.T
        wanted = by_hand.backbone(x) + added
        rest = without_layers(patch, loaded, [layer])
        torch.testing.assert_close(apply_patch(rest, loaded)(x), wanted, rtol=1e-4, atol=1e-4)
        assert not torch.allclose(wanted, whole, rtol=1e-3, atol=1e-3)
        assert not any(name.startswith(f"adapter/{place}.") for name in rest.tensors)
    bare = without_layers(patch, loaded, layers)
    assert set(bare.tensors) == {"head/weight", "head/bias"}
    assert torch.equal(apply_patch(bare, loaded)(x), by_hand.backbone(x))


def test_spottune_without_a_layer_has_the_pretrained_one_on_both_paths(
    loaded: LoadedBackbone, tmp_path: Path
) -> None:
    patch, _ = patch_of("spottune", loaded, tmp_path)
    x = torch.randn(3, *loaded.backbone.input_spec.shape)
    forked = [name for name in changed_layers(patch) if f"delta/{name}.weight" in patch.tensors]
    whole = [name for name in changed_layers(patch) if name not in forked]
    assert forked
    assert whole
    for layer in (*forked, *whole):
        by_hand = apply_patch(patch, loaded)
        if layer in forked:
            by_hand.backbone.get_submodule(layer).delta.zero_()
        else:
            pretrained = loaded.backbone.get_parameter(f"{layer}.weight").detach()
            by_hand.backbone.get_parameter(f"{layer}.weight").copy_(pretrained)
        rest = apply_patch(without_layers(patch, loaded, [layer]), loaded)
        assert torch.equal(rest(x), by_hand(x))


def test_repnet_without_a_norm_keeps_its_side_network(
    loaded: LoadedBackbone, tmp_path: Path
) -> None:
    patch, _ = patch_of("repnet", loaded, tmp_path, train_shifts=True)
    x = torch.randn(3, *loaded.backbone.input_spec.shape)
    norms = [decision.name for decision in patch.card.decisions if decision.changed]
    assert norms
    whole = apply_patch(patch, loaded)(x)
    for layer in norms:
        by_hand = apply_patch(patch, loaded)
        shift = by_hand.backbone.get_parameter(f"{layer}.bias")
        shift.copy_(loaded.backbone.get_parameter(f"{layer}.bias").detach())
        rest = apply_patch(without_layers(patch, loaded, [layer]), loaded)(x)
        assert torch.equal(rest, by_hand(x))
        assert not torch.equal(rest, whole)


@pytest.mark.parametrize("architecture", ["bcresnet1", "res8-narrow"])
def test_norms_are_looked_into_and_left_out(architecture: str, tmp_path: Path) -> None:
    """A model patch changes scale and shift; without one norm's, that norm has the backbone's, or 1 and 0."""
    loaded = tiny_backbone(tmp_path / "tiny", architecture=architecture)
    patch, _ = patch_of("patch", loaded, tmp_path)
    norm = next(d for d in patch.card.decisions if d.changed)
    weights = layer_weights(patch, loaded, norm.name)
    channels = loaded.backbone.get_submodule(norm.name).num_features
    assert weights.pretrained.sum() == 2 * channels
    assert weights.delta_norm == pytest.approx(norm.delta_norm, rel=1e-5)
    rest = apply_patch(without_layers(patch, loaded, [norm.name]), loaded)
    left = rest.backbone.get_submodule(norm.name)
    base = loaded.backbone.get_submodule(norm.name)
    assert torch.equal(left.weight, base.weight if base.affine else torch.ones(channels))
    assert torch.equal(left.bias, base.bias if base.affine else torch.zeros(channels))


def test_leaving_out_a_frozen_layer_is_refused(loaded: LoadedBackbone, tmp_path: Path) -> None:
    patch, _ = patch_of("swr", loaded, tmp_path)
    frozen = next(d.name for d in patch.card.decisions if not d.changed)
    with pytest.raises(WorkbenchError, match="does not change"):
        without_layers(patch, loaded, [frozen])


@pytest.mark.parametrize("method", [*METHODS, "patch", "residual_adapter", "head"])
def test_ledger_adds_up_to_the_file(method: str, loaded: LoadedBackbone, tmp_path: Path) -> None:
    patch, path = patch_of(method, loaded, tmp_path)
    layers = loaded.backbone.layers()
    ledger = ledger_of(patch, path.stat().st_size, layers)
    assert ledger.values == sum(tensor.numel() for tensor in patch.tensors.values())
    assert ledger.size_bytes == 4 * ledger.values
    assert 0 < ledger.file_bytes - ledger.size_bytes < 40_000
    by_purpose = {line.purpose: line.values for line in ledger.lines}
    cost = patch.card.cost
    assert by_purpose == {
        "weights": cost["stored_params"],
        "statistics": cost["stat_params"],
        "head": cost["head_params"],
    }
    state = loaded.backbone.state_dict()
    floats = sum(t.numel() for name, t in state.items() if not name.endswith("tracked"))
    assert ledger.full_values == floats
    assert ledger.full_bytes == 4 * floats


def test_sum_of_tasks_is_the_sum_of_their_files(loaded: LoadedBackbone, tmp_path: Path) -> None:
    layers = loaded.backbone.layers()
    paths = [tiny_patch(tmp_path, loaded, "swr", seed=seed) for seed in range(3)]
    ledgers = [ledger_of(read_patch(path), path.stat().st_size, layers) for path in paths]
    together = ledger_sum(ledgers)
    assert together.tasks == 3
    assert together.file_bytes == sum(path.stat().st_size for path in paths)
    assert together.full_bytes == 3 * ledgers[0].full_bytes
    tensors = [tensor for path in paths for tensor in read_patch(path).tensors.values()]
    assert together.values == sum(tensor.numel() for tensor in tensors)
    assert together.full_values == 3 * ledgers[0].full_values
    assert together.share_of_copies == together.file_bytes / together.full_bytes
