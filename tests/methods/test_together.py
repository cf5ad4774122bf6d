"""Patches trained together (methods.md 8.5, 8.6, 8.8, 12.12): what is shared, what is private, and how much of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.methods.conftest import TINY_BACKBONES, tiny_backbone
from workbench.backbones.base import LayerKind
from workbench.backbones.registry import LoadedBackbone, build, load_backbone, save_backbone
from workbench.errors import WorkbenchError
from workbench.methods.base import Batch, Draw, MethodConfig
from workbench.methods.ledger import together
from workbench.methods.patch import Patch, PatchCard, apply_patch
from workbench.methods.registry import AnySeveralMethod, get_several
from workbench.methods.several import SeveralStage, TaskClasses
from workbench.methods.together.mixed import through
from workbench.methods.together.tied import TiedModel

TASKS = (
    TaskClasses("numbers", ("_unknown_", "eins", "zwei", "drei")),
    TaskClasses("colours", ("rot", "blau")),
)
BATCH = 6
SETTINGS: list[tuple[str, dict[str, object]]] = [
    ("patches_together", {}),
    ("patches_together", {"weights": "keep"}),
    ("multi_head", {}),
    ("multi_head", {"encoder": "keep"}),
]


@dataclass(frozen=True)
class Together:
    """A method attached to a tiny backbone for both tasks."""

    method: AnySeveralMethod
    config: MethodConfig
    loaded: LoadedBackbone
    model: TiedModel

    def stage(self) -> SeveralStage:
        (stage,) = self.method.stages(self.model, self.config, epochs=1)
        return stage

    def logits(self, task: int) -> Tensor:
        self.model.eval()
        with torch.no_grad():
            return self.model.logits(self.features(9), task)

    def features(self, seed: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        return torch.randn(BATCH, *self.loaded.backbone.input_spec.shape, generator=generator)

    def batches(self, seed: int) -> list[Batch]:
        return [
            Batch(torch.arange(BATCH) % len(t.classes), lambda s=seed + i: self.features(s))
            for i, t in enumerate(self.model.tasks)
        ]

    def train(self, rounds: int = 2) -> None:
        """Rounds in which every task has its turn."""
        stage = self.stage()
        optimizer = torch.optim.Adam(stage.configure(), 1e-2)
        stage.set_training_mode()
        for i in range(rounds):
            draw = Draw(torch.Generator(), i / rounds, (0, i))
            for turn in stage.turns(self.batches(10 * i), draw):
                optimizer.zero_grad(set_to_none=True)
                turn.loss.backward()
                optimizer.step()

    def train_second_task(self, steps: int = 2) -> None:
        """Steps of the second task, while the first is not looked at."""
        stage = self.stage()
        optimizer = torch.optim.Adam(stage.configure(), 1e-2)
        stage.set_training_mode()
        for i in range(steps):
            batch = self.batches(10 * i)[1]
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(self.model.logits(batch.features, 1), batch.labels).backward()
            optimizer.step()

    def base(self) -> LoadedBackbone:
        """The backbone that the patches belong to, as it would be after saving and loading."""
        shared = self.method.shared(self.model, self.config)
        if shared is None:
            return self.loaded
        card = self.loaded.card.model_copy(update={"sha256": "f" * 64})
        return LoadedBackbone(shared.eval(), card)

    def patches(self) -> list[Patch]:
        base = self.base()
        found = zip(self.model.tasks, self.method.patches(self.model, self.config), strict=True)
        return [
            Patch(
                PatchCard(
                    task=task.name,
                    method=patch.method,
                    config=patch.config.model_dump(mode="json"),
                    backbone=base.card.name,
                    backbone_sha256=base.card.sha256,
                    classes=task.classes,
                    frontend=base.card.frontend,
                    decisions=(),
                    cost={},
                    seed=0,
                    epochs=1,
                    versions={},
                ),
                dict(patch.tensors),
            )
            for task, patch in found
        ]


def make(
    method: str,
    architecture: str = "bcresnet1",
    tasks: Sequence[TaskClasses] = TASKS,
    **settings: object,
) -> Together:
    chosen = get_several(method)
    config = chosen.Config.model_validate(settings)
    loaded = tiny_backbone(architecture)
    model = chosen.attach(loaded.backbone, tasks, config, seed=4)
    assert isinstance(model, TiedModel)
    return Together(chosen, config, loaded, model)


WITH_NORMS = [name for name in TINY_BACKBONES if name != "lenet5_small"]
CASES = [
    (*s, a) for s in SETTINGS for a in (TINY_BACKBONES if s[0] == "multi_head" else WITH_NORMS)
]


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> Together:
    method, settings, architecture = request.param
    return make(method, architecture, **settings)


def state_of(module: torch.nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def test_starts_as_the_backbone_for_every_task(case: Together) -> None:
    features = case.features(3)
    with torch.no_grad():
        expected = case.loaded.backbone.features(features)
        for task in range(2):
            found = case.model.network(task).backbone.eval().features(features)
            assert torch.equal(found, expected)


def test_leaves_the_backbone_bit_for_bit(case: Together) -> None:
    before = state_of(case.loaded.backbone)
    case.train()
    after = case.loaded.backbone.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize(
    ("architecture", "depthwise"),
    [*((name, False) for name in WITH_NORMS), ("bcresnet1", True)],
)
def test_exactly_norms_and_last_layer_are_private(architecture: str, depthwise: bool) -> None:
    case = make("patches_together", architecture, depthwise=depthwise)
    one, other = (dict(case.model.network(t).backbone.named_modules()) for t in range(2))
    leaves = [name for name, module in one.items() if not list(module.children())]
    private = {name for name in leaves if one[name] is not other[name]}
    rows = case.loaded.backbone.layers()
    expected = {row.name for row in rows if row.kind == "norm" or row.group == "head"}
    if depthwise:
        expected |= {row.name for row in rows if row.kind == "depthwise"}
    assert private == expected


@pytest.mark.parametrize("architecture", WITH_NORMS)
def test_shared_weights_learn_from_every_task_and_private_ones_from_their_own(
    architecture: str,
) -> None:
    case = make("patches_together", architecture)
    stage = case.stage()
    learned = {id(parameter) for parameter in stage.configure()}
    stage.set_training_mode()
    parameters = dict(case.model.named_parameters())
    assert learned == {id(parameter) for parameter in parameters.values()}
    seen = []
    for turn in stage.turns(case.batches(1), Draw(torch.Generator(), 0.0, (0, 0))):
        case.model.zero_grad(set_to_none=True)
        turn.loss.backward()
        seen.append({n for n, p in parameters.items() if p.grad is not None and p.grad.any()})
    shared = {
        f"networks.0.backbone.{row.name}.{leaf}"
        for row in case.loaded.backbone.layers()
        if row.kind is not LayerKind.NORM and row.group != "head"
        for leaf, _ in case.loaded.backbone.get_submodule(row.name).named_parameters()
    }
    assert seen[0] & seen[1] == shared
    assert seen[0] - shared == {n for n in parameters if n.startswith("networks.0.")} - shared
    assert seen[1] - shared == {n for n in parameters if n.startswith("networks.1.")}


def test_turns_of_one_task_leave_the_other_bit_for_bit_where_weights_are_kept() -> None:
    case = make("patches_together", weights="keep")
    case.train()
    wanted, state = case.logits(0), state_of(case.model.network(0))
    other = case.logits(1)
    case.train_second_task()
    assert torch.equal(case.logits(0), wanted)
    after = case.model.network(0).state_dict()
    assert all(torch.equal(state[name], after[name]) for name in state)
    assert not torch.equal(case.logits(1), other)


def test_statistics_of_one_task_stay_where_weights_learn() -> None:
    case = make("patches_together")
    before = state_of(case.model.network(0))
    case.train_second_task()
    after = case.model.network(0).state_dict()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved == {
        f"backbone.{row.name}.weight"
        for row in case.loaded.backbone.layers()
        if row.is_conv and row.group != "head"
    }


def test_a_kept_encoder_is_not_touched_at_all() -> None:
    case = make("multi_head", encoder="keep")
    before = state_of(case.model.network(0).backbone)
    case.train()
    after = case.model.network(0).backbone.state_dict()
    assert {n for n in before if not torch.equal(before[n], after[n])} == {
        "classifier.5.weight",
        "classifier.5.bias",
    }


def test_norms_of_a_learning_encoder_see_the_mix_of_tasks_that_they_serve() -> None:
    """Batches of one size pass together: the statistics are those of all clips, not of the last task's."""
    case = make("multi_head")
    stage = case.stage()
    stage.configure()
    stage.set_training_mode()
    name, norm = next(
        (n, m) for n, m in case.model.network(0).named_modules() if isinstance(m, nn.BatchNorm2d)
    )
    seen: list[Tensor] = []
    norm.register_forward_hook(lambda module, given, result: seen.append(given[0].detach()))
    quiet, loud = case.batches(3)
    loud = Batch(loud.labels, lambda: 5 * case.features(4) + 2)
    before = norm.running_mean.clone()
    (turn,) = stage.turns([quiet, loud], Draw(torch.Generator(), 0.0, (0, 0)))
    assert [len(x) for x in seen] == [2 * BATCH], name
    mean = seen[0].mean(dim=(0, 2, 3))
    torch.testing.assert_close(norm.running_mean, 0.9 * before + 0.1 * mean)
    assert [part.task for part in turn.tasks] == [0, 1]
    losses = torch.stack([part.loss for part in turn.tasks])
    torch.testing.assert_close(turn.loss.detach(), losses.sum())


def test_tasks_of_other_sizes_pass_on_their_own_and_come_back_in_order() -> None:
    def sums(x: Tensor) -> tuple[Tensor, Tensor]:
        return x.sum(dim=(1, 2)), x[:, 0, 0] * len(x)

    batches = [torch.rand(3, 2, 4), torch.rand(2, 2, 5), torch.rand(4, 2, 4)]
    for batch, (total, times) in zip(batches, through(sums, batches), strict=True):
        torch.testing.assert_close(total, batch.sum(dim=(1, 2)))
        passed = 2 if batch.shape[2] == 5 else 7
        torch.testing.assert_close(times, batch[:, 0, 0] * passed)


def test_patches_on_the_trained_backbone_give_the_same_logits(case: Together) -> None:
    case.train()
    base = case.base()
    for task, patch in enumerate(case.patches()):
        with torch.no_grad():
            found = apply_patch(patch, base)(case.features(9))
        assert torch.equal(found, case.logits(task))


@pytest.mark.parametrize("architecture", WITH_NORMS)
def test_the_trained_backbone_reads_back_from_its_folder(architecture: str, tmp_path: Path) -> None:
    """Also where the norms were given a scale and shift that the plain architecture lacks."""
    case = make("patches_together", architecture)
    case.train()
    card = case.base().card.model_copy(update={"labels": TASKS[0].classes})
    card = save_backbone(case.base().backbone, card, tmp_path)
    loaded = load_backbone(tmp_path)
    for task, patch in enumerate(case.patches()):
        own = patch.card.model_copy(update={"backbone_sha256": card.sha256})
        with torch.no_grad():
            found = apply_patch(Patch(own, patch.tensors), loaded)(case.features(9))
        assert torch.equal(found, case.logits(task))


def test_without_a_patch_the_trained_backbone_serves_the_first_task(case: Together) -> None:
    case.train()
    shared = case.method.shared(case.model, case.config)
    if shared is not None:
        with torch.no_grad():
            assert torch.equal(shared.eval()(case.features(9)), case.logits(0))


def test_a_network_without_norms_has_nothing_private_to_patch() -> None:
    with pytest.raises(WorkbenchError, match="no norms"):
        make("patches_together", "lenet5_small")


def test_variants_of_one_task_may_share_everything() -> None:
    with pytest.raises(WorkbenchError, match="other classes"):
        make("multi_head", shared_last=True)
    variants = [dataclasses.replace(TASKS[0], name=name) for name in ("fine", "coarse")]
    case = make("multi_head", tasks=variants, shared_last=True)
    case.train()
    assert torch.equal(case.logits(0), case.logits(1))
    one, other = (patch.tensors for patch in case.patches())
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_shared_last_layer_is_for_equal_classes() -> None:
    with pytest.raises(WorkbenchError, match="other classes"):
        make("patches_together", shared_last=True)
    variants = [dataclasses.replace(TASKS[0], name=name) for name in ("fine", "coarse")]
    case = make("patches_together", tasks=variants, shared_last=True)
    one, other = (case.model.network(task).backbone.head_layer for task in range(2))
    assert one is other
    case.train()
    heads = [patch.tensors["head/weight"] for patch in case.patches()]
    assert torch.equal(*heads)


@pytest.mark.parametrize(
    ("architecture", "classes", "shared_last", "params", "independent"),
    [
        # 298,656 in convolutions, 19,328 in scale and shift, 257 a class in the last layer (methods.md 3.1, 12.1).
        ("bcresnet8", (12, 12), False, 298_656 + 2 * 19_328 + 2 * 3_084, 2 * 321_068),
        ("bcresnet8", (12, 40), False, 298_656 + 2 * 19_328 + 52 * 257, 2 * 317_984 + 52 * 257),
        ("bcresnet8", (12,) * 5, True, 298_656 + 5 * 19_328 + 3_084, 5 * 321_068),
        # 237,882 with 12 classes; scale and shift are added (methods.md 8.1) and belong to the tasks.
        ("res15", (12, 12), False, 237_330 + 2 * 1_170 + 2 * 552, 2 * (237_882 + 1_170)),
    ],
)
def test_totals_follow_the_papers_formula(
    architecture: str, classes: tuple[int, ...], shared_last: bool, params: int, independent: int
) -> None:
    """Shared weights once, and K times scale, shift and last layer (methods.md 8.5 and 8.6)."""
    tasks = [
        TaskClasses(f"task {i}", tuple(f"w{c}" for c in range(n))) for i, n in enumerate(classes)
    ]
    method = get_several("patches_together")
    config = method.Config.model_validate({"shared_last": shared_last})
    model = method.attach(build(architecture, 12), tasks, config, 0)
    assert sum(parameter.numel() for parameter in model.parameters()) == params
    assert (
        sum(p.numel() for t in range(len(tasks)) for p in model.networks[t].parameters())
        == independent
    )


@pytest.mark.parametrize(
    ("settings", "own_sets"), [({}, 2), ({"weights": "keep"}, 2), ({"shared_last": True}, 2)]
)
def test_the_ledger_counts_what_the_network_holds(
    settings: dict[str, object], own_sets: int
) -> None:
    tasks = [dataclasses.replace(TASKS[0], name=name) for name in ("fine", "coarse")]
    case = make("patches_together", tasks=tasks, **settings)
    case.train()
    found = together(case.base().backbone, case.patches())
    assert found.params == sum(parameter.numel() for parameter in case.model.parameters())
    statistics = sum(row.statistics for row in case.loaded.backbone.layers())
    assert found.stats == own_sets * statistics == found.independent_stats


def test_the_ledger_counts_a_shared_encoder_once() -> None:
    case = make("multi_head")
    case.train()
    found = together(case.base().backbone, case.patches())
    assert found.params == sum(parameter.numel() for parameter in case.model.parameters())
    assert 2 * found.stats == found.independent_stats
