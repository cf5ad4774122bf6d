"""Scorers against the network in torch; switching patches is exact and loads nothing again."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.helpers.tiny import CLASSES, spoken, suited, tiny_backbone, tiny_patch
from workbench import locations
from workbench.detection import scorer as scorer_module
from workbench.detection.decoder import DecoderConfig
from workbench.detection.scorer import ScorerPool, TorchScorer, open_scorer
from workbench.detection.stream import StreamEngine, listen_to
from workbench.errors import WorkbenchError
from workbench.methods.registry import names
from workbench.training.assess import load_patched


@pytest.fixture
def backbone(tmp_path: Path) -> str:
    folder = tmp_path / "bcresnet1.tiny"
    tiny_backbone(folder)
    return str(folder)


def patches(folder: Path, backbone: str, count: int, method: str = "swr") -> list[Path]:
    from workbench.backbones.registry import load_backbone

    loaded = load_backbone(backbone)
    return [tiny_patch(folder, loaded, method, seed=seed) for seed in range(count)]


def windows(count: int = 5, shape: tuple[int, ...] = (1, 40, 101)) -> np.ndarray:
    generator = torch.Generator().manual_seed(4)
    return (3 * torch.randn(count, *shape, generator=generator) - 6).numpy()


@pytest.mark.parametrize("method", names())
def test_onnx_scores_as_torch_does(tmp_path: Path, method: str) -> None:
    backbone = str(tmp_path / f"{suited(method)}.tiny")
    shape = tiny_backbone(Path(backbone), architecture=suited(method)).backbone.input_spec.shape
    (path,) = patches(tmp_path, backbone, 1, method)
    heard = windows(5, shape)
    network = load_patched(path, backbone)
    card = network.patch.card
    reference = TorchScorer("torch", card.classes, card.frontend, {}, network.model)
    fast = open_scorer(network, "onnx")
    with torch.no_grad():
        wanted = torch.softmax(network.model(torch.from_numpy(heard)), dim=1).numpy()
    assert np.allclose(reference.posteriors(heard), wanted, atol=1e-6)
    assert np.allclose(fast.posteriors(heard), wanted, atol=1e-5)


def test_any_number_of_classes_fits(tmp_path: Path, backbone: str) -> None:
    from workbench.backbones.registry import load_backbone

    words = ("_silence_", *(f"word {i}" for i in range(8)))
    path = tiny_patch(tmp_path, load_backbone(backbone), "head", classes=words)
    scorer = ScorerPool(backbone).open(path)
    assert scorer.classes == words
    assert scorer.posteriors(windows()).shape == (5, 9)


def test_there_and_back_again_gives_the_same_bits(tmp_path: Path, backbone: str) -> None:
    first, second = patches(tmp_path, backbone, 2)
    pool = ScorerPool(backbone)
    before = pool.open(first).logits(windows(1))
    between = pool.open(second).logits(windows(1))
    again = pool.open(first).logits(windows(1))
    assert np.array_equal(before, again)
    assert not np.array_equal(before, between)


def test_switching_loads_nothing_again(
    tmp_path: Path, backbone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = patches(tmp_path, backbone, 2)
    pool = ScorerPool(backbone)
    opened = [pool.open(path) for path in (first, second)]

    def never(*_: object) -> None:
        raise AssertionError("the backbone was loaded again")

    monkeypatch.setattr(scorer_module, "load_backbone", never)
    monkeypatch.setattr(scorer_module, "apply_patch", never)
    assert [pool.open(path) for path in (first, second, first)] == [*opened, opened[0]]


def test_several_threads_may_open_patches_at_once(tmp_path: Path, backbone: str) -> None:
    paths = patches(tmp_path, backbone, 3) * 2
    pool, alone = ScorerPool(backbone), ScorerPool(backbone)
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(pool.open, paths))
    assert together[:3] == together[3:]
    for path, scorer in zip(paths, together[:3], strict=False):
        assert np.array_equal(scorer.logits(windows(1)), alone.open(path).logits(windows(1)))


def test_patches_of_one_file_name_get_names_of_their_own(tmp_path: Path, backbone: str) -> None:
    pool = ScorerPool(backbone)
    first, second = patches(tmp_path, backbone, 2)
    (tmp_path / "elsewhere").mkdir()
    twin = second.rename(tmp_path / "elsewhere" / first.name)
    assert [pool.open(path).name for path in (first, twin, first)] == [
        "swr-0",
        "swr-0 (2)",
        "swr-0",
    ]


def test_a_rewritten_patch_is_opened_anew(tmp_path: Path, backbone: str) -> None:
    first, second = patches(tmp_path, backbone, 2)
    pool = ScorerPool(backbone)
    before = pool.open(first)
    first.write_bytes(second.read_bytes())
    assert pool.open(first) is not before


def test_a_patch_without_its_backbone_says_so(tmp_path: Path, backbone: str) -> None:
    (path,) = patches(tmp_path, backbone, 1)
    with pytest.raises(WorkbenchError, match="no installed backbone has those weights"):
        ScorerPool().open(path)


def test_installed_weights_win_over_the_suggested_backbone(tmp_path: Path, backbone: str) -> None:
    (path,) = patches(tmp_path, backbone, 1)
    shutil.copytree(backbone, locations.user_models_dir() / "bcresnet1.renamed")
    tiny_backbone(tmp_path / "bcresnet1.other", classes=("a", "b"))
    broken = locations.user_models_dir() / "broken"
    broken.mkdir()
    (broken / "card.json").write_text("{")
    scorer = ScorerPool(str(tmp_path / "bcresnet1.other")).open(path)
    assert np.array_equal(
        scorer.logits(windows(1)), ScorerPool(backbone).open(path).logits(windows(1))
    )


def test_a_real_network_hears_the_same_in_any_blocks(tmp_path: Path, backbone: str) -> None:
    (path,) = patches(tmp_path, backbone, 1)
    scorer = ScorerPool(backbone).open(path)
    config = DecoderConfig(threshold=0.3, smoothing_ms=160)
    samples, _ = spoken(("go",), pause_s=0.3)
    whole = tuple(listen_to(samples, StreamEngine([scorer], scorer.frontend, config)))
    padded = np.concatenate([samples, np.zeros(16000, np.float32)])
    engine = StreamEngine([scorer], scorer.frontend, config)
    pieces = [engine.feed(padded[i : i + 480]) for i in range(0, len(padded), 480)]
    assert tuple(item for piece in pieces for item in piece) == whole
    assert scorer.classes == CLASSES


@pytest.mark.parametrize("method", ["repnet", "spottune"])
def test_threads_that_score_at_once_get_their_own_answers(
    tmp_path: Path, backbone: str, method: str
) -> None:
    """Batches of different sizes through one scorer, as when listening and setting a threshold at once."""
    (path,) = patches(tmp_path, backbone, 1, method)
    scorer = open_scorer(load_patched(path, backbone), "torch")
    batches = [windows(count) for count in (1, 2, 3, 5)]
    alone = [scorer.posteriors(batch) for batch in batches]

    def often(index: int) -> list[np.ndarray]:
        return [scorer.posteriors(batches[index]) for _ in range(25)]

    with ThreadPoolExecutor(len(batches)) as pool:
        for wanted, found in zip(alone, pool.map(often, range(len(batches))), strict=True):
            assert all(np.array_equal(one, wanted) for one in found)
