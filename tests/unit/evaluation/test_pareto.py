"""Dominated offers, by hand and as properties."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.evaluation.pareto import Offer, dominated, front

OFFERS = st.lists(
    st.builds(Offer, st.integers(0, 8).map(float), st.integers(0, 8).map(float)), max_size=12
)


def test_by_hand() -> None:
    cheap, good, bad, twin = Offer(1, 0.8), Offer(5, 0.9), Offer(6, 0.85), Offer(1, 0.8)
    assert dominated([cheap, good, bad, twin]) == (False, False, True, False)
    assert front([good, bad, cheap, twin]) == (cheap, good)


def test_equal_accuracy_at_a_higher_price_is_dominated() -> None:
    assert dominated([Offer(1, 0.9), Offer(2, 0.9)]) == (False, True)
    assert dominated([Offer(1, 0.9), Offer(1, 0.8)]) == (False, True)


@given(OFFERS)
def test_the_front_rises_and_covers_everything(offers: list[Offer]) -> None:
    kept = front(offers)
    assert [offer.accuracy for offer in kept] == sorted({offer.accuracy for offer in kept})
    assert [offer.cost for offer in kept] == sorted({offer.cost for offer in kept})
    for offer in offers:
        assert any(k.cost <= offer.cost and k.accuracy >= offer.accuracy for k in kept)
