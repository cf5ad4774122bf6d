"""Sound that a test puts into the Data station's recorder in the microphone's place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.gui.data_project import open_project, shown_page
from workbench.gui.bridge.microphone import Microphone
from workbench.gui.pages.data import DataPage
from workbench.gui.session import Session

RATE_HZ = 16000
BLOCK = 480


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    """A quiet room."""
    rng = np.random.default_rng(seed)
    return (0.001 * rng.standard_normal(round(seconds * RATE_HZ))).astype(np.float32)


def word(peak: float = 0.5, seed: int = 0) -> np.ndarray:
    """Half a second of a tone that differs by seed, then a pause; over full scale it is limited."""
    time_s = np.arange(RATE_HZ // 2) / RATE_HZ
    tone = np.sin(2 * np.pi * (200 + 10 * seed) * time_s) * np.hanning(len(time_s))
    spoken = np.concatenate([np.clip(peak * tone, -1, 1), np.zeros(RATE_HZ)])
    return (spoken + noise(1.5, seed)).astype(np.float32)


def hear(page: DataPage, *sounds: np.ndarray) -> None:
    """Feed one sound after the other, in blocks as the microphone hands them on."""
    for sound in sounds:
        for start in range(0, len(sound), BLOCK):
            page.microphone.samples.emit(sound[start : start + BLOCK])


def begin(page: DataPage, text: str = "stop", speaker: str = "ann") -> None:
    """Press the button for ten takes."""
    page.recorder.word.setEditText(text)
    page.recorder.speaker.setText(speaker)
    page.recorder.many_button.click()


@contextmanager
def fed_page(
    qtbot: QtBot, session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DataPage]:
    """The station on a project without clips, with a microphone that a test feeds by hand."""
    monkeypatch.setattr(Microphone, "is_on", True)
    open_project(session, folder, with_clips=False)
    made = shown_page(qtbot, session)
    yield made
    made.hide()
    session.close_project()
