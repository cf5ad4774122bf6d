"""Small picture tasks on disk, of real pictures where those lie beside the project."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from tests.helpers.folders import SHARED_DATA
from tests.helpers.mutated_pictures import scene

SIGN_DIGITS = SHARED_DATA / "images" / "sign-digits"
MNIST = SHARED_DATA / "images" / "mnist"


def make_picture(path: Path, seed: int = 0, size: tuple[int, int] = (40, 24)) -> Path:
    """A picture that differs with its seed; the name's suffix says how it is encoded."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(scene(*size, seed)).save(path)
    return path


def photographs(count: int) -> list[np.ndarray]:
    """Different photographs (height, width, 3): real ones, or generated where those lack."""
    paths = sorted(SIGN_DIGITS.glob("*/*.JPG"))
    if paths:
        return [np.asarray(Image.open(path)) for path in paths[:: len(paths) // count][:count]]
    return [_blobs(seed) for seed in range(count)]


def _blobs(seed: int) -> np.ndarray:
    """Soft spots at random places on a light ground."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[:100, :100] / 100
    picture = np.full((100, 100, 3), 220.0)
    for _ in range(7):
        across, down = generator.uniform(0.1, 0.9, 2)
        width = generator.uniform(0.05, 0.2)
        spot = np.exp(-((x - across) ** 2 + (y - down) ** 2) / (2 * width**2))
        picture -= spot[:, :, None] * generator.uniform(20, 150, 3)
    return (picture + generator.normal(0, 3, picture.shape)).clip(0, 255).astype(np.uint8)


def write_idx(path: Path, values: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    content += values.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def idx_pair(folder: Path, part: str, labels: Iterable[int], ending: str = ".gz") -> np.ndarray:
    """Write two files as MNIST's are; each picture's grey tells which one it is."""
    labels = np.array(list(labels))
    pictures = np.arange(len(labels))[:, None, None] + np.zeros((1, 12, 10), int)
    write_idx(folder / f"{part}-images-idx3-ubyte{ending}", pictures)
    write_idx(folder / f"{part}-labels-idx1-ubyte{ending}", labels)
    return pictures.astype(np.uint8)
