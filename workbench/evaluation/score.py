"""Running a network over a set of clips."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from workbench.cancel import CancelToken
from workbench.data.store import ClipRows

BATCH = 128


@torch.no_grad()
def logits_of(network: nn.Module, features: ClipRows, token: CancelToken | None = None) -> Tensor:
    """Logits (clip, class) in evaluation mode; the network's own mode is restored afterwards."""
    was_training = network.training
    network.eval()
    parts = []
    try:
        for start in range(0, len(features), BATCH):
            if token:
                token.check()
            rows = features.take(slice(start, start + BATCH))
            parts.append(network(torch.from_numpy(np.ascontiguousarray(rows))))
    finally:
        network.train(was_training)
    return torch.cat(parts) if parts else torch.empty(0, 0)


def loss_and_correct(logits: Tensor, labels: Tensor) -> tuple[float, int]:
    """Mean cross-entropy in nats and number of correct clips; (0, 0) for an empty set."""
    if len(labels) == 0:
        return 0.0, 0
    loss = float(F.cross_entropy(logits, labels))
    return loss, int((logits.argmax(dim=1) == labels).sum())
