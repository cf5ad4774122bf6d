"""Threads follow from the network's size, and one core stays with the window."""

from __future__ import annotations

import pytest

from workbench.backbones.registry import build
from workbench.training.threads import fitting_threads


@pytest.mark.parametrize("architecture", ["bcresnet1", "bcresnet3", "res8-narrow"])
def test_small_networks_train_on_one_thread(architecture: str) -> None:
    assert fitting_threads(build(architecture, 10), cores=16) == 1


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (4, 3), (8, 4), (64, 4)])
def test_large_networks_leave_a_core_and_take_few(cores: int, threads: int) -> None:
    assert fitting_threads(build("res15", 10), cores) == threads
