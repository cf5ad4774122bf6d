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
    start: Literal["random", "zero"] = Field(
        "random",
        description="Random is the paper's: the network jumps before it learns. Zero is this program's own: it starts "
        "as the backbone.",
        json_schema_extra=shown("First weights"),
    )
