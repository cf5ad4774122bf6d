"""Small pictures for tests: folders of classes, and pairs of IDX files."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("cat", "dog", "elk")


def write_picture(path: Path, seed: int, side: int = 24) -> Path:
    """A picture of noise, no two alike."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def picture_folder(folder: Path, classes: Sequence[str] = CLASSES, each: int = 10) -> Path:
    """Folder of classes."""
    for number, label in enumerate(classes):
        for nth in range(each):
            write_picture(folder / label / f"{label}-{nth}.png", 100 * number + nth)
    return folder


def truncated_jpeg(path: Path) -> Path:
    """Whole at its header, not behind it."""
    whole = write_picture(path, 7, side=64).read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    return path


def idx_pair(folder: Path, labels: Sequence[int], prefix: str = "train-") -> Path:
    """Two files as MNIST has them; returns that of the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(1).integers(0, 256, (len(labels), 8, 8), np.uint8)
    pictures = folder / f"{prefix}images-idx3-ubyte"
    pictures.write_bytes(struct.pack(">HBB3I", 0, 8, 3, *pixels.shape) + pixels.tobytes())
    names = folder / f"{prefix}labels-idx1-ubyte"
    names.write_bytes(struct.pack(">HBBI", 0, 8, 1, len(labels)) + bytes(labels))
    return pictures
