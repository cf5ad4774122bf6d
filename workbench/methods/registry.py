"""Adaptation methods by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from workbench.errors import WorkbenchError
from workbench.methods.base import Method
from workbench.methods.finetune.method import Finetune
from workbench.methods.head.method import Head
from workbench.methods.model_patch.method import ModelPatch
from workbench.methods.piggyback.method import Piggyback
from workbench.methods.repnet.method import RepNet
from workbench.methods.residual_adapter.method import ResidualAdapter
from workbench.methods.several import SeveralMethod
from workbench.methods.spottune.method import SpotTune
from workbench.methods.swr.method import Swr
from workbench.methods.taps.method import Taps
from workbench.methods.together.multi_head import MultiHead
from workbench.methods.together.patches import PatchesTogether

AnyMethod = Method[Any, Any]
AnySeveralMethod = SeveralMethod[Any, Any]

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

_SEVERAL: dict[str, AnySeveralMethod] = {
    method.name: method
    for method in (
        PatchesTogether(),
        MultiHead(),
    )
}
"""Methods for several tasks at once, by name."""


def names() -> tuple[str, ...]:
    """Registered methods in the order in which they are offered."""
    return tuple(_METHODS)


def get(name: str) -> AnyMethod:
    """Raises: WorkbenchError for an unknown name; names the nearest."""
    if name not in _METHODS:
        raise _unknown("method", name, names())
    return _METHODS[name]


def several_methods() -> tuple[AnySeveralMethod, ...]:
    """Registered methods for several tasks at once, in the order in which they are offered."""
    return tuple(_SEVERAL.values())


def get_several(name: str) -> AnySeveralMethod:
    """Raises: WorkbenchError for an unknown name; names the nearest."""
    if name not in _SEVERAL:
        raise _unknown("method for several tasks", name, _SEVERAL)
    return _SEVERAL[name]


def _unknown(kind: str, name: str, known: Iterable[str]) -> WorkbenchError:
    near = difflib.get_close_matches(name, known, n=2, cutoff=0.3) or known
    return WorkbenchError(
        f"There is no {kind} named {name!r}.", hint=f"Did you mean {', '.join(near)}?"
    )
