"""Layers of a backbone as a table: names, shapes and costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, QSortFilterProxyModel

from workbench.backbones.base import LayerInfo, LayerKind
from workbench.gui.formatting import count, short_count
from workbench.gui.itemmodels.columns import RAW_ROLE, Column, ColumnTable, Index
from workbench.gui.plots.layer_marks import HEAD, kind_title


@dataclass(frozen=True)
class LayerRow:
    """One row.

    Attributes:
        bar: Parameters of the layer over those of the largest one, 0 to 1.
    """

    layer: LayerInfo
    bar: float


class LayerTable(ColumnTable[LayerRow]):
    """Layers in network order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_layer_columns(), parent)

    def show_layers(self, layers: Sequence[LayerInfo]) -> None:
        """Replace all rows."""
        largest = max((layer.parameters for layer in layers), default=0) or 1
        self.show_records([LayerRow(one, one.parameters / largest) for one in layers])


class LayerFilter(QSortFilterProxyModel):
    """Sorts by raw values and keeps the layers whose name, stage or kind contains a text."""

    def __init__(self, source: LayerTable, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._wanted = ""
        self._with_norms = True
        self.setSourceModel(source)
        self.setSortRole(RAW_ROLE)

    def set_filter(self, text: str, with_norms: bool) -> None:
        """Show only matching layers.

        Args:
            text: Sought in name, stage and kind; case does not matter.
            with_norms: Whether norms are shown too.
        """
        self.beginFilterChange()
        self._wanted, self._with_norms = text.strip().casefold(), with_norms
        self.endFilterChange()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        layer = self._source.records[source_row].layer
        if layer.kind is LayerKind.NORM and not self._with_norms:
            return False
        texts = (layer.name, layer.group, layer_kind_title(layer))
        return any(self._wanted in text.casefold() for text in texts)


def layer_kind_title(layer: LayerInfo) -> str:
    """Kind of a layer for people; the last layer is the head, whatever it computes."""
    return kind_title(mark_kind(layer))


def mark_kind(layer: LayerInfo) -> str:
    """Kind under which ``layer_marks`` knows a layer."""
    return HEAD if layer.group == "head" else str(layer.kind)


def shape_text(shape: Sequence[int]) -> str:
    """Weight shape such as ``160×1×3×1``."""
    return "×".join(map(str, shape)) or "–"


def _tr(text: str) -> str:
    return QCoreApplication.translate("LayerTable", text)


def _layer_columns() -> tuple[Column[LayerRow], ...]:
    tr = QCoreApplication.translate
    t = "LayerTable"
    return (
        Column("index", tr(t, "#"), tr(t, "Position in the network"), lambda r: r.layer.index + 1),
        Column(
            "layer",
            tr(t, "Layer"),
            tr(t, "Name of the module that holds the weights"),
            lambda r: r.layer.name,
            is_number=False,
        ),
        Column(
            "stage",
            tr(t, "Stage"),
            tr(t, "Part of the network that the layer belongs to"),
            lambda r: r.layer.group,
            is_number=False,
        ),
        Column(
            "kind",
            tr(t, "Kind"),
            tr(t, "Depth-wise kernels see one channel each, pointwise kernels one position"),
            lambda r: str(r.layer.kind),
            lambda r: layer_kind_title(r.layer),
            is_number=False,
        ),
        Column(
            "shape",
            tr(t, "Weight shape"),
            tr(t, "Outputs × inputs per group × height × width of the kernel"),
            lambda r: "x".join(map(str, r.layer.weight_shape)),
            lambda r: shape_text(r.layer.weight_shape),
            is_number=False,
        ),
        Column(
            "multiplies",
            tr(t, "Multiplies"),
            tr(t, "Multiply-accumulates for one clip; norms fold away and count none"),
            lambda r: r.layer.multiplies,
            lambda r: short_count(r.layer.multiplies),
        ),
        Column(
            "parameters",
            tr(t, "Parameters"),
            tr(t, "Learnable values; running statistics of norms are not counted"),
            lambda r: r.layer.parameters,
            lambda r: count(r.layer.parameters),
        ),
    )
