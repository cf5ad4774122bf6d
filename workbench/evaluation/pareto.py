"""Which results are worth their price."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Offer(NamedTuple):
    """What a run costs and what it gives: less and more are better."""

    cost: float
    accuracy: float


def dominated(offers: Sequence[Offer]) -> tuple[bool, ...]:
    """Whether another offer is at least as good in both respects and better in one."""
    return tuple(any(_beats(other, offer) for other in offers) for offer in offers)


def front(offers: Sequence[Offer]) -> tuple[Offer, ...]:
    """The offers that nothing dominates, from cheap to accurate; equal ones once."""
    flags = dominated(offers)
    return tuple(sorted({offer for offer, out in zip(offers, flags, strict=True) if not out}))


def _beats(one: Offer, other: Offer) -> bool:
    return one != other and one.cost <= other.cost and one.accuracy >= other.accuracy
