"""What of a picture speaks for a class: Grad-CAM.

Source: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization"
(arXiv 1610.02391), equations 1 and 2, at the last map: that which the network averages, behind every sum, activation
and joining of branches.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from workbench.errors import WorkbenchError


def grad_cam(network: nn.Module, example: Tensor, label: int) -> Tensor:
    """How much each place of an example speaks for a class.

    Args:
        network: In evaluation mode; its parameters may be frozen.
        example: One input (1, channel, height, width).
        label: Index of the class.

    Returns:
        (height, width) of the example, from 0 where least speaks for the class to 1 where most does; all 0 where no
        place speaks for it more than another.

    Raises:
        WorkbenchError: for a network without a module that gives more than one place.
    """
    last: Tensor | None = None

    def keep(_module: nn.Module, _inputs: object, output: object) -> None:
        nonlocal last
        if isinstance(output, Tensor) and output.dim() == 4 and output.shape[2:].numel() > 1:
            last = output

    # Blocks as well as layers, for a sum or joined branches are given by the block around them.
    hooks = [module.register_forward_hook(keep) for module in network.modules()]
    try:
        with torch.enable_grad():
            logits = network(example.detach().clone().requires_grad_(True))
    finally:
        for hook in hooks:
            hook.remove()
    if last is None:
        raise WorkbenchError(
            "This network has no layer from which places of a picture can be told.",
            hint="Look at its probabilities instead.",
        )
    (slopes,) = torch.autograd.grad(logits[0, label], last)
    weights = slopes.mean(dim=(2, 3), keepdim=True)
    heat = F.relu((weights * last).sum(dim=1, keepdim=True)).detach()
    heat = F.interpolate(heat, example.shape[2:], mode="bilinear", align_corners=False)[0, 0]
    least, most = heat.aminmax()
    return (heat - least) / (most - least) if most > least else torch.zeros_like(heat)
