"""The policy film in memory: exact values, and a pyramid of coarser ones for long runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Columns = npt.NDArray[np.float32]
FIRST_CAPACITY = 256


@dataclass(frozen=True)
class FrameInfo:
    """When a column of the film was taken.

    Attributes:
        position: Step counted over all stages, from 1.
        stage: Index of the stage; ``step`` counts within it.
        hard_cost: Share of the convolution weights that the binarized policy would store.
        budget: Share that was asked for; None for methods without a budget.
    """

    position: int
    stage: int
    step: int
    hard_cost: float
    budget: float | None


class FilmStore:
    """Columns of one value per layer, appended in time order.

    Level 0 holds what was logged, bit for bit. A column of level k + 1 is the mean of two columns of level k; it
    exists as soon as both do.
    """

    def __init__(self, layers: int) -> None:
        self.layers = layers
        self.frames: list[FrameInfo] = []
        self._levels: list[Columns] = [np.zeros((FIRST_CAPACITY, layers), np.float32)]
        self._used = [0]

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def levels(self) -> int:
        return len(self._levels)

    def add(self, values: tuple[float, ...], info: FrameInfo) -> None:
        """Append a column of ``layers`` values in 0..1."""
        self.frames.append(info)
        self._append(0, np.asarray(values, np.float32))

    def level(self, index: int) -> Columns:
        """Columns (time, layer) of one level; a view, not to be written."""
        return self._levels[index][: self._used[index]]

    def column(self, frame: int) -> Columns:
        """Values (layer,) exactly as they were logged."""
        column: Columns = self.level(0)[frame]
        return column

    def level_for(self, columns: int) -> int:
        """The coarsest level that still has at least ``columns`` columns; 0 when none has."""
        fitting = [k for k in range(self.levels) if self._used[k] >= columns]
        return fitting[-1] if fitting else 0

    def drop_from(self, frame: int) -> None:
        """Forget columns from ``frame`` on, because a resumed run repeats them."""
        del self.frames[frame:]
        for k in range(self.levels):
            self._used[k] = min(self._used[k], frame >> k)

    def _append(self, index: int, column: Columns) -> None:
        if index == self.levels:
            self._levels.append(np.zeros((FIRST_CAPACITY, self.layers), np.float32))
            self._used.append(0)
        store, used = self._levels[index], self._used[index]
        if used == len(store):
            store = np.concatenate([store, np.zeros_like(store)])
            self._levels[index] = store
        store[used] = column
        self._used[index] = used = used + 1
        if used % 2 == 0:
            self._append(index + 1, store[used - 2 : used].mean(axis=0))
