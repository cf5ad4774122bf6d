"""Adaptation to pictures, from a folder to a patch that answers as it was measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from tests.helpers.tiny import tiny_backbone
from workbench.backbones.card import WeightsCard
from workbench.backbones.inputs import picture_of
from workbench.backbones.registry import load_backbone
from workbench.cancel import CancelToken
from workbench.data.task import Split
from workbench.errors import WorkbenchError
from workbench.images.augment import PictureAugment
from workbench.methods.base import Batch
from workbench.methods.patch import read_patch
from workbench.training.any_run import run_job
from workbench.training.assess import assess_patch, classify_files, load_patched
from workbench.training.job import TrainingConfig
from workbench.training.prepare import default_store, prepare_to_adapt, usable_task
from workbench.training.pretrain import PretrainJob, pretrain
from workbench.training.settings import make_job, make_several_job

SIDE = 40
PER_CLASS = 12


def stripes(across: bool, seed: int) -> Image.Image:
    """Stripes with noise: a task that any small network learns."""
    generator = np.random.default_rng(seed)
    wave = 127 + 100 * np.sin(
        np.arange(SIDE) * generator.uniform(0.6, 1.0) + generator.uniform(0, 6)
    )
    page = np.tile(wave, (SIDE, 1)) if across else np.tile(wave[:, None], (1, SIDE))
    noisy = np.clip(page + generator.normal(0, 20, (SIDE, SIDE)), 0, 255).astype(np.uint8)
    return Image.fromarray(np.stack([noisy] * 3, axis=2))


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stripes")
    for label in ("across", "down"):
        for split, number in (("train", PER_CLASS), ("val", 4), ("test", 4)):
            place = folder / split / label
            place.mkdir(parents=True)
            for i in range(number):
                seed = crc32(f"{label} {split} {i}".encode())
                stripes(label == "across", seed).save(place / f"{i}.png")
    return folder


def adapted(task: Path, backbone: Path, out: Path, **wanted: Any) -> dict[str, Any]:
    settings = ("threads=1", "batch_size=8", *wanted.pop("settings", ()))
    job = make_job(
        backbone=str(backbone),
        data=task,
        out=out,
        settings=settings,
        **{"method": "head", **wanted},
    )
    record: dict[str, Any] = list(run_job(job, CancelToken()))[-1].record  # type: ignore[union-attr]
    return record


@pytest.fixture
def small(tmp_path: Path) -> Path:
    tiny_backbone(tmp_path / "resnet20.tiny", architecture="resnet20")
    return tmp_path / "resnet20.tiny"


def test_a_patch_answers_as_it_was_measured(task: Path, small: Path, tmp_path: Path) -> None:
    record = adapted(task, small, tmp_path / "run", method="finetune", epochs=8)
    assert (record["n_val"], record["n_test"]) == (8, 8)
    network = load_patched(Path(record["patch"]), str(small))
    assert assess_patch(network, task, Split.TEST).accuracy == record["test_accuracy"]
    assert record["val_accuracy"] > 0.8
    files = sorted((task / "test").glob("*/*.png"))
    answers = [
        max(scores, key=lambda name: scores[name]) for scores in classify_files(network, files)
    ]
    right = [answer == file.parent.name for answer, file in zip(answers, files, strict=True)]
    assert sum(right) / len(right) == record["test_accuracy"]


def test_pictures_start_from_settings_of_their_own(task: Path, small: Path, tmp_path: Path) -> None:
    job = make_job(backbone=str(small), data=task, method="swr", out=tmp_path)
    assert (job.training.optimizer, job.training.label_smoothing) == ("sgd", 0.3)
    assert job.training.head_rate == 1.0
    assert job.config["policy_weight"] == 3.0
    own = ("optimizer=adam", "policy_weight=2")
    other = make_job(backbone=str(small), data=task, method="swr", out=tmp_path, settings=own)
    assert (other.training.optimizer, other.config["policy_weight"]) == ("adam", 2.0)
    tiny_backbone(tmp_path / "bcresnet1.tiny")
    sound = make_job(
        backbone=str(tmp_path / "bcresnet1.tiny"), data=task, method="swr", out=tmp_path
    )
    assert (sound.training.optimizer, sound.config["policy_weight"]) == ("adam", 1.0)


def test_the_same_seed_gives_the_same_patch(task: Path, small: Path, tmp_path: Path) -> None:
    first, second = (
        read_patch(Path(adapted(task, small, tmp_path / name, epochs=2)["patch"])).tensors
        for name in ("one", "two")
    )
    assert all(bool((first[name] == second[name]).all()) for name in first)


def test_a_runs_settings_reach_its_batches(task: Path, small: Path) -> None:
    config, store = load_backbone(small).card.frontend, default_store()
    loaded, _ = usable_task(task, config, store)

    def batch(seed: int, augment: PictureAugment | None) -> Batch:
        training = TrainingConfig(batch_size=24, label_smoothing=0.3, picture_augment=augment)
        prepared = prepare_to_adapt(training, loaded, config, CancelToken(), store)
        (made,) = prepared.batches.epoch(seed)
        return made

    assert batch(1, None).smoothing == 0.3
    plain, other = (in_any_order(batch(seed, None)) for seed in (1, 2))
    assert torch.equal(plain, other)
    varied, again, third = (in_any_order(batch(s, PictureAugment())) for s in (1, 1, 2))
    assert torch.equal(varied, again)
    assert not torch.allclose(varied, plain)
    assert not torch.allclose(varied, third)


def in_any_order(batch: Batch) -> Tensor:
    """Sums of the inputs, sorted."""
    return batch.features.double().sum(dim=(1, 2, 3)).sort().values.round(decimals=6)


def pretrained(task: Path, out: Path, label_smoothing: float) -> WeightsCard:
    job = PretrainJob(
        architecture="lenet5_small",
        data=(task,),
        out=out,
        epochs=1,
        batch_size=8,
        threads=1,
        label_smoothing=label_smoothing,
    )
    record = list(pretrain(job, CancelToken()))[-1].record  # type: ignore[union-attr]
    return WeightsCard.model_validate(record)


def test_a_backbone_is_pretrained_on_pictures(task: Path, tmp_path: Path) -> None:
    card = pretrained(task, tmp_path / "lenet5_small.stripes", 0.0)
    assert card.labels == ("across", "down"), "one task's classes keep their names"
    assert f"over {2 * PER_CLASS} pictures" in card.recipe
    assert [m.dataset for m in card.metrics] == [f"{task.name}, validation pictures"]
    page = (tmp_path / "lenet5_small.stripes" / "README.md").read_text("utf-8")
    assert "multiplies for one picture of 28 x 28 pixels" in page
    smoothed = pretrained(task, tmp_path / "lenet5_small.smoothed", 0.9)
    assert smoothed.sha256 != card.sha256
    assert pretrained(task, tmp_path / "lenet5_small.again", 0.0).sha256 == card.sha256


def test_silence_is_no_class_of_pictures(task: Path, small: Path, tmp_path: Path) -> None:
    record = adapted(task, small, tmp_path / "run", epochs=1, make_silence=True)
    assert read_patch(Path(record["patch"])).card.classes == ("across", "down")
    job = make_several_job(
        backbone=str(small),
        data=[task],
        method="multi_head",
        out=tmp_path / "several",
        pictures_px=(32, 16),
        settings=("threads=1",),
        epochs=1,
        make_silence=True,
    )
    together = list(run_job(job, CancelToken()))[-1].record  # type: ignore[union-attr]
    for one in together["tasks"]:
        assert read_patch(Path(one["patch"])).card.classes == ("across", "down")


def test_pictures_of_another_size_make_a_patch_for_that_size(
    task: Path, small: Path, tmp_path: Path
) -> None:
    full = adapted(task, small, tmp_path / "full", epochs=1)
    half = adapted(task, small, tmp_path / "half", epochs=1, picture_px=16)
    card = read_patch(Path(half["patch"])).card
    assert picture_of(card.frontend).shape == (3, 16, 16)
    # Every convolution and its stride divide the sides alike.
    head = full["head_params"] - 2
    assert half["multiplies"] - head == (full["multiplies"] - head) / 4
    network = load_patched(Path(half["patch"]), str(small))
    assert assess_patch(network, task, Split.VAL).accuracy == half["val_accuracy"]


def test_one_network_learns_pictures_of_two_sizes(task: Path, small: Path, tmp_path: Path) -> None:
    job = make_several_job(
        backbone=str(small),
        data=[task],
        method="patches_together",
        out=tmp_path / "run",
        pictures_px=(32, 16),
        settings=("threads=1", "shared_last=true"),
        epochs=1,
    )
    record = list(run_job(job, CancelToken()))[-1].record  # type: ignore[union-attr]
    assert [t["task"] for t in record["tasks"]] == [f"{task.name}-32px", f"{task.name}-16px"]
    heads = [read_patch(Path(t["patch"])).tensors["head/weight"] for t in record["tasks"]]
    assert bool((heads[0] == heads[1]).all())


def test_a_network_without_room_for_a_size_is_refused(task: Path, tmp_path: Path) -> None:
    tiny_backbone(tmp_path / "lenet5_small.tiny", architecture="lenet5_small")
    with pytest.raises(WorkbenchError, match="cannot take examples of 1 x 20 x 20"):
        adapted(task, tmp_path / "lenet5_small.tiny", tmp_path / "run", picture_px=20)


def test_a_task_of_the_other_medium_is_refused(task: Path, tmp_path: Path) -> None:
    tiny_backbone(tmp_path / "bcresnet1.tiny")
    with pytest.raises(WorkbenchError, match="is a task of pictures"):
        adapted(task, tmp_path / "bcresnet1.tiny", tmp_path / "run")
    with pytest.raises(WorkbenchError, match="takes sound"):
        adapted(task, tmp_path / "bcresnet1.tiny", tmp_path / "other", picture_px=32)
