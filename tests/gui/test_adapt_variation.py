"""What varies training examples, and what only some networks offer, on the Adapt station."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.fakes import FakeProject
from tests.helpers.tiny import tiny_backbone
from workbench.audio.augment import AugmentConfig
from workbench.gui.pages.adapt import AdaptPage
from workbench.gui.pages.adapt_settings import AdaptSettings
from workbench.gui.session import Session
from workbench.gui.widgets.fold import Fold
from workbench.images.augment import PictureAugment
from workbench.studies.grid import Cell
from workbench.training.job import TrainingConfig


@pytest.fixture
def page(qtbot: QtBot, session: Session, project: FakeProject) -> AdaptPage:
    made = AdaptPage(session)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: made.plan is not None)
    (fold,) = made.settings.findChildren(Fold)
    fold.button.click()
    return made


@pytest.fixture
def settings(page: AdaptPage) -> AdaptSettings:
    return page.settings


def training(settings: AdaptSettings) -> TrainingConfig:
    return settings.job("b", None).training


def use(session: Session, folder: Path, architecture: str) -> None:
    tiny_backbone(folder / f"{architecture}.tiny", architecture=architecture)
    session.set_backbone(str(folder / f"{architecture}.tiny"))


def test_left_alone_a_run_varies_its_examples_as_it_always_does(settings: AdaptSettings) -> None:
    assert training(settings).augment == AugmentConfig()
    assert training(settings).picture_augment == PictureAugment()


def test_sounds_are_varied_as_set_in_runs_and_in_sweeps(settings: AdaptSettings) -> None:
    sounds = settings.more.variation.sounds
    sounds.form.set_values({"noise_probability": 0.25, "snr_db": (5, 20), "mel_mask": 3})
    wanted = AugmentConfig(noise_probability=0.25, snr_db=(5, 20), mel_mask=3)
    assert training(settings).augment == wanted
    assert settings.job_of(Cell("head", None, 0), "b").training.augment == wanted
    sounds.box.click()
    assert not sounds.form.isVisible()
    assert training(settings).augment is None
    sounds.box.click()
    assert training(settings).augment == wanted


def test_the_group_of_the_medium_at_hand_is_shown(
    session: Session, settings: AdaptSettings, tmp_path: Path
) -> None:
    variation = settings.more.variation
    assert (variation.sounds.isVisible(), variation.pictures.isVisible()) == (True, False)
    use(session, tmp_path, "lenet5_small")
    assert (variation.sounds.isVisible(), variation.pictures.isVisible()) == (False, True)
    variation.pictures.form.set_values({"flip_probability": 0.5})
    assert training(settings).picture_augment == PictureAugment(flip_probability=0.5)
    variation.pictures.box.click()
    assert training(settings).picture_augment is None


def test_a_strength_that_does_not_fit_blocks_the_button(
    qtbot: QtBot, settings: AdaptSettings
) -> None:
    form = settings.more.variation.sounds.form
    form.set_values({"snr_db": (20, 5)})
    assert form.problems()["snr_db"] == "Must be a range that goes up within -100 and 100 dB"
    qtbot.waitUntil(lambda: "marked settings" in settings.why_not.text())
    form.set_values({"snr_db": (5, 20)})
    qtbot.waitUntil(settings.start_button.isEnabled)


def test_sixteen_bits_are_offered_where_the_network_knows_them(
    session: Session, settings: AdaptSettings, tmp_path: Path
) -> None:
    box = settings.more.training.editor("bfloat16")
    assert not box.isVisible()
    use(session, tmp_path, "res8-narrow")
    assert box.isVisible()
    settings.more.training.set_values({"bfloat16": True})
    assert training(settings).bfloat16
    settings.method.setCurrentIndex(settings.method.findData("patches_together"))
    assert not box.isVisible()
    settings.method.setCurrentIndex(settings.method.findData("head"))
    settings.more.training.set_values({"bfloat16": True})
    session.set_backbone(str(tmp_path / "tiny"))
    assert not box.isVisible()
    assert not training(settings).bfloat16
