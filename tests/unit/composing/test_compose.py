"""Composed classifiers through the real forward: no word depends on the others, to the last bit."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.tiny import tiny_backbone
from tests.unit.composing.conftest import random_head
from workbench.backbones.head_rows import rows_apart
from workbench.backbones.onnx_graph import INPUT, OUTPUT, running_graph
from workbench.backbones.registry import LoadedBackbone
from workbench.composing.compose import can_reject, compose
from workbench.composing.keyword import KeywordHead
from workbench.composing.losses import Loss
from workbench.errors import WorkbenchError
from workbench.methods.patch import SUFFIX, apply_patch, read_patch, save_patch
from workbench.methods.registry import get

WORDS = tuple(f"word {i}" for i in range(41))


def heads_of(loaded: LoadedBackbone, words: tuple[str, ...] = WORDS) -> list[KeywordHead]:
    return [random_head(loaded, word) for word in words]


def inputs(loaded: LoadedBackbone, clips: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(clips)
    return torch.randn(clips, *loaded.backbone.input_spec.shape, generator=generator)


@torch.no_grad()
def logits(loaded: LoadedBackbone, heads: list[KeywordHead], x: torch.Tensor) -> torch.Tensor:
    return apply_patch(compose(heads, loaded, "words"), loaded)(x)


def test_another_word_leaves_the_other_logits_untouched(loaded: LoadedBackbone) -> None:
    heads = heads_of(loaded)
    for clips in (1, 2, 5):
        x = inputs(loaded, clips)
        forty = logits(loaded, heads[:40], x)
        assert torch.equal(logits(loaded, heads, x)[:, :41], forty)
        for n in (1, 2, 3, 7, 16, 17, 33):
            assert torch.equal(logits(loaded, heads[:n], x), forty[:, : n + 1])


def test_removing_words_restores_the_logits(loaded: LoadedBackbone) -> None:
    heads, x = heads_of(loaded), inputs(loaded, 3)
    before = logits(loaded, heads[:40], x)
    logits(loaded, heads, x)
    assert torch.equal(logits(loaded, heads[:40], x), before)
    without_fifth = logits(loaded, heads[:5] + heads[6:40], x)
    assert torch.equal(without_fifth, torch.cat([before[:, :6], before[:, 7:]], dim=1))


@settings(max_examples=200, deadline=None)
@given(
    width=st.integers(1, 300),
    classes=st.integers(2, 130),
    clips=st.sampled_from([1, 2, 3, 5, 8, 31, 64]),
    seed=st.integers(0, 2**31),
)
def test_rows_stay_apart_at_any_size(width: int, classes: int, clips: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    embedding = torch.randn(clips, width, generator=generator)
    weight, bias = (torch.randn(classes, n, generator=generator) for n in (width, 1))
    together = rows_apart(embedding, weight, bias[:, 0])
    wanted = embedding.double() @ weight.double().T + bias[:, 0].double()
    torch.testing.assert_close(together.double(), wanted, rtol=1e-4, atol=1e-4)
    chosen = torch.randperm(classes, generator=generator)[: 1 + seed % classes]
    assert torch.equal(rows_apart(embedding, weight[chosen], bias[chosen, 0]), together[:, chosen])
    assert torch.equal(rows_apart(embedding[:1], weight, bias[:, 0]), together[:1])


def test_large_layers_are_computed_in_parts() -> None:
    generator = torch.Generator().manual_seed(0)
    embedding = torch.randn(9, 1280, generator=generator)
    weight, bias = torch.randn(2000, 1280, generator=generator), torch.zeros(2000)
    torch.testing.assert_close(
        rows_apart(embedding, weight, bias), embedding @ weight.T, rtol=1e-3, atol=1e-3
    )


def test_the_runtime_of_the_window_keeps_words_apart_too(loaded: LoadedBackbone) -> None:
    heads = heads_of(loaded)

    def run(count: int, x: torch.Tensor) -> np.ndarray:
        model = apply_patch(compose(heads[:count], loaded, "words"), loaded)
        _, session = running_graph(get("head").merged(model))
        return np.asarray(session.run([OUTPUT], {INPUT: x.numpy()})[0])

    for clips in (1, 4):
        x = inputs(loaded, clips)
        forty = run(40, x)
        for count in (1, 2, 5, 16, 39, 41):
            shared = min(count, 40) + 1
            np.testing.assert_array_equal(run(count, x)[:, :shared], forty[:, :shared])


def test_rejection_is_a_threshold_on_each_words_sigmoid(loaded: LoadedBackbone) -> None:
    heads, x = heads_of(loaded, WORDS[:6]), inputs(loaded, 40)
    for threshold in (0.3, 0.5, 0.9):
        model = apply_patch(compose(heads, loaded, "words", threshold), loaded)
        with torch.no_grad():
            found = model(x)
        assert model.classes[0] == "_unknown_"
        assert torch.equal(found[:, 0], torch.full((40,), math.log(threshold / (1 - threshold))))
        rejected = (torch.sigmoid(found[:, 1:].double()) < threshold).all(dim=1)
        assert torch.equal(found.argmax(dim=1) == 0, rejected)


def test_without_rejection_the_words_are_all_there_is(loaded: LoadedBackbone) -> None:
    heads, x = heads_of(loaded, WORDS[:3]), inputs(loaded, 2)
    plain = apply_patch(compose(heads, loaded, "words", reject_below=None), loaded)
    assert plain.classes == WORDS[:3]
    with torch.no_grad():
        assert torch.equal(plain(x), logits(loaded, heads, x)[:, 1:])
    alone = apply_patch(compose(heads[:1], loaded, "one", reject_below=None), loaded)
    with torch.no_grad():
        assert (alone(x).argmax(dim=1) == 0).all(), "a single word is always right"


def test_a_composed_patch_is_an_ordinary_one(loaded: LoadedBackbone, tmp_path: Path) -> None:
    patch = compose(heads_of(loaded, ("go", "stop")), loaded, "go, stop")
    path = tmp_path / f"words{SUFFIX}"
    save_patch(patch, path)
    found = read_patch(path, loaded.card.sha256)
    assert found.card.method == "head"
    assert found.card.classes == ("_unknown_", "go", "stop")
    assert not any(decision.changed for decision in found.card.decisions)
    x = inputs(loaded, 2)
    with torch.no_grad():
        model = apply_patch(found, loaded)
        assert torch.equal(get("head").merged(model)(x), model(x))


def test_words_of_another_backbone_are_refused(loaded: LoadedBackbone, tmp_path: Path) -> None:
    other = tiny_backbone(tmp_path / "res8.other", architecture="res8")
    words = [random_head(loaded, "go"), random_head(other, "stop")]
    with pytest.raises(WorkbenchError, match=r"stop was learned on res8\.other"):
        compose(words, loaded, "mixed")


def test_requests_that_make_no_classifier_are_refused(loaded: LoadedBackbone) -> None:
    go = random_head(loaded, "go")
    with pytest.raises(WorkbenchError, match="no word"):
        compose([], loaded, "nothing")
    with pytest.raises(WorkbenchError, match="chosen 2 times"):
        compose([go, random_head(loaded, "go", "another task")], loaded, "twice")
    for threshold in (0.0, 1.0, -1.0, math.nan):
        with pytest.raises(WorkbenchError, match="no threshold"):
            compose([go], loaded, "bad", threshold)


@pytest.mark.parametrize("loss", [Loss.CE, Loss.SOFTMAX_BCE])
def test_words_without_a_probability_are_composed_without_a_threshold(
    loaded: LoadedBackbone, loss: Loss
) -> None:
    heads = [random_head(loaded, word, loss=loss) for word in ("go", "stop")]
    assert not can_reject(head.card for head in heads)
    assert compose(heads, loaded, "two", reject_below=None).card.classes == ("go", "stop")
    with pytest.raises(WorkbenchError, match=f"go was learned with the loss {loss}") as refused:
        compose(heads, loaded, "two", reject_below=0.5)
    assert "Leave the threshold out" in refused.value.hint


@pytest.mark.parametrize("threshold", [None, 0.5])
def test_words_of_different_losses_are_not_mixed(
    loaded: LoadedBackbone, threshold: float | None
) -> None:
    go, stop = random_head(loaded, "go"), random_head(loaded, "stop", loss=Loss.CE)
    with pytest.raises(WorkbenchError, match="go with sigmoid_bce; stop with ce") as refused:
        compose([go, stop], loaded, "two", threshold)
    assert "Choose words of one loss" in refused.value.hint
