"""Model patches (methods.md 8 and 12.12): exactly the named tensors, their counts, and the random last layer."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.methods.conftest import CLASSES, Case, make_case, take_steps
from tests.methods.test_behaviour import card_of
from workbench.backbones.registry import build
from workbench.errors import WorkbenchError
from workbench.methods.model_patch.config import ModelPatchConfig
from workbench.methods.patch import Patch, apply_patch, read_patch, save_patch
from workbench.methods.registry import get

UNIONS = [
    {"norms": norms, "depthwise": depthwise, "last": last, "statistics": statistics}
    for norms in ("scale and shift", "scale", "shift", "off")
    for depthwise in (True, False)
    for last in (True, False)
    for statistics in ("as the paper", "move", "keep")
    if norms != "off" or depthwise or last
]


def train(case: Case, steps: int = 2) -> None:
    (stage,) = case.method.stages(case.model, case.config, epochs=1)
    take_steps(stage, case, steps)


@pytest.mark.parametrize("settings", UNIONS, ids=lambda s: "-".join(str(v) for v in s.values()))
def test_exactly_the_named_tensors_change(settings: dict[str, object]) -> None:
    case = make_case("patch", "bcresnet1", **settings)
    assert isinstance(case.config, ModelPatchConfig)
    before = {name: t.clone() for name, t in case.model.backbone.state_dict().items()}
    train(case)
    after = case.model.backbone.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    norms = {n.rpartition(".")[0] for n in before if n.endswith("running_mean")}
    expected = set()
    if case.config.scale:
        expected |= {f"{norm}.weight" for norm in norms}
    if case.config.shift:
        expected |= {f"{norm}.bias" for norm in norms}
    if settings["depthwise"]:
        rows = case.loaded.backbone.layers()
        expected |= {f"{row.name}.weight" for row in rows if row.kind == "depthwise"}
    if settings["last"]:
        expected |= {"classifier.5.weight", "classifier.5.bias"}
    if case.config.moves_statistics:
        leaves = ("running_mean", "running_var", "num_batches_tracked")
        expected |= {f"{norm}.{leaf}" for norm in norms for leaf in leaves}
    assert changed == expected
    layers = case.loaded.backbone.layers()
    predicted = case.method.predicted_cost(layers, case.config, len(CLASSES))
    assert case.method.cost(case.model, case.config) == predicted


@pytest.mark.parametrize(
    ("architecture", "settings", "stored"),
    [
        ("res15", {}, 13 * 2 * 45),
        ("bcresnet8", {"norms": "off", "depthwise": True}, 12_832),
        ("bcresnet8", {}, 19_328),
        ("mobilenet_v2", {}, 34_112),
        ("mobilenet_v2", {"norms": "off", "depthwise": True}, 64_224),
    ],
)
def test_counts_are_the_papers(architecture: str, settings: dict[str, object], stored: int) -> None:
    """Res15's added scales and shifts, and the depth-wise kernels of the others, as methods.md 8.1 counts them."""
    method = get("patch")
    config = method.Config.model_validate(settings)
    layers = build(architecture, 12).layers()
    cost = method.predicted_cost(layers, config, 12)
    assert cost.stored_params == stored
    if architecture == "mobilenet_v2":
        assert cost.head_params == 12 * 1281
    assert cost.multiplies == cost.backbone_multiplies


@pytest.mark.parametrize("architecture", ["bcresnet1", "res8-narrow"])
def test_a_random_last_layer_is_drawn_again(architecture: str, tmp_path: Path) -> None:
    case = make_case("patch", architecture, last=False)
    train(case)
    tensors = case.method.patch_tensors(case.model, case.config)
    assert not [name for name in tensors if name.startswith("head/")]
    path = tmp_path / "random.patch.safetensors"
    save_patch(Patch(card_of(case), tensors), path)
    torch.manual_seed(99)
    again = apply_patch(read_patch(path), case.loaded)
    with torch.no_grad():
        assert torch.equal(again(case.features(5)), case.logits())


@pytest.mark.parametrize("architecture", ["bcresnet1", "res8-narrow"])
def test_swapping_tasks_restores_the_logits(architecture: str) -> None:
    """A, then B, then A on one network: statistics travel with the patch."""
    cases = [make_case("patch", architecture) for _ in range(2)]
    train(cases[0], 2)
    train(cases[1], 3)
    stored = [case.method.patch_tensors(case.model, case.config) for case in cases]
    wanted = [case.logits() for case in cases]
    assert not torch.equal(*wanted)
    shared = cases[0].method.attach(cases[0].loaded.backbone, CLASSES, cases[0].config, 4).eval()
    for task in (0, 1, 0):
        cases[0].method.load(shared, stored[task])
        with torch.no_grad():
            assert torch.equal(shared(cases[0].features(5)), wanted[task])


def test_depthwise_kernels_are_refused_where_there_are_none() -> None:
    with pytest.raises(WorkbenchError, match="no depth-wise"):
        make_case("patch", "res8-narrow", depthwise=True)
    for architecture in ("res15", "inception_v3", "resnet50"):
        layers = build(architecture, 12).layers()
        with pytest.raises(WorkbenchError, match="no depth-wise"):
            get("patch").predicted_cost(layers, ModelPatchConfig(depthwise=True), 12)


def test_a_patch_that_cannot_learn_is_refused() -> None:
    with pytest.raises(WorkbenchError, match="Nothing would learn"):
        make_case("patch", "bcresnet1", norms="off", last=False)


def test_norms_are_listed_as_changed_where_they_learn() -> None:
    case = make_case("patch", "bcresnet1")
    train(case)
    changed = [d for d in case.method.decisions(case.model) if d.changed]
    assert {str(d.kind) for d in changed} == {"norm"}
    assert all(d.delta_norm > 0 for d in changed)
