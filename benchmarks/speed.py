"""Ratios measured in one run, each against its plain counterpart beside it.

python benchmarks/speed.py --backbone bcresnet8.multilingual
"""

from __future__ import annotations

import workbench  # noqa: F401  # isort: skip -- says how torch's threads wait, which torch reads when it is imported

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from workbench.atomic import write_bytes
from workbench.audio.files import write_wave
from workbench.audio.frontend import build_frontend
from workbench.audio.torchaudio_shim import load
from workbench.backbones import mel_major
from workbench.backbones.inputs import sound_of
from workbench.backbones.memory import keep_freed_memory
from workbench.backbones.onnx_graph import onnx_graph, open_session
from workbench.backbones.registry import LoadedBackbone, load_backbone
from workbench.budget.policy import estimated_probabilities, exact_policy, shares
from workbench.cancel import CancelToken
from workbench.data.importers import load_task
from workbench.data.store import ClipStore
from workbench.data.task import Clip, Split
from workbench.methods.base import Batch, Draw, Stage, TaskModel
from workbench.methods.registry import get
from workbench.methods.swr.config import SwrConfig
from workbench.methods.swr.model import SwrModel
from workbench.training.job import AdaptationJob, TrainingConfig
from workbench.training.run import run
from workbench.training.threads import fitting_threads

CLASSES = tuple(f"word {i}" for i in range(10))
WORDS = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "speech" / "arabic-40"
BATCH = 32
REPEATS = 7


def seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Median over repeats after one warm-up."""
    work()
    spent = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


def stepper(stage: Stage, features: Tensor) -> Callable[[], None]:
    """One optimisation step of a stage on the same batch."""
    optimizer = torch.optim.Adam(stage.configure(), 1e-3)
    stage.set_training_mode()
    labels = torch.arange(len(features)) % len(CLASSES)
    draw = Draw(torch.Generator().manual_seed(0), 0.5, (0, 0))

    def step() -> None:
        output = stage.step(Batch(labels, lambda: features), draw)
        optimizer.zero_grad(set_to_none=True)
        output.loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return step


def paired(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float]:
    """Medians of two works run in turn, so that a drifting machine hurts both alike."""
    first(), second()
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(REPEATS):
        for work, times in zip((first, second), spent, strict=True):
            began = time.perf_counter()
            work()
            times.append(time.perf_counter() - began)
    return statistics.median(spent[0]), statistics.median(spent[1])


def swr_steps(loaded: LoadedBackbone) -> dict[str, float]:
    """A step of each SWR stage at c = 0.1 as a share of a plain fine-tuning step."""
    features = torch.randn(BATCH, *loaded.backbone.input_spec.shape)
    finetune = get("finetune")
    plain = finetune.attach(loaded.backbone, CLASSES, finetune.Config(), 0)
    plain_step = stepper(finetune.stages(plain, finetune.Config(), 1)[0], features)
    found = {}
    for name in ("super_net", "policy", "reparametrize"):
        swr = get("swr")
        config = SwrConfig(budget=0.1)
        model = swr.attach(loaded.backbone, CLASSES, config, 0)
        stage = next(s for s in swr.stages(model, config, 1) if s.name == name)
        if name == "reparametrize":
            use_estimated_policy(model, config)
        ours, theirs = paired(stepper(stage, features), plain_step)
        found[f"swr {name} step / fine-tuning step"] = ours / theirs
        found["fine-tuning step, ms per clip"] = 1000 * theirs / BATCH
    # The last of the three is the one whose patch is used; here against the network as torch runs it unaided.
    _, unaided = paired(lambda: None, lambda: without_own_kernels(plain_step))
    found["swr reparametrize step / fine-tuning step without own kernels"] = ours / unaided
    return found


def without_own_kernels(work: Callable[[], object]) -> None:
    """Run BC-ResNet by torch's own layers, as it runs anywhere else."""
    smallest = mel_major.MIN_BATCH
    mel_major.MIN_BATCH = BATCH + 1
    try:
        work()
    finally:
        mel_major.MIN_BATCH = smallest


def use_estimated_policy(model: TaskModel, config: SwrConfig) -> None:
    assert isinstance(model, SwrModel)
    chosen = exact_policy(
        estimated_probabilities(model.layer_table), shares(model.layer_table), config.budget
    )
    model.decision.copy_(torch.tensor(chosen, dtype=torch.float32))


def feature_extraction(loaded: LoadedBackbone) -> dict[str, float]:
    """One batched transform of 256 clips against torchaudio file by file, decoding left out of both."""
    waves = torch.randn(256, sound_of(loaded.card.frontend).clip_samples) * 0.1
    ours = build_frontend(sound_of(loaded.card.frontend))
    transforms = load("transforms")
    theirs = transforms.MelSpectrogram(16000, 512, 480, 160, n_mels=40)
    batched, single = paired(
        lambda: ours(waves), lambda: [torch.log(theirs(wave) + 1e-6) for wave in waves]
    )
    return {"batched features / torchaudio clip by clip": batched / single}


def cached_epoch(loaded: LoadedBackbone) -> dict[str, float]:
    """Features of 200 clips out of the memory-mapped store against decoding and transforming the files."""
    frontend = build_frontend(sound_of(loaded.card.frontend))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generator = np.random.default_rng(0)
        clips = []
        for i in range(200):
            path = folder / f"{i}.wav"
            write_wave(path, generator.normal(0, 0.1, 16000).astype(np.float32), 16000)
            clips.append(Clip(path, "a"))
        store = ClipStore(folder / "store")
        store.features(clips, loaded.card.frontend)
        import soundfile

        def from_files() -> None:
            for clip in clips:
                samples, _ = soundfile.read(str(clip.path), dtype="float32")
                frontend(torch.from_numpy(samples)[None])

        cached, decoded = paired(
            lambda: store.features(clips, loaded.card.frontend).take(slice(None)), from_files
        )
    return {"features from the store / from files": cached / decoded}


def live_window(loaded: LoadedBackbone) -> dict[str, float]:
    """One window through ONNX Runtime against eager torch, one thread each."""
    features = torch.randn(1, *loaded.backbone.input_spec.shape)
    session = open_session(onnx_graph(loaded.backbone))
    name = session.get_inputs()[0].name
    values = features.numpy()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.no_grad():
        fast, eager = paired(
            lambda: [session.run(None, {name: values}) for _ in range(20)],
            lambda: [loaded.backbone(features) for _ in range(20)],
        )
    torch.set_num_threads(threads)
    return {
        "live window, ONNX Runtime / eager torch": fast / eager,
        "live window through ONNX Runtime, ms": 1000 * fast / 20,
    }


def patch_switch(loaded: LoadedBackbone) -> dict[str, float]:
    """Putting a patch on a loaded backbone, against loading the backbone from disk."""
    swr = get("swr")
    config = SwrConfig(budget=0.1)
    model = swr.attach(loaded.backbone, CLASSES, config, 0)
    use_estimated_policy(model, config)
    tensors = swr.patch_tensors(model, config)
    switch, full = paired(lambda: swr.load(model, tensors), lambda: load_backbone(loaded.card.name))
    return {"patch switch, ms": 1000 * switch, "patch switch / loading the backbone": switch / full}


FIRST_PAINT = """
import os
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QEvent, QObject
from workbench.gui.app import make_application
from workbench.gui.main_window import MainWindow
from workbench.gui.session import Session

class QuitWhenPainted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            os._exit(0)
        return False

app = make_application(["workbench"])
window = MainWindow(Session())
watcher = QuitWhenPainted()
window.centralWidget().installEventFilter(watcher)
window.show()
app.exec()
"""


def first_paint() -> dict[str, float]:
    """Time until the window is painted against ``import torch``, each in a process of its own."""
    paint, torch_import = paired(
        lambda: subprocess.run([sys.executable, "-c", FIRST_PAINT], check=True),
        lambda: subprocess.run([sys.executable, "-c", "import torch"], check=True),
    )
    return {"first paint, s": paint, "first paint / import torch": paint / torch_import}


def whole_runs(backbone: str, threads: int) -> dict[str, float]:
    """All three stages for 10 words with 20 clips each, against fine-tuning for the same epochs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = small_task(folder / "ten-words")

        def minutes(method: str, config: dict[str, float], out: str) -> float:
            job = AdaptationJob(
                backbone=backbone,
                data=folder / "ten-words",
                method=method,
                config=config,
                training=TrainingConfig(threads=threads),
                out=folder / out,
            )
            began = time.perf_counter()
            deque(run(job, CancelToken()), maxlen=0)
            return (time.perf_counter() - began) / 60

        swr = minutes("swr", {"budget": 0.1}, "swr")
        plain = minutes("finetune", {}, "finetune")
        unaided: list[float] = []
        without_own_kernels(lambda: unaided.append(minutes("finetune", {}, "unaided")))
    return {
        "training clips": clips,
        "swr, three stages, minutes": swr,
        "fine-tuning, same epochs, minutes": plain,
        "fine-tuning without own kernels, minutes": unaided[0],
        "swr, three stages / fine-tuning": swr / plain,
        "swr, three stages / fine-tuning without own kernels": swr / unaided[0],
    }


def small_task(folder: Path) -> int:
    """Ten words with twenty training clips each out of arabic-40, by reference; returns the clips."""
    rows = [c for c in load_task(WORDS).task.part(Split.TRAIN) if not c.label.startswith("_")]
    by_word: dict[str, list[Clip]] = {}
    for clip in rows:
        by_word.setdefault(clip.label, []).append(clip)
    chosen = [clip for word in sorted(by_word)[:10] for clip in by_word[word][:20]]
    folder.mkdir()
    lines = ["path,label,split", *(f"{clip.path},{clip.label},train" for clip in chosen)]
    (folder / "manifest.csv").write_text("\n".join(lines), "utf-8")
    return len(chosen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", default="bcresnet8.multilingual")
    parser.add_argument("--threads", type=int, help="as many as a run would take, if not given")
    arguments = parser.parse_args()
    loaded = load_backbone(arguments.backbone)
    threads = arguments.threads or fitting_threads(loaded.backbone)
    torch.set_num_threads(threads)
    keep_freed_memory()
    found: dict[str, Any] = {
        "backbone": arguments.backbone,
        "threads": threads,
        "clips in a step": BATCH,
    }
    for measure in (swr_steps, feature_extraction, cached_epoch, live_window, patch_switch):
        found |= measure(loaded)
    found |= first_paint()
    found |= whole_runs(arguments.backbone, threads)
    for name, value in found.items():
        print(f"{name}: {value:.3f}" if isinstance(value, float) else f"{name}: {value}")
    target = Path(__file__).parent / "results" / f"speed-{arguments.backbone}.json"
    write_bytes(target, json.dumps(found, indent=2).encode())


if __name__ == "__main__":
    main()
