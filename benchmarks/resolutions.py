"""One network at several picture sizes: own norms for each size against everything shared, and the cascade from them.

    python benchmarks/resolutions.py --backbone FOLDER

FOLDER is a MobileNetV2 with its ImageNet weights, as ``workbench backbones import`` or ``get`` leaves it. An analogue
of the tables on image resolution in K for the Price of 1, on a small task. A run that has a record is not repeated.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from together import finished, row

from workbench.atomic import write_bytes
from workbench.backbones.registry import load_backbone
from workbench.data.task import Split
from workbench.training.cascade_pool import build_cascade
from workbench.training.job import PICTURE_TRAINING, TrainingConfig
from workbench.training.several_job import SeveralJob, TaskSource

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "images" / "sign-digits"
RESULT = Path(__file__).parent / "results" / "resolutions.json"
SIZES = (96, 160, 224)
NETWORKS = {
    "own norms for each size": ("patches_together", {"shared_last": True}),
    "everything shared": ("multi_head", {"shared_last": True}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--runs", type=Path, default=Path("out/benchmarks/resolutions"))
    arguments = parser.parse_args()
    weights = load_backbone(arguments.backbone).card.sha256[:8]
    sizes = "-".join(map(str, arguments.sizes))
    folder = arguments.runs / f"{weights}-{sizes}-{arguments.epochs}"
    record: dict[str, Any] = {
        "backbone": Path(arguments.backbone).name,
        "task": DATA.name,
        "epochs": arguments.epochs,
        "rows": [],
    }
    for name, (method, config) in NETWORKS.items():
        job = SeveralJob(
            backbone=arguments.backbone,
            tasks=tuple(TaskSource(data=DATA, picture_px=size) for size in arguments.sizes),
            method=method,
            config=config,
            training=TrainingConfig(epochs=arguments.epochs, threads=1, **PICTURE_TRAINING),
            out=folder / name.replace(" ", "_"),
        )
        found = finished(job)
        record["rows"].append(row(name, found))
        if method == "patches_together":
            patches = [Path(task["patch"]) for task in found["tasks"]]
            found = build_cascade(patches, DATA, Split.VAL, Split.TEST)
            record["cascade"] = {**found, "data": DATA.name}
        write_bytes(RESULT, json.dumps(record, indent=2).encode())
    print(f"wrote {RESULT}")


if __name__ == "__main__":
    main()
