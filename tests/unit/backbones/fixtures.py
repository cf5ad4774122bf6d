"""Architectures by what they take, and checkpoints as files."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from workbench.backbones.registry import architectures, default_input
from workbench.images.config import PictureConfig

State = dict[str, Tensor]
PICTURES = tuple(a for a in architectures() if isinstance(default_input(a), PictureConfig))
SOUND = tuple(a for a in architectures() if a not in PICTURES)


def saved(content: object, folder: Path, name: str = "net.pt") -> Path:
    """A file as ``torch.save`` writes it, or what its suffix says."""
    path = folder / name
    if name.endswith(".safetensors"):
        assert isinstance(content, dict)
        save_file(content, path)
    else:
        torch.save(content, path)
    return path
