"""What patches side by side share, in words."""

from __future__ import annotations

import re

import pytest
from pytestqt.qtbot import QtBot

from workbench.detection.side_by_side import Sharing
from workbench.gui.pages.try_it_sharing import SharingNote

ALL = Sharing(3, 118, 45, 103_000_000, 258_000_000, 86_000_000)
SOME = Sharing(3, 118, 0, 200_000_000, 258_000_000, 86_000_000)
NONE = Sharing(2, 118, 0, 172_000_000, 172_000_000, 86_000_000)


@pytest.mark.parametrize(
    ("sharing", "sentence"),
    [
        (
            ALL,
            "45 of 118 layers are computed once for all 3 patches: 103 M multiplies per look instead of 258 M, "
            "17.0 M more than the first one alone.",
        ),
        (
            SOME,
            "Some of the 3 patches share their first layers: 200 M multiplies per look instead of 258 M, "
            "114 M more than the first one alone.",
        ),
        (
            NONE,
            "These 2 patches differ from the first layer on and share nothing: 172 M multiplies per look, "
            "86.0 M more than the first one alone.",
        ),
    ],
)
def test_the_sentence_gives_layers_and_multiplies(
    qtbot: QtBot, sharing: Sharing, sentence: str
) -> None:
    note = SharingNote()
    qtbot.addWidget(note)
    note.show_sharing(sharing)
    assert note.text().replace("\u202f", " ") == sentence
    note.show_sharing(None)
    assert note.text() == ""
    assert not note.isVisible()


@pytest.mark.parametrize(
    ("for_pictures", "said", "unsaid"),
    [(False, {"sound", "hear"}, {"picture", "see"}), (True, {"picture", "see"}, {"sound", "hear"})],
)
def test_the_explanation_speaks_of_what_the_patches_take(
    qtbot: QtBot, for_pictures: bool, said: set[str], unsaid: set[str]
) -> None:
    note = SharingNote(for_pictures=for_pictures)
    qtbot.addWidget(note)
    words = set(re.findall(r"\w+", note.toolTip()))
    assert said <= words
    assert not unsaid & words
