"""``workbench adapt``: adapt a backbone to a task and write its patch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from workbench.cli.output import JSON_OPTION, emit_json, interval, number, percent


def adapt(
    backbone: str = typer.Option(..., help="Name or folder of the backbone."),
    data: Path = typer.Option(
        ..., help="Folder of classes, folder with manifest.csv, or a manifest."
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
    resume: bool = typer.Option(False, "--resume", help="Continue an interrupted run."),
    json: str | None = JSON_OPTION,
) -> None:
    """Adapt a backbone; ends with one record of what it costs and how well it does."""
    from workbench.cancel import CancelToken
    from workbench.cli.progress import follow
    from workbench.training.run import run
    from workbench.training.settings import make_job

    job = make_job(
        backbone=backbone,
        data=data,
        method=method,
        out=out,
        budget=budget,
        settings=set_,
        seed=seed,
        epochs=epochs,
        policy_from=policy_from,
        make_silence=silence,
    )
    record = follow(run(job, CancelToken(), resume)).record
    if not emit_json(record, json):
        print(summary(record))


def summary(record: dict[str, Any]) -> str:
    """A few lines for people."""
    lines = [
        f"patch       {record['patch']}",
        f"stored      {number(record['stored_params'])} parameters, {percent(record['ratio'])} of the backbone; "
        f"head {number(record['head_params'])}, statistics {number(record['stat_params'])}; "
        f"{number(record['file_bytes'])} bytes in the file",
        f"multiplies  {number(record['multiplies'])} (backbone {number(record['backbone_multiplies'])})",
    ]
    for part in ("val", "test"):
        if record[f"{part}_accuracy"] is not None:
            lines.append(
                f"{part:<10}  {percent(record[f'{part}_accuracy'])} of {record[f'n_{part}']} clips "
                f"(95 %: {interval(record[f'{part}_ci95'])})"
            )
    return "\n".join(lines)
