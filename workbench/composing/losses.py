"""The three losses of the composing algorithm, for a whole network and for one word's two outputs alike."""

from __future__ import annotations

from enum import StrEnum

import torch
import torch.nn.functional as F
from torch import Tensor


class Loss(StrEnum):
    """Of "Dynamic Model Construction for Efficient Classification": cross-entropy; binary cross-entropy, mean over
    clips and classes, on softmax outputs; the same on sigmoids.
    """

    CE = "ce"
    SOFTMAX_BCE = "softmax_bce"
    SIGMOID_BCE = "sigmoid_bce"

    @property
    def gives_probability(self) -> bool:
        """Whether a word's logit says by itself how likely the word is; else it only ranks words against each other."""
        return self is Loss.SIGMOID_BCE


def loss_of(kind: Loss, logits: Tensor, labels: Tensor) -> Tensor:
    """Mean loss in nats.

    Binary cross-entropy is the mean over all clips and classes of ``-[t log y + (1 - t) log(1 - y)]`` with one-hot
    ``t``, as in the reference code; the paper prints ``log(1 - t)`` in the last term. For two classes softmax with
    binary cross-entropy equals cross-entropy.

    Args:
        kind: Which.
        logits: (clip, class), two classes or more.
        labels: Class index (clip,).
    """
    if kind is Loss.CE:
        return F.cross_entropy(logits, labels)
    target = F.one_hot(labels, logits.shape[1]).to(logits.dtype)
    if kind is Loss.SIGMOID_BCE:
        return F.binary_cross_entropy_with_logits(logits, target)
    log_other = _log_sum_of_others(logits) - torch.logsumexp(logits, dim=1, keepdim=True)
    return -(target * F.log_softmax(logits, dim=1) + (1 - target) * log_other).mean()


def _log_sum_of_others(logits: Tensor) -> Tensor:
    """Logarithm of the summed exponentials of all other classes, (clip, class); 1 - softmax loses them to rounding."""
    itself = torch.eye(logits.shape[1], dtype=torch.bool)
    return torch.logsumexp(logits[:, None, :].masked_fill(itself, -torch.inf), dim=2)
