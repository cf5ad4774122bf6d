"""``workbench doctor``: what is wrong with a task's data, before training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from workbench.cli.output import JSON_OPTION, emit_json


def doctor(
    data: Path = typer.Option(..., help="Task to examine."), json: str | None = JSON_OPTION
) -> None:
    """List unreadable files, leaks between parts, duplicates and thin classes."""
    from workbench.data.doctor import examine
    from workbench.data.importers import load_task

    result = load_task(data)
    findings = examine(result.task)
    record: dict[str, Any] = {
        "task": result.task.name,
        "classes": list(result.task.classes),
        "clips": len(result.task.clips),
        "problems": [{"path": str(p.path), "reason": p.reason} for p in result.problems],
        "findings": [
            {
                "kind": str(f.kind),
                "severity": str(f.severity),
                "text": f.text,
                "fix": f.fix,
                "clips": [str(clip.path) for clip in f.clips],
            }
            for f in findings
        ],
    }
    if emit_json(record, json):
        return
    examples = f"{record['clips']} {result.task.medium.example}s"
    print(f"{record['task']}: {examples} in {len(record['classes'])} classes")
    for problem in record["problems"]:
        print(f"  left out  {problem['path']}: {problem['reason']}")
    for finding in record["findings"]:
        print(f"  {finding['severity']}  {finding['text']}")
        if finding["fix"]:
            print(f"    {finding['fix']}")
    if not record["problems"] and not record["findings"]:
        print("  nothing to mend")
