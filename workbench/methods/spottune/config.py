"""Settings of SpotTune."""

from __future__ import annotations

from pydantic import Field

from workbench.methods.base import MethodConfig, shown


class SpotTuneConfig(MethodConfig):
    """Settings of SpotTune (arXiv 1811.08737); defaults are the paper's but for the agent's width."""

    temperature: float = Field(
        5.0,
        gt=0,
        le=100,
        description="Of the Gumbel-softmax samples that the agent learns from.",
        json_schema_extra=shown("Temperature"),
    )
    agent_rate: float = Field(
        0.1,
        gt=0,
        le=10,
        description="Learning rate of the agent as a multiple of the others'.",
        json_schema_extra=shown("Agent learning rate", "times"),
    )
    agent_width: int | None = Field(
        None,
        ge=1,
        le=512,
        description="Channels of the agent's first stage; empty gives an agent of about half the backbone's size, for "
        "pictures a fifth. The paper's 64 is larger than a keyword network.",
        json_schema_extra=shown("Agent width", "channels"),
    )
    sampled: bool = Field(
        False,
        description="On draws the path at random when the model is used, as the paper's code does; off takes the "
        "likelier one.",
        json_schema_extra=shown("Random paths in use"),
    )
