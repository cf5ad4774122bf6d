"""A patch, or the beginning of a run, that other versions have made is told so on standard error."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from tests.unit.cli.conftest import Place, call
from workbench.cli.progress import follow
from workbench.methods.patch import Patch, read_patch, save_patch
from workbench.methods.versions import versions_here
from workbench.training.events import RunFinished, RunStarted, SeveralFinished, SeveralStarted

SAID = f"was made with torch 1.0; here: torch {torch.__version__}"


def patch_made_with(place: Place, torch_version: str) -> Path:
    patch = read_patch(place.patch)
    made = versions_here() | {"torch": torch_version}
    path = place.scratch / place.patch.name
    save_patch(Patch(patch.card.model_copy(update={"versions": made}), patch.tensors), path)
    return path


def data(place: Place) -> Path:
    for word in ("go", "stop"):
        (place.scratch / "data" / word).mkdir(parents=True)
        shutil.copyfile(place.wave, place.scratch / "data" / word / "one_nohash_0.wav")
    return place.scratch / "data"


@pytest.mark.parametrize("verb", ["ledger", "evaluate", "export"])
def test_a_patch_of_another_version_is_told(place: Place, verb: str) -> None:
    more = {
        "ledger": (),
        "evaluate": ("--data", data(place)),
        "export": ("--format", "onnx", "--out", place.scratch / "words.onnx"),
    }[verb]
    patch = patch_made_with(place, "1.0")
    done = call(verb, "--patch", patch, "--backbone", place.backbone, *more, "--json", "-")
    assert SAID in done.stderr
    json.loads(done.stdout)


def test_a_patch_of_this_version_is_not_commented_on(place: Place) -> None:
    patch = patch_made_with(place, torch.__version__)
    assert not call("ledger", "--patch", patch, "--backbone", place.backbone).stderr


@pytest.mark.parametrize("several", [True, False])
def test_a_run_that_goes_on_under_another_version_is_told(
    capsys: pytest.CaptureFixture[str], several: bool
) -> None:
    begun = {"torch": "1.0"}
    events = (
        [SeveralStarted("patches_together", (), (), 3, begun), SeveralFinished((), None, {})]
        if several
        else [
            RunStarted("swr", (), (), (), (), 3, begun_with=begun),
            RunFinished(Path("a.patch.safetensors"), {}),
        ]
    )
    follow(iter(events))
    said = capsys.readouterr().err
    assert "continuing after epoch 3" in said
    assert f"begun with torch 1.0, continued with torch {torch.__version__}" in said
