"""Export of a finished run's patch: one menu, one way, wherever a run is shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from workbench.errors import WorkbenchError
from workbench.gui import settings
from workbench.gui.bridge.background import Background
from workbench.gui.bridge.export_work import Exported, Form, Order, export
from workbench.gui.formatting import count, size
from workbench.gui.run_files import (
    architecture_of,
    export_stem,
    free_place,
    is_for_pictures,
    patch_of,
)
from workbench.gui.run_names import run_title
from workbench.gui.session import Session
from workbench.gui.widgets.buttons import PushButton
from workbench.methods.patch import SUFFIX
from workbench.methods.registry import get, names

if TYPE_CHECKING:
    from workbench.export.report import ExportReport
    from workbench.project.project import RunRecord

NOTICE = "export"
ONNX = ".onnx"


@dataclass(frozen=True)
class _Offer:
    """One entry of the menu.

    Attributes:
        tip: What it is, or why it cannot be had.
        kind: What the file dialog calls it.
        suffix: Empty for a folder.
    """

    form: Form
    text: str
    tip: str
    kind: str
    suffix: str = ""
    is_possible: bool = True


class ExportButton(PushButton):
    """Opens the forms in which a run's patch can be taken along, asks for a place and writes it."""

    def __init__(self, session: Session, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__("", None, role, parent)
        self._session = session
        self._run: RunRecord | None = None
        self._background = Background(self)
        self._background.idle.connect(self._show_state)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self.setMenu(menu)
        self._show_state()

    def show_run(self, run: RunRecord | None) -> None:
        """Offer the patch of this run."""
        if run != self._run:
            self._run = run
            self._fill_menu()
        self._show_state()

    @property
    def has_patch(self) -> bool:
        return self._run is not None and patch_of(self._run) is not None

    def write(self, order: Order) -> None:
        """Export in the background; the end is told in the message bar."""
        name = order.target.name
        self._session.notices.info(self.tr("Exporting {0}…").format(name), key=NOTICE)
        self._background.start(partial(export, order), partial(self._tell, order), self._fail)
        self._show_state()

    def _fill_menu(self) -> None:
        menu = self.menu()
        menu.clear()
        for offer in self._offers():
            action = menu.addAction(offer.text)
            action.setToolTip(offer.tip)
            action.setEnabled(offer.is_possible)
            action.triggered.connect(lambda _=False, offer=offer: self._ask(offer))

    def _offers(self) -> tuple[_Offer, ...]:
        """What this run can be taken along as."""
        patch = patch_of(self._run) if self._run is not None else None
        if self._run is None or patch is None:
            return ()
        tr = self.tr
        return (
            _Offer(
                Form.PATCH,
                tr("&Patch file…"),
                tr("The small file itself, for another project or another computer."),
                tr("Patches"),
                SUFFIX,
            ),
            *(self._graphs_for_pictures() if is_for_pictures(patch) else self._graphs_for_sound()),
            self._merged(self._run),
            _Offer(
                Form.HISTORY,
                tr("&Training history for TensorBoard…"),
                tr("Losses, accuracies and layer probabilities of the run, as a log folder."),
                tr("New folder"),
            ),
        )

    def _graphs_for_sound(self) -> tuple[_Offer, ...]:
        tr, kind = self.tr, self.tr("ONNX graphs")
        raw = tr("One file for any ONNX runtime: a waveform in, a score for each word out.")
        inner = tr("The same without the front-end: sound features in, scores out.")
        return (
            _Offer(Form.ONNX_FROM_RAW, tr("ONNX that takes &sound…"), raw, kind, ONNX),
            _Offer(Form.ONNX_FROM_INPUT, tr("ONNX that takes &features…"), inner, kind, ONNX),
        )

    def _graphs_for_pictures(self) -> tuple[_Offer, ...]:
        tr, kind = self.tr, self.tr("ONNX graphs")
        raw = tr(
            "One file for any ONNX runtime: pixels from 0 to 255 in, a score for each class out."
        )
        inner = tr("The same without the normalisation: normalised pixels in, scores out.")
        return (
            _Offer(Form.ONNX_FROM_RAW, tr("ONNX that takes p&ixels…"), raw, kind, ONNX),
            _Offer(
                Form.ONNX_FROM_INPUT, tr("ONNX that takes &normalised pixels…"), inner, kind, ONNX
            ),
        )

    def _merged(self, run: RunRecord) -> _Offer:
        tip = self.tr(
            "A folder with full weights, the patch folded in; it loads like any backbone."
        )
        name = str((run.record or {}).get("method", run.method))
        never = name in names() and not get(name).capabilities.mergeable
        if never:
            tip = self.tr(
                "{0} adds layers that the backbone's kernels cannot take up; ONNX holds them as well."
            ).format(get(name).title)
        text, kind = self.tr("&Merged backbone…"), self.tr("New folder")
        return _Offer(Form.MERGED, text, tip, kind, is_possible=not never)

    def _ask(self, offer: _Offer) -> None:
        """Ask for a place and write there; a file that exists is replaced only when the dialog has asked."""
        patch = patch_of(self._run) if self._run is not None else None
        if self._run is None or patch is None:
            return
        title = self.tr("Export {0}").format(run_title(self._run))
        kind = f"{offer.kind} (*{offer.suffix})"
        # Folders are never replaced: the engine refuses one that holds something.
        asks = QFileDialog.Option(0) if offer.suffix else QFileDialog.Option.DontConfirmOverwrite
        proposed = str(self._proposed(self._run, offer))
        chosen, _ = QFileDialog.getSaveFileName(self, title, proposed, kind, options=asks)
        if not chosen:
            return
        target = Path(chosen)
        was_asked = bool(offer.suffix) and target.exists()
        if not target.name.endswith(offer.suffix):
            target, was_asked = target.with_name(target.name + offer.suffix), False
        settings.remember_export_folder(target.parent)
        self.write(Order(offer.form, patch, target, replace=was_asked))

    def _proposed(self, run: RunRecord, offer: _Offer) -> Path:
        project = self._session.project
        tasks = project.tasks() if project is not None else ()
        stem = export_stem(next((t.name for t in tasks if t.id == run.task_id), ""), run)
        if offer.form is Form.MERGED and (architecture := architecture_of(run)):
            stem = f"{architecture}.{stem}"
        elif offer.form is Form.HISTORY:
            stem = f"{stem}-history"
        return free_place(settings.export_folder(), stem, offer.suffix)

    def _show_state(self) -> None:
        busy = self._background.is_busy
        self.setText(self.tr("Exporting…") if busy else self.tr("Export"))
        self.setEnabled(self.has_patch and not busy)
        if self._run is not None and self.has_patch:
            name = run_title(self._run)
            text = self.tr(
                "Export the patch of {0}: as a file, as ONNX, or merged into its backbone"
            )
            self.setToolTip(text.format(name))
        else:
            self.setToolTip(self.tr("Choose a finished run to export its patch"))

    def _tell(self, order: Order, done: Exported) -> None:
        if done.values:
            text = self.tr("{0} values were written to {1}.").format(count(done.values), done.path)
        else:
            text = self.tr("Exported to {0} ({1}).").format(done.path, size(done.bytes))
        if done.report is not None:
            text = f"{text} {self._checked(done.report, is_for_pictures(order.patch))}"
        self._session.notices.info(text, key=NOTICE, stays=True)

    def _checked(self, report: ExportReport, pictures: bool) -> str:
        """How the export compares with the patch, and on what."""
        if report.real:
            what = self.tr("validation pictures") if pictures else self.tr("validation clips")
        else:
            what = self.tr("generated pictures") if pictures else self.tr("generated sounds")
        text = self.tr(
            "Checked on {0}: {1} of {2} are decided as by the patch; largest difference of a score: {3}."
        )
        alike = count(report.agreement * report.clips)
        return text.format(what, alike, count(report.clips), f"{report.max_abs_diff:.1e}")

    def _fail(self, error: WorkbenchError) -> None:
        self._session.notices.error(error, key=NOTICE)
