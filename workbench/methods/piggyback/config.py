"""Settings of Piggyback."""

from __future__ import annotations

from pydantic import Field

from workbench.methods.base import MethodConfig, shown


class PiggybackConfig(MethodConfig):
    """Settings of Piggyback (arXiv 1801.06519); defaults are the paper's."""

    start: float = Field(
        1e-2,
        gt=0,
        le=1,
        description="Real-valued mask of every weight before training.",
        json_schema_extra=shown("First mask value"),
    )
    threshold: float = Field(
        5e-3,
        gt=0,
        le=1,
        description="A weight is kept while its mask is above this.",
        json_schema_extra=shown("Threshold"),
    )
    mask_rate: float = Field(
        0.033,
        gt=0,
        le=10,
        description="Learning rate of the masks as a multiple of the others'. The paper's 1e-4 is a thirtieth of this "
        "program's; much faster, and every weight flips at each step.",
        json_schema_extra=shown("Mask learning rate", "times"),
    )
    train_norms: bool = Field(
        False,
        description="On also trains scale and shift of the norms and moves their statistics; the paper leaves "
        "them alone unless asked.",
        json_schema_extra=shown("Train norms"),
    )
