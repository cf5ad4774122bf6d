"""Settings of task adapters."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workbench.methods.base import MethodConfig, shown

Unit = Literal["thousand parameters", "million FLOPs"]


class TaskAdapterConfig(MethodConfig):
    """Width of the adapters and price of their channels (multi-task adapters, section 3)."""

    width: float = Field(
        0.2,
        gt=0,
        le=1,
        description="Channels of the adapter before training, as a share of the encoder's; at least one a layer.",
        json_schema_extra=shown("Width", "times"),
    )
    price: float = Field(
        1e-2,
        ge=0,
        le=100,
        description="Added to the loss, in nats, for each unit of cost; a higher price closes more channels. The paper "
        "tries 0.01 and 0.0001.",
        json_schema_extra=shown("Price"),
    )
    unit: Unit = Field(
        "thousand parameters",
        description="What is priced. A multiply-accumulate counts as two FLOPs; the same price weighs less on them.",
        json_schema_extra=shown("Unit"),
    )
    last_slope: float = Field(
        100.0,
        ge=1,
        le=10000,
        description="Slope of the gates at the end of training; it grows from 1, and a steep gate is open or closed.",
        json_schema_extra=shown("Last slope"),
    )
