"""What looking at a task's pictures tells: copies, flat ones, small ones, grey ones among colour."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from functools import partial
from statistics import median

import numpy as np

from workbench.cancel import CancelToken
from workbench.data.duplicates import near_conflicts, near_duplicates
from workbench.data.findings import Finding, Kind, Progress, Severity, count, names
from workbench.data.picture_prints import SIDE, copies
from workbench.data.pictures import in_threads, read_example
from workbench.data.task import Clip
from workbench.errors import WorkbenchError
from workbench.images.config import PictureConfig
from workbench.images.decode import Pixels, probe
from workbench.images.idx import idx_shape

FLAT_DEVIATION = 2.0
"""Of the greys of a picture, 0 to 255: less than compression leaves in a blank one."""

COLOUR_SPREAD = 4.0
"""Mean distance of a pixel's strongest channel from its weakest; compression gives grey pictures about one."""

SMALL = 0.5
"""Of the median shorter side: what is smaller is stretched so much more than the others that it looks blurred."""

_BLOCK_PICTURES = 256
_THUMBNAIL = PictureConfig(height=SIDE, width=SIDE, fit="stretch")


@dataclass(frozen=True)
class _Look:
    """What is kept of one picture: a grey thumbnail (``SIDE``, ``SIDE``), and how large and how colourful it is."""

    thumbnail: Pixels
    shorter_side: int
    is_colour: bool

    @property
    def is_flat(self) -> bool:
        return float(self.thumbnail.std()) < FLAT_DEVIATION


@dataclass
class Seen:
    """What looking at the pictures gave.

    Attributes:
        token: Looked at while copies are searched for, too.
    """

    token: CancelToken
    looks: dict[Clip, _Look] = field(default_factory=dict)
    unreadable: list[Clip] = field(default_factory=list)

    def findings(self, leave_out: Set[Clip]) -> list[Finding]:
        """All but those that are no pictures.

        Args:
            leave_out: Pictures that repeat another one to the byte, which was told already.

        Raises:
            Cancelled: when the token was stopped.
        """
        # All flat pictures are alike, and what is told of them is that they are flat.
        prints = {clip: one.thumbnail for clip, one in self.looks.items() if not one.is_flat}
        find = partial(copies, token=self.token)
        return [
            *near_duplicates(prints, find, "looks like", leave_out),
            *near_conflicts(prints, find, "looks like", leave_out),
            *self._flat(),
            *self._small(),
            *self._grey(),
        ]

    def _flat(self) -> list[Finding]:
        flat = tuple(clip for clip, one in self.looks.items() if one.is_flat)
        if not flat:
            return []
        text = f"{count(len(flat), 'picture')} {_are(flat)} of one colour: {_some(flat)}."
        return [Finding(Kind.FLAT, Severity.WARNING, text, flat, "Remove them.")]

    def _small(self) -> list[Finding]:
        sides = {clip: one.shorter_side for clip, one in self.looks.items()}
        usual = median(sides.values()) if sides else 0
        small = tuple(clip for clip, side in sides.items() if side < SMALL * usual)
        if not small:
            return []
        text = (
            f"{count(len(small), 'picture')} {_are(small)} less than half as large as usual here "
        )
        text += f"({usual:.0f} pixels) and will look blurred: {_some(small)}."
        fix = "Replace them by larger ones, or remove them."
        return [Finding(Kind.SMALL, Severity.INFO, text, small, fix)]

    def _grey(self) -> list[Finding]:
        grey = tuple(clip for clip, one in self.looks.items() if not one.is_colour)
        if not 0 < len(grey) <= len(self.looks) / 2:
            return []
        text = f"{count(len(grey), 'picture')} {_are(grey)} grey among pictures in colour, "
        labels = sorted({clip.label for clip in grey})
        text += f"in {names(labels)}: colour may be taken for what tells the classes apart."
        fix = "Replace them, or use grey pictures only."
        return [Finding(Kind.GREY, Severity.WARNING, text, grey, fix)]


def look(clips: Sequence[Clip], token: CancelToken, progress: Progress) -> Seen:
    """Decode every picture once, in several threads.

    Raises:
        Cancelled: when the token was stopped.
    """
    seen = Seen(token)
    for start in range(0, len(clips), _BLOCK_PICTURES):
        progress(start, len(clips))
        block = clips[start : start + _BLOCK_PICTURES]
        for clip, found in zip(block, in_threads(_looked, block, token), strict=True):
            if found is None:
                seen.unreadable.append(clip)
            else:
                seen.looks[clip] = found
    progress(len(clips), len(clips))
    return seen


def _looked(clip: Clip) -> _Look | None:
    try:
        colours = read_example(clip, _THUMBNAIL)
        if clip.index is None:
            info = probe(clip.path)
            shorter_side = min(info.width, info.height)
        else:
            shorter_side = min(idx_shape(clip.path)[1:])
    except WorkbenchError:
        return None
    spread = colours.max(axis=0).astype(np.float32) - colours.min(axis=0)
    grey = colours.mean(axis=0).round().astype(np.uint8)
    return _Look(grey, shorter_side, float(spread.mean()) >= COLOUR_SPREAD)


def _are(clips: Sequence[Clip]) -> str:
    return "is" if len(clips) == 1 else "are"


def _some(clips: Sequence[Clip]) -> str:
    return names([clip.name for clip in clips], 3)
