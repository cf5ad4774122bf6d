"""Composed against pre-trained and fine-tuned accuracy, for the three losses (the composing paper's Tables and curves).

    python benchmarks/composing_backbones.py --data ../shared/data/speech/arabic-40 --out out/composing
    python benchmarks/composing.py --data ../shared/data/speech/arabic-40 --backbones out/composing

Every figure is of the validation speakers. Fine-tuned is the mean balanced binary accuracy of the two outputs; composed
of n words is the accuracy on clips of these n words alone, over several random orders of all words.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from workbench.atomic import write_bytes
from workbench.backbones.registry import LoadedBackbone, load_backbone
from workbench.composing.compose import compose
from workbench.composing.embeddings import embeddings_of
from workbench.composing.fit import PAPER, FitConfig, Mode, Start
from workbench.composing.keyword import KeywordHead
from workbench.composing.learn import learn_words
from workbench.composing.losses import Loss
from workbench.data.store import ClipStore
from workbench.data.task import Split, Task
from workbench.evaluation.metrics import wilson
from workbench.methods.patch import apply_patch
from workbench.training.batches import label_indices
from workbench.training.prepare import default_store, usable_task

ORDERS = 10
AS_THE_CODE = "paper, training mode"
PROTOCOLS = {
    "paper": PAPER,
    "paper, from zero": PAPER.model_copy(update={"start": Start.ZERO}),
    AS_THE_CODE: PAPER.model_copy(update={"mode": Mode.TRAINING}),
    "ours": FitConfig(),
}
COLOURS = {Loss.CE: "#D55E00", Loss.SOFTMAX_BCE: "#CC79A7", Loss.SIGMOID_BCE: "#009E73"}


def share(logits: Tensor, labels: Tensor) -> float:
    return float((logits.argmax(dim=1) == labels).double().mean())


def curve(logits: Tensor, labels: Tensor, classes: int) -> list[list[float]]:
    """Accuracy for n = 2 .. classes words, one list for each random order of the words."""
    curves = []
    for order in range(ORDERS):
        words = torch.randperm(classes, generator=torch.Generator().manual_seed(order))
        shares = []
        for n in range(2, classes + 1):
            among = torch.isin(labels, words[:n])
            truth = (labels[among][:, None] == words[:n]).int().argmax(dim=1)
            shares.append(share(logits[among][:, words[:n]], truth))
        curves.append(shares)
    return curves


def rejected(
    logits: Tensor, labels: Tensor, classes: int, known: int = 10
) -> list[dict[str, float]]:
    """None-of-these with ``known`` words ticked: what is rejected of the other words, and wrongly of the ticked."""
    rows = []
    for threshold in (0.3, 0.5, 0.7, 0.9):
        sums = {"others rejected": 0.0, "words rejected": 0.0, "words right": 0.0}
        for order in range(ORDERS):
            words = torch.randperm(classes, generator=torch.Generator().manual_seed(order))[:known]
            among = torch.isin(labels, words)
            best, index = logits[:, words].max(dim=1)
            out = torch.sigmoid(best) < threshold
            right = ~out & (words[index] == labels)
            sums["others rejected"] += float(out[~among].double().mean()) / ORDERS
            sums["words rejected"] += float(out[among].double().mean()) / ORDERS
            sums["words right"] += float(right[among].double().mean()) / ORDERS
        rows.append({"threshold": threshold, **sums})
    return rows


def measure(loaded: LoadedBackbone, task: Task, loss: Loss, config: FitConfig) -> dict[str, Any]:
    """Figures of one loss and one way to fit; the classifier is the composed patch itself."""
    started = time.perf_counter()
    heads = list(learn_words(task, loaded, default_store(), config=config))
    seconds = time.perf_counter() - started
    logits, labels = _logits(heads, loaded, task)
    base = loaded.backbone.head(_embeddings(loaded, task)).detach()
    curves = curve(logits, labels, len(task.classes))
    single = [head.card.validation.accuracy for head in heads if head.card.validation]
    composed, pretrained = share(logits, labels), share(base, labels)
    return {
        "pretrained": pretrained,
        "pretrained_ci95": wilson(round(pretrained * len(labels)), len(labels)),
        "finetuned": sum(single) / len(single),
        "finetuned_range": [min(single), max(single)],
        "composed": composed,
        "composed_ci95": wilson(round(composed * len(labels)), len(labels)),
        "relative_decrease": (pretrained - composed) / pretrained,
        "curve": [sum(column) / ORDERS for column in zip(*curves, strict=True)],
        "none_of_these": rejected(logits, labels, len(task.classes))
        if loss is Loss.SIGMOID_BCE
        else [],
        "seconds": seconds,
    }


def untouched(loaded: LoadedBackbone, task: Task) -> dict[str, Any]:
    """Add the last word to all others, as the window does; time it and compare the other logits bit for bit.

    Its own clips are decoded and embedded within the time, those of the others were heard before.
    """
    *known, late = task.classes
    store = default_store()
    first = list(learn_words(task, loaded, store, known))
    before, _ = _logits(first, loaded, task)
    started = time.process_time()
    with tempfile.TemporaryDirectory() as empty:
        own = [clip for clip in task.clips if clip.label == late]
        embeddings_of(own, loaded, ClipStore(Path(empty)))
    (head,) = learn_words(task, loaded, store, [late])
    patch = compose([*first, head], loaded, "all")
    model = apply_patch(patch, loaded)
    seconds = time.process_time() - started
    with torch.no_grad():
        after = model.backbone.head(_embeddings(loaded, task))[:, 1:]
    return {
        "words before": len(known),
        "seconds": seconds,
        "other logits identical": bool(torch.equal(after[:, : len(known)], before)),
    }


def _embeddings(loaded: LoadedBackbone, task: Task) -> Tensor:
    return embeddings_of(task.part(Split.VAL), loaded, default_store())


def _logits(
    heads: Sequence[KeywordHead], loaded: LoadedBackbone, task: Task
) -> tuple[Tensor, Tensor]:
    model = apply_patch(compose(heads, loaded, "composed", reject_below=None), loaded)
    with torch.no_grad():
        logits = model.backbone.head(_embeddings(loaded, task))
    return logits, label_indices(task.part(Split.VAL), task.classes)


def drawing(curves: dict[str, list[float]], title: str) -> str:
    """Number of words to the right, accuracy upwards."""
    left, top, width, height = 64, 48, 480, 320
    most = 1 + max(len(values) for values in curves.values())
    low = min(0.95, *(min(values) for values in curves.values())) // 0.05 * 0.05

    def at(n: float, y: float) -> tuple[float, float]:
        return left + (n - 2) / (most - 2) * width, top + (1 - y) / (1 - low) * height

    size = f'width="{left + width + 180}" height="{top + height + 64}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
        f'<rect {size} fill="#FFFFFF"/><text x="{left}" y="24" font-size="14" font-weight="600">{title}</text>',
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" stroke="#9A9A98"/>',
    ]
    for n in range(5, most + 1, 5):
        x, _ = at(n, low)
        parts.append(f'<text x="{x:.1f}" y="{top + height + 18}" text-anchor="middle">{n}</text>')
    for i in range(round((1 - low) / 0.05) + 1):
        _, y = at(2, low + 0.05 * i)
        text = f"{100 * (low + 0.05 * i):.0f} %"
        parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    for i, (loss, values) in enumerate(curves.items()):
        points = " ".join("{:.1f},{:.1f}".format(*at(n, y)) for n, y in enumerate(values, 2))
        line = f'stroke="{COLOURS[Loss(loss)]}" stroke-width="2"'
        y = top + 16 + 20 * i
        parts.append(f'<polyline points="{points}" {line} fill="none"/>')
        parts.append(
            f'<line x1="{left + width + 16}" y1="{y - 4}" x2="{left + width + 44}" y2="{y - 4}" {line}/>'
            f'<text x="{left + width + 52}" y="{y}">{loss}</text>'
        )
    middle = left + width / 2
    parts.append(
        f'<text x="{middle}" y="{top + height + 44}" text-anchor="middle">words</text></svg>'
    )
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--backbones", type=Path, required=True, help="Folder that composing_backbones.py wrote."
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows, loaded, task = [], None, None
    for loss in Loss:
        (folder,) = arguments.backbones.glob(f"*-{loss.value}")
        loaded = load_backbone(folder)
        task, _ = usable_task(arguments.data, loaded.card.frontend, default_store())
        for protocol, config in PROTOCOLS.items():
            found = measure(loaded, task, loss, config.model_copy(update={"loss": loss}))
            rows.append({"loss": loss.value, "protocol": protocol, **found})
            print(
                f"{loss.value}, {protocol}: pre-trained {found['pretrained']:.4f}, fine-tuned "
                f"{found['finetuned']:.4f}, composed {found['composed']:.4f}",
                flush=True,
            )
    assert loaded is not None
    assert task is not None
    record = {
        "task": task.name,
        "architecture": loaded.card.architecture,
        "recipe": (arguments.backbones / "recipe.txt").read_text("utf-8"),
        "orders": ORDERS,
        "n": len(task.part(Split.VAL)),
        "rows": rows,
        "late_word": untouched(loaded, task),
    }
    write_bytes(arguments.out / "composing.json", json.dumps(record, indent=1).encode())
    curves = {row["loss"]: row["curve"] for row in rows if row["protocol"] == AS_THE_CODE}
    title = f"{loaded.card.architecture} on {task.name}: composed accuracy, fitted as the paper's code does"
    write_bytes(arguments.out / "composing.svg", drawing(curves, title).encode())


if __name__ == "__main__":
    main()
