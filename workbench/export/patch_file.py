"""A patch as it is, for another computer: a copy that is read back."""

from __future__ import annotations

from pathlib import Path

from workbench.atomic import write_bytes
from workbench.errors import WorkbenchError
from workbench.export.report import refuse_existing
from workbench.methods.patch import read_patch


def export_patch(patch: Path, path: Path, *, replace: bool = False) -> int:
    """Copy a patch file.

    Args:
        patch: File to copy.
        path: File to write.
        replace: Whether a file that is there already may be replaced.

    Returns:
        Bytes written.

    Raises:
        WorkbenchError: when the patch is damaged, the place is taken or cannot be written, or the copy does not read
            back as it was written.
    """
    if not replace:
        refuse_existing(path)
    read_patch(patch)
    content = patch.read_bytes()
    write_bytes(path, content)
    if path.read_bytes() != content:
        raise WorkbenchError(
            f"{path.name} does not read back as it was written.",
            data="The patch and its run are intact.",
            hint="Check the disk, then export the patch again.",
        )
    return len(content)
