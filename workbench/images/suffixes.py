"""Which files are taken for pictures; told from their names alone, so that asking costs nothing."""

from __future__ import annotations

import re
from pathlib import PurePath

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"})
_IDX_PICTURES = re.compile(r".*images[-.]idx3-ubyte(\.gz)?")
_IDX_LABELS = re.compile(r".*labels[-.]idx1-ubyte(\.gz)?")


def is_picture(path: PurePath) -> bool:
    """Whether a file's name says that it holds a picture, or many of them as IDX does."""
    return is_single_picture(path) or is_idx_pictures(path)


def is_single_picture(path: PurePath) -> bool:
    """Whether a file's name says that it holds one picture."""
    return path.suffix.lower() in PICTURE_SUFFIXES


def is_idx_pictures(path: PurePath) -> bool:
    """Whether a file is named as MNIST's are: ``...images-idx3-ubyte``, also gzipped."""
    return _IDX_PICTURES.fullmatch(path.name.lower()) is not None


def is_idx_labels(path: PurePath) -> bool:
    """Whether a file is named as the labels of such pictures are."""
    return _IDX_LABELS.fullmatch(path.name.lower()) is not None
