"""Ordinary mistakes end with one line that says what to do, not with a trace."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.unit.cli.conftest import Place, refusal
from workbench.backbones.registry import build
from workbench.cli.main import main
from workbench.methods.patch import Patch, read_patch

Arguments = list[object]


def changed_patch(place: Place, change: Callable[[Patch], Patch]) -> Path:
    patch = change(read_patch(place.patch))
    path = place.scratch / "changed.patch.safetensors"
    save_file(patch.tensors, path, {"card": patch.card.model_dump_json()})
    return path


def without_tensor(name: str) -> Callable[[Patch], Patch]:
    return lambda patch: Patch(patch.card, {k: t for k, t in patch.tensors.items() if k != name})


def with_setting(patch: Patch) -> Patch:
    config = {**patch.card.config, "tomorrow": 1}
    return Patch(patch.card.model_copy(update={"config": config}), patch.tensors)


def predict(place: Place, *inputs: object, patch: Path | None = None) -> Arguments:
    return ["predict", "--patch", patch or place.patch, "--backbone", place.backbone, *inputs]


def not_audio(place: Place) -> Arguments:
    (place.scratch / "notes.txt").write_text("hello")
    return predict(place, place.scratch / "notes.txt")


def pretrain(place: Place, architecture: str, out: Path) -> Arguments:
    # The data does not exist: what is wrong with the request is said before any is read.
    absent = place.scratch / "absent"
    return ["pretrain", "--architecture", architecture, "--data", absent, "--out", out]


def audio2vec(architecture: str, *more: object) -> Callable[[Place], Arguments]:
    def arguments(place: Place) -> Arguments:
        asked = pretrain(place, architecture, place.scratch / "new")
        return [*asked, "--objective", "audio2vec", *more]

    return arguments


def backbone_without_weights(place: Place) -> Arguments:
    folder = place.scratch / "bcresnet1.tiny"
    shutil.copytree(place.backbone, folder)
    (folder / "weights.safetensors").unlink()
    return ["layers", folder]


def listen_twice(place: Place) -> Arguments:
    twice = ["--patch", place.patch, "--patch", place.patch]
    return ["listen", *twice, "--backbone", place.backbone, "--file", place.wave]


def import_with(architecture: str, frontend: str) -> Callable[[Place], Arguments]:
    def arguments(place: Place) -> Arguments:
        torch.save(build(architecture, 12).state_dict(), place.scratch / "net.pt")
        out = place.scratch / "imported"
        return [
            "backbones",
            "import",
            place.scratch / "net.pt",
            "--frontend",
            frontend,
            "--out",
            out,
        ]

    return arguments


def with_patch(change: Callable[[Patch], Patch]) -> Callable[[Place], Arguments]:
    return lambda place: predict(place, place.wave, patch=changed_patch(place, change))


def not_installed(verb: str, *more: object) -> Callable[[Place], Arguments]:
    def arguments(place: Place) -> Arguments:
        named = {"WAVE": place.wave, "OUT": place.scratch / "out", "DATA": place.wave.parent}
        return [verb, "--patch", place.patch, *(named.get(str(m), m) for m in more)]

    return arguments


MISTAKES: dict[str, tuple[Callable[[Place], Arguments], str, str]] = {
    "no such clip": (
        lambda place: predict(place, place.wave, place.scratch / "absent.wav"),
        "There is no file",
        "Check its name",
    ),
    "folder for a clip": (
        lambda place: predict(place, place.scratch),
        "is a folder",
        "workbench evaluate",
    ),
    "text for a clip": (not_audio, "notes.txt cannot be read as audio", "wav, flac"),
    "unknown architecture": (
        lambda place: pretrain(place, "bcresnet4", place.scratch / "out"),
        "no architecture named 'bcresnet4'",
        "bcresnet3",
    ),
    "training over a backbone": (
        lambda place: pretrain(place, "bcresnet1", place.backbone),
        "holds a backbone already",
        "another folder",
    ),
    "audio2vec of another network": (
        audio2vec("bcresnet1"),
        "audio encoders only",
        "audio_encoder",
    ),
    "audio2vec with noise": (
        audio2vec("audio_encoder", "--noise", "hum.wav"),
        "mixes no noise in",
        "--data",
    ),
    "no weights": (backbone_without_weights, "weights.safetensors cannot be read", "Copy"),
    "same patch twice": (listen_twice, "is named 2 times", "once"),
    "time-first for BC-ResNet": (
        import_with("bcresnet1", "mfcc40"),
        "gives examples of 1×101×40, but bcresnet1 takes 1×40×101",
        "another front-end",
    ),
    "mel-first for Res": (import_with("res8", "logmel40"), "res8 takes 1×101×40", "front-end"),
    "setting of tomorrow": (with_patch(with_setting), "not understand: tomorrow", "Update"),
    "no head": (with_patch(without_tensor("head/weight")), "missing: head/weight", "Copy"),
    "no statistics": (
        with_patch(without_tensor("stat/cnn_head.1.running_mean")),
        "missing: stat/cnn_head.1.running_mean",
        "Copy",
    ),
    "no delta weight": (
        with_patch(without_tensor("delta/cnn_head.0.weight")),
        "missing: cnn_head.0",
        "Copy",
    ),
    "predict without backbone": (
        not_installed("predict", "WAVE"),
        "no installed backbone has those weights",
        "--backbone FOLDER",
    ),
    "evaluate without backbone": (
        not_installed("evaluate", "--data", "DATA"),
        "no installed backbone has those weights",
        "--backbone FOLDER",
    ),
    "export without backbone": (
        not_installed("export", "--format", "onnx", "--out", "OUT"),
        "no installed backbone has those weights",
        "--backbone FOLDER",
    ),
    "listen without backbone": (
        not_installed("listen", "--file", "WAVE"),
        "no installed backbone has those weights",
        "--backbone FOLDER",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_what_to_do(place: Place, mistake: str) -> None:
    arguments, message, hint = MISTAKES[mistake]
    error = refusal(*arguments(place))
    assert message in error.message
    assert hint in error.hint


def test_nothing_is_written_where_a_backbone_is(place: Place) -> None:
    before = {path.name: path.read_bytes() for path in place.backbone.iterdir()}
    refusal(*pretrain(place, "bcresnet1", place.backbone))
    assert {path.name: path.read_bytes() for path in place.backbone.iterdir()} == before


def test_a_mistake_is_one_line_and_exit_code_2(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = predict(place, place.scratch / "absent.wav")
    monkeypatch.setattr(sys, "argv", ["workbench", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    printed = capsys.readouterr().err
    assert printed.startswith("workbench: There is no file")
    assert printed.count("\n") == 1


WITHOUT = """
import sys
sys.modules[{module!r}] = None
sys.argv = ["workbench"]
from workbench.__main__ import main
main()
"""


def start_window_without(module: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT.format(module=module)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_without_the_windows_libraries_it_is_said_how_to_get_them() -> None:
    done = start_window_without("PySide6")
    assert done.returncode == 2
    assert done.stderr.startswith("workbench: The window needs PySide6")
    assert 'pip install "adaptation-workbench[gui]"' in done.stderr
    assert done.stderr.count("\n") == 1


def test_another_missing_module_is_a_bug() -> None:
    done = start_window_without("workbench.gui.app")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
