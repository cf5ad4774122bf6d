"""Loose settings become a valid job, or a message that says what does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.audio.augment import AugmentConfig
from workbench.errors import WorkbenchError
from workbench.images.augment import PictureAugment
from workbench.training.settings import make_job, make_several_job
from workbench.training.several_job import SeveralJob


def job(**changes: object) -> object:
    values = {"backbone": "b", "data": Path("d"), "method": "swr", "out": Path("o"), **changes}
    return make_job(**values)  # type: ignore[arg-type]


def test_fields_go_where_they_belong() -> None:
    made = job(budget=0.2, settings=["half_precision=true", "batch_size=32", "augment=none"])
    assert made.config["budget"] == 0.2  # type: ignore[attr-defined]
    assert made.config["half_precision"] is True  # type: ignore[attr-defined]
    assert made.training.batch_size == 32  # type: ignore[attr-defined]
    assert made.training.augment is None  # type: ignore[attr-defined]


def test_a_setting_of_a_group_leaves_the_others_of_it_as_they_are() -> None:
    settings = ["augment.noise_probability=0.25", "augment.snr_db=5,20", "augment.mel_mask=3"]
    training = job(settings=settings).training  # type: ignore[attr-defined]
    assert training.augment == AugmentConfig(noise_probability=0.25, snr_db=(5, 20), mel_mask=3)
    assert training.picture_augment == PictureAugment()


def test_pictures_are_mirrored_when_asked_to() -> None:
    mirrored = job(backbone="resnet20", settings=["picture_augment.flip_probability=0.5"])
    assert mirrored.training.picture_augment == PictureAugment(flip_probability=0.5)  # type: ignore[attr-defined]
    plain = job(backbone="resnet20", settings=["picture_augment=None"])
    assert plain.training.picture_augment is None  # type: ignore[attr-defined]


def test_none_empties_what_may_be_empty() -> None:
    made = job(settings=["policy_epochs=none", "batch_size=None", "threads=none"])
    assert made.config["policy_epochs"] is None  # type: ignore[attr-defined]
    assert made.training.batch_size is None  # type: ignore[attr-defined]
    assert made.training.threads is None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"settings": ["budgit=0.1"]}, "Did you mean budget"),
        ({"settings": ["budget"]}, "field=value"),
        ({"settings": ["batch_size=1"]}, "batch_size"),
        ({"settings": ["hidden=none"]}, "hidden: input should be a valid integer"),
        ({"settings": ["learning_rate=none"]}, "learning_rate: input should be a valid number"),
        ({"settings": ["flip_probability=0.5"]}, r"mean picture_augment\.flip_probability"),
        ({"settings": ["augment.noise=1"]}, r"named 'augment\.noise'.*augment\.noise_probability"),
        (
            {"settings": ["augment.noise_probability=2"]},
            r"augment\.noise_probability: .*equal to 1",
        ),
        ({"settings": ["augment.snr_db=20,5"]}, r"augment\.snr_db: .*range that goes up"),
        ({"settings": ["augment.snr_db=5"]}, r"augment\.snr_db"),
        ({"settings": ["augment.snr_db=nan,5"]}, r"augment\.snr_db"),
        ({"settings": ["augment=0.5"]}, r"group of settings.*augment=none.*augment\.shift_ms"),
        ({"settings": ["augment=none", "augment.masks=1"]}, "Leave one of the two out"),
        ({"settings": ["augment.masks=1", "augment=none"]}, "Leave one of the two out"),
        ({"settings": ["picture_augment.contrast=0"]}, "this backbone takes sounds"),
        ({"settings": ["augment=none"], "backbone": "resnet20"}, "this backbone takes pictures"),
        ({"budget": 3.0}, "budget"),
        ({"method": "head", "budget": 0.1}, "has no budget"),
        ({"method": "swrr"}, "Did you mean swr"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(WorkbenchError, match=message):
        job(**changes)


def several(**changes: object) -> SeveralJob:
    values = {
        "backbone": "b", "data": [Path("a"), Path("b")], "method": "patches_together", "out": Path("o"),
        **changes,
    }  # fmt: skip
    return make_several_job(**values)  # type: ignore[arg-type]


def test_settings_of_several_tasks_go_where_they_belong() -> None:
    made = several(settings=["weights=keep", "batch_size=8"], epochs=4, seed=2)
    assert made.config == {"weights": "keep", "depthwise": False, "shared_last": False}
    assert (made.training.batch_size, made.training.epochs, made.training.seed) == (8, 4, 2)
    assert [source.data for source in made.tasks] == [Path("a"), Path("b")]


def test_each_step_makes_a_variant_of_each_task() -> None:
    made = several(data=[Path("a")], hops_ms=[10.0, 20.0])
    assert [(s.data, s.hop_ms) for s in made.tasks] == [(Path("a"), 10.0), (Path("a"), 20.0)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"settings": ["weight=keep"]}, "Did you mean weights"),
        ({"settings": ["weights=freeze"]}, "weights"),
        ({"hops_ms": [1.0]}, "hop_ms"),
        ({"data": [Path("a")]}, "takes several tasks"),
        ({"method": "swr"}, "method for several tasks"),
    ],
)
def test_what_does_not_fit_several_tasks_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(WorkbenchError, match=message):
        several(**changes)
