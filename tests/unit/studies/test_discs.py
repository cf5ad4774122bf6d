"""The task in the plane: what may change, what must not, and what is reached."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from workbench.cancel import Cancelled, CancelToken
from workbench.studies import discs
from workbench.studies.disc_network import DiscNetworks, trained_names
from workbench.studies.disc_task import (
    DiscConfig,
    Labelling,
    Looked,
    Mode,
    StageStarted,
    grid_points,
    labels,
)

QUICK = replace(DiscConfig(), first_steps=3, steps=4, points=40, grid=8)
LAYERS = [f"below.{number}" for number in range(5)]
BIASES = {f"{layer}.bias" for layer in LAYERS}
SCALES = {f"{layer}.scale" for layer in LAYERS}
LAST = {"logits.weight", "logits.bias"}
MAY_CHANGE = {
    Mode.BIASES: BIASES,
    Mode.SCALES: SCALES,
    Mode.BOTH: BIASES | SCALES,
    Mode.BOTH_AND_LOGITS: BIASES | SCALES | LAST,
    Mode.LOGITS: LAST,
}


def networks(width: int = 2, seed: int = 0) -> DiscNetworks:
    return DiscNetworks(width, torch.Generator().manual_seed(seed))


def train(made: DiscNetworks, modes: tuple[Mode, ...], config: DiscConfig) -> None:
    points = 2 * torch.rand((config.points, 2), generator=torch.Generator().manual_seed(1)) - 1
    for _ in discs.learn(made, Labelling.TWO_DISCS, modes, points, config, CancelToken()):
        pass


@pytest.mark.parametrize(("width", "total"), [(2, 600), (4, 622), (8, 666)])
def test_the_network_has_the_paper_s_number_of_parameters(width: int, total: int) -> None:
    made = networks(width)
    assert made.numbers() == total
    made.multiply(5)
    assert made.numbers() == total


@pytest.mark.parametrize(("width", "numbers"), [(2, 50), (4, 52), (8, 56)])
def test_each_mode_counts_what_it_may_change(width: int, numbers: int) -> None:
    config = replace(QUICK, width=width)
    first, second = (
        event for event in discs.run(config, CancelToken()) if isinstance(event, StageStarted)
    )
    last = 2 * width + 2
    assert first == StageStarted((), (first.total,), first.total)
    assert second.trained == (numbers, numbers, 2 * numbers, 2 * numbers + last, last)


def test_exactly_the_named_tensors_of_each_copy_move() -> None:
    made = networks()
    made.multiply(len(Mode))
    before = {name: tensor.detach().clone() for name, tensor in made.named_parameters()}
    train(made, tuple(Mode), QUICK)
    for copy, mode in enumerate(Mode):
        moved = {
            name
            for name, tensor in made.named_parameters()
            if not torch.equal(tensor[copy], before[name][copy])
        }
        assert moved == MAY_CHANGE[mode] == trained_names(made, mode)


def test_the_first_labelling_moves_weights_and_biases_but_no_scale() -> None:
    made = networks()
    before = {name: tensor.detach().clone() for name, tensor in made.named_parameters()}
    train(made, (), QUICK)
    for name, tensor in made.named_parameters():
        assert torch.equal(tensor, before[name]) == name.endswith("scale")


@pytest.mark.parametrize("mode", list(Mode))
def test_a_copy_learns_as_it_would_alone(mode: Mode) -> None:
    """Against plain layers of torch, trained by an Adam that knows only the named tensors."""
    together = networks()
    together.multiply(len(Mode))
    train(together, tuple(Mode), QUICK)
    alone = networks()
    parts = [*alone.below, alone.logits]
    points = 2 * torch.rand((QUICK.points, 2), generator=torch.Generator().manual_seed(1)) - 1
    inside = torch.from_numpy(labels(Labelling.TWO_DISCS, points.numpy()))
    targets = torch.stack([~inside, inside], dim=1).float()
    optimizer = torch.optim.Adam(
        [alone.get_parameter(name) for name in sorted(MAY_CHANGE[mode])], lr=QUICK.rate
    )
    cooling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, QUICK.steps)
    for _ in range(QUICK.steps):
        x = points
        for part in parts[:-2]:
            x = torch.relu(plain(part, x))
        loss = nn.BCEWithLogitsLoss()(plain(parts[-1], plain(parts[-2], x)), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        cooling.step()
    place = list(Mode).index(mode)
    for name, tensor in alone.named_parameters():
        copy = together.get_parameter(name)[place]
        torch.testing.assert_close(copy, tensor[0], rtol=1e-3, atol=1e-5)


def plain(part: nn.Module, x: torch.Tensor) -> torch.Tensor:
    weight, scale, bias = (part.get_parameter(name)[0] for name in ("weight", "scale", "bias"))
    return scale * nn.functional.linear(x, weight) + bias


def test_equal_settings_give_equal_events_and_another_seed_others() -> None:
    def last_map(seed: int) -> np.ndarray:
        *_, last = discs.run(replace(QUICK, seed=seed), CancelToken())
        assert isinstance(last, Looked)
        return last.views[0].inside

    assert np.array_equal(last_map(3), last_map(3))
    assert not np.array_equal(last_map(3), last_map(4))


def test_from_random_weights_nothing_is_learned_before() -> None:
    events = list(discs.run(replace(QUICK, pretrained=False), CancelToken()))
    assert [event.modes for event in events if isinstance(event, StageStarted)] == [tuple(Mode)]


def test_a_stop_ends_the_study_at_the_next_step() -> None:
    token = CancelToken()
    study = discs.run(DiscConfig(), token)
    next(study)
    token.stop()
    with pytest.raises(Cancelled):
        next(study)


@pytest.mark.parametrize("labelling", list(Labelling))
def test_outside_is_the_larger_class_and_never_by_much(labelling: Labelling) -> None:
    assert labels(labelling, grid_points(200)).mean() == pytest.approx(0.36, abs=0.01)


def test_the_map_s_first_row_lies_at_the_bottom() -> None:
    points = grid_points(4)
    assert points[0].tolist() == [-0.75, -0.75]
    assert points[1].tolist() == [-0.25, -0.75]
    assert points[-1].tolist() == [0.75, 0.75]


@given(
    st.integers(0, 50),
    st.sampled_from((2, 4, 8)),
    st.tuples(*[st.floats(-1, 1)] * 4),
    st.floats(0, 1),
)
def test_the_last_layer_gives_the_points_between_two_of_one_class_their_class(
    seed: int, width: int, ends: tuple[float, ...], share: float
) -> None:
    made = networks(width, seed).double()
    with torch.no_grad():
        pair = made.embed(torch.tensor(ends, dtype=torch.float64).view(2, 2))[0]
        between = (1 - share) * pair[0] + share * pair[1]
        margins = [
            float(logits[1] - logits[0])
            for logits in made.logits(torch.stack([*pair, between])[None])[0]
        ]
    first, second, middle = margins
    assert min(first, second) - 1e-9 <= middle <= max(first, second) + 1e-9


@pytest.mark.recipe
@pytest.mark.parametrize(("width", "most"), [(2, 0.75), (4, 0.90), (8, 0.92)])
def test_biases_and_scales_succeed_where_the_last_layer_fails(width: int, most: float) -> None:
    """Measured over six seeds: 96 to 98 % for C and D; E 51 to 68, 59 to 85 and 66 to 88 %."""
    *_, last = discs.run(replace(DiscConfig(), width=width), CancelToken())
    assert isinstance(last, Looked)
    reached = dict(zip(Mode, (view.accuracy for view in last.views), strict=True))
    assert reached[Mode.BOTH] > 0.94
    assert reached[Mode.BOTH_AND_LOGITS] > 0.94
    assert reached[Mode.LOGITS] < most
