"""Many patches on one backbone: switching between them, and several side by side, each against plain networks.

python benchmarks/bank.py

Times are those of the thread that works, since the machine may do other things at the same time; ONNX Runtime and torch
work on that thread alone here.
"""

from __future__ import annotations

import workbench  # noqa: F401  # isort: skip -- says how torch's threads wait, which torch reads when it is imported

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import torch

from workbench.atomic import write_bytes
from workbench.backbones.base import LayerInfo
from workbench.backbones.inputs import sound_of
from workbench.backbones.registry import LoadedBackbone, load_backbone
from workbench.budget.policy import adaptable, estimated_probabilities, exact_policy, shares
from workbench.detection.decoder import DecoderConfig
from workbench.detection.scorer import Scorer, ScorerPool
from workbench.detection.side_by_side import share
from workbench.detection.stream import StreamEngine
from workbench.methods.patch import SUFFIX, Patch, PatchCard, StoredDecision, read_patch, save_patch
from workbench.methods.registry import get
from workbench.methods.swr.config import SwrConfig
from workbench.methods.swr.model import SwrModel

WORDS = tuple(f"word {i}" for i in range(10))
HELD = (2, 5, 10, 20, 50)
TOGETHER = 5
BACKBONES = ("bcresnet8.multilingual", "res15.multilingual")
REPEATS = 15
RESULTS = Path(__file__).parent / "results" / "bank.json"


def interleaved(works: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of works that take turns, so that a busy machine slows all of them alike."""
    for work in works.values():
        work()
    spent: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(REPEATS):
        for name, work in works.items():
            spent[name].append(seconds(work))
    return {name: statistics.median(times) for name, times in spent.items()}


def seconds(work: Callable[[], object]) -> float:
    """Computing time of one call."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def swr_patches(folder: Path, loaded: LoadedBackbone, count: int, first: LayerInfo) -> list[Path]:
    """Patches of swr at c = 0.1 with random changes from the layer ``first`` on, and nothing moved before it.

    Training moves the statistics of every norm, so a trained patch has ``first`` at the beginning.
    """
    swr, config = get("swr"), SwrConfig(budget=0.1)
    model = swr.attach(loaded.backbone, WORDS, config, 0)
    assert isinstance(model, SwrModel)
    layers = loaded.backbone.layers()
    rows = adaptable(layers)
    chosen = exact_policy(estimated_probabilities(layers), shares(layers), config.budget)
    on = [one and row.index >= first.index for one, row in zip(chosen, rows, strict=True)]
    model.decision.copy_(torch.tensor(on, dtype=torch.float32))
    model.switch_to_decision()
    path = saved(folder, loaded, "swr", config.model_dump(mode="json"), model)
    later = {row.name for row in layers[first.index :]}
    return [path, *(varied(path, seed, later) for seed in range(1, count))]


def varied(path: Path, seed: int, layers: Collection[str]) -> Path:
    """A patch with other random numbers in its head, its delta weights and the means of norms among ``layers``."""
    patch = read_patch(path)
    generator = torch.Generator().manual_seed(seed)
    tensors = {
        name: tensor + 0.01 * torch.randn(tensor.shape, generator=generator)
        if name.startswith(("head/", "delta/")) or moves(name, layers)
        else tensor
        for name, tensor in patch.tensors.items()
    }
    other = path.with_name(f"{seed}-{path.name}")
    save_patch(Patch(patch.card, tensors), other)
    return other


def moves(name: str, layers: Collection[str]) -> bool:
    """Whether a tensor of a patch is the running mean of one of these norms."""
    owner, _, leaf = name.removeprefix("stat/").rpartition(".")
    return leaf == "running_mean" and owner in layers


def head_patches(folder: Path, loaded: LoadedBackbone, count: int) -> list[Path]:
    """Patches that store the last layer alone."""
    head = get("head")
    model = head.attach(loaded.backbone, WORDS, head.Config(), 0)
    path = saved(folder, loaded, "head", {}, model)
    return [path, *(varied(path, seed, ()) for seed in range(1, count))]


def saved(
    folder: Path, loaded: LoadedBackbone, name: str, config: dict[str, Any], model: Any
) -> Path:
    method = get(name)
    settings = method.Config.model_validate(config)
    card = PatchCard(
        task=name,
        method=name,
        config=config,
        backbone=loaded.card.name,
        backbone_sha256=loaded.card.sha256,
        classes=WORDS,
        frontend=loaded.card.frontend,
        decisions=tuple(StoredDecision.of(one) for one in method.decisions(model)),
        cost=method.cost(model, settings).as_record(),
        seed=0,
        epochs=1,
        versions={},
    )
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}{SUFFIX}"
    save_patch(Patch(card, method.patch_tensors(model, settings)), path)
    return path


def switching(folder: Path, loaded: LoadedBackbone) -> dict[str, Any]:
    """From one held patch to another until the stream listens with it, against reading a network from disk.

    The network is only read and built, not made ready to listen, which would take longer still.
    """
    frontend, config = sound_of(loaded.card.frontend), DecoderConfig()
    start = loaded.backbone.layers()[0]
    paths = swr_patches(folder / "held", loaded, max(HELD), start)
    pool = ScorerPool()
    opening: list[float] = []
    exact = []
    ratios = {}
    window = windows(loaded)
    for held in HELD:
        new = paths[len(opening) : held]
        opening += [seconds(partial(pool.open, path)) for path in new]
        engine = StreamEngine([pool.open(paths[0])], frontend, config)
        turns = cycle(paths[:held])
        before = pool.open(paths[0]).logits(window)
        pool.open(paths[held - 1]).logits(window)
        exact.append(bool(np.array_equal(before, pool.open(paths[0]).logits(window))))
        spent = interleaved(
            {
                "switch": partial(switch, engine, pool, turns, config),
                "load": partial(load_backbone, loaded.card.name),
            }
        )
        ratios[str(held)] = {
            "ms": 1000 * spent["switch"],
            "loading_ms": 1000 * spent["load"],
            "ratio": spent["switch"] / spent["load"],
        }
    return {
        "switching": ratios,
        "first opening of a patch, ms": 1000 * statistics.median(opening[1:]),
        "A, B, A gives the same bits": all(exact),
    }


def switch(
    engine: StreamEngine, pool: ScorerPool, turns: Iterator[Path], config: DecoderConfig
) -> None:
    engine.use([pool.open(next(turns))], config)


def side_by_side(loaded: LoadedBackbone, paths: Sequence[Path]) -> dict[str, Any]:
    """Five patches on one window: common layers once, against five separate networks one after the other."""
    pool = ScorerPool()
    scorers: list[Scorer] = [pool.open(path) for path in paths]
    together = share(scorers)
    window = windows(loaded)
    alone = [scorer.logits(window) for scorer in scorers]
    spent = interleaved(
        {
            "together": lambda: together.logits(window),
            "separate": lambda: [scorer.logits(window) for scorer in scorers],
        }
    )
    found = together.sharing
    return {
        "shared_layers": found.shared_layers,
        "layers": found.layers,
        "multiplies": found.multiplies,
        "separate_multiplies": found.separate_multiplies,
        "multiplies_ratio": found.multiplies / found.separate_multiplies,
        "together_ms": 1000 * spent["together"],
        "separate_ms": 1000 * spent["separate"],
        "ratio": spent["together"] / spent["separate"],
        "finding_ms": 1000 * seconds(partial(share, scorers)),
        "same_bits": all(map(np.array_equal, together.logits(window), alone)),
    }


def windows(loaded: LoadedBackbone) -> np.ndarray[Any, np.dtype[np.float32]]:
    generator = torch.Generator().manual_seed(3)
    return torch.randn(1, *loaded.backbone.input_spec.shape, generator=generator).numpy()


def places(layers: Sequence[LayerInfo]) -> dict[str, LayerInfo]:
    """Where the five patches begin to differ: at the first convolution behind each place."""
    convolutions = [row for row in layers if row.is_conv]
    total = sum(row.multiplies for row in layers)
    done = 0
    middle = convolutions[-1]
    for row in convolutions:
        if 2 * done >= total:
            middle = row
            break
        done += row.multiplies
    half = next(row for row in convolutions if 2 * row.index >= len(layers))
    return {"first half of the layers": half, "just over half of the multiplies": middle}


def measure(loaded: LoadedBackbone, folder: Path) -> dict[str, Any]:
    layers = loaded.backbone.layers()
    starts = {**places(layers), "what trained swr patches share": layers[0]}
    heads = head_patches(folder / "head", loaded, TOGETHER)
    variants = {"all but the last layer (head)": heads} | {
        what: swr_patches(folder / what, loaded, TOGETHER, first) for what, first in starts.items()
    }
    found = {what: side_by_side(loaded, paths) for what, paths in variants.items()}
    return {"side by side": found, **switching(folder, loaded)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", action="append", help="may be given several times")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    found = {}
    for name in arguments.backbone or BACKBONES:
        with tempfile.TemporaryDirectory() as folder:
            found[name] = measure(load_backbone(name), Path(folder))
        print(json.dumps(found[name], indent=2), flush=True)
        write_bytes(RESULTS, json.dumps(found, indent=2).encode())


if __name__ == "__main__":
    main()
