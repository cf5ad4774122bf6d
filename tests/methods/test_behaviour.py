"""What every method must do, whatever it does: the shared behaviour suite."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file

from tests.methods.conftest import (
    CLASSES,
    PAIRS,
    REFUSED,
    TRACED,
    Case,
    force_estimated_decision,
    pair_name,
    take_steps,
    tiny_backbone,
)
from workbench.backbones.base import Backbone, LayerKind
from workbench.backbones.extend import make_room
from workbench.backbones.onnx_graph import onnx_graph
from workbench.backbones.registry import build
from workbench.errors import WorkbenchError
from workbench.methods.base import Draw
from workbench.methods.norms import norms
from workbench.methods.patch import (
    Patch,
    PatchCard,
    StoredDecision,
    apply_patch,
    read_patch,
    save_patch,
)
from workbench.methods.registry import get

MERGE_TOLERANCE = 1e-7
READING = [pair for pair in PAIRS if get(pair[0][0]).capabilities.only_reads]


def card_of(case: Case) -> PatchCard:
    return PatchCard(
        task="tiny",
        method=case.method.name,
        config=case.config.model_dump(mode="json"),
        backbone=case.loaded.card.name,
        backbone_sha256=case.loaded.card.sha256,
        classes=CLASSES,
        frontend=case.loaded.card.frontend,
        decisions=tuple(
            StoredDecision.of(decision) for decision in case.method.decisions(case.model)
        ),
        cost=case.method.cost(case.model, case.config).as_record(),
        seed=case.model.seed,
        epochs=1,
        versions={},
    )


def state_of(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


@pytest.mark.parametrize(("method", "architecture"), REFUSED)
def test_a_backbone_that_does_not_suit_is_refused_with_the_reason(
    method: str, architecture: str
) -> None:
    chosen, backbone = get(method), tiny_backbone(architecture).backbone
    config = chosen.Config()
    with pytest.raises(WorkbenchError, match=REFUSED[method, architecture]):
        chosen.attach(backbone, CLASSES, config, seed=4)
    with pytest.raises(WorkbenchError, match=REFUSED[method, architecture]):
        chosen.predicted_cost(backbone.layers(), config, len(CLASSES))


def test_starts_as_the_backbone(case: Case) -> None:
    features = case.features()
    case.model.eval()
    with torch.no_grad():
        expected = case.loaded.backbone.features(features)
        assert torch.equal(case.model.backbone.features(features), expected)


def test_leaves_the_backbone_bit_for_bit(case: Case) -> None:
    before = state_of(case.loaded.backbone)
    case.train()
    after = case.loaded.backbone.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_step_changes_only_what_the_stage_declares(case: Case) -> None:
    for stage in case.method.stages(case.model, case.config, epochs=1):
        stage.enter()
        declared = {id(parameter) for parameter in stage.configure()}
        before = state_of(case.model)
        take_steps(stage, case, 2)

        parameters = dict(case.model.named_parameters())
        frozen = [name for name, p in parameters.items() if id(p) not in declared]
        changed = [name for name in frozen if not torch.equal(parameters[name], before[name])]
        assert changed == []
        trained = [name for name, p in parameters.items() if id(p) in declared]
        assert any(not torch.equal(parameters[name], before[name]) for name in trained)
        stage.leave()


def test_sixteen_bits_train_nearly_as_thirty_two_and_are_never_kept(case: Case) -> None:
    exact = case.logits()
    losses = []
    for sixteen in (False, True):
        model = copy.deepcopy(case.model)
        model.sixteen_bits = sixteen
        stage = case.method.stages(model, case.config, epochs=1)[0]
        stage.enter()
        stage.configure()
        stage.set_training_mode()
        output = stage.step(case.batch(), Draw(torch.Generator().manual_seed(1), 0.0, (0, 0)))
        output.loss.backward()
        losses.append(float(output.target_loss))
        assert {t.dtype for t in model.state_dict().values()} <= {torch.float32, torch.int64}
        assert {p.grad.dtype for p in model.parameters() if p.grad is not None} == {torch.float32}
    assert losses[1] == pytest.approx(losses[0], rel=0.05)
    # The last layer learns from embeddings of the resting network; task adapters know 32 bits only.
    assert (losses[1] == losses[0]) == (case.method.name in ("head", "task_adapter"))
    case.model.sixteen_bits = True
    assert torch.equal(case.logits(), exact)


def test_statistics_move_exactly_when_declared(case: Case) -> None:
    before = state_of(case.loaded.backbone)
    case.train()
    after = case.model.backbone.state_dict()
    running = [name for name in before if name.endswith(("running_mean", "running_var"))]
    moved = [name for name in running if not torch.equal(before[name], after[name])]
    assert (moved == running) if case.method.capabilities.moves_statistics else (moved == [])


def test_predicted_cost_is_counted_cost(case: Case) -> None:
    """Before any policy is learned the estimate decides; with the same decision the counts must agree."""
    table = case.loaded.backbone.layers()
    predicted = case.method.predicted_cost(table, case.config, len(CLASSES))
    if case.method.capabilities.has_policy:
        force_estimated_decision(case)
    assert case.method.cost(case.model, case.config) == predicted


def test_cost_is_what_the_file_holds(case: Case, tmp_path: Path) -> None:
    case.train()
    cost = case.method.cost(case.model, case.config)
    path = tmp_path / "tiny.patch.safetensors"
    save_patch(Patch(card_of(case), case.method.patch_tensors(case.model, case.config)), path)
    stored = load_file(path)
    assert sum(t.numel() for t in stored.values()) == cost.total_params
    assert sum(t.numel() * t.element_size() for t in stored.values()) == cost.stored_bytes


def test_saved_and_loaded_gives_the_same_logits(case: Case, tmp_path: Path) -> None:
    case.train()
    path = tmp_path / "tiny.patch.safetensors"
    save_patch(Patch(card_of(case), case.method.patch_tensors(case.model, case.config)), path)
    loaded = apply_patch(read_patch(path), case.loaded)
    with torch.no_grad():
        assert torch.equal(loaded(case.features(seed=5)), case.logits())


def test_a_checkpoint_holds_all_that_the_patch_says(case: Case) -> None:
    """A run that was killed behind its last epoch ends with the same patch, card included, from its state alone."""
    case.train()
    case.logits()
    again = case.method.attach(case.loaded.backbone, CLASSES, case.config, seed=4)
    again.load_state_dict(state_of(case.model))
    wanted = case.method.patch_tensors(case.model, case.config)
    found = case.method.patch_tensors(again, case.config)
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    assert case.method.decisions(again) == case.method.decisions(case.model)


def test_merged_computes_the_same(case: Case) -> None:
    """In 64 bits, where an algebraic mistake shows and what rounding a network amplifies does not."""
    case.train()
    expected = case.logits()
    model = copy.deepcopy(case.model).double().eval()
    x = case.features(seed=5).double()
    with torch.no_grad():
        wanted = model(x)
        difference = (case.method.merged(model).double().eval()(x) - wanted).abs().max()
    assert difference <= MERGE_TOLERANCE * max(1.0, float(wanted.abs().max()))
    merged = case.method.merged(case.model).eval()
    fits = fits_the_architecture(merged, case.loaded.card.architecture)
    assert fits == case.method.is_mergeable(case.model)
    assert torch.equal(case.logits(), expected), "merging must not disturb the model"


def fits_the_architecture(merged: Backbone, architecture: str) -> bool:
    """Whether the merged tensors load into a backbone built anew, as from a folder."""
    tensors = merged.state_dict()
    plain = build(architecture, len(CLASSES))
    make_room(plain, tensors)
    return plain.state_dict().keys() == tensors.keys()


def test_multiplies_are_the_backbones_unless_declared(case: Case) -> None:
    case.train()
    cost = case.method.cost(case.model, case.config)
    if not case.method.is_mergeable(case.model):
        assert case.method.capabilities.adds_multiplies
        assert cost.multiplies > cost.backbone_multiplies
    else:
        assert cost.multiplies == cost.backbone_multiplies


@pytest.mark.parametrize("case", READING, ids=pair_name, indirect=True)
def test_what_only_reads_leaves_the_backbones_embedding(case: Case) -> None:
    case.train()
    backbone, features = case.loaded.backbone, case.features(seed=5)
    merged = case.method.merged(case.model).eval()
    with torch.no_grad():
        found = merged.features(features)[:, : backbone.embedding_width]
        assert torch.equal(found, backbone.features(features))


def test_decisions_name_every_adaptable_layer(case: Case) -> None:
    case.train()
    decisions = case.method.decisions(case.model)
    convs = [
        row.name for row in case.loaded.backbone.layers() if row.is_conv and row.group != "head"
    ]
    listed = [d for d in decisions if d.kind not in (LayerKind.NORM, LayerKind.LINEAR)]
    assert [d.name for d in listed] == convs
    assert sum(d.share for d in listed) == pytest.approx(1.0)
    assert all((d.delta_norm > 0) == d.changed for d in decisions)
    norms_changed = any(d.changed for d in decisions if d.kind is LayerKind.NORM)
    own = [
        norm for name, norm in norms(case.model.backbone) if name in case.model.pretrained_affine
    ]
    has_affine = any(norm.affine for norm in own)
    assert norms_changed == (case.method.trains_norms(case.config) and has_affine)
    allowed = case.method.may_change(case.loaded.backbone.layers(), case.config)
    changed = {d.name for d in listed if d.changed}
    assert changed <= allowed if case.method.capabilities.chooses_layers else changed == allowed


@pytest.mark.parametrize("case", TRACED, ids=pair_name, indirect=True)
def test_onnx_agrees(case: Case) -> None:
    case.train()
    expected = case.logits().numpy()
    graph = onnx_graph(case.method.merged(case.model))
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    found = session.run(None, {name: case.features(seed=5).numpy()})[0]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-4)
