"""Embeddings of clips in evaluation mode, computed once per clip and backbone and kept in the clip cache."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from workbench.backbones.registry import LoadedBackbone
from workbench.cancel import CancelToken
from workbench.data.store import ClipStore, Rows
from workbench.data.task import Clip

BATCH = 64


def embeddings_of(
    clips: Sequence[Clip],
    loaded: LoadedBackbone,
    store: ClipStore,
    token: CancelToken | None = None,
) -> Tensor:
    """Embeddings (clip, width) of unaugmented clips.

    Raises:
        WorkbenchError: when a clip cannot be decoded, or the cache cannot be written.
        Cancelled: when the token was stopped; what was computed stays in the cache.
    """
    backbone = loaded.backbone

    @torch.no_grad()
    def compute(features: Rows) -> Rows:
        parts = []
        for start in range(0, len(features), BATCH):
            if token:
                token.check()
            batch = np.ascontiguousarray(features[start : start + BATCH])
            parts.append(backbone.features(torch.from_numpy(batch)))
        embedded: Rows = torch.cat(parts).numpy()
        return embedded

    was_training = backbone.training
    backbone.eval()
    try:
        rows = store.derived(
            clips,
            loaded.card.frontend,
            f"embedding {loaded.card.sha256}",
            backbone.embedding_width,
            compute,
            token,
        )
    finally:
        backbone.train(was_training)
    return torch.from_numpy(rows.take(slice(None)))
