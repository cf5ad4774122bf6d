"""Records of the verbs that prepare data."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.helpers.tones import RATE_HZ, tone
from tests.unit.cli.conftest import Place, call
from workbench.audio import speech
from workbench.audio.files import write_wave


def test_doctor_says_how_to_mend_what_it_found(place: Place) -> None:
    task = place.scratch / "task"
    for label in ("low", "high"):
        for i in range(2):
            write_wave(task / label / f"{i}.wav", tone(400.0, 10 * len(label) + i), RATE_HZ)
    findings = json.loads(call("doctor", "--data", task, "--json", "-").stdout)["findings"]
    fixes = [finding["fix"] for finding in findings if finding["fix"]]
    assert "Record more of them." in fixes
    printed = call("doctor", "--data", task).stdout
    assert all(fix in printed for fix in fixes)


def test_synthesize_says_what_it_made(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "voice_variants", lambda: ("anna", "f 1", "m1"))
    spoken = (np.ones(RATE_HZ, np.float32) * 0.1, RATE_HZ)
    monkeypatch.setattr(speech, "synthesize", lambda *_: spoken)
    out = place.scratch / "words"
    result = call("synthesize", "go", "stop", "--out", out, "--voices", 2, "--json", "-")
    record = json.loads(result.stdout)
    assert record["out"] == str(out)
    assert record["classes"] == ["go", "stop", "_silence_"]
    assert record["clips"] == len(list(out.glob("*/*.wav"))) == 6
    assert len(record["voices"]) == 2
    assert record["language"] == "en-us"
    assert record["seed"] == 0
