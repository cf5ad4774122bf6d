"""What became of each tensor of a checkpoint, problems first."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from workbench.backbones.checkpoint_match import MatchReport
from workbench.gui import theme
from workbench.gui.itemmodels.table import TextTable
from workbench.gui.widgets.table_twin import CopyTable

OUTCOME_COLUMN = 2


class ReportTable(CopyTable):
    """One row per tensor: its name in the file, in the architecture, and the outcome."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.rows = TextTable((_tr("In the file"), _tr("In the network"), _tr("Outcome")))
        super().__init__(self.rows, parent)
        self.rows.setParent(self)
        self.setAccessibleName(_tr("Matching report"))
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.setItemDelegateForColumn(OUTCOME_COLUMN, _OutcomeInk(self))

    def show_report(self, report: MatchReport) -> None:
        """Show another report."""
        missing, unused = _tr("missing"), _tr("not used")
        rows = [("–", name, missing) for name in report.missing]
        rows += [
            (
                one.name,
                one.name,
                _tr("{0} instead of {1}").format(*_shapes(one.found, one.expected)),
            )
            for one in report.reshaped
        ]
        rows += [(old, new, _tr("perhaps renamed")) for old, new in report.misnamed]
        rows += [(name, "–", unused) for name in report.unexpected]
        rows += [(old, new, _tr("folded in")) for old, new in report.folded]
        rows += [(old, new, _tr("renamed")) for old, new in report.renamed]
        rows += [(name, name, _tr("matched")) for name in report.matched]
        self.rows.set_rows(rows)


class _OutcomeInk(QStyledItemDelegate):
    """Problems in the colour of errors, unused tensors in that of warnings; the words say the same."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        colors = theme.tokens()
        inks = {
            _tr("matched"): colors.muted,
            _tr("renamed"): colors.muted,
            _tr("folded in"): colors.muted,
            _tr("not used"): colors.warning_text,
        }
        ink = inks.get(str(index.data(Qt.ItemDataRole.DisplayRole)), colors.error_text)
        option.palette.setColor(option.palette.ColorRole.Text, QColor(ink))


def summary_text(report: MatchReport) -> str:
    """How many tensors had which outcome: ``181 matched, 3 folded in``."""
    counts = (
        (len(report.matched), _tr("{0} matched")),
        (len(report.renamed), _tr("{0} renamed")),
        (len(report.folded), _tr("{0} folded in")),
        (len(report.unexpected), _tr("{0} not used")),
        (len(report.reshaped), _tr("{0} of another shape")),
        (len(report.misnamed), _tr("{0} perhaps renamed")),
        (len(report.missing), _tr("{0} missing")),
    )
    return ", ".join(text.format(number) for number, text in counts if number)


def _shapes(*shapes: tuple[int, ...]) -> tuple[str, ...]:
    return tuple("×".join(map(str, shape)) or "1" for shape in shapes)


def _tr(text: str) -> str:
    return QCoreApplication.translate("CheckpointReport", text)
