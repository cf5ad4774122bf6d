"""What an export is verified with: validation clips of the task that the patch was made for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, zip_longest
from pathlib import Path

import torch
from torch import Tensor

from workbench.backbones.inputs import InputConfig
from workbench.data.store import PCM_SCALE
from workbench.data.task import Clip, Split
from workbench.images.config import PictureConfig
from workbench.training.prepare import default_store, fitting_task, readable

MOST_EXAMPLES = 64


def validation_examples(data: Path, config: InputConfig) -> Tensor | None:
    """At most ``MOST_EXAMPLES`` validation clips for ``raw.reader``, spread over the classes; None without any.

    Args:
        data: Folder of classes, folder with a manifest, or a manifest.
        config: What the patch's backbone takes.

    Raises:
        WorkbenchError: when there is no such task, it is of another medium, or none of these clips can be read.
    """
    chosen = _spread(fitting_task(data, config).task.part(Split.VAL))
    if not chosen:
        return None
    store = default_store()
    clips, _ = readable(chosen, config, store)
    if isinstance(config, PictureConfig):
        return torch.from_numpy(store.pictures(clips, config).take(slice(None)))
    waves = store.waves(clips, config.rate_hz, config.clip_samples)
    return torch.from_numpy(waves.take(slice(None))).float() / PCM_SCALE


def _spread(clips: Sequence[Clip]) -> list[Clip]:
    """The first clip of every class, then the second of every class, and so on."""
    by_class: dict[str, list[Clip]] = {}
    for clip in clips:
        by_class.setdefault(clip.label, []).append(clip)
    in_turn = chain.from_iterable(zip_longest(*by_class.values()))
    return [clip for clip in in_turn if clip is not None][:MOST_EXAMPLES]
