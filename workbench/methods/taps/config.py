"""Settings of TAPS."""

from __future__ import annotations

from pydantic import Field

from workbench.methods.base import MethodConfig, shown


class TapsConfig(MethodConfig):
    """Settings of task adaptive parameter sharing (arXiv 2203.16708); defaults are the paper's or its code's."""

    penalty: float = Field(
        1.0,
        ge=0,
        le=1000,
        description="Price of each layer's score (lambda): a higher price changes fewer layers. There is no budget; "
        "the price has to be searched.",
        json_schema_extra=shown("Penalty"),
    )
    penalty_from: int = Field(
        2,
        ge=0,
        le=1000,
        description="Whole epochs before the price is asked, so that layers can show their use first.",
        json_schema_extra=shown("Free epochs"),
    )
    threshold: float = Field(
        0.1,
        gt=0,
        le=10,
        description="A layer is changed while its score is at least this.",
        json_schema_extra=shown("Threshold"),
    )
    start: float = Field(
        0.15,
        ge=0,
        le=10,
        description="Score of every layer before training.",
        json_schema_extra=shown("First score"),
    )
