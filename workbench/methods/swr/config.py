"""Settings of SWR: the paper's recipe, its ablations, and what this project adds."""

from __future__ import annotations

from pydantic import Field

from workbench.methods.base import MethodConfig, shown


class SwrConfig(MethodConfig):
    """Settings of scalable weight reparametrization (arXiv 2302.13435, section 3)."""

    budget: float = Field(
        0.1,
        gt=0,
        le=1,
        description="Share of the convolution weights that this task may store.",
        json_schema_extra=shown("Budget"),
    )
    exact_budget: bool = Field(
        True,
        description="Never store more than the budget: take layers by probability until it is full. "
        "Off: the paper's rule, every layer with a probability above one half.",
        json_schema_extra=shown("Exact budget"),
    )
    half_precision: bool = Field(
        False,
        description="Store the patch in 16-bit numbers: half the bytes for a little accuracy.",
        json_schema_extra=shown("Half precision"),
    )
    int8: bool = Field(
        False,
        description="Store the changes of kernels in 8 bits, with a scale for each output channel.",
        json_schema_extra=shown("8-bit changes"),
    )
    policy_epochs: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="Epochs of the policy stage; empty uses a third of the others'.",
        json_schema_extra=shown("Policy epochs"),
    )
    policy_rate: float = Field(
        3.0,
        gt=0,
        le=100,
        description="Learning rate of the policy network as a multiple of the others'; small tasks take few steps.",
        json_schema_extra=shown("Policy learning rate", "times"),
    )
    policy_weight: float = Field(
        1.0,
        ge=0,
        le=100,
        description="Weight of the budget term in the policy's loss (lambda).",
        json_schema_extra=shown("Budget term"),
    )
    hidden: int = Field(
        64,
        ge=1,
        le=1024,
        description="Width of the policy network.",
        json_schema_extra=shown("Policy width"),
    )
    start_temperature: float = Field(
        2.0,
        gt=0,
        le=10,
        description="Gumbel temperature at the start of the policy stage.",
        json_schema_extra=shown("First temperature"),
    )
    end_temperature: float = Field(
        0.5,
        gt=0,
        le=10,
        description="Gumbel temperature at the end of the policy stage.",
        json_schema_extra=shown("Last temperature"),
    )
    staged: bool = Field(
        True,
        description="Ablation: off trains policy and delta weights together at a fixed budget.",
        json_schema_extra=shown("Staged"),
    )
    super_net: bool = Field(
        True,
        description="Ablation: off learns the policy while delta weights start from zero.",
        json_schema_extra=shown("Super-net"),
    )
    weighted_shares: bool = Field(
        True,
        description="Ablation: off counts every layer alike in the budget term.",
        json_schema_extra=shown("Layer shares"),
    )
    train_affine: bool = Field(
        False,
        description="Ablation: on also trains scale and shift of the norms in the last stage.",
        json_schema_extra=shown("Train scale and shift"),
    )
    keep_super_weights: bool = Field(
        False,
        description="Ablation: on starts the last stage from the super-net's delta weights.",
        json_schema_extra=shown("Start from super-net"),
    )
