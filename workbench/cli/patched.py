"""A patch on its backbone, for the verbs that use one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.training.assess import PatchedNetwork


def open_patched(patch: Path, backbone: str | None) -> PatchedNetwork:
    """Put a patch on the backbone that was named, else on the installed one with the right weights.

    Raises:
        WorkbenchError: when either cannot be read, they do not belong together, or no backbone fits.
    """
    from workbench.methods.patch import backbone_source, read_patch
    from workbench.training.assess import load_patched

    return load_patched(patch, backbone or str(backbone_source(read_patch(patch).card)))
