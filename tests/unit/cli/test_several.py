"""Mistakes with several tasks, and with cascades."""

from __future__ import annotations

import shutil

import pytest

from tests.helpers.picture_folders import picture_folder
from tests.helpers.tiny import tiny_backbone, tiny_patch
from tests.helpers.tones import write_tone_task
from tests.unit.cli.conftest import Place, call, refusal
from workbench.backbones.registry import load_backbone
from workbench.data.store import ClipStore
from workbench.methods.patch import SUFFIX


def adapt(place: Place, *more: object) -> tuple[object, ...]:
    return ("adapt", "--backbone", place.backbone, "--out", place.scratch / "run", *more)


def test_methods_for_one_task_and_for_several_are_told_apart(place: Place) -> None:
    several = ("--data", place.scratch / "a", "--data", place.scratch / "b")
    error = refusal(*adapt(place, *several, "--method", "finetune"))
    assert "method for several tasks" in error.message
    assert "patches_together" in error.hint
    error = refusal(*adapt(place, "--data", place.scratch, "--method", "patches_together"))
    assert "no method named 'patches_together'" in error.message


def test_options_of_a_single_run_are_refused(place: Place) -> None:
    several = ("--data", place.scratch / "a", "--data", place.scratch / "b")
    together = (*several, "--method", "patches_together")
    assert "--budget" in refusal(*adapt(place, *together, "--budget", 0.1)).message
    error = refusal(*adapt(place, *together, "--policy-from", place.scratch))
    assert "--policy-from" in error.message
    assert "'budget'" in refusal(*adapt(place, *together, "--set", "budget=0.1")).message


def test_one_variant_is_not_several(place: Place) -> None:
    method = ("--method", "patches_together")
    error = refusal(*adapt(place, "--data", place.scratch, "--hop-ms", 20, *method))
    assert "takes several tasks" in error.message
    variants = ("--hop-ms", 10, "--hop-ms", 1)
    error = refusal(*adapt(place, "--data", place.scratch, *variants, *method))
    assert "hop_ms" in error.message


def test_tasks_of_one_name_are_refused(place: Place) -> None:
    task = write_tone_task(place.scratch / "tones", speakers=4, takes=1)
    twice = ("--data", task, "--data", task, "--method", "multi_head")
    assert "named tones" in refusal(*adapt(place, *twice)).message
    assert not (place.scratch / "run" / "job.json").exists()


@pytest.fixture
def no_clip_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object) -> None:
        raise AssertionError("a clip was read")

    monkeypatch.setattr(ClipStore, "unreadable", read)


@pytest.mark.usefixtures("no_clip_is_read")
def test_a_backbone_that_the_method_does_not_take_is_refused_before_data(place: Place) -> None:
    nowhere = place.scratch / "nowhere"
    two = ("--data", nowhere, "--data", nowhere)
    error = refusal(*adapt(place, *two, "--method", "task_adapters_together"))
    assert "read the layers of an audio encoder" in error.message
    tiny_backbone(place.scratch / "lenet", architecture="lenet5_small")
    given = ("adapt", "--backbone", place.scratch / "lenet", "--out", place.scratch / "run", *two)
    assert "no norms" in refusal(*given, "--method", "patches_together").message
    error = refusal(*adapt(place, "--data", nowhere, "--method", "task_adapter"))
    assert "read the layers of an audio encoder" in error.message


@pytest.mark.usefixtures("no_clip_is_read")
@pytest.mark.parametrize(
    ("architecture", "method", "variants"),
    [
        ("audio_encoder_small", "patches_together", ("--hop-ms", 10, "--hop-ms", 40)),
        ("lenet5_small", "multi_head", ("--picture-px", 28, "--picture-px", 40)),
    ],
)
def test_variants_that_the_network_has_no_place_for_are_refused_before_clips_are_read(
    place: Place, architecture: str, method: str, variants: tuple[object, ...]
) -> None:
    hears = architecture.startswith("audio")
    folder = place.scratch / "task"
    task = write_tone_task(folder, speakers=4, takes=1) if hears else picture_folder(folder)
    given = ("adapt", "--backbone", architecture, "--data", task, "--method", method, *variants)
    error = refusal(*given, "--out", place.scratch / "run")
    assert f"{architecture} cannot take examples of" in error.message


@pytest.mark.usefixtures("no_clip_is_read")
def test_the_last_of_several_tasks_is_looked_at_before_the_first_is_read(place: Place) -> None:
    first = write_tone_task(place.scratch / "tones", speakers=4, takes=1)
    pictures = picture_folder(place.scratch / "shapes")
    together = ("--data", first, "--data", pictures, "--method", "multi_head")
    error = refusal(*adapt(place, *together))
    assert "shapes is a task of pictures" in error.message
    fewer = place.scratch / "fewer"
    for label in ("low", "high"):
        shutil.copytree(first / label, fewer / label)
    together = ("--data", first, "--data", fewer, "--method", "multi_head")
    error = refusal(*adapt(place, *together, "--set", "shared_last=true"))
    assert "fewer has other classes than tones" in error.message


def test_a_cascade_needs_patches_of_one_task_and_parts_of_their_own(place: Place) -> None:
    base = load_backbone(place.backbone)
    other = tiny_patch(place.scratch, base, classes=("yes", "no"), seed=1)
    data = ("--data", place.scratch, "--backbone", place.backbone)
    error = refusal("cascade", "--patch", place.patch, "--patch", other, *data)
    assert "same classes" in error.message
    error = refusal("cascade", "--patch", place.patch, "--patch", place.patch, *data)
    assert "one name" in error.message
    error = refusal("cascade", "--patch", place.patch, *data, "--check", "val")
    assert "than they are" in error.message


def test_a_cascade_is_shown_as_tables(place: Place) -> None:
    base = load_backbone(place.backbone)
    classes = ("high", "low", "middle")
    patches = [
        tiny_patch(place.scratch, base, method, classes) for method in ("patch", "residual_adapter")
    ]
    task = write_tone_task(place.scratch / "tones")
    pool = [part for path in patches for part in ("--patch", path)]
    shown = call("cascade", *pool, "--data", task, "--backbone", place.backbone).stdout
    assert "Stages" in shown
    assert "test, 6 examples, which did not choose them" in shown
    assert all(path.name.removesuffix(SUFFIX) in shown for path in patches)
