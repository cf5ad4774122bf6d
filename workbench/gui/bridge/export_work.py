"""What an export from the window does, off the GUI thread, with the same functions as the command line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.gui.bridge.job_file import read_job

if TYPE_CHECKING:
    from torch import Tensor

    from workbench.export.report import ExportReport
    from workbench.methods.patch import PatchCard


class Form(Enum):
    """In which form a patch is taken along; ONNX takes what the network takes, or the sound or picture before that."""

    PATCH = auto()
    ONNX_FROM_RAW = auto()
    ONNX_FROM_INPUT = auto()
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
        report: How it compares with the patch; None for what computes nothing.
        values: Numbers in a history.
    """

    path: Path
    bytes: int = 0
    report: ExportReport | None = None
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
    card = read_patch(order.patch).card
    network = load_patched(order.patch, str(backbone_source(card, _trained_on(folder), folder)))
    examples = _examples(order.patch, card)
    if order.form is Form.MERGED:
        report = export_merged(network, order.target, examples=examples)
    else:
        report = export_onnx(
            network,
            order.target,
            frontend=order.form is Form.ONNX_FROM_RAW,
            examples=examples,
            replace=order.replace,
        )
    return Exported(report.path, report.bytes, report)


def _examples(patch: Path, card: PatchCard) -> Tensor | None:
    """Validation clips of the run; None where they are gone, and then generated ones have to do."""
    from workbench.export.examples import validation_examples
    from workbench.training.replay import learned_from

    try:
        data = learned_from(patch)
        return validation_examples(data, card.frontend) if data is not None else None
    except WorkbenchError:
        return None


def _trained_on(run: Path) -> str | None:
    """The backbone that a run names, for one that is not installed."""
    try:
        return read_job(run).backbone
    except WorkbenchError:
        return None
