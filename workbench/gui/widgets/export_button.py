"""Export of a finished run's patch: one menu, one way, wherever a run is shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from workbench.errors import WorkbenchError
from workbench.gui import settings
from workbench.gui.bridge.background import Background
from workbench.gui.bridge.export_work import Exported, Form, Order, export
from workbench.gui.formatting import count, size
from workbench.gui.run_files import architecture_of, export_stem, free_place, patch_of
from workbench.gui.run_names import run_title
from workbench.gui.session import Session
from workbench.gui.widgets.buttons import PushButton
from workbench.methods.patch import SUFFIX

if TYPE_CHECKING:
    from workbench.project.project import RunRecord

NOTICE = "export"


@dataclass(frozen=True)
class _Offer:
    """One entry of the menu; ``suffix`` is empty for a folder, ``kind`` is what the file dialog calls it."""

    form: Form
    text: str
    tip: str
    kind: str
    suffix: str = ""


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
        for offer in self._offers():
            action = menu.addAction(offer.text)
            action.setToolTip(offer.tip)
            action.triggered.connect(lambda _=False, offer=offer: self._ask(offer))
        self.setMenu(menu)
        self._show_state()

    def show_run(self, run: RunRecord | None) -> None:
        """Offer the patch of this run."""
        self._run = run
        self._show_state()

    @property
    def has_patch(self) -> bool:
        return self._run is not None and patch_of(self._run) is not None

    def write(self, order: Order) -> None:
        """Export in the background; the end is told in the message bar."""
        name = order.target.name
        self._session.notices.info(self.tr("Exporting {0}…").format(name), key=NOTICE)
        self._background.start(lambda: export(order), self._tell, self._fail)
        self._show_state()

    def _offers(self) -> tuple[_Offer, ...]:
        tr = self.tr
        return (
            _Offer(
                Form.PATCH,
                tr("&Patch file…"),
                tr("The small file itself, for another project or another computer."),
                tr("Patches"),
                SUFFIX,
            ),
            _Offer(
                Form.ONNX_FROM_SOUND,
                tr("ONNX that takes &sound…"),
                tr("One file for any ONNX runtime: a waveform in, a score for each word out."),
                tr("ONNX graphs"),
                ".onnx",
            ),
            _Offer(
                Form.ONNX_FROM_FEATURES,
                tr("ONNX that takes &features…"),
                tr("The same without the front-end: sound features in, scores out."),
                tr("ONNX graphs"),
                ".onnx",
            ),
            _Offer(
                Form.MERGED,
                tr("&Merged backbone…"),
                tr("A folder with full weights, the patch folded in; it loads like any backbone."),
                tr("New folder"),
            ),
            _Offer(
                Form.HISTORY,
                tr("&Training history for TensorBoard…"),
                tr("Losses, accuracies and layer probabilities of the run, as a log folder."),
                tr("New folder"),
            ),
        )

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

    def _tell(self, done: Exported) -> None:
        if done.values:
            text = self.tr("{0} values were written to {1}.").format(count(done.values), done.path)
        else:
            text = self.tr("Exported to {0} ({1}).").format(done.path, size(done.bytes))
        clips, alike = done.checked
        if clips:
            checked = self.tr("Checked: {0} of {1} sounds are decided as by the patch.")
            text = f"{text} {checked.format(alike, clips)}"
        self._session.notices.info(text, key=NOTICE)

    def _fail(self, error: WorkbenchError) -> None:
        self._session.notices.error(error, key=NOTICE)
