"""What every export test starts from."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.tiny import suited, tiny_backbone, tiny_patch
from workbench.training.assess import PatchedNetwork, load_patched


def network_of(
    folder: Path, method: str = "swr", architecture: str | None = None, **settings: object
) -> PatchedNetwork:
    """A random patch on a random backbone."""
    architecture = architecture or suited(method)
    backbone = folder / f"{architecture}.tiny"
    loaded = tiny_backbone(backbone, architecture=architecture)
    return load_patched(tiny_patch(folder, loaded, method, **settings), str(backbone))
