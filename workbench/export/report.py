"""How an export is proved: what it computes is compared with what the patch computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from workbench.audio.frontend import FrontendConfig, build_frontend
from workbench.backbones.inputs import InputConfig
from workbench.errors import WorkbenchError

TOLERANCE = 1e-3
RANDOM_CLIPS = 24
RANDOM_PICTURES = 4
BATCH = 32
Logits = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ExportReport:
    """What was written, and how well it agrees with the patched network.

    Attributes:
        path: File or folder.
        max_abs_diff: Largest difference of any logit.
        agreement: Share of clips with the same decision.
        bytes: Size on disk of everything that was written.
        clips: How many clips were compared; ``real`` when they came from the caller.
    """

    path: Path
    max_abs_diff: float
    agreement: float
    bytes: int
    clips: int
    real: bool


@dataclass(frozen=True)
class Comparison:
    """Attributes: largest difference of logits, share of equal decisions, clips, and whether they were real."""

    max_abs_diff: float
    agreement: float
    clips: int
    real: bool


def refuse_existing(*files: Path) -> None:
    """Raises: WorkbenchError when one of the files is there already; an export takes no other file's place."""
    for path in files:
        if path.exists():
            raise WorkbenchError(
                f"{path} exists already.",
                data="Nothing was written there.",
                hint="Choose another name, or remove that file first.",
            )


def random_waves(frontend: FrontendConfig, clips: int = RANDOM_CLIPS) -> Tensor:
    """Bursts of noise (clip, sample) from a whisper to full scale, the same at every call."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(clips, frontend.clip_samples, generator=generator)
    level = torch.logspace(-4, -0.7, clips)[:, None]
    length = torch.rand(clips, 1, generator=generator)
    sounding = torch.linspace(0, 1, frontend.clip_samples)[None] < length
    return (noise * level * sounding).clamp(-1, 1)


def random_examples(config: InputConfig) -> Tensor:
    """What an export is tried on when the caller has nothing real.

    Returns:
        Sounds (clip, sample), or pictures as the network takes them (picture, channel, height, width).
    """
    if isinstance(config, FrontendConfig):
        return random_waves(config)
    generator = torch.Generator().manual_seed(0)
    return torch.randn(RANDOM_PICTURES, *config.shape, generator=generator)


def network_input(config: InputConfig) -> nn.Module:
    """Turns such examples into the network's input; pictures are that already."""
    return build_frontend(config) if isinstance(config, FrontendConfig) else nn.Identity()


@torch.no_grad()
def compare(
    reference: Callable[[Tensor], Tensor],
    exported: Callable[[Tensor], Logits],
    examples: Tensor,
    real: bool,
) -> Comparison:
    """Run both on all examples (clip, ...).

    Raises:
        WorkbenchError: when they do not compute the same.
    """
    wanted, found = [], []
    for start in range(0, len(examples), BATCH):
        batch = examples[start : start + BATCH]
        wanted.append(np.asarray(reference(batch).numpy()))
        found.append(exported(batch))
    a, b = np.concatenate(wanted), np.concatenate(found)
    if a.shape != b.shape or not np.abs(a - b).max() <= TOLERANCE * max(1.0, np.abs(a).max()):
        raise WorkbenchError(
            "The exported file does not compute what the patch computes; it was removed.",
            data="The patch and its run are intact.",
            hint="Try another format, and report this with the log file.",
        )
    agreement = float(np.mean(a.argmax(axis=1) == b.argmax(axis=1)))
    return Comparison(float(np.abs(a - b).max()), agreement, len(a), real)
