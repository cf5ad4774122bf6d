"""The greedy cascade (methods.md 8.6, 12.14): a case worked by hand, and what must hold for any pool."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import WorkbenchError
from workbench.evaluation.cascade import (
    Candidate,
    candidate,
    greedy_cascade,
    score_alone,
    score_cascade,
)
from workbench.evaluation.metrics import wilson


def network(name: str, cost: float, confidence: list[float], correct: list[int]) -> Candidate:
    return Candidate(name, cost, np.array(confidence), np.array(correct, dtype=bool))


@st.composite
def pools(draw: st.DrawFn, clips: int | None = None) -> list[Candidate]:
    """Networks of any skill; few distinct confidences, so that equal ones are common."""
    clips = clips or draw(st.integers(1, 12))
    levels = st.lists(st.integers(1, 6), min_size=clips, max_size=clips)
    marks = st.lists(st.integers(0, 1), min_size=clips, max_size=clips)
    count = draw(st.integers(1, 4))
    return [
        network(
            str(i), draw(st.integers(1, 50)), [level / 6 for level in draw(levels)], draw(marks)
        )
        for i in range(count)
    ]


def test_a_case_worked_by_hand() -> None:
    """Small (cost 1) is right on its three surest clips of five, middle (3) on one more, large (10) on all but one.

    On all five clips large is right four times, and errs on clip 3. Small in order of confidence:
    clip 0 right (0), clip 1 right (0), clip 3 right where large errs (+1), clip 2 wrong (0), clip 4 wrong (-1), so its
    threshold is that of clip 2: four answers for 1. Middle errs on clips 0 and 1, of which it is surest: -1, -2, then
    level on 2, ahead on 3, level on 4: never level again, so it may not answer. Large answers 5 for 10.
    Small leads with 4 / 1. Of clip 4, which is left, middle is right and so may answer: 1 / 3 against 1 / 10.
    """
    small = network("small", 1, [0.9, 0.8, 0.6, 0.7, 0.5], [1, 1, 0, 1, 0])
    middle = network("middle", 3, [0.9, 0.8, 0.7, 0.6, 0.5], [0, 0, 1, 1, 1])
    large = network("large", 10, [0.9, 0.9, 0.9, 0.9, 0.9], [1, 1, 1, 0, 1])
    pool = [large, middle, small]
    cascade = greedy_cascade(pool)
    assert cascade.reference == "large"
    assert [(s.name, s.threshold) for s in cascade.stages] == [("small", 0.6), ("middle", 0.0)]
    score = score_cascade(cascade, pool)
    assert score.answered == (0.8, 0.2)
    assert score.accuracy == 0.8 == score_alone(large).accuracy
    assert score.average_cost == pytest.approx((5 * 1 + 1 * 3) / 5)
    assert score.ci95 == wilson(4, 5)


def test_other_clips_are_answered_by_the_same_thresholds() -> None:
    tuned = [
        network("small", 1, [0.9, 0.4], [1, 0]),
        network("large", 10, [0.9, 0.9], [1, 1]),
    ]
    cascade = greedy_cascade(tuned)
    assert [s.threshold for s in cascade.stages] == [0.9, 0.0]
    others = [
        network("small", 1, [0.95, 0.89, 0.1, 0.2], [0, 1, 1, 1]),
        network("large", 10, [0.2, 0.2, 0.2, 0.2], [1, 1, 0, 1]),
    ]
    score = score_cascade(cascade, others)
    assert score.answered == (0.25, 0.75)
    assert score.accuracy == 0.5
    assert score.average_cost == pytest.approx((4 * 1 + 3 * 10) / 4)


@given(pools())
def test_no_worse_and_no_dearer_than_the_reference_on_the_clips_that_chose_it(
    pool: list[Candidate],
) -> None:
    cascade = greedy_cascade(pool)
    reference = next(c for c in pool if c.name == cascade.reference)
    assert reference.accuracy == max(c.accuracy for c in pool)
    score = score_cascade(cascade, pool)
    assert score.accuracy >= reference.accuracy
    assert score.average_cost <= reference.cost * (1 + 1e-12)
    assert sum(score.answered) == pytest.approx(1.0)
    assert cascade.stages[-1].threshold == 0.0


@given(pools(), st.data())
def test_any_network_may_be_the_reference(pool: list[Candidate], data: st.DataObject) -> None:
    reference = data.draw(st.sampled_from(pool))
    score = score_cascade(greedy_cascade(pool, reference.name), pool)
    assert score.accuracy >= reference.accuracy
    assert score.average_cost <= reference.cost * (1 + 1e-12)


@given(pools())
def test_each_stage_answers_and_none_is_asked_twice(pool: list[Candidate]) -> None:
    cascade = greedy_cascade(pool)
    names = [stage.name for stage in cascade.stages]
    assert len(set(names)) == len(names)
    assert all(share > 0 for share in score_cascade(cascade, pool).answered)


@given(pools())
def test_a_pool_of_one_is_that_network(pool: list[Candidate]) -> None:
    alone = pool[:1]
    cascade = greedy_cascade(alone)
    assert [(s.name, s.threshold) for s in cascade.stages] == [(alone[0].name, 0.0)]
    assert score_cascade(cascade, alone) == score_alone(alone[0])


def test_confidence_is_the_highest_probability() -> None:
    logits = np.log(np.array([[0.7, 0.2, 0.1], [0.25, 0.25, 0.5]], dtype=np.float32))
    found = candidate("a", 5, logits, np.array([0, 1]))
    np.testing.assert_allclose(found.confidence, [0.7, 0.5], rtol=1e-6)
    assert found.correct.tolist() == [True, False]


def test_what_is_no_pool_is_refused() -> None:
    one = network("a", 1, [0.5], [1])
    with pytest.raises(WorkbenchError, match="different names"):
        greedy_cascade([one, one])
    with pytest.raises(WorkbenchError, match="different names"):
        greedy_cascade([])
    with pytest.raises(WorkbenchError, match="no clips"):
        greedy_cascade([network("a", 1, [], [])])
    with pytest.raises(WorkbenchError, match="no network named 'b'"):
        greedy_cascade([one], "b")
