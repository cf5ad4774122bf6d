"""What an export from the window does, off the GUI thread, with the same functions as the command line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.gui.bridge.job_file import read_job


class Form(Enum):
    """In which form a patch is taken along."""

    PATCH = auto()
    ONNX_FROM_SOUND = auto()
    ONNX_FROM_FEATURES = auto()
    MERGED = auto()
    HISTORY = auto()


@dataclass(frozen=True)
class Order:
    """One export.

    Attributes:
        patch: In the folder of its run.
        target: File or folder to write.
        replace: Whether the user agreed to replace the file.
    """

    form: Form
    patch: Path
    target: Path
    replace: bool = False


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        bytes: Size of it; 0 for a history.
        checked: How many sounds the result was compared with the patch on, and how many it decides alike.
        values: Numbers in a history.
    """

    path: Path
    bytes: int = 0
    checked: tuple[int, int] = (0, 0)
    values: int = 0


def export(order: Order) -> Exported:
    """Write what was ordered and verify it.

    Raises:
        WorkbenchError: when something is damaged or missing, the place is taken or cannot be written, or what was
            written does not compute what the patch computes.
    """
    if order.form is Form.PATCH:
        from workbench.export.patch_file import export_patch

        size = export_patch(order.patch, order.target, replace=order.replace)
        return Exported(order.target, size)
    if order.form is Form.HISTORY:
        from workbench.export.tensorboard import export_tensorboard

        history = export_tensorboard(order.patch.parent, order.target)
        return Exported(history.path, values=history.values)
    return _export_network(order)


def _export_network(order: Order) -> Exported:
    from workbench.export.merged import export_merged
    from workbench.export.onnx import export_onnx
    from workbench.methods.patch import backbone_source, read_patch
    from workbench.training.assess import load_patched

    folder = order.patch.parent
    source = backbone_source(read_patch(order.patch).card, _trained_on(folder), folder)
    network = load_patched(order.patch, str(source))
    if order.form is Form.MERGED:
        report = export_merged(network, order.target)
    else:
        from_sound = order.form is Form.ONNX_FROM_SOUND
        report = export_onnx(network, order.target, frontend=from_sound, replace=order.replace)
    alike = round(report.agreement * report.clips)
    return Exported(report.path, report.bytes, (report.clips, alike))


def _trained_on(run: Path) -> str | None:
    """The backbone that a run names, for one that is not installed."""
    try:
        return read_job(run).backbone
    except WorkbenchError:
        return None
