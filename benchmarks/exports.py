"""Every method's patch for the demo as ONNX and, where it folds, as merged weights, against torch on its clips.

    python -m docs.make_method_pages      # trains the patches
    python benchmarks/exports.py

The demo's test clips are spoken by synthetic voices that no patch was trained on.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from workbench import locations
from workbench.atomic import write_bytes
from workbench.data.importers import load_task
from workbench.data.store import PCM_SCALE
from workbench.data.task import Split
from workbench.errors import WorkbenchError
from workbench.export.merged import export_merged
from workbench.export.onnx import export_onnx
from workbench.export.report import ExportReport
from workbench.methods.patch import SUFFIX
from workbench.training.assess import PatchedNetwork, load_patched
from workbench.training.prepare import default_store

RESULTS = Path(__file__).parent / "results"


def clips_of(network: PatchedNetwork, data: Path) -> Tensor:
    """Test clips (clip, sample)."""
    frontend = network.patch.card.frontend
    clips = load_task(data).task.part(Split.TEST)
    rows = default_store().waves(clips, frontend.rate_hz, frontend.clip_samples)
    raw = rows.take(torch.arange(len(clips)).numpy())
    return torch.from_numpy(raw).float() / PCM_SCALE


def measured(report: ExportReport) -> dict[str, Any]:
    return {
        "largest difference": report.max_abs_diff,
        "same answers": report.agreement,
        "clips": report.clips,
        "bytes": report.bytes,
    }


def measure(patch: Path, data: Path) -> dict[str, Any]:
    network = load_patched(patch)
    waves = clips_of(network, data)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = {"onnx": measured(export_onnx(network, folder / "patch.onnx", waves=waves))}
        try:
            found["merged"] = measured(export_merged(network, folder / "merged", waves=waves))
        except WorkbenchError as refused:
            found["merged"] = {"refused": refused.message}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("out/methods"))
    parser.add_argument("--data", type=Path, default=locations.resources_dir() / "demo")
    arguments = parser.parse_args()
    patches = sorted(arguments.runs.glob(f"*/*{SUFFIX}"))
    found = {patch.parent.name: measure(patch, arguments.data) for patch in patches}
    for method, exports in found.items():
        print(method, exports)
    write_bytes(RESULTS / "exports.json", json.dumps(found, indent=2).encode())


if __name__ == "__main__":
    main()
