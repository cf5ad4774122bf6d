"""The results of a sweep as files: a table for people, one for spreadsheets, one for scripts, and a picture."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.atomic import write_bytes
from workbench.studies.picture import picture_svg
from workbench.studies.plan import SweepJob, SweepPlan
from workbench.studies.summary import SummaryRow

TABLE, CSV, RESULTS, PICTURE = "table.md", "table.csv", "results.json", "accuracy.svg"
PART_NAMES = {"test": "test clips", "val": "validation clips"}
COLUMNS = (
    "run",
    "accuracy",
    "95 %",
    "seeds",
    "changed",
    "stored",
    "file bytes",
    "multiplies",
    "seconds",
    "worth it",
)


def write_results(
    folder: Path,
    plan: SweepPlan,
    jobs: Sequence[SweepJob],
    rows: Sequence[SummaryRow],
    failed: Mapping[str, str],
) -> dict[str, Any]:
    """Write the four files; returns what is in the one for scripts.

    Raises:
        WorkbenchError: when the folder cannot be written.
    """
    record = results_record(plan, jobs, rows, failed)
    write_bytes(folder / RESULTS, json.dumps(record, indent=2).encode())
    write_bytes(folder / TABLE, markdown(plan, rows, failed).encode())
    write_bytes(folder / CSV, as_csv(rows).encode())
    write_bytes(folder / PICTURE, picture_svg(rows, heading(plan), notes(rows)).encode())
    return record


def results_record(
    plan: SweepPlan,
    jobs: Sequence[SweepJob],
    rows: Sequence[SummaryRow],
    failed: Mapping[str, str],
) -> dict[str, Any]:
    """The whole result as JSON."""
    return {
        "plan": plan.model_dump(mode="json"),
        "rows": [row.as_record() for row in rows],
        "runs": {job.name: str(job.job.out) for job in jobs if job.name not in failed},
        "failed": dict(failed),
        "notes": notes(rows),
    }


def heading(plan: SweepPlan) -> str:
    """What was compared: ``english-12 on bcresnet3.multilingual, 5 epochs``."""
    return f"{plan.data.resolve().name} on {Path(plan.backbone).name}, {plan.epochs} epochs"


def notes(rows: Sequence[SummaryRow]) -> list[str]:
    """How the numbers are to be read."""
    if not rows:
        return []
    part, n = PART_NAMES[rows[0].part], rows[0].spread.n
    over = {row.spread.over for row in rows}
    lines = [f"Accuracy on {count(n)} {part}."]
    if "seeds" in over:
        lines.append(
            "Mean over the seeds and 95 % interval of that mean (Student's t over the seeds)."
        )
    if "clips" in over:
        once = "Where there is one seed: the" if "seeds" in over else "The"
        lines.append(f"{once} 95 % interval of the clips (Wilson).")
    lines.append(
        "Changed counts as the papers do; stored adds the norms' statistics and the head. "
        "Grey or not worth it: another row is as accurate at a lower cost."
    )
    return lines


def table_row(row: SummaryRow) -> tuple[str, ...]:
    """A row as text, in the order of ``COLUMNS``."""
    s = row.spread
    return (
        row.title,
        f"{100 * s.accuracy:.1f} %",
        f"{100 * s.low:.1f} to {100 * s.high:.1f} %",
        str(len(row.seeds)),
        count(row.changed),
        count(row.stored),
        count(row.file_bytes),
        count(row.multiplies),
        f"{row.seconds:.0f}",
        _worth(row),
    )


def markdown(plan: SweepPlan, rows: Sequence[SummaryRow], failed: Mapping[str, str]) -> str:
    lines = [f"# {heading(plan)}", "", _line(COLUMNS)]
    lines.append("| --- |" + " ---: |" * (len(COLUMNS) - 2) + " --- |")
    lines += [_line(table_row(row)) for row in rows]
    lines += ["", *notes(rows)]
    lines += ["", "Failed:", ""] if failed else []
    lines += [f"- {name}: {reason}" for name, reason in failed.items()]
    return "\n".join(lines) + "\n"


def as_csv(rows: Sequence[SummaryRow]) -> str:
    """Plain numbers, accuracies as shares, one line a row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    spread = ("accuracy", "low", "high", "over", "n")
    plain = ("changed", "stored", "file_bytes", "multiplies", "backbone_multiplies", "seconds")
    worth = ("worth_storage", "worth_multiplies")
    writer.writerow(["method", "budget", "seeds", "part", *spread, *plain, *worth])
    for row in rows:
        record = row.as_record()
        writer.writerow(
            [
                row.method,
                "" if row.budget is None else row.budget,
                " ".join(map(str, row.seeds)),
                row.part,
                *(record["spread"][key] for key in spread),
                *(record[key] for key in plain + worth),
            ]
        )
    return text.getvalue()


def count(value: float) -> str:
    """Whole number with narrow spaces between thousands."""
    return f"{value:,.0f}".replace(",", "\u202f")


def _worth(row: SummaryRow) -> str:
    found = [(row.worth_storage, "storage"), (row.worth_multiplies, "multiplies")]
    return ", ".join(name for worth, name in found if worth) or "no"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
