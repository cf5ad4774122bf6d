"""Adaptation methods by name."""

from __future__ import annotations

import difflib
from typing import Any

from workbench.errors import WorkbenchError
from workbench.methods.base import Method
from workbench.methods.finetune.method import Finetune
from workbench.methods.head.method import Head
from workbench.methods.model_patch.method import ModelPatch
from workbench.methods.piggyback.method import Piggyback
from workbench.methods.repnet.method import RepNet
from workbench.methods.residual_adapter.method import ResidualAdapter
from workbench.methods.spottune.method import SpotTune
from workbench.methods.swr.method import Swr
from workbench.methods.taps.method import Taps

AnyMethod = Method[Any, Any]

_METHODS: dict[str, AnyMethod] = {
    method.name: method
    for method in (
        Swr(),
        Taps(),
        ModelPatch(),
        ResidualAdapter(),
        RepNet(),
        SpotTune(),
        Piggyback(),
        Finetune(),
        Head(),
    )
}


def names() -> tuple[str, ...]:
    """Registered methods in the order in which they are offered."""
    return tuple(_METHODS)


def get(name: str) -> AnyMethod:
    """Raises: WorkbenchError for an unknown name; names the nearest."""
    if name not in _METHODS:
        near = difflib.get_close_matches(name, _METHODS, n=2, cutoff=0.3) or names()
        raise WorkbenchError(
            f"There is no method named {name!r}.", hint=f"Did you mean {', '.join(near)}?"
        )
    return _METHODS[name]
