"""Means, intervals and domination against numbers worked by hand."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from workbench.evaluation.metrics import seeds_interval
from workbench.studies.plan import expand, make_plan
from workbench.studies.results import as_csv, markdown, write_results
from workbench.studies.summary import spread, summarise

PLAN = make_plan(
    backbone="bcresnet1.x",
    data=Path("words"),
    methods=("head", "swr", "finetune"),
    budgets=(0.1,),
    seeds=(0, 1, 2),
)
JOBS = expand(PLAN, Path("sweep"))


def record(accuracy: float, stored: int, multiplies: int = 1000, **more: Any) -> dict[str, Any]:
    return {
        "n_test": 100,
        "test_accuracy": accuracy,
        "n_val": 50,
        "val_accuracy": 0.5,
        "stored_params": stored,
        "stat_params": 20,
        "head_params": 10,
        "file_bytes": 4 * stored,
        "multiplies": multiplies,
        "backbone_multiplies": 1000,
        "seconds": {"first": 2.0, "second": 1.0},
        **more,
    }


RECORDS = {
    **{f"head-seed{i}": record(a, 0) for i, a in enumerate((0.60, 0.62, 0.64))},
    **{f"swr-0.1-seed{i}": record(a, 100 + i) for i, a in enumerate((0.90, 0.92, 0.94))},
    "finetune-seed0": record(0.90, 1000),
}


def test_interval_over_seeds_by_hand() -> None:
    # s = 0.02, t(2, 0.975) = 4.3027: 4.3027 * 0.02 / sqrt(3) = 0.049683
    low, high = seeds_interval([0.90, 0.92, 0.94])
    assert (low, high) == pytest.approx((0.92 - 0.049683, 0.92 + 0.049683), abs=1e-6)
    # t(1, 0.975) = 12.7062 with s = 0.0141421: 12.7062 * 0.01 = 0.127062, cut at 1
    assert seeds_interval([0.94, 0.96]) == pytest.approx((0.95 - 0.127062, 1.0), abs=1e-6)


def test_one_seed_has_the_interval_of_its_clips() -> None:
    one = spread([0.9], 100)
    # Wilson for 90 of 100: centre (0.9 + 0.019207) / 1.038415, reach 0.059565
    assert one.over == "clips"
    assert (one.low, one.high) == pytest.approx((0.82563, 0.94477), abs=1e-5)
    assert spread([0.9, 0.9], 100).over == "seeds"


def test_rows_by_hand() -> None:
    head, swr, finetune = summarise(JOBS, RECORDS)
    assert [row.title for row in (head, swr, finetune)] == ["head", "swr 10 %", "finetune"]
    assert (swr.seeds, finetune.seeds) == ((0, 1, 2), (0,))
    assert (swr.part, swr.spread.n, swr.spread.over) == ("test", 100, "seeds")
    assert swr.spread.accuracy == pytest.approx(0.92)
    assert (swr.changed, swr.stored, swr.seconds) == (101, 131, 3)
    assert (head.changed, head.stored) == (0, 30)


def test_domination_by_hand() -> None:
    head, swr, finetune = summarise(JOBS, RECORDS)
    assert (head.worth_storage, swr.worth_storage, finetune.worth_storage) == (True, True, False)
    # All compute the same, so only the most accurate is worth its multiplies.
    assert [row.worth_multiplies for row in (head, swr, finetune)] == [False, True, False]


def test_runs_without_test_clips_are_judged_by_validation() -> None:
    (row,) = summarise(JOBS, {"finetune-seed0": record(0.9, 1, n_test=0, test_accuracy=None)})
    assert (row.part, row.spread.accuracy, row.spread.n) == ("val", 0.5, 50)


def test_a_run_that_was_not_measured_has_no_row() -> None:
    assert summarise(JOBS, {"finetune-seed0": record(0.9, 1, n_test=0, n_val=0)}) == ()


def test_files_say_the_same(tmp_path: Path) -> None:
    rows = summarise(JOBS, RECORDS)
    failed = {"finetune-seed1": "The loss became nan."}
    written = write_results(tmp_path, PLAN, JOBS, rows, failed)
    assert json.loads((tmp_path / "results.json").read_text()) == json.loads(json.dumps(written))
    found = list(csv.DictReader(io.StringIO((tmp_path / "table.csv").read_text())))
    assert (tmp_path / "table.csv").read_text() == as_csv(rows)
    assert [float(line["accuracy"]) for line in found] == [row.spread.accuracy for row in rows]
    assert [line["worth_storage"] for line in found] == ["True", "True", "False"]
    table = (tmp_path / "table.md").read_text()
    assert table == markdown(PLAN, rows, failed)
    assert "| swr 10 % | 92.0 % | 87.0 to 97.0 % | 3 | 101 | 131 |" in table
    assert "Student's t over the seeds" in table
    assert "interval of the clips (Wilson)" in table
    assert "- finetune-seed1: The loss became nan." in table
