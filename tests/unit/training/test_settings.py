"""Loose settings become a valid job, or a message that says what does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.training.settings import make_job, make_several_job
from workbench.training.several_job import SeveralJob


def job(**changes: object) -> object:
    values = {"backbone": "b", "data": Path("d"), "method": "swr", "out": Path("o"), **changes}
    return make_job(**values)  # type: ignore[arg-type]


def test_fields_go_where_they_belong() -> None:
    made = job(budget=0.2, settings=["half_precision=true", "batch_size=32", "augment=none"])
    assert made.config["budget"] == 0.2  # type: ignore[attr-defined]
    assert made.config["half_precision"] is True  # type: ignore[attr-defined]
    assert made.training.batch_size == 32  # type: ignore[attr-defined]
    assert made.training.augment is None  # type: ignore[attr-defined]


def test_none_empties_what_may_be_empty() -> None:
    made = job(settings=["policy_epochs=none", "batch_size=None", "threads=none"])
    assert made.config["policy_epochs"] is None  # type: ignore[attr-defined]
    assert made.training.batch_size is None  # type: ignore[attr-defined]
    assert made.training.threads is None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"settings": ["budgit=0.1"]}, "Did you mean budget"),
        ({"settings": ["budget"]}, "field=value"),
        ({"settings": ["batch_size=1"]}, "batch_size"),
        ({"settings": ["hidden=none"]}, "hidden: input should be a valid integer"),
        ({"settings": ["learning_rate=none"]}, "learning_rate: input should be a valid number"),
        ({"budget": 3.0}, "budget"),
        ({"method": "head", "budget": 0.1}, "has no budget"),
        ({"method": "swrr"}, "Did you mean swr"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(WorkbenchError, match=message):
        job(**changes)


def several(**changes: object) -> SeveralJob:
    values = {
        "backbone": "b", "data": [Path("a"), Path("b")], "method": "patches_together", "out": Path("o"),
        **changes,
    }  # fmt: skip
    return make_several_job(**values)  # type: ignore[arg-type]


def test_settings_of_several_tasks_go_where_they_belong() -> None:
    made = several(settings=["weights=keep", "batch_size=8"], epochs=4, seed=2)
    assert made.config == {"weights": "keep", "depthwise": False, "shared_last": False}
    assert (made.training.batch_size, made.training.epochs, made.training.seed) == (8, 4, 2)
    assert [source.data for source in made.tasks] == [Path("a"), Path("b")]


def test_each_step_makes_a_variant_of_each_task() -> None:
    made = several(data=[Path("a")], hops_ms=[10.0, 20.0])
    assert [(s.data, s.hop_ms) for s in made.tasks] == [(Path("a"), 10.0), (Path("a"), 20.0)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"settings": ["weight=keep"]}, "Did you mean weights"),
        ({"settings": ["weights=freeze"]}, "weights"),
        ({"hops_ms": [1.0]}, "hop_ms"),
        ({"data": [Path("a")]}, "takes several tasks"),
        ({"method": "swr"}, "method for several tasks"),
    ],
)
def test_what_does_not_fit_several_tasks_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(WorkbenchError, match=message):
        several(**changes)
