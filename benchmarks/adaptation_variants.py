"""The rows of the adaptation tables: which methods, with which settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BUDGETS = (0.1, 0.3, 0.5)
FIRST_BUDGET = BUDGETS[0]


@dataclass(frozen=True)
class Variant:
    """One row of the table; ``reuses`` names the row whose policy it continues from."""

    name: str
    method: str
    config: dict[str, Any]
    reuses: str | None = None


def variants() -> tuple[Variant, ...]:
    rows = [
        Variant("head", "head", {}),
        # What moving the norms' statistics does by itself; every method below moves them.
        Variant("head and statistics", "patch", {"norms": "off", "statistics": "move"}),
        Variant("finetune", "finetune", {}),
    ]
    for budget in BUDGETS:
        for exact in (True, False):
            name = f"swr c={budget:g} {'exact budget' if exact else 'threshold'}"
            config = {"budget": budget, "exact_budget": exact}
            first = exact and budget == FIRST_BUDGET
            source = None if first else f"swr c={FIRST_BUDGET:g} exact budget"
            rows.append(Variant(name, "swr", config, source))
        config = {"budget": budget, "staged": False, "exact_budget": False}
        rows.append(Variant(f"swr c={budget:g} not staged", "swr", config))
    return (*rows, *ablations(), *other_methods())


def ablations() -> tuple[Variant, ...]:
    """SWR's own switches, and how this program can store it; all but one train the last stage only."""
    source = f"swr c={FIRST_BUDGET:g} exact budget"
    switched = (
        ("half precision", {"half_precision": True}),
        ("8-bit changes", {"int8": True}),
        ("with scale and shift", {"train_affine": True}),
    )
    rows = [
        Variant(f"swr c={FIRST_BUDGET:g} {name}", "swr", {"budget": FIRST_BUDGET, **config}, source)
        for name, config in switched
    ]
    config = {"budget": FIRST_BUDGET, "keep_super_weights": True}
    rows.append(Variant(f"swr c={FIRST_BUDGET:g} from super-net weights", "swr", config))
    return tuple(rows)


def other_methods() -> tuple[Variant, ...]:
    return (
        Variant("taps", "taps", {}),
        Variant("residual adapter, parallel", "residual_adapter", {}),
        Variant("residual adapter, series", "residual_adapter", {"place": "series"}),
        Variant("spottune", "spottune", {}),
        Variant("rep-net", "repnet", {}),
        Variant("piggyback", "piggyback", {}),
        Variant("patch: scale, shift, last layer", "patch", {}),
        Variant("patch: scale and shift, random last layer", "patch", {"last": False}),
        Variant("patch: depth-wise, last layer", "patch", {"norms": "off", "depthwise": True}),
    )


def picture_variants() -> tuple[Variant, ...]:
    """The rows of the paper on model patches, and what they are compared with."""
    affine, off = {"norms": "scale and shift"}, {"norms": "off"}
    rows = [
        Variant("last", "head", {}),
        Variant("last and statistics", "patch", {**off, "statistics": "move"}),
        Variant("scale, shift, last", "patch", affine),
        Variant("scale, shift, random last", "patch", {**affine, "last": False}),
        Variant("depth-wise, last", "patch", {**off, "depthwise": True}),
        Variant("scale, shift, depth-wise, last", "patch", {**affine, "depthwise": True}),
    ]
    for budget in BUDGETS:
        source = None if budget == FIRST_BUDGET else swr_name(FIRST_BUDGET)
        rows.append(Variant(swr_name(budget), "swr", {"budget": budget}, source))
    return (*rows, Variant("finetune", "finetune", {}))


def swr_name(budget: float) -> str:
    return f"swr c={budget:g} exact budget"


def variants_for(sees: bool) -> tuple[Variant, ...]:
    return picture_variants() if sees else variants()
