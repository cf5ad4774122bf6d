"""Settings of model patches."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workbench.methods.base import MethodConfig, shown


class ModelPatchConfig(MethodConfig):
    """What the patch is made of (K for the Price of 1, arXiv 1810.10703, sections 3 and 5)."""

    norms: Literal["scale and shift", "scale", "shift", "off"] = Field(
        "scale and shift",
        description="What learns of each norm: the paper's S/B patch is both; one alone is for analysis. Networks "
        "whose norms have neither are given them.",
        json_schema_extra=shown("Norms"),
    )
    depthwise: bool = Field(
        False,
        description="On also learns every depth-wise kernel (the paper's DW patch).",
        json_schema_extra=shown("Depth-wise kernels"),
    )
    last: bool = Field(
        True,
        description="Off leaves the last layer random: it is drawn again from the seed and never stored.",
        json_schema_extra=shown("Last layer"),
    )
    statistics: Literal["as the paper", "move", "keep"] = Field(
        "as the paper",
        description="Running mean and variance: the paper moves them with scale or shift. Moved alone, without either, "
        "they can hurt.",
        json_schema_extra=shown("Statistics"),
    )

    @property
    def scale(self) -> bool:
        return self.norms in ("scale and shift", "scale")

    @property
    def shift(self) -> bool:
        return self.norms in ("scale and shift", "shift")

    @property
    def moves_statistics(self) -> bool:
        if self.statistics == "as the paper":
            return self.norms != "off"
        return self.statistics == "move"
