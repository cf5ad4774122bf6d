"""A memory-mapped cache of pictures, decoded once at the size that a backbone takes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from workbench.cancel import CancelToken
from workbench.data.pictures import in_threads, read_example
from workbench.data.row_store import ClipRows, Place, Progress, Rows, RowStore, Table, sound
from workbench.data.task import Clip
from workbench.errors import WorkbenchError
from workbench.images.config import PictureConfig

_NOT_IN_ROWS = {"mean", "std"}
"""What of a configuration comes after the rows, so that backbones which differ in it alone share them."""


@dataclass(frozen=True)
class NormalisedRows(ClipRows):
    """Pictures that become a backbone's input, 32-bit floats, when they are taken."""

    config: PictureConfig

    def take(self, indices: npt.NDArray[np.int64] | slice) -> Rows:
        import torch

        from workbench.images.normalise import normalise

        pixels: Rows = normalise(torch.from_numpy(super().take(indices)), self.config).numpy()
        return pixels


class PictureStore(RowStore):
    """Pictures as bytes on disk, one row (channel, height, width) each."""

    def pictures(
        self,
        clips: Sequence[Clip],
        config: PictureConfig,
        token: CancelToken | None = None,
        progress: Progress = lambda _done, _total: None,
    ) -> ClipRows:
        """Pictures (picture, channel, height, width) as unsigned bytes, not normalised.

        Args:
            clips: Which.
            config: Size, channels and way of resizing.
            token: Looked at before each picture.
            progress: Called for every block with the number of pictures that are done and their total.

        Raises:
            WorkbenchError: when a picture cannot be decoded (``unreadable`` tells which), or the cache not be written.
            Cancelled: when the token was stopped; pictures of whole blocks stay in the store.
        """
        table, places = self._place_pictures(clips, config, token, progress)
        return table.map([sound(place) for place in places])

    def unreadable(
        self,
        clips: Sequence[Clip],
        config: PictureConfig,
        token: CancelToken | None = None,
        progress: Progress = lambda _done, _total: None,
    ) -> dict[Clip, str]:
        """The pictures that cannot be decoded, with the reason; all others are in the store then."""
        _, places = self._place_pictures(clips, config, token, progress)
        return reasons(clips, places)

    def _place_pictures(
        self,
        clips: Sequence[Clip],
        config: PictureConfig,
        token: CancelToken | None,
        progress: Progress,
    ) -> tuple[Table, list[Place]]:
        said = config.model_dump_json(exclude=_NOT_IN_ROWS)
        name = f"picture-{hashlib.sha256(said.encode()).hexdigest()[:16]}"
        table = self._table(name, config.shape, np.dtype(np.uint8))

        def decode(block: Sequence[Clip]) -> list[Rows | WorkbenchError]:
            return in_threads(partial(_decoded, config=config), block, token)

        return table, self._place(table, clips, decode, token, progress)


def reasons(clips: Sequence[Clip], places: Sequence[Place]) -> dict[Clip, str]:
    """Why clips have no row, by clip."""
    return {
        clip: place.message
        for clip, place in zip(clips, places, strict=True)
        if isinstance(place, WorkbenchError)
    }


def _decoded(clip: Clip, config: PictureConfig) -> Rows | WorkbenchError:
    try:
        return read_example(clip, config)
    except WorkbenchError as error:
        return error
