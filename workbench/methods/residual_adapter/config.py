"""Settings of residual adapters."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workbench.methods.base import MethodConfig, shown


class ResidualAdapterConfig(MethodConfig):
    """Where adapters sit and how they start (Rebuffi et al., arXiv 1705.08045 and 1803.10082)."""

    place: Literal["parallel", "series"] = Field(
        "parallel",
        description="Beside each convolution, or behind it with a norm of its own.",
        json_schema_extra=shown("Place"),
    )
    start: Literal["zero", "random"] = Field(
        "zero",
        description="Zero is this program's own: the network starts as the backbone. Random is the papers': it jumps "
        "before it learns, and needs far more epochs.",
        json_schema_extra=shown("First weights"),
    )
    adapter_rate: float | None = Field(
        None,
        gt=0,
        le=10,
        description="Learning rate of the adapters as a multiple of the others'; empty takes a tenth in networks with "
        "depth-wise convolutions, one in others. Mixing channels that a network keeps apart drowns what it knows.",
        json_schema_extra=shown("Adapter learning rate", "times"),
    )
