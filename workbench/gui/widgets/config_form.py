"""A form made from a pydantic model: label, help, unit and bounds come from each field."""

from __future__ import annotations

import types
from collections.abc import Callable, Collection
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QSpinBox, QWidget

from workbench.gui import theme
from workbench.gui.engine_words import engine_text
from workbench.gui.formatting import significant
from workbench.gui.tokens import GRID
from workbench.gui.widgets.number_edit import NumberEdit
from workbench.gui.widgets.range_edit import RangeEdit

LARGEST_SPIN = 2**31 - 1


class ConfigForm(QWidget):
    """One row per field of a model; what is neither number, range, switch nor choice is left out.

    Args:
        model: Pydantic class.
        skip: Fields that are shown elsewhere.

    Attributes:
        changed: A value was edited.
    """

    changed = Signal()

    def __init__(
        self,
        model: type[BaseModel],
        skip: Collection[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._editors: dict[str, QWidget] = {}
        self._problems: dict[str, QLabel] = {}
        self._rows: dict[str, list[QWidget]] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID)
        self._grid.setVerticalSpacing(GRID // 2)
        self._grid.setColumnStretch(1, 1)
        for name, field in model.model_fields.items():
            editor = None if name in skip else self._editor(field)
            if editor is not None:
                self._add(name, field, editor)
        self.changed.connect(self._show_problems)

    @property
    def is_empty(self) -> bool:
        return not self._editors

    def editor(self, name: str) -> QWidget:
        """The control of a field."""
        return self._editors[name]

    def values(self) -> dict[str, Any]:
        """What is in the form, not validated."""
        return {name: _read(editor) for name, editor in self._editors.items()}

    def set_values(self, values: dict[str, Any]) -> None:
        """Fill in the fields that are named."""
        for name, value in values.items():
            if name in self._editors:
                _write(self._editors[name], value)

    def offer(self, name: str, is_offered: bool) -> None:
        """Show a field, or hide it and leave it at its default."""
        for widget in self._rows[name]:
            widget.setVisible(is_offered)
        if not is_offered:
            default = self._model.model_fields[name].get_default(call_default_factory=True)
            _write(self._editors[name], default)

    def room(self) -> tuple[int, int]:
        """Pixels that labels and units take up, with the margin before them."""
        rows = self._rows.values()
        labels = max((row[0].sizeHint().width() for row in rows), default=0)
        units = max((row[2].sizeHint().width() for row in rows if len(row) > 2), default=0)
        return labels + self.contentsMargins().left(), units

    def align(self, labels: int, units: int) -> None:
        """Begin and end the fields where those of another form do, as ``room`` measures."""
        self._grid.setColumnMinimumWidth(0, labels - self.contentsMargins().left())
        self._grid.setColumnMinimumWidth(2, units)

    def problems(self) -> dict[str, str]:
        """Field names with what is wrong about their values, as the model itself says it."""
        try:
            self._model.model_validate(self.values())
        except ValidationError as error:
            return {str(e["loc"][0]): _plain(e["msg"]) for e in error.errors() if e["loc"]}
        return {}

    def _add(self, name: str, field: FieldInfo, editor: QWidget) -> None:
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        text = engine_text(str(extra.get("label") or name.replace("_", " ").capitalize()))
        unit = engine_text(str(extra.get("unit") or ""))
        about = engine_text(field.description or "")
        label = QLabel(text, self)
        label.setBuddy(editor)
        label.setToolTip(about)
        editor.setToolTip("\n".join(part for part in (about, range_text(field)) if part))
        editor.setAccessibleName(f"{text} ({unit})" if unit else text)
        editor.setAccessibleDescription(about)
        problem = QLabel(self)
        problem.setWordWrap(True)
        theme.set_role(problem, "error")
        problem.hide()
        row = self._grid.rowCount()
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(editor, row, 1)
        self._rows[name] = [label, editor]
        if unit:
            unit_label = QLabel(unit, self)
            theme.set_role(unit_label, "muted")
            self._grid.addWidget(unit_label, row, 2)
            self._rows[name].append(unit_label)
        self._grid.addWidget(problem, row + 1, 0, 1, 3)
        self._editors[name], self._problems[name] = editor, problem
        _write(editor, field.get_default(call_default_factory=True))
        _change_signal(editor).connect(self.changed)

    def _editor(self, field: FieldInfo) -> QWidget | None:
        kind, optional = _plain_type(field.annotation)
        if kind is bool:
            return QCheckBox(self)
        if get_origin(kind) is Literal:
            combo = QComboBox(self)
            for value in get_args(kind):
                combo.addItem(engine_text(str(value)), value)
            return combo
        if kind is int and not optional:
            return self._spin(field)
        if kind == tuple[float, float]:
            return RangeEdit(self)
        return NumberEdit(optional, self) if kind in (int, float) else None

    def _spin(self, field: FieldInfo) -> QSpinBox:
        spin = QSpinBox(self)
        limit(spin, field)
        spin.setGroupSeparatorShown(False)
        spin.setAlignment(Qt.AlignmentFlag.AlignRight)
        spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return spin

    def _show_problems(self) -> None:
        found = self.problems()
        for name, label in self._problems.items():
            problem = found.get(name, "")
            label.setText(problem)
            label.setVisible(bool(problem))
            editor = self._editors[name]
            if isinstance(editor, NumberEdit | RangeEdit):
                editor.mark(problem)


def _plain(message: str) -> str:
    """Pydantic's message without its talk of input and parsing."""
    return engine_text(message.replace("Input should be", "Must be").partition(",")[0])


def _plain_type(annotation: Any) -> tuple[Any, bool]:
    """The type without ``None``, and whether None is allowed."""
    if get_origin(annotation) in (Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        return (parts[0] if len(parts) == 1 else None), True
    return annotation, False


def _bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    """Smallest and largest value, where the field states them; exclusive bounds count as inclusive."""
    low = high = None
    for item in field.metadata:
        if isinstance(item, Ge | Gt):
            low = _number(item.ge if isinstance(item, Ge) else item.gt)
        elif isinstance(item, Le | Lt):
            high = _number(item.le if isinstance(item, Le) else item.lt)
    return low, high


def _number(value: Any) -> float:
    return float(value)


def limit(spin: QSpinBox, field: FieldInfo) -> None:
    """Let the box hold what the field allows."""
    low, high = _bounds(field)
    spin.setRange(
        int(low) if low is not None else -LARGEST_SPIN,
        int(high) if high is not None else LARGEST_SPIN,
    )


def range_text(field: FieldInfo) -> str:
    """``8 – 1024``; empty where the field does not state both ends."""
    low, high = _bounds(field)
    return (
        f"{significant(low, 6)} – {significant(high, 6)}"
        if low is not None and high is not None
        else ""
    )


def _read(editor: QWidget) -> Any:
    match editor:
        case QCheckBox():
            return editor.isChecked()
        case QComboBox():
            return editor.currentData()
        case QSpinBox():
            return editor.value()
        case NumberEdit():
            return editor.number()
        case RangeEdit():
            return editor.numbers()
    raise TypeError(type(editor).__name__)


def _write(editor: QWidget, value: Any) -> None:
    match editor:
        case QCheckBox():
            editor.setChecked(bool(value))
        case QComboBox():
            editor.setCurrentIndex(editor.findData(value))
        case QSpinBox():
            editor.setValue(int(value))
        case NumberEdit():
            editor.set_number(value)
        case RangeEdit():
            editor.set_numbers(value)


def _change_signal(editor: QWidget) -> Any:
    makers: dict[type[QWidget], Callable[[Any], Any]] = {
        QCheckBox: lambda e: e.toggled,
        QComboBox: lambda e: e.currentIndexChanged,
        QSpinBox: lambda e: e.valueChanged,
        NumberEdit: lambda e: e.number_changed,
        RangeEdit: lambda e: e.changed,
    }
    return makers[type(editor)](editor)
