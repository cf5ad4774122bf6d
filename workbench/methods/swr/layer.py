"""What SWR injects: a delta weight beside each convolution's pretrained weight."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class DeltaWeight:
    """Turns ``conv.weight`` into ``base + b * delta`` at every call (SWR, eq. 1).

    The convolution keeps its class and its own fast forward. Its pretrained weight becomes the buffer
    ``base_weight`` and the change the parameter ``delta``, both shaped (out, in / groups, height, width).

    Attributes:
        switch: None adds nothing; a float or a scalar tensor multiplies the delta weight.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        self.conv = conv
        base = conv.weight.detach()
        del conv.weight
        conv.register_buffer("base_weight", base)
        conv.delta = nn.Parameter(torch.zeros_like(base))
        self.switch: Tensor | float | None = None
        self.refresh()
        self._hook = conv.register_forward_pre_hook(self._before_call)

    @property
    def base(self) -> Tensor:
        return self.conv.base_weight  # type: ignore[return-value]

    @property
    def delta(self) -> nn.Parameter:
        return self.conv.delta  # type: ignore[return-value]

    def refresh(self) -> None:
        """Set ``conv.weight`` to what the next call shall use."""
        if self.switch is None:
            weight = self.base
        elif isinstance(self.switch, float) and self.switch == 1.0:
            weight = self.base + self.delta
        else:
            weight = self.base + self.switch * self.delta
        self.conv.__dict__["weight"] = weight

    def _before_call(self, *_: object) -> None:
        self.refresh()

    def fold(self) -> None:
        """Leave a plain convolution whose weight parameter includes the change, and remove the hook."""
        self.refresh()
        weight = self.conv.__dict__.pop("weight").detach().clone()
        self._hook.remove()
        del self.conv.base_weight
        del self.conv.delta
        self.conv.weight = nn.Parameter(weight)
