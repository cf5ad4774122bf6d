"""Measuring what was trained: it goes on for who keeps the result, and ends for who does not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from workbench.cancel import Cancelled, CancelToken
from workbench.data.store import ClipRows
from workbench.training.batches import LabelledRows
from workbench.training.outcome import score


def test_only_a_stop_that_keeps_nothing_ends_the_measuring() -> None:
    examples = np.eye(3, dtype=np.float32)[[0, 1, 2, 2]]
    rows = LabelledRows(ClipRows(examples, np.arange(4)), torch.tensor([0, 1, 2, 0]))
    token = CancelToken()
    token.stop(keep_result=True)
    assert score(nn.Identity(), rows, ("a", "b", "c"), token).accuracy == 0.75
    token.stop()
    with pytest.raises(Cancelled):
        score(nn.Identity(), rows, ("a", "b", "c"), token)
