"""Hard decisions that can be learned by gradient."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor


def hard_gumbel(scores: Tensor, temperature: float, generator: Generator) -> Tensor:
    """Straight-through Gumbel-softmax samples, exactly 0 or 1 in the forward pass (Jang et al. 2017).

    Args:
        scores: (..., 2); the first column means yes.
        temperature: Of the soft sample that gives the gradient.
        generator: Source of the noise.

    Returns:
        (...), 1 where the sample is yes.
    """
    uniform = torch.rand(scores.shape, generator=generator).clamp_(1e-10, 1 - 1e-7)
    noise = -torch.log(-torch.log(uniform))
    soft = F.softmax((scores + noise) / temperature, dim=-1)
    hard = F.one_hot(soft.argmax(dim=-1), 2).to(soft.dtype)
    # In this order the soft terms cancel exactly, so that decisions are 0 and 1 to the last bit.
    return (hard + (soft - soft.detach()))[..., 0]
