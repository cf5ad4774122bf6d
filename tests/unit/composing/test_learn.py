"""Learning words from clips: three tones on a random backbone, and a word that comes later."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.helpers.tiny import tiny_backbone
from tests.helpers.tones import write_tone_task
from workbench.backbones.registry import LoadedBackbone
from workbench.cancel import Cancelled, CancelToken
from workbench.composing import learn
from workbench.composing.compose import compose
from workbench.composing.embeddings import embeddings_of
from workbench.composing.fit import PAPER, FitConfig, Mode, fit_rows
from workbench.composing.learn import Embedded, balanced, binary_accuracy, learn_words
from workbench.data.importers import load_task
from workbench.data.store import ClipStore
from workbench.data.task import UNKNOWN, Split, Task, ordered_classes
from workbench.errors import WorkbenchError
from workbench.evaluation.score import logits_of
from workbench.methods.patch import apply_patch
from workbench.training.batches import label_indices


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> LoadedBackbone:
    return tiny_backbone(tmp_path_factory.mktemp("backbones") / "res8.tiny", architecture="res8")


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    return load_task(write_tone_task(tmp_path_factory.mktemp("data") / "tones")).task


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ClipStore:
    return ClipStore(tmp_path_factory.mktemp("store"))


def without(task: Task, label: str) -> Task:
    classes = tuple(one for one in task.classes if one != label)
    return replace(task, classes=classes, clips=tuple(c for c in task.clips if c.label != label))


def test_kept_embeddings_are_the_live_ones(
    task: Task, backbone: LoadedBackbone, store: ClipStore
) -> None:
    clips = task.part(Split.VAL)
    once, again = (embeddings_of(clips, backbone, store) for _ in range(2))
    assert torch.equal(once, again)
    rows = store.features(clips, backbone.card.frontend)
    with torch.no_grad():
        live = backbone.backbone.features(torch.from_numpy(rows.take(slice(None))))
    torch.testing.assert_close(once, live, rtol=1e-4, atol=1e-5)
    few = embeddings_of(clips[::-1][:2], backbone, store)
    assert torch.equal(few, once.flip(0)[:2])


def test_composed_words_recognise_new_speakers(
    task: Task, backbone: LoadedBackbone, store: ClipStore
) -> None:
    heads = list(learn_words(task, backbone, store))
    assert [head.card.label for head in heads] == ["high", "low", "middle"]
    assert all(head.card.validation is not None for head in heads)
    model = apply_patch(compose(heads, backbone, "tones", None), backbone)
    clips = task.part(Split.VAL)
    found = logits_of(model, store.features(clips, backbone.card.frontend)).argmax(dim=1)
    right = (found == label_indices(clips, model.classes)).float().mean()
    assert right > 0.8, "three tones are told apart, chance is a third"


def test_a_later_word_leaves_the_kept_ones_as_they_are(
    task: Task, backbone: LoadedBackbone, store: ClipStore
) -> None:
    first = list(learn_words(without(task, "low"), backbone, store))
    (late,) = learn_words(task, backbone, store, ["low"])
    x = store.features(task.part(Split.TEST), backbone.card.frontend)
    before = logits_of(apply_patch(compose(first, backbone, "two"), backbone), x)
    after = logits_of(apply_patch(compose([*first, late], backbone, "three"), backbone), x)
    assert torch.equal(after[:, :3], before)


@pytest.mark.parametrize("paper", [False, True])
def test_a_word_does_not_depend_on_which_others_are_learned(
    task: Task, backbone: LoadedBackbone, store: ClipStore, paper: bool
) -> None:
    config = PAPER if paper else None
    everything = {h.card.label: h for h in learn_words(task, backbone, store, config=config)}
    (alone,) = learn_words(task, backbone, store, ["middle"], config)
    assert torch.equal(alone.weight, everything["middle"].weight)
    assert torch.equal(alone.bias, everything["middle"].bias)
    assert alone.card == everything["middle"].card


def test_words_have_draws_of_their_own(
    task: Task, backbone: LoadedBackbone, store: ClipStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First rows that all words share would cancel in the composed network, and with them the paper's loss."""
    seeds = []

    def note(word: Tensor, rest: Tensor, config: FitConfig) -> tuple[Tensor, Tensor]:
        seeds.append(config.seed)
        return fit_rows(word, rest, config)

    monkeypatch.setattr(learn, "fit_rows", note)
    for seed in (0, 1):
        config = PAPER.model_copy(update={"seed": seed})
        heads = list(learn_words(task, backbone, store, config=config))
        assert {head.card.fit.seed for head in heads} == {seed}
    assert len(set(seeds)) == len(seeds) == 2 * len(task.classes)


def test_words_are_learned_below_a_network_in_training_mode(
    task: Task, backbone: LoadedBackbone, store: ClipStore
) -> None:
    config = PAPER.model_copy(update={"mode": Mode.TRAINING})
    before = {name: value.clone() for name, value in backbone.backbone.state_dict().items()}
    (once,) = learn_words(task, backbone, store, ["middle"], config)
    (plain,) = learn_words(task, backbone, store, ["middle"], PAPER)
    assert once.weight.shape == plain.weight.shape
    assert not torch.allclose(once.weight, plain.weight, atol=1e-4)
    after = backbone.backbone.state_dict()
    assert all(torch.equal(value, before[name]) for name, value in after.items())


def test_what_words_are_told_from_is_no_word(
    task: Task, backbone: LoadedBackbone, store: ClipStore
) -> None:
    clips = tuple(replace(c, label=UNKNOWN) if c.label == "low" else c for c in task.clips)
    other = replace(task, clips=clips, classes=ordered_classes({clip.label for clip in clips}))
    with pytest.raises(WorkbenchError, match="cannot be kept as words"):
        next(learn_words(other, backbone, store, [UNKNOWN]))


def test_draws_are_balanced_and_repeat_the_word_where_it_is_rare() -> None:
    labels = torch.tensor([0] * 3 + [1] * 20 + [2] * 20)
    part = Embedded(torch.arange(43.0)[:, None], labels)
    for index, least, wanted in ((0, 0, 3), (0, 10, 10), (0, 100, 40), (1, 5, 20), (1, 100, 23)):
        word, rest = balanced(part, index, least, seed=1)
        assert len(word) == len(rest) == wanted
        assert set(word[:, 0].tolist()) == set(part.embeddings[labels == index][:, 0].tolist())
        assert len(set(rest[:, 0].tolist())) == wanted
        assert not set(rest[:, 0].tolist()) & set(word[:, 0].tolist())
    small = Embedded(torch.arange(25.0)[:, None], torch.tensor([0] * 20 + [1] * 5))
    word, rest = balanced(small, 0, 100, seed=1)
    assert word[:, 0].tolist() == list(range(20)), (
        "every clip of the word counts where others are rare"
    )
    assert sorted(rest[:, 0].tolist()) == sorted([20.0, 21.0, 22.0, 23.0, 24.0] * 4)
    assert torch.equal(balanced(part, 0, 10, 1)[1], balanced(part, 0, 10, 1)[1])
    assert not torch.equal(balanced(part, 0, 10, 1)[1], balanced(part, 0, 10, 2)[1])


def test_binary_accuracy_counts_both_sides() -> None:
    labels = torch.tensor([0] * 10 + [1] * 90)
    part = Embedded(torch.where(labels == 0, 1.0, -1.0)[:, None], labels)
    rows = torch.tensor([[1.0], [-1.0]])
    for weights, wanted in ((rows, 1.0), (-rows, 0.0), (torch.zeros(2, 1), 0.5)):
        found = binary_accuracy(part, 0, weights, torch.zeros(2), seed=0)
        assert found is not None
        assert (found.accuracy, found.n) == (wanted, 20)
    assert (
        binary_accuracy(Embedded(torch.ones(4, 1), torch.zeros(4)), 0, rows, rows[:, 0], 0) is None
    )


def test_words_that_cannot_be_learned_are_refused(
    task: Task, backbone: LoadedBackbone, store: ClipStore
) -> None:
    with pytest.raises(WorkbenchError, match="no training clips of loud"):
        next(learn_words(task, backbone, store, ["low", "loud"]))
    lonely = without(without(task, "low"), "high")
    with pytest.raises(WorkbenchError, match="nothing to tell a word from"):
        next(learn_words(lonely, backbone, store))


def test_stopping_keeps_what_was_learned(
    task: Task, backbone: LoadedBackbone, store: ClipStore
) -> None:
    token = CancelToken()
    words = learn_words(task, backbone, store, token=token)
    assert next(words).card.label == "high"
    token.stop()
    with pytest.raises(Cancelled):
        next(words)
