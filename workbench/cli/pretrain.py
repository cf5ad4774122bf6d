"""``workbench pretrain``: train a backbone from scratch on one or more tasks."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import typer

from workbench.cli.output import JSON_OPTION, emit_json
from workbench.errors import WorkbenchError


class Objective(StrEnum):
    LABELS = "labels"
    AUDIO2VEC = "audio2vec"


def pretrain(
    architecture: str = typer.Option(..., help="Network to train, such as bcresnet3."),
    data: list[Path] = typer.Option(
        ...,
        help="Task whose classes are learned, or for audio2vec any folder of recordings; may be repeated.",
    ),
    out: Path = typer.Option(..., help="Folder for the backbone: MODELS_DIR/NAME."),
    objective: Objective = typer.Option(
        Objective.LABELS,
        help="Learn the classes, or without labels what sounds between its neighbours (audio encoders only).",
    ),
    epochs: int = typer.Option(40, min=1, help="Passes over the data."),
    noise: list[Path] = typer.Option(
        [], help="Long noise recording mixed into training clips; may be repeated."
    ),
    learning_rate: float | None = typer.Option(
        None, min=0.0, help="By default 0.05 with SGD for labels, 0.001 with Adam for audio2vec."
    ),
    seed: int = typer.Option(0, min=0, help="Same seed, same data, same weights."),
    threads: int = typer.Option(2, min=1, help="Torch threads."),
    bfloat16: bool = typer.Option(
        False,
        help="Convolve in 16 bits: Res networks train faster on processors with matrix units.",
    ),
    licence: str = typer.Option("Apache-2.0", help="Licence of the weights, for the card."),
    attribution: list[str] = typer.Option(
        [], help="Source of the data with its licence; may be repeated."
    ),
    json: str | None = JSON_OPTION,
) -> None:
    """Train a backbone; an interrupted training continues when it is started again."""
    from workbench.cancel import CancelToken
    from workbench.cli.progress import follow
    from workbench.training.audio2vec import Audio2VecJob, audio2vec
    from workbench.training.pretrain import PretrainJob
    from workbench.training.pretrain import pretrain as run

    common = {
        "architecture": architecture,
        "data": tuple(data),
        "out": out,
        "epochs": epochs,
        "seed": seed,
        "threads": threads,
        "licence": licence,
        "attribution": tuple(attribution),
        **({} if learning_rate is None else {"learning_rate": learning_rate}),
    }
    if objective is Objective.AUDIO2VEC:
        if noise or bfloat16:
            raise WorkbenchError(
                "Audio2Vec mixes no noise in and computes in 32 bits.",
                hint="Leave --noise and --bfloat16 out; a noise recording may be given as --data.",
            )
        events = audio2vec(Audio2VecJob.model_validate(common), CancelToken())
    else:
        job = PretrainJob.model_validate({**common, "noise": tuple(noise), "bfloat16": bfloat16})
        events = run(job, CancelToken())
    record = follow(events)
    if not emit_json(record, json):
        print(f"{record['name']} is in {out}")
