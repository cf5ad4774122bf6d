"""Words lost between two runs, against confusions counted by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.data.task import SILENCE
from workbench.evaluation.metrics import evaluate_predictions
from workbench.evaluation.regression import LostWord, lost_words


def record(truth: str, answers: str, part: str = "val") -> dict[str, Any]:
    """Of clips called by their first letters: silence, go, stop, up."""
    letters = "_gsu"
    labels = (SILENCE, "go", "stop", "up")
    found = evaluate_predictions(
        np.array([letters.index(one) for one in truth]),
        np.array([letters.index(one) for one in answers]),
        labels,
    )
    return {"confusion": {part: found.as_record()}}


def test_words_that_fell_are_named_the_largest_fall_first() -> None:
    before = record("__ggggssssuu", "__gggg" + "ssss" + "u_")
    after = record("__ggggssss" + "uuu", "g_ggg_" + "s__s" + "uu_")
    assert lost_words(before, after) == (
        LostWord("stop", 1.0, 4, 0.5, 4),
        LostWord("go", 1.0, 4, 0.75, 4),
    ), "silence is no word, and of up more were recognised"


def test_a_word_without_clips_on_either_side_is_not_lost() -> None:
    assert lost_words(record("gg", "gg"), record("ss", "__")) == ()


def test_older_records_tell_nothing() -> None:
    assert lost_words({}, record("g", "_")) == ()
    assert lost_words(record("g", "g", "test"), record("g", "_", "test")) == ()
