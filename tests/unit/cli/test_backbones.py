"""Picture backbones on the command line: imported, listed, and shown layer by layer."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from tests.unit.cli.conftest import call, refusal
from workbench import locations
from workbench.backbones.public_weights import PUBLIC_WEIGHTS
from workbench.backbones.registry import build


def test_a_picture_network_is_imported_listed_and_shown(tmp_path: Path) -> None:
    torch.save(build("resnet20", 10).state_dict(), tmp_path / "net.th")
    out = locations.user_models_dir() / "resnet20.mine"
    result = call("backbones", "import", tmp_path / "net.th", "--out", out)
    assert result.stdout.startswith("resnet20.mine: tensors 116 matched")
    assert "10 classes are numbered" in result.stdout
    (listed,) = [
        record
        for record in json.loads(call("backbones", "list", "--json", "-").stdout)
        if record["name"] == "resnet20.mine"
    ]
    assert (listed["parameters"], listed["frontend"]["kind"]) == (269_722, "picture")
    assert listed["labels"] == [f"class {number}" for number in range(10)]
    shown = json.loads(call("layers", "resnet20.mine", "--json", "-").stdout)
    assert {row["group"] for row in shown["layers"]} >= {"stem", "stage 3", "head"}
    assert sum(row["multiplies"] for row in shown["layers"]) == listed["multiplies"]


def test_work_with_sound_refuses_a_picture_network(tmp_path: Path) -> None:
    torch.save(build("lenet5_small", 3).state_dict(), tmp_path / "net.pt")
    call("backbones", "import", tmp_path / "net.pt", "--out", tmp_path / "lenet5_small.mine")
    words = tmp_path / "words"
    words.mkdir()
    error = refusal(
        *("adapt", "--backbone", tmp_path / "lenet5_small.mine", "--method", "multi_head"),
        *("--data", words, "--hop-ms", 20, "--hop-ms", 40, "--out", tmp_path / "run"),
    )
    assert "needs a backbone for sound" in error.message


def test_published_weights_are_listed_and_unknown_names_refused() -> None:
    listed = json.loads(call("backbones", "get", "--json", "-").stdout)
    assert [record["name"] for record in listed] == [weights.name for weights in PUBLIC_WEIGHTS]
    assert "mobilenet_v2.imagenet" in refusal("backbones", "get", "mobilenet_v2.imagnet").hint
