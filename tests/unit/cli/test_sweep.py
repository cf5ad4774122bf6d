"""Which methods a sweep goes through, as its verb is called."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tests.unit.cli.conftest import Place, refusal
from workbench.cli.main import app
from workbench.errors import WorkbenchError
from workbench.methods.registry import names
from workbench.studies.plan import SweepPlan


def sweep(place: Place, methods: str) -> list[str]:
    paths = ("--backbone", place.backbone, "--data", place.scratch, "--out", place.scratch / "grid")
    return ["sweep", *map(str, paths), "--methods", methods]


def test_all_methods_are_those_that_the_backbone_allows(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[SweepPlan] = []

    def instead(plan: SweepPlan, *_: object) -> None:
        asked.append(plan)
        raise WorkbenchError("The plan is known.", hint="Look at it.")

    monkeypatch.setattr("workbench.studies.sweep.sweep", instead)
    result = CliRunner().invoke(app, sweep(place, "all"))
    assert [plan.methods for plan in asked] == [
        tuple(name for name in names() if name != "task_adapter")
    ]
    assert result.stderr.count("task_adapter is left out: Task adapters read the layers") == 1
    assert result.stderr.count("is left out") == 1


def test_a_method_that_is_named_and_does_not_suit_is_refused_with_the_reason(place: Place) -> None:
    error = refusal(*sweep(place, "head,task_adapter"))
    assert "task_adapter: Task adapters read the layers of an audio encoder" in error.message
    assert not list((place.scratch / "grid").glob("*/"))
