"""The gate map: how far each channel of a task's adapters is open. Light, because the window starts with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gates:
    """Openings of all gates, 0 to 1.

    Attributes:
        layers: Names of the gated layers in network order.
        openings: By task, layer and channel.
        slope: Of the gates' ramp as it stands.
        price: Per unit of cost.
        unit: Of the price: ``thousand parameters`` or ``million FLOPs``.
        costs: Soft cost of each task in that unit.
    """

    layers: tuple[str, ...]
    openings: tuple[tuple[tuple[float, ...], ...], ...]
    slope: float
    price: float
    unit: str
    costs: tuple[float, ...]
