"""Switching among many patches on one backbone: exact for every method, and the same work however many are held."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.tiny import SUITED, tiny_backbone, tiny_patch
from workbench.detection import scorer as scorer_module
from workbench.detection.decoder import DecoderConfig
from workbench.detection.scorer import ScorerPool
from workbench.detection.stream import StreamEngine
from workbench.methods.registry import names

PATCHES = 3
ARCHITECTURES = ("bcresnet1", "res8-narrow")
PAIRS = [(m, a) for m in names() for a in (ARCHITECTURES if m not in SUITED else (SUITED[m],))]
VISITS = st.lists(st.integers(0, PATCHES - 1), min_size=3, max_size=12)


@pytest.mark.parametrize(("method", "architecture"), PAIRS)
def test_any_way_there_and_back_gives_the_same_bits(
    tmp_path: Path, method: str, architecture: str
) -> None:
    loaded = tiny_backbone(tmp_path / f"{architecture}.tiny", architecture=architecture)
    paths = [tiny_patch(tmp_path, loaded, method, seed=seed) for seed in range(PATCHES)]
    backbone = str(tmp_path / f"{architecture}.tiny")
    generator = torch.Generator().manual_seed(4)
    window = torch.randn(2, *loaded.backbone.input_spec.shape, generator=generator).numpy()
    pool = ScorerPool(backbone)
    first = [pool.open(path).logits(window) for path in paths]
    assert not any(np.array_equal(first[0], other) for other in first[1:])

    @settings(max_examples=15, deadline=None)
    @given(VISITS)
    def visit(order: list[int]) -> None:
        for index in order:
            assert np.array_equal(pool.open(paths[index]).logits(window), first[index])

    visit()


def test_a_held_patch_is_neither_read_nor_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could grow with the number of patches, or with their size, is not done at all."""
    loaded = tiny_backbone(tmp_path / "bcresnet1.tiny")
    paths = [tiny_patch(tmp_path, loaded, "head", seed=seed) for seed in range(12)]
    pool = ScorerPool(str(tmp_path / "bcresnet1.tiny"))
    held = [pool.open(path) for path in paths]
    engine = StreamEngine(held[:1], held[0].frontend, DecoderConfig())

    def never(*_: object) -> None:
        raise AssertionError("something was read or built again")

    steps = ("read_patch", "file_sha256", "load_backbone", "apply_patch", "running_graph")
    for step in steps:
        monkeypatch.setattr(scorer_module, step, never)
    for path, scorer in zip(paths[::-1], held[::-1], strict=True):
        engine.use([pool.open(path)], DecoderConfig())
        assert engine._together.scorers == (scorer,)


def test_a_patch_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(scorer_module.WorkbenchError, match="cannot be read"):
        ScorerPool().open(tmp_path / "absent.patch.safetensors")
