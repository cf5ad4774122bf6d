"""Finds copies of a picture after re-encoding, resizing or a change of brightness, contrast or colour.

Two steps keep the cost bounded. A hash of 64 bits, whether each of 8 x 8 places is lighter than the one left of it
(dHash; N. Krawetz, Kind of Like That, 2013), gives a few candidates per picture by one matrix product. The
correlation of the gradients of 32 x 32 thumbnails then decides: on the sign digits, copies through JPEG of quality
30, at half the size, a quarter brighter or with 0.7 of the contrast correlate above 0.978, and different photographs
of one hand below 0.70. MNIST's strokes come nearer: one in three thousand has a stranger above 0.97 among 60,000.
Copies that were cut by more than some two percent are not found.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from workbench.cancel import CancelToken
from workbench.images.decode import Pixels

Floats = npt.NDArray[np.float32]

SIDE = 32
SAME_PICTURE = 0.97
_HASH_SIDE = 8
_CANDIDATES = 5
_BLOCK_PICTURES = 256
_GROUP = 64


def copies(
    queries: Sequence[Pixels], others: Sequence[Pixels], token: CancelToken | None = None
) -> list[tuple[int, int, float]]:
    """Find pictures among ``others`` that a query is a copy of.

    Args:
        queries, others: Grey thumbnails (``SIDE``, ``SIDE``).
        token: Looked at once per block of queries.

    Returns:
        (index of query, index of other, correlation 0-1) of each pair, ordered by index.
    """
    if not queries or not others:
        return []
    library = hashes(others).T
    found: list[tuple[int, int, float]] = []
    for start in range(0, len(queries), _BLOCK_PICTURES):
        if token:
            token.check()
        block = queries[start : start + _BLOCK_PICTURES]
        candidates = np.sort(_largest(hashes(block) @ library), axis=1)
        mine = _gradients(block)
        theirs = _gradients([others[i] for i in candidates.ravel().tolist()]).reshape(
            *candidates.shape, -1
        )
        likeness = np.einsum("pd,pcd->pc", mine, theirs)
        for row, column in np.argwhere(likeness >= SAME_PICTURE):
            pair = start + int(row), int(candidates[row, column])
            found.append((*pair, min(1.0, float(likeness[row, column]))))
    return found


def _largest(scores: Floats) -> npt.NDArray[np.int64]:
    """Positions of the few largest in each row, in any order.

    They lie in the few groups with the largest maxima, and to look at maxima first is several times faster.
    """
    few = min(_CANDIDATES, scores.shape[1])
    rows, columns = np.arange(len(scores))[:, None], np.arange(_GROUP)
    padded = np.pad(scores, ((0, 0), (0, -scores.shape[1] % _GROUP)), constant_values=-np.inf)
    maxima = padded.reshape(len(scores), -1, _GROUP).max(axis=2)
    groups = _partition(maxima, min(few, maxima.shape[1]))
    positions = (groups[:, :, None] * _GROUP + columns).reshape(len(scores), -1)
    return positions[rows, _partition(padded[rows, positions], few)]


def _partition(scores: Floats, few: int) -> npt.NDArray[np.int64]:
    return np.argpartition(-scores, few - 1, axis=1)[:, :few]


def hashes(thumbnails: Sequence[Pixels]) -> Floats:
    """The bits of each picture's hash as -1 and 1 (picture, 64): a product of two counts the bits that agree."""
    grey = np.stack(thumbnails).astype(np.float32)
    # Nine places in a row and eight rows, each the mean of what lies around it.
    edges = np.linspace(0, SIDE, _HASH_SIDE + 2).round().astype(int)[:-1]
    rows = grey.reshape(len(grey), _HASH_SIDE, SIDE // _HASH_SIDE, SIDE).mean(axis=2)
    places = np.add.reduceat(rows, edges, axis=2) / np.diff([*edges, SIDE])
    bits = places[:, :, 1:] > places[:, :, :-1]
    return np.where(bits, 1, -1).reshape(len(grey), -1).astype(np.float32)


def _gradients(thumbnails: Sequence[Pixels]) -> Floats:
    """Differences of neighbours across and down (picture, difference), of unit length."""
    grey = np.stack(thumbnails).astype(np.float32)
    across, down = np.diff(grey, axis=2), np.diff(grey, axis=1)
    both = np.concatenate([across.reshape(len(grey), -1), down.reshape(len(grey), -1)], axis=1)
    unit: Floats = both / (np.linalg.norm(both, axis=1, keepdims=True) + 1e-9)
    return unit
