"""How many of the machine's cores a step can use."""

from __future__ import annotations

import os

from workbench.backbones.base import Backbone

WORTH_SHARING = 30_000_000
"""Multiplies a clip from which a step's parts are longer than the waking of sleeping threads.

Measured on two idle cores at 32 clips a step: 14.5 ms a clip with two threads against 10.1 with one for bcresnet3
(15 M), 23.1 against 27.7 for bcresnet8 (86 M).
"""
MOST_THREADS = 4


def fitting_threads(backbone: Backbone, cores: int | None = None) -> int:
    """Threads that train a backbone fastest beside a window, to which one core is left.

    Args:
        cores: Of the machine; None asks it.
    """
    if sum(row.multiplies for row in backbone.layers()) < WORTH_SHARING:
        return 1
    spare = (cores or os.cpu_count() or 1) - 1
    return max(1, min(MOST_THREADS, spare))
