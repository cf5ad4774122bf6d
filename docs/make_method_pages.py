"""Measures every method on the bundled demo and writes figures and layer maps into docs/methods/.

    python -m docs.make_method_pages

Runs that are finished in ``--runs`` are not repeated.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from workbench import locations
from workbench.atomic import write_bytes
from workbench.cancel import CancelToken
from workbench.export.layer_map import layer_map_svg
from workbench.methods.patch import read_patch
from workbench.training.events import RunFinished
from workbench.training.run import run
from workbench.training.settings import make_job

PAGES = Path(__file__).parent / "methods"
IMAGES = Path(__file__).parent / "images" / "methods"
BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"
BACKBONE = "bcresnet3.multilingual"
EPOCHS = 12


def measured(method: str, runs: Path) -> dict[str, Any]:
    """Record of the method's run on the demo, adapted now unless that was done before."""
    job = make_job(
        backbone=BACKBONE,
        data=locations.resources_dir() / "demo",
        method=method,
        out=runs / method,
        epochs=EPOCHS,
        make_silence=True,
    )
    for event in run(job, CancelToken(), resume=True):
        if isinstance(event, RunFinished):
            return event.record
    raise AssertionError("a run ends with its record")


def figures(record: dict[str, Any]) -> str:
    """The block between the markers of a page."""
    low, high = (100 * bound for bound in record["test_ci95"])
    rows = (
        ("accuracy", f"{100 * record['test_accuracy']:.1f} % ({low:.1f} to {high:.1f})"),
        (
            "stored parameters",
            f"{number(record['stored_params'])}, {share(record)} of the backbone",
        ),
        ("statistics of the norms", number(record["stat_params"])),
        ("head", number(record["head_params"])),
        ("file", f"{number(record['file_bytes'])} bytes"),
        (
            "multiplies",
            f"{record['multiplies'] / record['backbone_multiplies']:.2f} times the backbone's",
        ),
    )
    lines = [
        f"On the bundled Spanish words with {BACKBONE}, {EPOCHS} epochs, seed 0, {record['n_test']} test clips "
        "of speakers that were not trained on:",
        "",
        "| | |",
        "| --- | --- |",
        *(f"| {name} | {value} |" for name, value in rows),
    ]
    return "\n".join(lines)


def share(record: dict[str, Any]) -> str:
    return f"{100 * record['ratio']:.1f} %"


def number(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("out/methods"))
    arguments = parser.parse_args()
    for page in sorted(PAGES.glob("*.md")):
        text = page.read_text("utf-8")
        if BEGIN not in text:
            continue
        record = measured(page.stem, arguments.runs)
        before, _, rest = text.partition(BEGIN)
        after = rest.partition(END)[2]
        block = f"{BEGIN}\n{figures(record)}\n{END}"
        write_bytes(page, (before + block + after).encode())
        picture = layer_map_svg([read_patch(Path(record["patch"])).card])
        write_bytes(IMAGES / f"{page.stem}.svg", picture.encode())


if __name__ == "__main__":
    main()
