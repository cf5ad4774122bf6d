"""The Adapt station, driven as a person would drive it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from safetensors.torch import save_file

from tests.gui.fakes import FINISHED_RECORD, FakeProject, swr_events
from tests.helpers.tiny import tiny_backbone
from workbench.cancel import RunState
from workbench.evaluation.metrics import wilson
from workbench.gui.bridge.run_worker import Runner
from workbench.gui.formatting import percent, size
from workbench.gui.pages.adapt import PLAN_TAB, RUN_TAB, AdaptPage
from workbench.gui.session import Session
from workbench.methods.swr.policy_net import PolicyNet


@pytest.fixture
def page(qtbot: QtBot, session: Session, project: FakeProject) -> AdaptPage:
    made = AdaptPage(session)
    qtbot.addWidget(made)
    made.resize(1200, 760)
    made.show()
    qtbot.waitUntil(lambda: made.plan is not None)
    return made


def run_to_end(qtbot: QtBot, session: Session, page: AdaptPage) -> str:
    qtbot.mouseClick(page.settings.start_button, Qt.MouseButton.LeftButton)
    run_id = page.runs.run_id
    assert run_id is not None
    qtbot.waitUntil(lambda: session.run_state(run_id) is RunState.FINISHED, timeout=10_000)
    qtbot.wait(100)
    return run_id


def test_moving_the_slider_repaints_layers_and_cost(qtbot: QtBot, page: AdaptPage) -> None:
    small = page.plan
    page.settings.budget.set_budget(0.5)
    qtbot.waitUntil(lambda: page.plan is not small)
    large = page.plan
    assert small is not None
    assert large is not None
    assert large.changed > small.changed
    assert page.settings.budget.bytes.text == size(large.cost.stored_bytes).replace("\u202f", " ")
    rows = page.preview.table_text().splitlines()
    assert len(rows) == 1 + len(large.bars)
    assert sum(row.endswith("\tchanged") for row in rows) == large.changed + 1
    assert page.preview.bars.bars == large.bars


def test_the_slider_moves_by_keyboard(qtbot: QtBot, page: AdaptPage) -> None:
    budget = page.settings.budget
    assert budget.budget == 0.10
    qtbot.keyClick(budget.slider, Qt.Key.Key_Right)
    assert budget.budget == 0.11
    qtbot.keyClick(budget.slider, Qt.Key.Key_Home)
    assert budget.budget == 0.005


def test_the_first_preview_is_called_an_estimate(page: AdaptPage) -> None:
    assert page.preview.source.text().startswith("Estimate")
    assert not page.settings.reuse.isVisible()


def test_a_click_runs_and_shows_curves_film_and_result(
    qtbot: QtBot, session: Session, page: AdaptPage
) -> None:
    run_to_end(qtbot, session, page)
    assert page.tabs.currentIndex() == RUN_TAB
    events = list(swr_events())
    epochs = page.run_panel.curves_card.as_text().splitlines()
    assert len(epochs) == 1 + 9
    assert f"{percent(wilson(54, 60)[0])} – {percent(wilson(54, 60)[1])}" in epochs[-1]
    assert len(page.run_panel.film_card.film.store) == sum(
        type(e).__name__ == "LayerDecisions" for e in events
    )
    low, high = (percent(bound) for bound in wilson(54, 60))
    assert f"between {low} and {high}, 60 examples" in page.run_panel.status.text()
    assert session.notices.history[-1].text == "The run has finished."


def test_the_film_table_is_the_film_and_stands_at_its_cursor(
    qtbot: QtBot, session: Session, page: AdaptPage
) -> None:
    run_to_end(qtbot, session, page)
    card = page.run_panel.film_card
    film = card.film
    film.set_frame(4)
    titles, *rows = (line.split("\t") for line in card.as_text().splitlines())
    assert titles[2:] == list(film.names)
    assert len(rows) == len(film.store)
    at = card.table.currentIndex().row()
    assert [float(value) for value in rows[at][2:]] == pytest.approx(
        [film.value(4, layer) for layer in range(len(film.names))], abs=5e-5
    )


def test_the_start_key_lines_up_a_run_with_these_settings(
    qtbot: QtBot, session: Session, project: FakeProject, page: AdaptPage
) -> None:
    page.settings.budget.set_budget(0.25)
    page.settings.length.epochs.setValue(7)
    page.settings.length.seed.setValue(3)
    session.start_requested.emit()
    (run_id,) = project.stored
    job = session.queue.job(run_id)
    assert (job.method, job.config["budget"]) == ("swr", 0.25)
    assert (job.training.epochs, job.training.seed) == (7, 3)
    assert job.backbone == session.backbone
    assert job.policy_from is None


def test_wrong_settings_block_the_button_and_say_so(qtbot: QtBot, page: AdaptPage) -> None:
    page.settings.more.form("swr").editor("policy_weight").setText("much")  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: not page.settings.start_button.isEnabled())
    assert "marked settings" in page.settings.why_not.text()
    page.settings.more.form("swr").editor("policy_weight").setText("1")  # type: ignore[attr-defined]
    qtbot.waitUntil(page.settings.start_button.isEnabled)


def test_a_method_that_the_backbone_refuses_shows_no_other_methods_plan(
    qtbot: QtBot, page: AdaptPage
) -> None:
    choice = page.settings.method
    choice.setCurrentIndex(choice.findData("finetune"))
    qtbot.waitUntil(lambda: page.plan is not None and page.plan.changed > 0)
    choice.setCurrentIndex(choice.findData("task_adapter"))
    qtbot.waitUntil(lambda: page.plan is None)
    assert "audio encoder" in page.preview.source.text()
    assert not page.preview.card.isVisible()
    assert not page.settings.start_button.isEnabled()
    assert page.settings.sweep_button.isEnabled()
    choice.setCurrentIndex(choice.findData("head"))
    qtbot.waitUntil(lambda: page.plan is not None)
    assert page.preview.card.isVisible()


def test_a_method_without_budget_locks_the_slider(qtbot: QtBot, page: AdaptPage) -> None:
    page.settings.method.setCurrentIndex(page.settings.method.findData("head"))
    assert not page.settings.budget.slider.isVisible()
    qtbot.waitUntil(lambda: page.plan is not None and page.plan.changed == 0)


def test_settings_that_the_backbone_does_not_allow_block_the_button(
    qtbot: QtBot, page: AdaptPage
) -> None:
    page.settings.method.setCurrentIndex(page.settings.method.findData("patch"))
    form = page.settings.more.form("patch")
    form.set_values({"norms": "off", "last": False})
    qtbot.waitUntil(lambda: not page.settings.start_button.isEnabled())
    assert "Nothing would learn" in page.settings.why_not.text()
    form.set_values({"depthwise": True})
    qtbot.waitUntil(page.settings.start_button.isEnabled)


def test_a_finished_run_lends_its_policy(
    qtbot: QtBot, session: Session, project: FakeProject, page: AdaptPage
) -> None:
    first = run_to_end(qtbot, session, page)
    folder = project.stored[first].folder
    count = len(page.plan.bars) - 1 if page.plan else 0
    save_file(dict(PolicyNet(count, 8).state_dict()), folder / "policy.safetensors")
    project.finish_run(first, FINISHED_RECORD | {"backbone": session.backbone})
    session.runs_changed.emit()
    assert page.settings.reuse.isVisibleTo(page)
    qtbot.waitUntil(lambda: page.plan is not None and not page.plan.is_estimate)
    assert page.planner.policy is not None
    name = page.planner.policy.run_name
    page.settings.budget.set_budget(0.25)
    page.start()
    assert session.queue.job("r2").policy_from == folder
    qtbot.waitUntil(lambda: session.run_state("r2") is RunState.FINISHED)
    save_file(
        dict(PolicyNet(count, 8).state_dict()), project.stored["r2"].folder / "policy.safetensors"
    )
    project.stored["r2"].job["policy_from"] = str(folder)
    project.finish_run("r2", FINISHED_RECORD | {"backbone": session.backbone})
    session.runs_changed.emit()
    newest = project.stored["r2"].folder
    qtbot.waitUntil(
        lambda: page.planner.policy is not None and page.planner.policy.folder == newest
    )
    assert page.planner.policy.run_name == name, "the run that learned it is named"


def test_a_known_policy_is_offered_to_staged_swr_only_and_an_answer_stands(
    qtbot: QtBot, session: Session, project: FakeProject, page: AdaptPage
) -> None:
    page.settings.offer_policy("swr 10 %")
    reuse, folder = page.settings.reuse, Path("earlier")
    assert reuse.isVisibleTo(page)
    assert page.settings.job("b", folder).policy_from == folder
    page.settings.method.setCurrentIndex(page.settings.method.findData("head"))
    assert not reuse.isVisibleTo(page)
    assert page.settings.job("b", folder).policy_from is None
    page.settings.method.setCurrentIndex(page.settings.method.findData("swr"))
    reuse.setChecked(False)
    page.settings.offer_policy("swr 10 %")
    assert not reuse.isChecked()
    page.settings.offer_policy("swr 30 %")
    assert reuse.isChecked()
    for needs_a_super_net_of_its_own in ({"staged": False}, {"keep_super_weights": True}):
        page.settings.more.form("swr").set_values(needs_a_super_net_of_its_own)
        assert not reuse.isVisibleTo(page)
        assert page.settings.job("b", folder).policy_from is None
        page.settings.more.form("swr").set_values({"staged": True, "keep_super_weights": False})


def test_a_run_of_an_earlier_session_is_watched_from_its_history(
    qtbot: QtBot, session: Session, project: FakeProject, page: AdaptPage
) -> None:
    run_id = run_to_end(qtbot, session, page)
    other = Session(runner=lambda *_: iter(()))
    other.backbone = session.backbone
    again = AdaptPage(other)
    qtbot.addWidget(again)
    other.adopt(project.as_project)
    again.runs.choose(run_id)
    qtbot.waitUntil(
        lambda: (
            len(again.run_panel.film_card.film.store) == len(page.run_panel.film_card.film.store)
        )
    )
    assert again.run_panel.curves_card.as_text() == page.run_panel.curves_card.as_text()
    other.queue.shut_down()


def test_a_stopped_run_can_be_continued(
    qtbot: QtBot, session: Session, project: FakeProject, page: AdaptPage, runner: Runner
) -> None:
    run_id = run_to_end(qtbot, session, page)
    project.set_run_state(run_id, "cancelled")
    session.runs_changed.emit()
    other = Session(runner=runner)
    other.backbone = session.backbone
    other.adopt(project.as_project)
    again = AdaptPage(other)
    qtbot.addWidget(again)
    again.runs.choose(run_id)
    again.runs.continue_button.click()
    qtbot.waitUntil(lambda: other.run_state(run_id) is RunState.FINISHED, timeout=10_000)
    assert other.queue.job(run_id).out == project.stored[run_id].folder
    other.queue.shut_down()


@pytest.mark.parametrize("clips", [0, 8])
def test_what_is_missing_is_said_with_a_way_out(
    qtbot: QtBot, session: Session, tmp_path: Path, clips: int
) -> None:
    page = AdaptPage(session)
    qtbot.addWidget(page)
    assert "Open a project" in page.outer.currentWidget().accessibleName()
    session.adopt(FakeProject(tmp_path, clips_per_class=clips).as_project)
    qtbot.waitUntil(
        lambda: bool(page.settings.why_not.text()) != bool(clips) and page.plan is not None
    )
    shown = page.outer.currentWidget()
    assert (shown is page.split) == bool(clips)
    if not clips:
        with qtbot.waitSignal(session.station_requested):
            shown.primary.click()  # type: ignore[attr-defined]


def test_the_plan_comes_back_when_the_settings_change(qtbot: QtBot, page: AdaptPage) -> None:
    page.tabs.setCurrentIndex(RUN_TAB)
    page.settings.budget.set_budget(0.3)
    assert page.tabs.currentIndex() == PLAN_TAB


def test_every_control_has_a_name_for_screen_readers(page: AdaptPage) -> None:
    nameless = [
        widget
        for widget in page.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.window() is page
        and not widget.objectName().startswith("qt_")
        and not (widget.accessibleName() or getattr(widget, "text", str)())
    ]
    assert nameless == []


def test_a_backbone_that_sees_is_not_started_on_sounds(
    qtbot: QtBot, session: Session, page: AdaptPage, tmp_path: Path
) -> None:
    assert page.settings.start_button.isEnabled()
    tiny_backbone(tmp_path / "lenet5_small.tiny", architecture="lenet5_small")
    session.set_backbone(str(tmp_path / "lenet5_small.tiny"))
    qtbot.waitUntil(lambda: not page.settings.start_button.isEnabled(), timeout=10_000)
    wanted = "lenet5_small.tiny takes pictures, and this task holds sounds"
    qtbot.waitUntil(lambda: wanted in page.settings.why_not.text(), timeout=10_000)
    session.set_backbone(str(tmp_path / "tiny"))
    qtbot.waitUntil(page.settings.start_button.isEnabled, timeout=10_000)
