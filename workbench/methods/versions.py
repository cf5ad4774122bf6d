"""Versions of the programs that decide what a run computes: the same seed gives the same patch only under the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from workbench import __version__


@dataclass(frozen=True)
class OtherVersions:
    """Versions that differ, for people, such as ``torch 2.9.0``: those at that time, and those in use."""

    then: str
    now: str


def versions_here() -> dict[str, str]:
    """Of this program and of torch."""
    return {"workbench": __version__, "torch": str(torch.__version__)}


def other_versions(made_with: Mapping[str, str]) -> OtherVersions | None:
    """What differs from the versions in use; None where nothing does, or nothing is known."""
    here = versions_here()
    differing = [name for name in here if made_with.get(name, here[name]) != here[name]]
    if not differing:
        return None
    return OtherVersions(_listed(made_with, differing), _listed(here, differing))


def _listed(versions: Mapping[str, str], names: list[str]) -> str:
    return ", ".join(f"{name} {versions[name]}" for name in names)
