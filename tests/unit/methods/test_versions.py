"""Versions that differ are named, and nothing is said where none does."""

from __future__ import annotations

import torch

from workbench import __version__
from workbench.methods.versions import OtherVersions, other_versions, versions_here


def test_only_what_differs_is_named() -> None:
    here = {"workbench": __version__, "torch": torch.__version__}
    assert versions_here() == here
    assert other_versions(here | {"torch": "1.0"}) == OtherVersions(
        "torch 1.0", f"torch {torch.__version__}"
    )
    assert other_versions({"workbench": "0.0", "torch": "1.0"}) == OtherVersions(
        "workbench 0.0, torch 1.0", f"workbench {__version__}, torch {torch.__version__}"
    )


def test_what_is_the_same_or_unknown_is_not_named() -> None:
    assert other_versions(versions_here()) is None
    assert other_versions({}) is None
    assert other_versions({"python": "2.7"}) is None
