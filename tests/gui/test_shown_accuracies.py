"""An accuracy never stands alone: what it was measured on stands beside it."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from tests.gui.filled_window import TESTED, visit
from workbench.gui.formatting import percent_of
from workbench.gui.itemmodels.runs import ACCURACY
from workbench.gui.main_window import MainWindow
from workbench.gui.pages.adapt import AdaptPage
from workbench.gui.pages.adapt_run import RunPanel
from workbench.gui.pages.inspect import InspectPage
from workbench.gui.pages.try_it_station import TryItStation
from workbench.gui.run_names import accuracy_text
from workbench.training.events import RunFinished

OF = f" of {TESTED}"


def test_accuracy_is_of_the_test_examples_or_else_of_the_validation_examples() -> None:
    assert percent_of(0.25, 1200) == "25.0\u202f% of 1\u2009200"
    both = {"test_accuracy": 0.5, "n_test": 4, "val_accuracy": 0.75, "n_val": 8}
    assert accuracy_text(both) == "50.0\u202f% of 4"
    assert accuracy_text(both | {"test_accuracy": None, "n_test": 0}) == "75.0\u202f% of 8"
    assert accuracy_text({}) == ""


def test_runs_are_shown_with_what_their_accuracy_was_measured_on(
    qtbot: QtBot, filled: MainWindow
) -> None:
    shown: list[str] = []
    for _, page in visit(qtbot, filled):
        if isinstance(page, AdaptPage):
            model = page.runs.model
            shown += [str(model.index(row, ACCURACY).data()) for row in range(model.rowCount())]
        elif isinstance(page, InspectPage):
            shown += [column.subtitle for column in page.map.runs.columns]
        elif isinstance(page, TryItStation):
            patches = page.currentWidget().patches  # type: ignore[attr-defined]
            shown += [choice.details.split(",")[0] for choice in patches.choices]
    assert len(shown) == 6, "two runs at three stations"
    assert all(text.endswith(OF) for text in shown), shown


def test_each_task_of_a_run_over_several_tells_what_it_was_measured_on(qtbot: QtBot) -> None:
    panel = RunPanel()
    qtbot.addWidget(panel)
    tasks = [{"task": "words", "test_accuracy": 0.5, "n_test": TESTED}, {"task": "lights"}]
    said = panel._result(RunFinished(Path(), {"tasks": tasks}))
    assert said == f"words 50.0\u202f%{OF}, lights"
