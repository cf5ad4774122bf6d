"""Examples of picture tasks, wherever they lie, read in several threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from workbench.cancel import CancelToken
from workbench.data.task import Clip
from workbench.images.config import PictureConfig
from workbench.images.decode import Pixels, probe, read_picture
from workbench.images.idx import idx_shape, read_idx
from workbench.images.resize import fit, read_fitted, within

WORKERS = min(8, os.cpu_count() or 1)

_Result = TypeVar("_Result")


def read_example(clip: Clip, config: PictureConfig) -> Pixels:
    """Pixels (channel, height, width) of a file, or of one picture inside it.

    Raises:
        WorkbenchError: when it cannot be read.
    """
    if clip.index is None:
        return read_fitted(clip.path, config)
    return fit(read_idx(clip.path)[clip.index][:, :, None], config)


def read_within(clip: Clip, side: int) -> Pixels:
    """Pixels (height, width, channel) of a whole picture, shrunk where a side has more than ``side``.

    Raises:
        WorkbenchError: when it cannot be read.
    """
    if clip.index is None:
        return within(read_picture(clip.path, at_least=(side, side)), side)
    return within(read_idx(clip.path)[clip.index][:, :, None], side)


def size_of(clip: Clip) -> tuple[int, int]:
    """Width and height in pixels, from the header.

    Raises:
        WorkbenchError: when it cannot be read.
    """
    if clip.index is None:
        info = probe(clip.path)
        return info.width, info.height
    _, height, width = idx_shape(clip.path)
    return width, height


def in_threads(
    look_at: Callable[[Clip], _Result], clips: Sequence[Clip], token: CancelToken | None
) -> list[_Result]:
    """Do something with each picture, several at a time, in their order.

    Raises:
        Cancelled: when the token was stopped, as soon as the pictures in work are done.
    """

    def unless_stopped(clip: Clip) -> _Result:
        if token:
            token.check()
        return look_at(clip)

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(unless_stopped, clips))
