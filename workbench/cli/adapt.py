"""``workbench adapt``: adapt a backbone to a task and write its patch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from workbench.cli.output import JSON_OPTION, emit_json, interval, number, percent
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.training.several_job import Job


def adapt(
    backbone: str = typer.Option(..., help="Name or folder of the backbone."),
    data: list[Path] = typer.Option(
        ...,
        help="Folder of classes, folder with manifest.csv, or a manifest; given several times, one network learns "
        "all of them.",
    ),
    out: Path = typer.Option(..., help="Folder of the run."),
    method: str = typer.Option("swr", help="Adaptation method."),
    budget: float | None = typer.Option(
        None, min=0.0, max=1.0, help="Share of the weights that may be stored."
    ),
    set_: list[str] = typer.Option(
        [], "--set", metavar="FIELD=VALUE", help="A setting of the method or the training."
    ),
    seed: int = typer.Option(0, min=0, help="Same seed, same data, same patch."),
    epochs: int = typer.Option(30, min=1, help="Length of a full stage."),
    policy_from: Path | None = typer.Option(
        None, help="Run whose policy is used; trains the last stage only."
    ),
    silence: bool = typer.Option(
        True, help="Make a silence class of noise when the data has none."
    ),
    hop_ms: list[float] = typer.Option(
        [],
        help="Step of the front-end, given several times: one network learns a variant of the task for each.",
    ),
    picture_px: list[int] = typer.Option(
        [],
        help="Side of the pictures instead of the backbone's; given several times, one network learns a variant of the "
        "task for each.",
    ),
    resume: bool = typer.Option(False, "--resume", help="Continue an interrupted run."),
    json: str | None = JSON_OPTION,
) -> None:
    """Adapt a backbone; ends with one record of what it costs and how well it does.

    With several --data, --hop-ms or --picture-px, the record has one entry per task.
    """
    from workbench.cancel import CancelToken
    from workbench.cli.progress import follow
    from workbench.training.any_run import run_job
    from workbench.training.settings import make_job, make_several_job

    job: Job
    if len(data) > 1 or hop_ms or len(picture_px) > 1:
        _refuse_single_options(budget, policy_from)
        job = make_several_job(
            backbone=backbone,
            data=data,
            method=method,
            out=out,
            hops_ms=hop_ms,
            pictures_px=picture_px,
            settings=set_,
            seed=seed,
            epochs=epochs,
            make_silence=silence,
        )
    else:
        job = make_job(
            backbone=backbone,
            data=data[0],
            method=method,
            out=out,
            budget=budget,
            settings=set_,
            seed=seed,
            epochs=epochs,
            policy_from=policy_from,
            picture_px=next(iter(picture_px), None),
            make_silence=silence,
        )
    record = follow(run_job(job, CancelToken(), resume))
    if not emit_json(record, json):
        print(summary_of_several(record) if "tasks" in record else summary(record))


def _refuse_single_options(budget: float | None, policy_from: Path | None) -> None:
    if budget is not None or policy_from is not None:
        raise WorkbenchError(
            f"{'--budget' if policy_from is None else '--policy-from'} belongs to a run over one task.",
            hint="Leave it out, or adapt to each task by itself.",
        )


def summary_of_several(record: dict[str, Any]) -> str:
    """The tasks one after the other, then what they need together."""
    parts = [f"{task['task']}\n{summary(task)}" for task in record["tasks"]]
    parts.append(
        f"together    {number(record['params'])} parameters and {number(record['stats'])} statistics; "
        f"as independent copies {number(record['independent_params'])} and {number(record['independent_stats'])}"
    )
    if record["trained_backbone"]:
        parts.append(f"backbone    {record['trained_backbone']}")
    return "\n\n".join(parts)


def summary(record: dict[str, Any]) -> str:
    """A few lines for people."""
    lines = [
        f"patch       {record['patch']}",
        f"stored      {number(record['stored_params'])} parameters, {percent(record['ratio'])} of the backbone; "
        f"head {number(record['head_params'])}, statistics {number(record['stat_params'])}; "
        f"{number(record['file_bytes'])} bytes in the file",
        f"multiplies  {_multiplies(record)} (backbone {number(record['backbone_multiplies'])})",
    ]
    for part in ("val", "test"):
        if record[f"{part}_accuracy"] is not None:
            lines.append(
                f"{part:<10}  {percent(record[f'{part}_accuracy'])} of {record[f'n_{part}']} examples "
                f"(95 %: {interval(record[f'{part}_ci95'])})"
            )
    return "\n".join(lines)


def _multiplies(record: dict[str, Any]) -> str:
    """One figure, or two where both paths of a fork are computed and one is enough."""
    most, least = record["multiplies"], record.get("least_multiplies", record["multiplies"])
    return number(most) if least == most else f"{number(most)}, {number(least)} on one path"
