"""A tiny backbone with random weights, patches for it, and speech to play to them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from tests.helpers.folders import SHARED_DATA
from workbench.audio.files import Samples, fit_length, read_audio, resample
from workbench.audio.speech import find_synthesizer, synthesize
from workbench.backbones.card import WeightsCard
from workbench.backbones.registry import (
    LoadedBackbone,
    build,
    default_input,
    load_backbone,
    save_backbone,
)
from workbench.methods.base import TaskModel
from workbench.methods.norms import norms
from workbench.methods.patch import SUFFIX, Patch, PatchCard, StoredDecision, save_patch
from workbench.methods.registry import get

ARCHITECTURE = "bcresnet1"
CLASSES = ("_silence_", "_unknown_", "go", "stop")
RATE_HZ = 16000
SUITED = {"task_adapter": "audio_encoder_small"}
"""Architectures of methods that not every backbone allows."""


def tiny_backbone(
    folder: Path, classes: tuple[str, ...] = CLASSES, architecture: str = ARCHITECTURE
) -> LoadedBackbone:
    """Save a random backbone into ``folder`` and load it from there; its norms have statistics of their own."""
    generator = torch.Generator().manual_seed(1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        backbone = build(architecture, len(classes))
    _move_statistics(backbone, generator)
    card = WeightsCard(
        name=folder.name,
        architecture=architecture,
        labels=classes,
        frontend=default_input(architecture),
        licence="Apache-2.0",
        attribution=("Random numbers, no data",),
    )
    save_backbone(backbone.eval(), card, folder)
    return load_backbone(folder)


def suited(method: str) -> str:
    """Architecture of a tiny backbone that a method adapts."""
    return SUITED.get(method, ARCHITECTURE)


def tiny_patch(
    folder: Path,
    loaded: LoadedBackbone,
    method: str = "swr",
    classes: tuple[str, ...] = CLASSES,
    seed: int = 0,
    **settings: object,
) -> Path:
    """Save a random patch ``<method>-<seed>.patch.safetensors`` that changes whatever the method may change."""
    chosen = get(method)
    config = chosen.Config.model_validate(settings)
    model = chosen.attach(loaded.backbone, classes, config, seed)
    stages = chosen.stages(model, config, epochs=1)
    learned = {id(parameter) for stage in stages for parameter in stage.configure()}
    _disturb(model, learned, torch.Generator().manual_seed(seed))
    decisions = tuple(StoredDecision.of(decision) for decision in chosen.decisions(model))
    card = PatchCard(
        task=f"{method}-{seed}",
        method=method,
        config=config.model_dump(mode="json"),
        backbone=loaded.card.name,
        backbone_sha256=loaded.card.sha256,
        classes=classes,
        frontend=loaded.card.frontend,
        decisions=decisions,
        cost=chosen.cost(model, config).as_record(),
        seed=seed,
        epochs=1,
        versions={},
        metrics={"test": {"accuracy": 0.5, "n": 40, "ci95": [0.35, 0.65]}},
    )
    path = folder / f"{method}-{seed}{SUFFIX}"
    save_patch(Patch(card, chosen.patch_tensors(model, config)), path)
    return path


def spoken(words: tuple[str, ...], pause_s: float = 1.0) -> tuple[Samples, tuple[str, ...]]:
    """Words with pauses at 16 kHz, and where they came from: shared recordings, synthesis, or gliding tones."""
    parts, origins = [], set()
    for word in words:
        clip, origin = _word(word)
        parts += [np.zeros(round(pause_s * RATE_HZ), np.float32), clip]
        origins.add(origin)
    parts.append(np.zeros(round(pause_s * RATE_HZ), np.float32))
    return np.concatenate(parts), tuple(sorted(origins))


def _word(word: str) -> tuple[Samples, str]:
    recorded = sorted((SHARED_DATA / "speech" / "english-12" / word).glob("*"))
    if recorded:
        return fit_length(read_audio(recorded[0], RATE_HZ), RATE_HZ), "recordings"
    if find_synthesizer() is not None:
        samples, rate_hz = synthesize(word, "en-us")
        return fit_length(resample(samples, rate_hz, RATE_HZ), RATE_HZ), "synthesis"
    time_s = np.arange(RATE_HZ) / RATE_HZ
    start_hz = 200 + 40 * (sum(word.encode()) % 20)
    glide = np.sin(2 * np.pi * (start_hz + 300 * time_s) * time_s) * np.hanning(RATE_HZ)
    return (0.3 * glide).astype(np.float32), "tones"


def _move_statistics(network: torch.nn.Module, generator: torch.Generator) -> None:
    for _, norm in norms(network):
        assert norm.running_mean is not None
        assert norm.running_var is not None
        norm.running_mean += 0.1 * torch.randn(norm.running_mean.shape, generator=generator)
        norm.running_var *= 0.5 + torch.rand(norm.running_var.shape, generator=generator)


@torch.no_grad()
def _disturb(model: TaskModel, learned: set[int], generator: torch.Generator) -> None:
    """Change every tensor that the method may store, as training would."""
    for parameter in model.parameters():
        if id(parameter) in learned:
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    for name, buffer in model.named_buffers():
        if name == "decision":
            buffer[::2] = 1.0
    _move_statistics(model.backbone, generator)
    switch = getattr(model, "switch_to_decision", None)
    if switch is not None:
        switch()
