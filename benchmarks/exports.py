"""Every method's patch as ONNX and, where it folds, as merged weights, against torch on recordings of real speakers.

    python benchmarks/exports.py

Each patch is trained for an epoch first: what is measured is whether an export computes what the patch computes. The
test clips are of speakers that no patch was trained on. A run that has a record is not repeated.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from workbench.atomic import write_bytes
from workbench.audio.frontend import build_frontend
from workbench.backbones.base import count_multiplies
from workbench.backbones.inputs import sound_of
from workbench.backbones.registry import load_backbone
from workbench.cancel import CancelToken
from workbench.data.importers import load_task
from workbench.data.store import PCM_SCALE
from workbench.data.task import Split
from workbench.errors import WorkbenchError
from workbench.export.merged import export_merged
from workbench.export.onnx import export_onnx
from workbench.export.report import ExportReport
from workbench.methods.registry import get, names
from workbench.methods.task_adapter.method import TaskAdapterMethod
from workbench.training.assess import PatchedNetwork, load_patched
from workbench.training.checkpoint import FILE_NAME
from workbench.training.job import AdaptationJob, TrainingConfig
from workbench.training.prepare import default_store
from workbench.training.run import run
from workbench.training.run_folder import RECORD_FILE

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "speech" / "english-12"
RESULTS = Path(__file__).parent / "results"
ENCODER = "audio_encoder.audio2vec"


@dataclass(frozen=True)
class Case:
    """A method on a backbone; some fold on Res networks only."""

    method: str
    backbone: str = "bcresnet3.multilingual"
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        settings = "".join(f", {value}" for value in self.config.values())
        return f"{self.method}{settings} on {self.backbone.partition('.')[0]}"


def cases() -> tuple[Case, ...]:
    everywhere = [Case(name) for name in names() if name != TaskAdapterMethod.name]
    places = [
        Case("residual_adapter", "res15.multilingual", {"place": place})
        for place in ("parallel", "series")
    ]
    # At this price some channels close within an epoch, and some stay.
    gated = Case(TaskAdapterMethod.name, ENCODER, {"price": 2e-3})
    return (*everywhere, *places, gated)


def trained(case: Case, runs: Path) -> Path:
    """Folder of the case's run."""
    folder = runs / case.name.replace(" ", "_").replace(",", "")
    if not (folder / RECORD_FILE).exists():
        job = AdaptationJob(
            backbone=case.backbone,
            data=DATA,
            method=case.method,
            config=case.config,
            training=TrainingConfig(epochs=1),
            out=folder,
        )
        for _ in run(job, CancelToken(), resume=True):
            pass
    return folder


def clips_for(network: PatchedNetwork) -> Tensor:
    """Test clips (clip, sample)."""
    frontend = sound_of(network.patch.card.frontend)
    clips = load_task(DATA).task.part(Split.TEST)
    rows = default_store().waves(clips, frontend.rate_hz, frontend.clip_samples)
    return torch.from_numpy(rows.take(slice(None))).float() / PCM_SCALE


def measured(report: ExportReport) -> dict[str, Any]:
    return {
        "largest difference": report.max_abs_diff,
        "same answers": report.agreement,
        "clips": report.clips,
        "bytes": report.bytes,
    }


def exported(network: PatchedNetwork, waves: Tensor) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = {"onnx": measured(export_onnx(network, folder / "patch.onnx", examples=waves))}
        try:
            found["merged"] = measured(export_merged(network, folder / "merged", examples=waves))
        except WorkbenchError as refused:
            found["merged"] = {"refused": refused.message}
    return found


@torch.no_grad()
def gates_removed(case: Case, folder: Path, network: PatchedNetwork, waves: Tensor) -> Any:
    """The gated network as its training ended, against the one that the patch holds, without closed channels."""
    method = get(case.method)
    config = method.Config.model_validate(case.config)
    backbone, classes = load_backbone(case.backbone).backbone, network.patch.card.classes
    gated = method.attach(backbone, classes, config, 0)
    gated.load_state_dict(torch.load(folder / FILE_NAME, weights_only=True)["tensors"])
    features = build_frontend(sound_of(network.patch.card.frontend))(waves)
    difference = (gated.eval()(features) - network.model.eval()(features)).abs().max()
    removed = method.merged(network.model)
    return {
        "largest difference": float(difference),
        "clips": len(waves),
        "multiplies, all channels": method.predicted_cost(
            backbone.layers(), config, len(classes)
        ).multiplies,
        "multiplies, closed ones removed": count_multiplies(removed, backbone.input_spec.shape),
        "open channels": [len(rows) for rows in gated.adapter.live()],
        "channels": list(gated.adapter.narrow.widths),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("out/exports"))
    arguments = parser.parse_args()
    found: dict[str, Any] = {}
    for case in cases():
        folder = trained(case, arguments.runs)
        record = json.loads((folder / RECORD_FILE).read_text("utf-8"))
        network = load_patched(Path(record["patch"]))
        waves = clips_for(network)
        found[case.name] = exported(network, waves)
        if get(case.method).capabilities.has_gates and case.backbone == ENCODER:
            found[case.name]["closed gates removed"] = gates_removed(case, folder, network, waves)
        print(case.name, found[case.name], flush=True)
        write_bytes(RESULTS / "exports.json", json.dumps(found, indent=2).encode())


if __name__ == "__main__":
    main()
