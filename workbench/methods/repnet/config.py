"""Settings of Rep-Net."""

from __future__ import annotations

from pydantic import Field

from workbench.methods.base import MethodConfig, shown


class RepNetConfig(MethodConfig):
    """Settings of Rep-Net (Yang, Rakin and Fan, CVPR 2022); defaults are the paper's."""

    expand: float = Field(
        1.0,
        gt=0,
        le=4,
        description="Inner width of each side module as a multiple of its input's.",
        json_schema_extra=shown("Width", "times"),
    )
    train_shifts: bool = Field(
        False,
        description="On also trains the shifts of the backbone's norms, the paper's variant with biases.",
        json_schema_extra=shown("Train shifts"),
    )
