"""Writes RESULTS.md from the figures that the other scripts left in ``results/`` and on the backbones' cards.

python benchmarks/report.py
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sections.adaptation import (
    ADAPTATION_NOTE,
    PICTURES_NOTE,
    adaptation,
    both_tasks,
    expectations,
)
from sections.backbones import BACKBONES_NOTE, backbones
from sections.composing import composing
from sections.composing_pictures import composing_pictures
from sections.five_tasks import five_tasks, step
from sections.measured import controllability, exports, ratios
from sections.orderings import orderings
from sections.pictures import pictures
from sections.several import bank, resolutions, together

from workbench.atomic import write_bytes

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"


def sections() -> Iterable[tuple[str, str]]:
    yield "Shipped backbones, validation clips and pictures", BACKBONES_NOTE + backbones()
    found = sorted(RESULTS.glob("adaptation-*.json"))
    if found:
        yield (
            "Accuracy against storage",
            "\n\n".join([ADAPTATION_NOTE, *map(adaptation, found)]),
        )
        yield "Methods, two tasks", both_tasks(found)
        yield "Against the paper's expectations", expectations(found)
        yield "Expected orderings", orderings(RESULTS)
    seen = sorted(RESULTS.glob("pictures-*.json"))
    if seen:
        tables = (adaptation(path, "pictures") for path in seen)
        yield "Pictures: accuracy against storage", "\n".join([PICTURES_NOTE, *tables])
    for title, pattern, write in (
        ("Asked and stored", "controllability.json", controllability),
        ("Several tasks in one network", "together.json", together),
        ("Five audio tasks on one encoder", "five_tasks.json", five_tasks),
        ("Task adapters: the encoder computed once", "task_adapter_step.json", step),
        ("Exported against torch, on real recordings", "exports.json", exports),
        ("Many patches on one backbone", "bank.json", bank),
        ("Composed from single words", "composing.json", composing),
        ("Digits composed", "composing_pictures.json", composing_pictures),
        ("Speed", "speed-*.json", ratios),
        ("One network at several picture sizes", "resolutions.json", resolutions),
        ("Importing fifty thousand pictures", "pictures.json", pictures),
        ("The window while it trains", "lateness-*.json", ratios),
    ):
        for path in sorted(RESULTS.glob(pattern)):
            yield title, write(path)


def main() -> None:
    text = "# Results\n\nWritten by `benchmarks/report.py` from what the scripts measured; nothing is estimated.\n"
    for title, body in sections():
        text += f"\n## {title}\n\n{body.rstrip()}\n"
    write_bytes(FOLDER / "RESULTS.md", text.encode())


if __name__ == "__main__":
    main()
