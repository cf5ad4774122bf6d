"""Importing a checkpoint: what was recognised, what matched, and the names that the file does not carry."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from workbench import locations
from workbench.backbones.checkpoint_match import MatchReport
from workbench.backbones.checkpoints import (
    Examination,
    examine_checkpoint,
    import_checkpoint,
    install,
    suggested_name,
)
from workbench.backbones.inputs import INPUTS, InputConfig
from workbench.backbones.registry import LoadedBackbone, architectures, default_input
from workbench.errors import WorkbenchError
from workbench.gui import theme
from workbench.gui.bridge.background import Background
from workbench.gui.dialogs.checkpoint_report import ReportTable, summary_text
from workbench.gui.tokens import MARGIN

START_SIZE = (720, 640)
_SEPARATORS = re.compile(r"[,;\n]+")
_NAME = re.compile(r"[\w.+-]+")


class CheckpointDialog(QDialog):
    """Shows the matching report of one file and imports it when it is complete.

    Attributes:
        imported: The backbone was installed; carries its name.
    """

    imported = Signal(str)

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._background = Background(self)
        self._examined: Examination | None = None
        self.architecture = QComboBox(self)
        self.name = QLineEdit(self)
        self.labels = QPlainTextEdit(self)
        self.frontend = QComboBox(self)
        self.outcome = QLabel(self)
        self.report = ReportTable(self)
        self._set_up()
        self._lay_out()
        self._connect()
        self._examine(None)

    @property
    def label_names(self) -> tuple[str, ...]:
        """Labels as typed, one per line or separated by commas."""
        parts = (part.strip() for part in _SEPARATORS.split(self.labels.toPlainText()))
        return tuple(part for part in parts if part)

    def _set_up(self) -> None:
        self.setWindowTitle(self.tr("Load checkpoint"))
        self.resize(*START_SIZE)
        self.architecture.addItems(architectures())
        self.architecture.setCurrentIndex(-1)
        self.labels.setTabChangesFocus(True)
        self.labels.setMaximumHeight(90)
        self.labels.setPlaceholderText(self.tr("One label per output, in their order"))
        self.outcome.setWordWrap(True)
        self.import_button = QPushButton(self.tr("Import"), self)
        theme.set_role(self.import_button, "primary")
        self.import_button.setEnabled(False)

    def _lay_out(self) -> None:
        title = QLabel(self._path.name, self)
        theme.set_role(title, "title")
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows: tuple[tuple[str, QWidget, str], ...] = (
            (
                self.tr("&Architecture"),
                self.architecture,
                self.tr("Recognised by names and shapes; change it if that went wrong"),
            ),
            (self.tr("&Labels"), self.labels, self.tr("What its outputs stand for")),
            (
                self.tr("&Front-end"),
                self.frontend,
                self.tr(
                    "Features or pictures that the network was trained on; it takes nothing else"
                ),
            ),
            (self.tr("&Name"), self.name, self.tr("How it is called here")),
        )
        for text, control, tip in rows:
            label = QLabel(text, self)
            label.setBuddy(control)
            control.setToolTip(tip)
            control.setAccessibleName(text.replace("&", ""))
            form.addRow(label, control)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        box.addButton(self.import_button, QDialogButtonBox.ButtonRole.ActionRole)
        box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(MARGIN)
        column.addWidget(title)
        column.addLayout(form)
        column.addWidget(self.outcome)
        column.addWidget(self.report, 1)
        column.addWidget(box)

    def _connect(self) -> None:
        self.architecture.activated.connect(
            lambda _: self._examine(self.architecture.currentText())
        )
        self.labels.textChanged.connect(self._show_readiness)
        self.name.textChanged.connect(self._show_readiness)
        self.import_button.clicked.connect(self._import)

    def _examine(self, architecture: str | None) -> None:
        self.import_button.setEnabled(False)
        theme.set_role(self.outcome, "muted")
        self.outcome.setText(self.tr("Reading {0}…").format(self._path.name))
        work = partial(examine_checkpoint, self._path, architecture)
        self._background.start(work, self._show_examination, self._show_error)

    def _show_examination(self, examined: Examination) -> None:
        is_first = self._examined is None
        self._examined = examined
        self.architecture.setCurrentText(examined.architecture)
        if is_first or not self.labels.toPlainText():
            self.labels.setPlainText(", ".join(examined.labels))
        if is_first:
            self.name.setText(_free_name(suggested_name(self._path, examined.architecture)))
        self._offer_inputs(default_input(examined.architecture))
        self.report.show_report(examined.report)
        self._show_readiness()

    def _offer_inputs(self, default: InputConfig) -> None:
        """Front-ends for a network that hears, kinds of pictures for one that sees."""
        fitting = {name: config for name, config in INPUTS.items() if type(config) is type(default)}
        self.frontend.clear()
        self.frontend.addItems(list(fitting))
        self.frontend.setCurrentIndex(list(fitting.values()).index(default))

    def _show_readiness(self) -> None:
        examined = self._examined
        if examined is None:
            return
        given = len(set(self.label_names))
        obstacle = ""
        if not examined.report.is_complete:
            obstacle = self.tr("It does not fill {0}, so it cannot be imported.").format(
                examined.architecture
            )
        elif given != examined.classes or len(self.label_names) != given:
            obstacle = self.tr("Its head has {0} outputs; {1} different labels are given.").format(
                examined.classes, given
            )
        elif not _NAME.fullmatch(self.name.text()):
            obstacle = self.tr("The name may hold letters, digits, dots and dashes.")
        elif (locations.user_models_dir() / self.name.text()).exists():
            obstacle = self.tr("There is already a backbone of this name.")
        self._say(f"{summary_text(examined.report)}. {obstacle}".strip(), bool(obstacle))
        self.import_button.setEnabled(not obstacle)

    def _import(self) -> None:
        self.import_button.setEnabled(False)
        self._background.start(
            partial(
                _import_and_install,
                self._path,
                self.architecture.currentText(),
                self.label_names,
                self.frontend.currentText(),
                self.name.text(),
            ),
            self._finish,
            self._show_failed_import,
        )

    def _finish(self, loaded: LoadedBackbone) -> None:
        self.imported.emit(loaded.card.name)
        self.accept()

    def _show_failed_import(self, error: WorkbenchError) -> None:
        """What was examined is still there, so it can be tried again."""
        self._say(str(error), is_error=True)
        self.import_button.setEnabled(True)

    def _show_error(self, error: WorkbenchError) -> None:
        self._examined = None
        self.report.show_report(MatchReport((), (), (), (), ()))
        self._say(str(error), is_error=True)

    def _say(self, text: str, is_error: bool) -> None:
        theme.set_role(self.outcome, "error" if is_error else "good")
        self.outcome.setText(text)
        self.outcome.setAccessibleName(text)


def _import_and_install(
    path: Path, architecture: str, labels: tuple[str, ...], frontend: str, name: str
) -> LoadedBackbone:
    loaded, _ = import_checkpoint(path, architecture, labels, frontend)
    return install(loaded, locations.user_models_dir() / name)


def _free_name(name: str) -> str:
    """The name itself, or with a number behind it when it is taken."""
    taken = locations.user_models_dir()
    numbered = (f"{name}-{i}" for i in range(2, 1000))
    return next(n for n in (name, *numbered) if not (taken / n).exists())
