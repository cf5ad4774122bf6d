"""Task adapters of several tasks (methods.md 6, 12.10): independent tasks on an encoder that is computed once."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from tests.methods.conftest import tiny_backbone
from workbench.errors import WorkbenchError
from workbench.methods.base import Batch, Draw
from workbench.methods.registry import get, get_several
from workbench.methods.several import SeveralStage, TaskClasses
from workbench.methods.task_adapter.together import TaskAdaptersModel, TaskAdaptersTogetherConfig

ARCHITECTURE = "audio_encoder_small"
TASKS = (TaskClasses("words", ("a", "b", "c")), TaskClasses("sounds", ("d", "e")))
SIZES = (5, 3)
TOLERANCE = 1e-5


def attached(**settings: object) -> tuple[TaskAdaptersModel, SeveralStage, object]:
    method = get_several("task_adapters_together")
    config = method.Config.model_validate(settings)
    model = method.attach(tiny_backbone(ARCHITECTURE).backbone, TASKS, config, seed=4)
    (stage,) = method.stages(model, config, epochs=1)
    return model, stage, config


def inputs(task: int, seed: int) -> Tensor:
    shape = tiny_backbone(ARCHITECTURE).backbone.input_spec.shape
    generator = torch.Generator().manual_seed(100 * task + seed)
    return torch.randn(SIZES[task], *shape, generator=generator)


def batches(seed: int) -> list[Batch]:
    def batch(task: int) -> Batch:
        labels = torch.arange(SIZES[task]) % len(TASKS[task].classes)
        return Batch(labels, lambda: inputs(task, seed))

    return [batch(task) for task in range(len(TASKS))]


def train(stage: SeveralStage, steps: int = 3) -> None:
    optimizer = torch.optim.Adam(stage.configure(), 1e-2)
    stage.set_training_mode()
    for step in range(steps):
        for turn in stage.turns(batches(step), Draw(torch.Generator(), step / steps, (0, step))):
            optimizer.zero_grad(set_to_none=True)
            turn.loss.backward()
            optimizer.step()


def state(module: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def same(one: dict[str, Tensor], two: dict[str, Tensor]) -> bool:
    return all(torch.equal(one[name], two[name]) for name in one)


def test_closing_one_tasks_gates_leaves_the_others_cost() -> None:
    """As printed, equation 6 would price a task by the gates of the one before it."""
    model, stage, _ = attached()
    before = stage.gates()
    assert before is not None
    with torch.no_grad():
        for logits in model.adapter(0).logits:
            logits.fill_(-1.0)
    after = stage.gates()
    assert after is not None
    assert (before.costs[0] > 0) and (after.costs[0] == 0)
    assert after.costs[1] == before.costs[1]


def test_a_tasks_price_has_no_gradient_for_anothers_gates() -> None:
    model, _, _ = attached()
    model.adapter(1).cost("thousand parameters").backward()
    assert all(logits.grad is None for logits in model.adapter(0).logits)
    assert all(logits.grad is not None for logits in model.adapter(1).logits)


@pytest.mark.parametrize("encoder", ["learn", "keep"])
def test_one_task_alone_is_that_task_among_all(encoder: str) -> None:
    model, stage, _ = attached(encoder=encoder)
    train(stage)
    stage.leave()
    model.eval()
    x = inputs(0, 9)
    with torch.no_grad():
        together = model.logits_of(x, [0, 1])
        assert all(torch.equal(model.logits(x, task), together[task]) for task in (0, 1))
        assert torch.equal(model.logits_of(x, [1])[0], together[1])


def test_the_encoder_is_computed_once_for_all_clips_and_each_adapter_on_its_own() -> None:
    model, stage, _ = attached()
    seen: dict[str, list[int]] = {"encoder": [], "first": [], "second": []}

    def watch(name: str, layer: nn.Module) -> None:
        layer.register_forward_hook(lambda _, x, __: seen[name].append(len(x[0])))

    watch("encoder", model.encoder.encode[0])
    watch("first", model.adapter(0).narrow.encode["0"])
    watch("second", model.adapter(1).narrow.encode["0"])
    train(stage, steps=1)
    assert seen == {"encoder": [sum(SIZES)], "first": [SIZES[0]], "second": [SIZES[1]]}


@pytest.mark.parametrize("encoder", ["learn", "keep"])
def test_only_what_the_mode_allows_changes(encoder: str) -> None:
    model, stage, _ = attached(encoder=encoder)
    before = state(model.encoder)
    train(stage)
    body = {n: t for n, t in before.items() if not n.startswith("classifier")}
    after = state(model.encoder)
    moved = [name for name in body if not torch.equal(after[name], body[name])]
    assert moved == ([] if encoder == "keep" else list(body))
    assert torch.equal(after["classifier.weight"], before["classifier.weight"])


def test_the_loss_is_the_sum_over_tasks_of_both_terms() -> None:
    model, stage, config = attached(price=0.5)
    assert isinstance(config, TaskAdaptersTogetherConfig)
    stage.configure()
    stage.set_training_mode()
    (turn,) = stage.turns(batches(1), Draw(torch.Generator(), 0.0, (0, 0)))
    costs = [float(model.adapter(t).cost(config.unit).detach()) for t in (0, 1)]
    wanted = sum(float(part.loss) for part in turn.tasks) + 0.5 * sum(costs)
    assert float(turn.loss.detach()) == pytest.approx(wanted, rel=1e-5)
    assert [len(part.logits) for part in turn.tasks] == list(SIZES)


@pytest.mark.parametrize("encoder", ["learn", "keep"])
def test_each_patch_gives_its_task_alone(encoder: str) -> None:
    model, stage, config = attached(encoder=encoder)
    train(stage)
    stage.leave()
    model.eval()
    several, single = get_several("task_adapters_together"), get("task_adapter")
    loaded = tiny_backbone(ARCHITECTURE)
    base = several.shared(model, config) or loaded.backbone
    assert (base is loaded.backbone) == (encoder == "keep")
    for task, patch in enumerate(several.patches(model, config)):
        assert patch.method == "task_adapter"
        alone = single.attach(base, TASKS[task].classes, patch.config, seed=0)
        single.make_room(alone, patch.tensors)
        single.load(alone, patch.tensors)
        alone.eval()
        x = inputs(task, 7)
        with torch.no_grad():
            torch.testing.assert_close(
                alone(x), model.logits(x, task), atol=TOLERANCE, rtol=TOLERANCE
            )


def test_by_itself_the_trained_encoder_serves_the_first_task() -> None:
    model, stage, config = attached()
    train(stage)
    network = get_several("task_adapters_together").shared(model, config)
    assert network is not None
    assert torch.equal(network.head_layer.weight, model.head(0).weight)
    assert network.classes == len(TASKS[0].classes)


def test_a_resumed_run_has_the_same_gates_and_patches() -> None:
    model, stage, config = attached()
    train(stage)
    stage.leave()
    again, other, _ = attached()
    again.load_state_dict(state(model))
    assert other.gates() == stage.gates()
    several = get_several("task_adapters_together")
    pairs = zip(several.patches(model, config), several.patches(again, config), strict=True)
    assert all(same(dict(a.tensors), dict(b.tensors)) for a, b in pairs)


def test_the_gate_map_holds_every_gate_of_every_task() -> None:
    model, stage, _ = attached(price=0.25, unit="million FLOPs")
    with torch.no_grad():
        model.adapter(1).logits[2].copy_(torch.tensor([-1.0, -0.25, 0.25, 1.0]))
    gates = stage.gates()
    assert gates is not None
    assert gates.layers == ("encode.0", "encode.1", "encode.2", "encode.3", "encode.4", "embed")
    assert [[len(layer) for layer in task] for task in gates.openings] == [[1, 2, 4, 9, 19, 19]] * 2
    assert gates.openings[1][2] == (0.0, 0.25, 0.75, 1.0)
    assert (gates.price, gates.unit, gates.slope) == (0.25, "million FLOPs", 1.0)


def test_other_backbones_are_refused() -> None:
    method = get_several("task_adapters_together")
    with pytest.raises(WorkbenchError, match="audio encoder"):
        method.attach(tiny_backbone("bcresnet1").backbone, TASKS, method.Config(), seed=0)


def test_apart_from_the_encoder_its_settings_are_those_of_one_task() -> None:
    config = TaskAdaptersTogetherConfig(width=0.3, price=1.0, unit="million FLOPs", encoder="keep")
    single = config.of_one_task()
    assert (single.width, single.price, single.unit) == (0.3, 1.0, "million FLOPs")
