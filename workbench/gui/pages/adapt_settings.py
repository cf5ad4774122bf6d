"""The left column of the Adapt station: how to adapt, within which budget, for how long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from workbench.backbones.card import WeightsCard
from workbench.gui import theme
from workbench.gui.engine_words import engine_text
from workbench.gui.pages.adapt_length import LengthSettings
from workbench.gui.pages.adapt_more import MoreSettings
from workbench.gui.pages.adapt_task_picker import TaskPicker
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.budget_slider import BudgetSlider
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.fold import Fold
from workbench.gui.widgets.vertical_scroll import VerticalScroll
from workbench.images.config import PictureConfig
from workbench.methods.base import MethodConfig
from workbench.methods.registry import get, names, several_methods
from workbench.studies.grid import Cell
from workbench.training.job import AdaptationJob, TrainingConfig
from workbench.training.settings import validated
from workbench.training.several_job import SeveralJob, TaskSource

LAST_LAYER_METHOD = "head"


class AdaptSettings(QWidget):
    """Choices from top to bottom, and the one primary button.

    Attributes:
        changed: Any choice changed.
        start_wanted: The button was pressed.
        last_layer_wanted: The user wants to know what the last layer alone cannot do.
        sweep_wanted: A grid of runs is asked for instead of one.
    """

    changed = Signal()
    start_wanted = Signal()
    last_layer_wanted = Signal()
    sweep_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.method = QComboBox(self)
        self.sentence = QLabel(self)
        self.budget = BudgetSlider(self)
        self.reuse = QCheckBox(self)
        self.length = LengthSettings(self)
        self.start_button = PushButton(self.tr("Adapt"), self.start_wanted.emit, "primary", self)
        self.last_layer = PushButton(
            self.tr("Why this is often too little"), self.last_layer_wanted.emit, "quiet", self
        )
        self.sweep_button = PushButton(self.tr("Sweep…"), self.sweep_wanted.emit, "", self)
        self.why_not = QLabel(self)
        self._methods = {name: get(name) for name in names()}
        self._several = {method.name: method for method in several_methods()}
        self.tasks = TaskPicker(self)
        self.more = MoreSettings(self)
        self._offered: str | None = None
        self._set_up()
        self._lay_out()
        self._connect()
        self._show_method()

    @property
    def method_name(self) -> str:
        return str(self.method.currentData())

    @property
    def is_several(self) -> bool:
        """Whether the chosen method takes several tasks at once."""
        return self.method_name in self._several

    @property
    def has_budget(self) -> bool:
        return not self.is_several and "budget" in get(self.method_name).Config.model_fields

    @property
    def _can_reuse(self) -> bool:
        if self._offered is None or self.is_several:
            return False
        if not self._methods[self.method_name].capabilities.has_policy:
            return False
        values = self.more.form(self.method_name).values()
        return bool(values.get("staged", True)) and not values.get("keep_super_weights", False)

    def config(self) -> MethodConfig:
        """Settings of the method.

        Raises:
            WorkbenchError: a value does not fit.
        """
        budget = self.budget.budget if self.has_budget else None
        return self._config(self.method_name, budget)

    def config_of(self, cell: Cell) -> MethodConfig:
        """Settings of a method with the budget of a run in a grid.

        Raises:
            WorkbenchError: a value does not fit.
        """
        return self._config(cell.method, cell.budget)

    def job(self, backbone: str, policy_from: Path | None) -> AdaptationJob:
        """A job without its folders, which the queue fills in.

        Raises:
            WorkbenchError: a value does not fit.
        """
        policy = policy_from if self._can_reuse and self.reuse.isChecked() else None
        return self._job(
            backbone, self.method_name, self.config(), self.length.seed.value(), policy
        )

    def job_of(self, cell: Cell, backbone: str) -> AdaptationJob:
        """As ``job``, for a run in a grid, which uses the policy of no run that has finished.

        Raises:
            WorkbenchError: a value does not fit.
        """
        return self._job(backbone, cell.method, self.config_of(cell), cell.seed, None)

    def _config(self, method: str, budget: float | None) -> MethodConfig:
        values: dict[str, Any] = self.more.form(method).values()
        if budget is not None:
            values["budget"] = budget
        return validated((self._methods | self._several)[method].Config, values)

    def _job(
        self,
        backbone: str,
        method: str,
        config: MethodConfig,
        seed: int,
        policy_from: Path | None,
    ) -> AdaptationJob:
        return AdaptationJob(
            backbone=backbone,
            data=Path(),
            method=method,
            config=config.model_dump(mode="json"),
            training=self.training_config(seed),
            out=Path(),
            picture_px=self.length.chosen_px,
            policy_from=policy_from,
        )

    def several_job(self, backbone: str) -> SeveralJob:
        """As ``job``, for a method that takes several tasks, those that are ticked; ``task_ids`` has them in order.

        Raises:
            WorkbenchError: a value does not fit.
        """
        return SeveralJob(
            backbone=self.more.architecture if self.tasks.from_random.isChecked() else backbone,
            tasks=tuple(variant for _ in self.tasks.chosen for variant in self._variants),
            method=self.method_name,
            config=self.config().model_dump(mode="json"),
            training=self.training_config(self.length.seed.value()),
            out=Path(),
        )

    @property
    def task_ids(self) -> tuple[str, ...]:
        """Of the tasks in ``several_job``: each ticked one as often as it has variants."""
        return tuple(task for task in self.tasks.chosen for _ in self._variants)

    @property
    def _variants(self) -> tuple[TaskSource, ...]:
        plain = TaskSource(data=Path(), picture_px=self.length.chosen_px)
        return self.tasks.variants.sources or (plain,)

    def training_config(self, seed: int) -> TrainingConfig:
        """Settings of the training.

        Raises:
            WorkbenchError: a value does not fit.
        """
        chosen = {"epochs": self.length.epochs.value(), "seed": seed}
        return validated(TrainingConfig, self.more.training_values() | chosen)

    def start_from(self, card: WeightsCard) -> None:
        """Fill in where training starts on what a backbone takes: sound, or pictures of its size."""
        self.more.start_from(card)
        self.length.start_from(card)
        self.tasks.variants.show_medium(sees=isinstance(card.frontend, PictureConfig))

    def offer_policy(self, run_name: str | None) -> None:
        """Offer to reuse the policy of a finished run; None when there is none. An answer given stands."""
        if run_name != self._offered:
            self._offered = run_name
            self.reuse.setChecked(run_name is not None)
            self.reuse.setText(self.tr("Use the policy of {0}: one stage").format(run_name or ""))
        self._show_reuse()

    def block(self, reason: str) -> None:
        """Say why nothing can be started now; empty when it can."""
        for button in (self.start_button, self.sweep_button):
            button.setEnabled(not reason)
        self.why_not.setText(reason)
        self.why_not.setVisible(bool(reason))

    def _set_up(self) -> None:
        for name, method in self._methods.items():
            self.method.addItem(engine_text(method.title), name)
        if self._several:
            self.method.insertSeparator(self.method.count())
        for name, several in self._several.items():
            self.method.addItem(engine_text(several.title), name)
        self.method.setAccessibleName(self.tr("Method"))
        self.sentence.setWordWrap(True)
        theme.set_role(self.sentence, "muted")
        theme.set_role(self.why_not, "warning")
        self.why_not.setWordWrap(True)
        self.reuse.setAccessibleName(self.tr("Use the known policy"))
        self.reuse.setToolTip(
            self.tr(
                "The layers are already decided for every budget; only the last stage is trained."
            )
        )
        self.reuse.hide()
        self.start_button.setToolTip(self.tr("Adapt (Ctrl+Enter)"))
        self.sweep_button.setToolTip(self.tr("Compare several methods, budgets and seeds"))

    def _lay_out(self) -> None:
        form = QGridLayout()
        form.setSpacing(GRID)
        form.setColumnStretch(1, 1)
        form.addWidget(self._label(self.tr("&Method"), self.method), 0, 0)
        form.addWidget(self.method, 0, 1)
        form.addWidget(self.sentence, 1, 0, 1, 2)
        form.addWidget(self.last_layer, 2, 0, 1, 2, Qt.AlignmentFlag.AlignLeft)
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(MARGIN)
        column.addLayout(form)
        column.addWidget(self.tasks)
        column.addWidget(self.budget)
        # The slider would take the height that is left; what it says and the epochs belong together.
        self.budget.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        column.addWidget(self.reuse)
        column.addWidget(self.length)
        column.addWidget(Fold(self.tr("More settings"), self.more, self))
        column.addStretch()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(VerticalScroll(inner, self), 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(MARGIN, 0, MARGIN, MARGIN)
        foot.addWidget(self.why_not)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addWidget(self.start_button, 1)
        buttons.addWidget(self.sweep_button)
        foot.addLayout(buttons)
        outer.addLayout(foot)

    def _label(self, text: str, buddy: QWidget) -> QLabel:
        label = QLabel(text, self)
        label.setBuddy(buddy)
        buddy.setAccessibleName(text.replace("&", ""))
        return label

    def _connect(self) -> None:
        self.method.currentIndexChanged.connect(self._show_method)
        self.budget.changed.connect(lambda _: self.changed.emit())
        self.tasks.changed.connect(self.changed)
        self.length.changed.connect(self.changed)
        self.more.changed.connect(self._show_reuse)
        self.more.changed.connect(self.changed)

    def _show_reuse(self) -> None:
        self.reuse.setVisible(self._can_reuse)

    def _show_method(self) -> None:
        if self.is_several:
            sentence = engine_text(self._several[self.method_name].sentence)
            self.sentence.setText(sentence)
        else:
            method = self._methods[self.method_name]
            sentence = engine_text(method.sentence)
            self.sentence.setText(f"{sentence} {engine_text(method.cost_class)}.")
        self.method.setAccessibleDescription(sentence)
        self.tasks.setVisible(self.is_several)
        self.budget.setVisible(not self.is_several)
        self.more.show_method(self.method_name)
        self.last_layer.setVisible(self.method_name == LAST_LAYER_METHOD)
        self.budget.set_adjustable(self.has_budget)
        self._show_reuse()
        self.changed.emit()
