"""A sweep that is killed, whole or in part, and taken up again; and the files it ends with."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workbench.cancel import Cancelled, CancelToken
from workbench.cli.main import app
from workbench.errors import WorkbenchError
from workbench.studies.events import JobFailed, JobStarted, SweepFinished, SweepStarted
from workbench.studies.plan import SweepPlan, make_plan
from workbench.studies.sweep import sweep
from workbench.training.event_file import read_events
from workbench.training.events import RunStarted

pytestmark = [pytest.mark.recipe, pytest.mark.timeout(900)]

SETTINGS = ("policy_epochs=1", "batch_size=16")
PATIENCE_S = 600.0


@pytest.fixture
def plan(backbone_folder: Path, tone_task: Path) -> SweepPlan:
    return make_plan(
        backbone=str(backbone_folder),
        data=tone_task,
        methods=("head", "swr"),
        budgets=(0.2, 0.4),
        epochs=2,
        settings=SETTINGS,
    )


def arguments(plan: SweepPlan, out: Path) -> list[str]:
    given = ["--backbone", plan.backbone, "--data", str(plan.data), "--out", str(out)]
    grid = ["--methods", "swr", "--budgets", "0.2,0.4", "--seeds", "0", "--epochs", "2"]
    settings = [part for text in SETTINGS for part in ("--set", text)]
    return ["sweep", *given, *grid, *settings]


def until(holds: object) -> None:
    """Wait for something that another process does; the test's own time limit ends what never comes."""
    end = time.monotonic() + PATIENCE_S
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def children_of(process: int) -> list[int]:
    return [
        int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()
    ]


def is_gone(process: int) -> bool:
    """Ended, whether or not anybody has asked for its exit status."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


def last(events: Iterator[object]) -> SweepFinished:
    *_, end = events
    assert isinstance(end, SweepFinished)
    return end


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks /proc for processes")
def test_a_killed_sweep_takes_its_processes_along_and_is_continued(
    plan: SweepPlan, tmp_path: Path
) -> None:
    out = tmp_path / "sweep"
    program = [sys.executable, "-m", "workbench", *arguments(plan, out), "--jobs", "1"]
    started = subprocess.Popen(program, stderr=subprocess.DEVNULL)
    cut_off = out / "swr-0.4-seed0"
    until(lambda: (cut_off / "checkpoint.pt").exists() or started.poll() is not None)
    children = children_of(started.pid)
    started.send_signal(signal.SIGKILL)
    started.wait()
    assert children
    until(lambda: all(map(is_gone, children)))
    assert not (cut_off / "record.json").exists()
    finished = (out / "swr-0.2-seed0" / "record.json").stat().st_mtime_ns

    done = CliRunner().invoke(app, [*arguments(plan, out), "--json", "-"])
    assert done.exit_code == 0, done.output
    assert "2 runs, 1 of them finished before" in done.stderr
    assert "swr-0.4-seed0 continues" in done.stderr
    assert "swr-0.2-seed0" not in done.stderr
    assert (out / "swr-0.2-seed0" / "record.json").stat().st_mtime_ns == finished
    # The second budget uses the policy of the first: it trains its last stage only.
    stages = next(e for e in read_events(out / "swr-0.4-seed0") if isinstance(e, RunStarted)).stages
    assert [stage.name for stage in stages] == ["reparametrize"]
    results = json.loads(done.stdout)
    assert results == json.loads((out / "results.json").read_text())
    assert [row["title"] for row in results["rows"]] == ["swr 20 %", "swr 40 %"]
    for row in results["rows"]:
        (name,) = row["runs"]
        record = json.loads((out / name / "record.json").read_text())
        assert row["spread"]["accuracy"] == record["test_accuracy"]
        parts = (record["stored_params"], record["stat_params"], record["head_params"])
        assert row["stored"] == sum(parts)
    assert "| swr 40 % |" in (out / "table.md").read_text()
    assert (out / "accuracy.svg").read_text().count("swr 20 %</text>") == 2


def test_a_failed_run_stops_only_those_that_need_it_and_a_grown_sweep_is_taken_up(
    plan: SweepPlan, tmp_path: Path
) -> None:
    failed: dict[str, str] = {}
    for event in sweep(plan, tmp_path, CancelToken(), at_once=2):
        if isinstance(event, JobStarted) and event.name == "swr-0.2-seed0":
            (victim,) = (p for p in multiprocessing.active_children() if p.name == event.name)
            assert victim.pid is not None
            os.kill(victim.pid, signal.SIGKILL)
        elif isinstance(event, JobFailed):
            failed[event.name] = event.reason
    assert isinstance(event, SweepFinished)
    assert event.failed == failed
    assert "signal 9" in failed["swr-0.2-seed0"]
    assert failed["swr-0.4-seed0"] == "It needs the policy of swr-0.2-seed0, which failed."
    assert list(event.records) == ["head-seed0"]

    smaller = plan.model_copy(update={"budgets": (0.4,)})
    with pytest.raises(WorkbenchError, match=r"it also has budget 0\.2"):
        last(sweep(smaller, tmp_path, CancelToken()))

    grown = plan.model_copy(update={"methods": ("swr", "head", "patch")})
    begun = next(sweep(grown, tmp_path, CancelToken()))
    assert isinstance(begun, SweepStarted)
    assert (begun.runs, begun.finished) == (4, 1)


def test_one_sweep_at_a_time_in_a_folder_and_a_stop_ends_its_processes(
    plan: SweepPlan, tmp_path: Path
) -> None:
    token = CancelToken()
    events = sweep(plan, tmp_path, token, at_once=1)
    for event in events:
        if isinstance(event, JobStarted):
            break
    with pytest.raises(WorkbenchError, match="Another process is working on the sweep"):
        next(sweep(plan, tmp_path, CancelToken()))
    token.stop()
    with pytest.raises(Cancelled):
        list(events)
    assert not multiprocessing.active_children()
