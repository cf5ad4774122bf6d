"""Composing on handwritten digits with the small LeNet, three losses, several seeds: the composing paper's Table 1.

    python benchmarks/composing_pictures.py

Every backbone is trained as in the paper: five epochs of Adam with amsgrad on pictures as they are, batches of 128. A
backbone that is there already is not trained again. Figures are of the validation pictures.
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

import torch
from composing import AS_THE_CODE, drawing, measure

from workbench.atomic import write_bytes
from workbench.backbones.card import WeightsCard
from workbench.backbones.dropout import seed_dropout
from workbench.backbones.registry import (
    CARD_FILE,
    LoadedBackbone,
    build,
    default_input,
    load_backbone,
    save_backbone,
)
from workbench.cancel import CancelToken
from workbench.composing.fit import PAPER_DIGITS, FitConfig, Mode, Start
from workbench.composing.losses import Loss, loss_of
from workbench.data.task import Split, Task
from workbench.training.prepare import Prepared, default_store, prepare, usable_task
from workbench.training.pretrain import initialise

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "images" / "mnist"
RESULTS = Path(__file__).parent / "results"
ARCHITECTURE = "lenet5_small"
EPOCHS, BATCH_SIZE, LEARNING_RATE = 5, 128, 1e-3
PROTOCOLS = {
    "paper": PAPER_DIGITS,
    "paper, from zero": PAPER_DIGITS.model_copy(update={"start": Start.ZERO}),
    AS_THE_CODE: PAPER_DIGITS.model_copy(update={"mode": Mode.TRAINING}),
    "ours": FitConfig(),
}
PAPER_TABLE = {
    Loss.CE: (95.80, 98.02, 85.74, 10.50),
    Loss.SOFTMAX_BCE: (94.71, 97.33, 77.80, 17.85),
    Loss.SIGMOID_BCE: (95.49, 98.07, 95.30, 0.20),
}
"""Percent: pre-trained, fine-tuned, composed of all ten, relative decrease (Table 1)."""

AVERAGED = ("pretrained", "finetuned", "composed", "relative_decrease")


def trained(
    loss: Loss, seed: int, prepared: Prepared, classes: tuple[str, ...], folder: Path
) -> LoadedBackbone:
    if not (folder / CARD_FILE).exists():
        backbone = build(ARCHITECTURE, len(classes))
        initialise(backbone, seed)
        seed_dropout(backbone, seed)
        optimizer = torch.optim.Adam(backbone.parameters(), LEARNING_RATE, amsgrad=True)
        backbone.train()
        for epoch in range(EPOCHS):
            for batch in prepared.batches.epoch(seed, "composing", epoch):
                optimizer.zero_grad()
                loss_of(loss, backbone(batch.features), batch.labels).backward()  # type: ignore[no-untyped-call]
                optimizer.step()
        card = WeightsCard(
            name=folder.name,
            architecture=ARCHITECTURE,
            labels=classes,
            frontend=default_input(ARCHITECTURE),
            licence="Apache-2.0",
        )
        save_backbone(backbone.eval(), card, folder)
    return load_backbone(folder)


def rows_of(
    loss: Loss, seeds: int, task: Task, prepared: Prepared, out: Path
) -> list[dict[str, Any]]:
    """One row for each way to fit: means over the seeds."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in PROTOCOLS}
    for seed in range(seeds):
        folder = out / f"{ARCHITECTURE}.mnist-{loss.value}-{seed}"
        loaded = trained(loss, seed, prepared, task.classes, folder)
        for name, config in PROTOCOLS.items():
            fit = config.model_copy(update={"loss": loss, "seed": seed})
            found[name].append(measure(loaded, task, loss, fit))
            last = found[name][-1]
            print(
                f"{loss.value} {seed} {name}: {last['pretrained']:.4f} -> {last['composed']:.4f}",
                flush=True,
            )
    return [
        {"loss": loss.value, "protocol": name, **averaged(runs)} for name, runs in found.items()
    ]


def averaged(runs: list[dict[str, Any]]) -> dict[str, Any]:
    curves = zip(*(run["curve"] for run in runs), strict=True)
    return {
        **{key: statistics.mean(run[key] for run in runs) for key in AVERAGED},
        "composed_by_seed": [run["composed"] for run in runs],
        "curve": [statistics.mean(column) for column in curves],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("out/composing-pictures"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    config, store = default_input(ARCHITECTURE), default_store()
    task, _ = usable_task(DATA, config, store)
    prepared = prepare(task, config, None, BATCH_SIZE, CancelToken(), store)
    rows: list[dict[str, Any]] = []
    for loss in Loss:
        rows += rows_of(loss, arguments.seeds, task, prepared, arguments.out)
        record = {
            "task": task.name,
            "architecture": ARCHITECTURE,
            "seeds": arguments.seeds,
            "n": len(task.part(Split.VAL)),
            "paper": {loss.value: row for loss, row in PAPER_TABLE.items()},
            "rows": rows,
        }
        write_bytes(RESULTS / "composing_pictures.json", json.dumps(record, indent=1).encode())
    curves = {row["loss"]: row["curve"] for row in rows if row["protocol"] == AS_THE_CODE}
    title = f"{ARCHITECTURE} on {task.name}: composed accuracy, fitted as the paper's code does"
    write_bytes(RESULTS / "composing_pictures.svg", drawing(curves, title).encode())


if __name__ == "__main__":
    main()
