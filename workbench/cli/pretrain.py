"""``workbench pretrain``: train a backbone from scratch on one or more tasks."""

from __future__ import annotations

from pathlib import Path

import typer

from workbench.cli.output import JSON_OPTION, emit_json


def pretrain(
    architecture: str = typer.Option(..., help="Network to train, such as bcresnet3."),
    data: list[Path] = typer.Option(
        ..., help="Task whose classes are learned; may be given several times."
    ),
    out: Path = typer.Option(..., help="Folder for the backbone: MODELS_DIR/NAME."),
    epochs: int = typer.Option(40, min=1, help="Passes over the data."),
    noise: list[Path] = typer.Option(
        [], help="Long noise recording mixed into training clips; may be repeated."
    ),
    learning_rate: float = typer.Option(0.05, min=0.0, help="Of SGD, after the warm-up."),
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
    from workbench.training.pretrain import PretrainJob
    from workbench.training.pretrain import pretrain as run

    job = PretrainJob(
        architecture=architecture,
        data=tuple(data),
        noise=tuple(noise),
        out=out,
        epochs=epochs,
        learning_rate=learning_rate,
        seed=seed,
        threads=threads,
        bfloat16=bfloat16,
        licence=licence,
        attribution=tuple(attribution),
    )
    record = follow(run(job, CancelToken()))
    if not emit_json(record, json):
        print(f"{record['name']} is in {out}")
