"""Forms are made from the configs themselves: bounds, help, units, and what is wrong."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import BaseModel, Field
from PySide6.QtWidgets import QCheckBox, QComboBox, QSpinBox
from pytestqt.qtbot import QtBot

from workbench.audio.augment import AugmentConfig
from workbench.gui.widgets.config_form import ConfigForm
from workbench.gui.widgets.number_edit import NumberEdit
from workbench.gui.widgets.range_edit import RangeEdit
from workbench.images.augment import PictureAugment
from workbench.methods.registry import get, names
from workbench.training.job import TrainingConfig


class Example(BaseModel):
    count: int = Field(
        3,
        ge=1,
        le=9,
        description="How many.",
        json_schema_extra={"label": "Count", "unit": "clips"},
    )
    rate: float = Field(1e-3, gt=0, le=1)
    limit: int | None = Field(None, ge=2)
    fast: bool = True
    mode: Literal["a", "b"] = "b"
    pair: tuple[int, int] = (1, 2)
    level_db: tuple[float, float] = (0.0, 30.0)


@pytest.fixture
def form(qtbot: QtBot) -> ConfigForm:
    made = ConfigForm(Example)
    qtbot.addWidget(made)
    return made


def test_fields_become_fitting_controls_with_their_defaults(form: ConfigForm) -> None:
    kinds = {name: type(form.editor(name)) for name in form.values()}
    assert kinds == {
        "count": QSpinBox,
        "rate": NumberEdit,
        "limit": NumberEdit,
        "fast": QCheckBox,
        "mode": QComboBox,
        "level_db": RangeEdit,
    }
    assert form.values() == {
        "count": 3,
        "rate": 1e-3,
        "limit": None,
        "fast": True,
        "mode": "b",
        "level_db": [0, 30],
    }
    values = form.values()
    assert Example.model_validate(values) == Example()


def test_bounds_help_and_unit_come_from_the_field(form: ConfigForm) -> None:
    spin = form.editor("count")
    assert isinstance(spin, QSpinBox)
    assert (spin.minimum(), spin.maximum()) == (1, 9)
    assert spin.accessibleName() == "Count (clips)"
    assert spin.accessibleDescription() == "How many."
    assert "How many." in spin.toolTip()


@pytest.mark.parametrize(
    ("text", "problem"),
    [("0", "greater than 0"), ("2", "less than or equal to 1"), ("abc", "valid number")],
)
def test_a_wrong_value_is_named_beside_its_field(form: ConfigForm, text: str, problem: str) -> None:
    rate = form.editor("rate")
    assert isinstance(rate, NumberEdit)
    rate.setText(text)
    assert problem in form.problems()["rate"]
    assert problem in rate.accessibleDescription()
    rate.setText("0.5")
    assert form.problems() == {}
    assert rate.accessibleDescription() == ""


def test_numbers_may_be_written_in_any_way(form: ConfigForm) -> None:
    form.set_values({"rate": 2.5e-4, "limit": 7})
    assert form.values()["rate"] == 2.5e-4
    assert form.values()["limit"] == 7


def test_a_range_is_two_numbers_and_either_may_be_wrong(form: ConfigForm) -> None:
    pair = form.editor("level_db")
    assert isinstance(pair, RangeEdit)
    assert [end.accessibleName() for end in pair.ends] == ["Level db, from", "Level db, to"]
    pair.ends[0].setText("-3.5")
    assert form.values()["level_db"] == [-3.5, 30]
    pair.ends[1].setText("loud")
    assert "valid number" in form.problems()["level_db"]
    assert "valid number" in pair.ends[0].accessibleDescription()


def test_a_field_that_is_not_offered_has_its_default(form: ConfigForm) -> None:
    form.set_values({"count": 7})
    form.offer("count", False)
    assert form.values()["count"] == 3
    assert not form.editor("count").isVisibleTo(form)
    form.offer("count", True)
    assert form.editor("count").isVisibleTo(form)


@pytest.mark.parametrize(
    "model",
    [*(get(name).Config for name in names()), TrainingConfig, AugmentConfig, PictureAugment],
)
def test_every_config_of_the_engine_round_trips_through_its_form(
    qtbot: QtBot, model: type[BaseModel]
) -> None:
    made = ConfigForm(model)
    qtbot.addWidget(made)
    assert model.model_validate(made.values()) == model()
