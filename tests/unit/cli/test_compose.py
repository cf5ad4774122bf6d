"""``workbench compose`` from clips to an evaluated recogniser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.tones import write_tone_task
from tests.unit.cli.conftest import Place, call, refusal


@pytest.fixture
def library(place: Place) -> Path:
    data = write_tone_task(place.scratch / "tones")
    learn = ("compose", "learn", "--backbone", place.backbone, "--data", data)
    call(*learn, "--library", place.scratch / "library")
    return place.scratch / "library"


def test_from_clips_to_an_evaluated_recogniser(place: Place, library: Path) -> None:
    listed = json.loads(call("compose", "list", "--library", library, "--json", "-").stdout)
    assert [word["label"] for word in listed["words"]] == ["high", "low", "middle"]
    assert not listed["problems"]
    out = place.scratch / "two.patch.safetensors"
    make = ("compose", "make", "--library", library, "--backbone", place.backbone)
    made = call(*make, "--words", "middle, low", "--out", out, "--json", "-")
    record = json.loads(made.stdout)
    assert record["classes"] == ["_unknown_", "middle", "low"]
    assert record["stored_params"] == 3 * (32 + 1)
    predicted = call(
        "predict", "--patch", out, "--backbone", place.backbone, place.wave, "--json", "-"
    )
    assert "middle" in predicted.stdout


def test_reject_zero_leaves_the_extra_class_out(place: Place, library: Path) -> None:
    out = place.scratch / "all.patch.safetensors"
    make = ("compose", "make", "--library", library, "--backbone", place.backbone)
    made = call(*make, "--words", "high", "--reject", "0", "--out", out, "--json", "-")
    assert json.loads(made.stdout)["classes"] == ["high"]


def test_words_of_a_loss_without_probabilities_have_no_threshold(
    place: Place, library: Path
) -> None:
    learn = ("compose", "learn", "--backbone", place.backbone, "--data", place.scratch / "tones")
    call(*learn, "--library", library, "--loss", "ce", "--words", "high,low")
    out = place.scratch / "words.patch.safetensors"
    make = ("compose", "make", "--library", library, "--backbone", place.backbone, "--out", out)
    assert "learned with different losses" in refusal(*make, "--words", "high,middle").message
    assert "with the loss ce" in refusal(*make, "--words", "high,low", "--reject", "0.5").message
    assert not out.exists()
    assert "No sound is rejected" in call(*make, "--words", "high,low").stdout
    record = json.loads(call(*make, "--words", "high,low", "--json", "-").stdout)
    assert (record["classes"], record["reject_below"]) == (["high", "low"], None)
    assert "rejected" not in call(*make, "--words", "middle").stdout


def test_mistakes_are_told(place: Place, library: Path) -> None:
    out = place.scratch / "words.patch.safetensors"
    make = ("compose", "make", "--library", library, "--backbone", place.backbone, "--out", out)
    assert "no word 'loud'" in str(refusal(*make, "--words", "loud"))
    assert "no word to compose" in str(refusal(*make, "--words", " , "))
    assert "no threshold" in str(refusal(*make, "--words", "low", "--reject", "1.5"))
    assert "not installed" in str(refusal(*make[:4], "--words", "low", "--out", out))
    bad_name = refusal(*make[:-1], place.scratch / "words.bin", "--words", "low")
    assert "does not end in" in str(bad_name)
    nowhere = refusal("compose", "list", "--library", place.scratch / "nowhere")
    assert "no library" in str(nowhere)
    data = place.scratch / "tones"
    learn = ("compose", "learn", "--backbone", place.backbone, "--data", data)
    wrong = refusal(*learn, "--library", library, "--loss", "hinge")
    assert "no loss named 'hinge'" in str(wrong)
    assert not out.exists()
