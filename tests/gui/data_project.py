"""A small project of synthetic words for tests of the Data station."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pytestqt.qtbot import QtBot

from workbench.audio.files import write_wave
from workbench.cancel import CancelToken
from workbench.gui.pages.data import DataPage
from workbench.gui.session import Session
from workbench.project.project import Project

RATE_HZ = 16000
WORDS = ("down", "stop")
SPEAKERS = ("ann", "bob", "cid", "dan")
TAKES = 2


def word_folder(folder: Path) -> Path:
    """Folder of classes: two words by four speakers, two takes each, and one broken file."""
    rng = np.random.default_rng(0)
    for number, word in enumerate(WORDS):
        for speaker in SPEAKERS:
            for take in range(TAKES):
                tone = np.sin(2 * np.pi * (300 + 400 * number) * np.arange(RATE_HZ) / RATE_HZ)
                samples = 0.3 * np.hanning(RATE_HZ) * tone + 0.01 * rng.standard_normal(RATE_HZ)
                path = folder / word / f"{speaker}_nohash_{take}.wav"
                write_wave(path, samples.astype(np.float32), RATE_HZ)
    (folder / WORDS[0] / "broken.wav").write_bytes(b"no audio")
    return folder


def open_project(session: Session, folder: Path, *, with_clips: bool = True) -> None:
    """Create a project with one task, filled unless told otherwise."""
    project = Project.create(folder / "project")
    session.adopt(project)
    task = project.add_task("Words")
    if with_clips:
        project.import_clips(task.id, word_folder(folder / "words"), CancelToken())
    session.set_task(task.id)


def shown_page(qtbot: QtBot, session: Session) -> DataPage:
    """The station in a window of its own; hidden by the test, before the project is closed."""
    page = DataPage(session)
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.show()
    qtbot.waitExposed(page)
    return page
