"""From a request to jobs: what is run, in which order, in which folders, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers.tiny import tiny_backbone
from workbench.audio.augment import AugmentConfig
from workbench.backbones.registry import build
from workbench.cancel import CancelToken
from workbench.errors import WorkbenchError
from workbench.methods.registry import names
from workbench.studies.folder import KeptSweep, finished_record, taken_up
from workbench.studies.plan import SweepPlan, expand, make_plan, refused_methods
from workbench.studies.sweep import sweep

FOLDER = Path("sweep")


def plan_of(**changes: Any) -> SweepPlan:
    wanted: dict[str, Any] = {
        "backbone": "bcresnet1.x",
        "data": Path("words"),
        "methods": ("head", "swr"),
        "budgets": (0.1, 0.3),
        "seeds": (0, 1),
        "epochs": 2,
    }
    return make_plan(**{**wanted, **changes})


def kept(plan: SweepPlan, backbone: str = "b", clips: str = "c") -> KeptSweep:
    return KeptSweep(plan=plan, backbone_sha256=backbone, clips_sha256=clips)


def test_the_grid_by_hand() -> None:
    jobs = expand(plan_of(), FOLDER)
    assert [(job.name, job.after) for job in jobs] == [
        ("head-seed0", None),
        ("swr-0.1-seed0", None),
        ("swr-0.3-seed0", "swr-0.1-seed0"),
        ("head-seed1", None),
        ("swr-0.1-seed1", None),
        ("swr-0.3-seed1", "swr-0.1-seed1"),
    ]
    third = jobs[2].job
    assert third.out == FOLDER / "swr-0.3-seed0"
    assert third.policy_from == FOLDER / "swr-0.1-seed0"
    assert (third.config["budget"], third.training.seed, third.training.epochs) == (0.3, 0, 2)


def test_pictures_have_one_size_in_all_runs_of_a_sweep() -> None:
    plan = plan_of(picture_px=96)
    assert {job.job.picture_px for job in expand(plan, FOLDER)} == {96}
    with pytest.raises(WorkbenchError, match="picture px: 96, now None"):
        taken_up(kept(plan), kept(plan_of()), FOLDER)


def test_a_policy_is_shared_only_where_it_holds_for_every_budget() -> None:
    jobs = expand(plan_of(settings=("staged=false",)), FOLDER)
    assert {job.after for job in jobs} == {None}


def test_a_method_with_a_budget_has_its_default_where_none_is_asked_for() -> None:
    jobs = expand(plan_of(budgets=(), seeds=(4,)), FOLDER)
    assert [job.name for job in jobs] == ["head-seed4", "swr-0.1-seed4"]


def test_settings_go_where_they_belong() -> None:
    settings = ("policy_epochs=5", "learning_rate=0.01", "threads=3")
    head, swr = expand(plan_of(settings=settings, seeds=(0,), budgets=(0.1,)), FOLDER)
    assert "policy_epochs" not in head.job.config
    assert swr.job.config["policy_epochs"] == 5
    assert {head.job.training.learning_rate, swr.job.training.learning_rate} == {0.01}
    assert head.job.training.threads == 3


def test_a_setting_of_a_group_goes_to_every_run() -> None:
    jobs = expand(plan_of(settings=("augment.noise_probability=0.25",)), FOLDER)
    varied = {job.job.training.augment for job in jobs}
    assert varied == {AugmentConfig(noise_probability=0.25)}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"methods": ("swrr",)}, "no method named 'swrr'"),
        ({"methods": ()}, "methods"),
        ({"methods": ("head",)}, "has a budget"),
        ({"budgets": (0.1, 1.5)}, "budget"),
        ({"seeds": (-1,)}, "seed"),
        ({"settings": ("polcy_epochs=5",)}, "no setting named 'polcy_epochs'"),
        ({"settings": ("augment.noise=1",)}, "Did you mean .*augment.noise_probability"),
        ({"settings": ("seed=5",)}, "Use --seeds"),
        ({"settings": ("epochs",)}, "field=value"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_begins(
    changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(WorkbenchError, match=told):
        plan_of(**changes)


@pytest.mark.parametrize(
    ("architecture", "refused"),
    [
        ("bcresnet1", {"task_adapter": "audio encoder"}),
        ("audio_encoder_small_separable", {}),
        ("lenet5_small", {"task_adapter": "audio encoder", "patch": "no norms"}),
    ],
)
def test_what_a_backbone_does_not_allow_is_known_with_the_reason(
    architecture: str, refused: dict[str, str]
) -> None:
    found = refused_methods(plan_of(methods=names()), build(architecture, 3).layers())
    assert set(found) == set(refused)
    assert all(refused[method] in error.message for method, error in found.items())


def test_settings_decide_too_on_what_a_backbone_allows() -> None:
    plan = plan_of(methods=("head", "swr", "patch"), settings=("norms=off", "last=true"))
    assert refused_methods(plan, build("lenet5_small", 3).layers()) == {}


def test_a_named_method_that_does_not_suit_is_refused_before_clips_are_read(tmp_path: Path) -> None:
    tiny_backbone(tmp_path / "bcresnet1.tiny")
    plan = plan_of(
        backbone=str(tmp_path / "bcresnet1.tiny"),
        data=tmp_path / "missing",
        methods=("head", "swr", "task_adapter"),
    )
    with pytest.raises(WorkbenchError, match=r"task_adapter: .*audio encoder") as refused:
        next(sweep(plan, tmp_path / "sweep", CancelToken()))
    assert "head:" not in refused.value.message


def test_the_same_request_is_taken_up_as_it_was_with_its_threads() -> None:
    old = plan_of().model_copy(update={"threads": 4})
    assert taken_up(kept(old), kept(plan_of()), FOLDER).plan == old


def test_an_extended_sweep_keeps_the_jobs_it_had() -> None:
    old = plan_of()
    new = plan_of(methods=("taps", "swr", "head"), budgets=(0.05, 0.1, 0.3), seeds=(2, 1, 0))
    grown = taken_up(kept(old), kept(new), FOLDER).plan
    before = {job.name: job for job in expand(old, FOLDER)}
    after = {job.name: job for job in expand(grown, FOLDER)}
    assert {name: after[name] for name in before} == before
    assert set(after) == {job.name for job in expand(new, FOLDER)}
    # The policy of a seed comes from the run that learned it, not from the budget that was added in front.
    assert after["swr-0.05-seed0"].after == "swr-0.1-seed0"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seeds": (0,)}, "it also has seed 1"),
        ({"budgets": (0.3,)}, "it also has budget 0.1"),
        ({"methods": ("swr",)}, "it also has method head"),
        ({"make_silence": False}, "its make silence: True, now False"),
        ({"epochs": 3}, "its epochs: 2, now 3"),
        ({"settings": ("learning_rate=0.1",)}, "its settings: none, now learning_rate=0.1"),
    ],
)
def test_a_changed_request_is_refused_and_the_difference_named(
    changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(WorkbenchError, match=told):
        taken_up(kept(plan_of()), kept(plan_of(**changes)), FOLDER)


def test_a_default_budget_is_not_dropped_when_budgets_are_named() -> None:
    before = kept(plan_of(budgets=(), seeds=(0,)))
    with pytest.raises(WorkbenchError, match=r"it also has the run swr-0\.1-seed0"):
        taken_up(before, kept(plan_of(budgets=(0.3,), seeds=(0,))), FOLDER)
    grown = taken_up(before, kept(plan_of(budgets=(0.3, 0.1), seeds=(0,))), FOLDER).plan
    assert "swr-0.1-seed0" in {job.name for job in expand(grown, FOLDER)}


def test_other_weights_and_other_clips_are_another_sweep() -> None:
    with pytest.raises(WorkbenchError, match="other weights"):
        taken_up(kept(plan_of()), kept(plan_of(), backbone="other"), FOLDER)
    with pytest.raises(WorkbenchError, match="its clips were others"):
        taken_up(kept(plan_of()), kept(plan_of(), clips="other"), FOLDER)


def test_a_job_has_finished_when_its_record_is_whole_and_its_settings_are_the_same(
    tmp_path: Path,
) -> None:
    _, first, second = expand(plan_of(seeds=(0,)), tmp_path)
    assert finished_record(second) is None
    second.job.out.mkdir()
    (second.job.out / "job.json").write_text(second.job.model_dump_json())
    (second.job.out / "record.json").write_text('{"n_test": 6')
    assert finished_record(second) is None
    (second.job.out / "record.json").write_text('{"n_test": 6}')
    assert finished_record(second) == {"n_test": 6}
    (second.job.out / "job.json").write_text(first.job.model_dump_json())
    with pytest.raises(WorkbenchError, match="other settings"):
        finished_record(second)


def test_a_sweep_whose_folder_was_moved_has_still_finished(tmp_path: Path) -> None:
    *_, there = expand(plan_of(seeds=(0,)), tmp_path)
    *_, before = expand(plan_of(seeds=(0,)), Path("elsewhere"))
    there.job.out.mkdir()
    (there.job.out / "job.json").write_text(before.job.model_dump_json())
    (there.job.out / "record.json").write_text("{}")
    assert finished_record(there) == {}
