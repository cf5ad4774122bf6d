"""Patches side by side give the bits that each gives alone, and count what they share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.helpers.tiny import (
    ARCHITECTURE,
    CLASSES,
    SUITED,
    spoken,
    suited,
    tiny_backbone,
    tiny_patch,
)
from tests.unit.detection.fakes import LoudnessScorer
from workbench.backbones.base import count_multiplies
from workbench.backbones.registry import LoadedBackbone
from workbench.detection.decoder import DecoderConfig
from workbench.detection.scorer import Scorer, ScorerPool
from workbench.detection.side_by_side import Sharing, SideBySide, share
from workbench.detection.stream import StreamEngine, listen_to
from workbench.methods.patch import Patch, read_patch, save_patch
from workbench.methods.registry import names

ARCHITECTURES = ("bcresnet1", "res15-narrow")


@pytest.fixture(params=ARCHITECTURES)
def loaded(request: pytest.FixtureRequest, tmp_path: Path) -> LoadedBackbone:
    return tiny_backbone(tmp_path / f"{request.param}.tiny", architecture=request.param)


def opened(folder: Path, loaded: LoadedBackbone, *patches: Path) -> list[Scorer]:
    pool = ScorerPool(str(folder / loaded.card.name))
    return [pool.open(path) for path in patches]


def windows(loaded: LoadedBackbone, count: int = 2) -> np.ndarray:
    generator = torch.Generator().manual_seed(4)
    return torch.randn(count, *loaded.backbone.input_spec.shape, generator=generator).numpy()


def same_as_alone(together: SideBySide, features: np.ndarray) -> bool:
    alone = [scorer.logits(features) for scorer in together.scorers]
    return all(map(np.array_equal, together.logits(features), alone))


def kept_below(path: Path, loaded: LoadedBackbone, first: str) -> Path:
    """A fine-tuned copy that is the backbone itself up to the layer ``first``."""
    patch = read_patch(path)
    order = [row.name for row in loaded.backbone.layers()]
    frozen = set(order[: order.index(first)])
    plain = loaded.backbone.state_dict()
    tensors = {}
    for name, tensor in patch.tensors.items():
        own = name.partition("/")[2]
        tensors[name] = plain[own].clone() if own.rpartition(".")[0] in frozen else tensor
    halved = path.with_name(f"half-{path.name}")
    save_patch(Patch(patch.card, tensors), halved)
    return halved


def test_last_layers_share_all_but_themselves(tmp_path: Path, loaded: LoadedBackbone) -> None:
    patches = [tiny_patch(tmp_path, loaded, "head", seed=seed) for seed in range(3)]
    together = share(opened(tmp_path, loaded, *patches))
    assert same_as_alone(together, windows(loaded))
    rows = loaded.backbone.layers()
    one = count_multiplies(loaded.backbone, loaded.backbone.input_spec.shape)
    assert together.sharing == Sharing(
        patches=3,
        layers=len(rows),
        shared_layers=len(rows) - 1,
        multiplies=one + 2 * rows[-1].multiplies,
        separate_multiplies=3 * one,
        one_multiplies=one,
    )
    assert together.sharing.extra_multiplies == 2 * rows[-1].multiplies


@pytest.mark.parametrize("place", [0.25, 0.5, 0.9])
def test_layers_up_to_the_first_that_differs_are_computed_once(
    tmp_path: Path, loaded: LoadedBackbone, place: float
) -> None:
    convolutions = [row for row in loaded.backbone.layers() if row.is_conv]
    first = convolutions[round(place * len(convolutions))]
    full = [tiny_patch(tmp_path, loaded, "finetune", seed=seed) for seed in range(3)]
    patches = [kept_below(path, loaded, first.name) for path in full]
    together = share(opened(tmp_path, loaded, *patches))
    assert same_as_alone(together, windows(loaded))
    rows = loaded.backbone.layers()
    before = sum(row.multiplies for row in rows[: first.index])
    found = together.sharing
    assert found.shared_layers == first.index
    assert found.separate_multiplies - found.multiplies == found.saved_multiplies == 2 * before


def test_a_moved_statistic_ends_what_is_shared(tmp_path: Path) -> None:
    """BC-ResNet has a norm behind its first convolution, Res15 behind its second; swr moves all statistics."""
    expected = {"bcresnet1": 0, "res15-narrow": 2}
    for architecture, layers in expected.items():
        folder = tmp_path / architecture
        loaded = tiny_backbone(folder / f"{architecture}.tiny", architecture=architecture)
        patches = [tiny_patch(folder, loaded, "swr", seed=seed) for seed in range(2)]
        for path in patches:
            patch = read_patch(path)
            tensors = {n: 0 * t if n.startswith("delta/") else t for n, t in patch.tensors.items()}
            save_patch(Patch(patch.card, tensors), path)
        together = share(opened(folder, loaded, *patches))
        assert together.sharing.shared_layers == layers
        assert same_as_alone(together, windows(loaded))


def test_some_may_share_more_than_all(tmp_path: Path, loaded: LoadedBackbone) -> None:
    """Two last layers share a network of which a fine-tuned copy shares the first part, and a swr patch less."""
    rows = loaded.backbone.layers()
    late = next(row for row in rows[len(rows) // 2 :] if row.is_conv)
    heads = [tiny_patch(tmp_path, loaded, "head", seed=seed) for seed in range(2)]
    half = kept_below(tiny_patch(tmp_path, loaded, "finetune"), loaded, late.name)
    pair = share(opened(tmp_path, loaded, *heads)).sharing
    trio = share(opened(tmp_path, loaded, half, *heads))
    assert same_as_alone(trio, windows(loaded))
    assert trio.sharing.shared_layers == late.index < pair.shared_layers
    before = sum(row.multiplies for row in rows[: late.index])
    assert trio.sharing.saved_multiplies == pair.saved_multiplies + before


def plain_multiplies(channels: Sequence[int], read: Sequence[int]) -> int:
    """Of five 3x3 convolutions on 96 x 64 values, each halved twice behind it, and of the embedding behind them."""
    places = [96 * 64 // 4**i for i in range(5)]
    layers = zip(channels[:5], read[:5], places, strict=True)
    return sum(9 * out * into * at for out, into, at in layers) + channels[5] * read[5]


def test_task_adapters_compute_their_encoder_once(tmp_path: Path) -> None:
    """Widths by hand: the plain block of 6 to 96 channels; an adapter reads it, and its own channels before."""
    loaded = tiny_backbone(tmp_path / "audio.tiny", architecture="audio_encoder_small")
    shared = (6, 12, 24, 48, 96)
    own = {0.1: (1, 1, 2, 4, 9, 9), 0.2: (1, 2, 4, 9, 19, 19), 0.4: (2, 4, 9, 19, 38, 38)}
    patches = [
        tiny_patch(tmp_path, loaded, "task_adapter", seed=seed, width=width)
        for seed, width in enumerate(own)
    ]
    together = share(opened(tmp_path, loaded, *patches))
    for count in (1, 3, 20):
        assert same_as_alone(together, windows(loaded, count))
    encoder = plain_multiplies((*shared, 96), (1, *shared))
    beside = [
        plain_multiplies(w, (1, *map(sum, zip(shared, w[:5], strict=True))))
        + len(CLASSES) * (96 + w[5])
        for w in own.values()
    ]
    assert together.sharing == Sharing(
        patches=3,
        layers=5 + 5 + 1 + 5 + 5 + 1 + 1,
        shared_layers=5 + 5 + 1,
        multiplies=encoder + sum(beside),
        separate_multiplies=3 * encoder + sum(beside),
        one_multiplies=encoder + beside[0],
    )


@pytest.mark.parametrize("architecture", ["audio_encoder", "audio_encoder_plain"])
def test_a_last_layer_shares_the_encoder_with_task_adapters(
    tmp_path: Path, architecture: str
) -> None:
    loaded = tiny_backbone(tmp_path / "audio.tiny", architecture=architecture)
    methods = ("head", "task_adapter", "task_adapter")
    patches = [tiny_patch(tmp_path, loaded, name, seed=s) for s, name in enumerate(methods)]
    scorers = opened(tmp_path, loaded, *patches)
    together = share([*scorers, scorers[1]])
    for count in (1, 3):
        assert same_as_alone(together, windows(loaded, count))
    rows = loaded.backbone.layers()
    encoder = sum(row.multiplies for row in rows[:-1])
    head, one, other = (int(read_patch(path).card.cost["multiplies"]) for path in patches)
    assert together.sharing.shared_layers == len(rows) - 1
    assert together.sharing.multiplies == head + (one - encoder) + (other - encoder)
    assert together.sharing.separate_multiplies == head + 2 * one + other


@pytest.mark.parametrize("architecture", [*ARCHITECTURES, SUITED["task_adapter"]])
def test_all_methods_side_by_side_score_as_alone(tmp_path: Path, architecture: str) -> None:
    """Those in torch among them, twice each, in any batch."""
    loaded = tiny_backbone(tmp_path / f"{architecture}.tiny", architecture=architecture)
    able = [name for name in names() if suited(name) in (ARCHITECTURE, architecture)]
    patches = [tiny_patch(tmp_path, loaded, name, seed=s) for name in able for s in range(2)]
    together = share(opened(tmp_path, loaded, *patches))
    for count in (1, 3, 20):
        assert same_as_alone(together, windows(loaded, count))
    found = together.sharing
    assert found.multiplies < found.separate_multiplies
    assert found.separate_multiplies == sum(
        int(read_patch(path).card.cost["multiplies"]) for path in patches
    )


def test_the_same_patch_twice_costs_once(tmp_path: Path) -> None:
    loaded = tiny_backbone(tmp_path / "bcresnet1.tiny")
    path = tiny_patch(tmp_path, loaded, "swr")
    pool = ScorerPool(str(tmp_path / "bcresnet1.tiny"))
    together = share([pool.open(path, "one"), pool.open(path, "two")])
    assert same_as_alone(together, windows(loaded))
    assert together.sharing.multiplies == together.sharing.one_multiplies


def test_one_patch_or_none_shares_nothing(tmp_path: Path) -> None:
    assert share([]).sharing == Sharing(0, 0, 0, 0, 0, 0)
    loaded = tiny_backbone(tmp_path / "bcresnet1.tiny")
    together = share(opened(tmp_path, loaded, tiny_patch(tmp_path, loaded, "swr")))
    assert together.sharing.saved_multiplies == together.sharing.shared_layers == 0
    assert same_as_alone(together, windows(loaded))


def test_a_stream_hears_the_same_side_by_side(tmp_path: Path) -> None:
    loaded = tiny_backbone(tmp_path / "bcresnet1.tiny")
    paths = [tiny_patch(tmp_path, loaded, name) for name in ("head", "swr")]
    paths.append(tiny_patch(tmp_path, loaded, "head", seed=1))
    scorers = opened(tmp_path, loaded, *paths)
    samples, _ = spoken(("go", "stop"), pause_s=0.3)
    config = DecoderConfig(threshold=0.3, smoothing_ms=160)
    frontend = loaded.card.frontend
    one_by_one = tuple(listen_to(samples, StreamEngine(scorers, frontend, config)))
    together = tuple(listen_to(samples, StreamEngine(share(scorers), frontend, config)))
    assert together == one_by_one
    assert scorers[0].classes == CLASSES


def test_a_stream_keeps_its_state_when_sharing_is_found(tmp_path: Path) -> None:
    scorers = [LoudnessScorer("one"), LoudnessScorer("two", 2.0)]
    engine = StreamEngine(scorers, scorers[0].frontend, DecoderConfig())
    before = dict(engine._decoders)
    engine.use(share(scorers), DecoderConfig())
    assert engine._decoders == before
