"""From features to posteriors: one scorer per patch, through ONNX Runtime or through torch."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from itertools import chain, count
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from onnxruntime import InferenceSession
from scipy.special import softmax

from workbench.audio.frontend import FrontendConfig
from workbench.backbones.onnx_graph import INPUT, OUTPUT, backbone_session
from workbench.backbones.registry import (
    LoadedBackbone,
    file_sha256,
    load_backbone,
)
from workbench.detection.decoder import Posteriors
from workbench.methods.base import TaskModel
from workbench.methods.patch import SUFFIX, Patch, apply_patch, backbone_source, read_patch
from workbench.methods.registry import get
from workbench.training.assess import PatchedNetwork

Features = npt.NDArray[np.float32]


class Scorer(ABC):
    """Posteriors of one patch.

    Attributes:
        name: Shown to the user and written into detections.
        classes: Order of the posteriors.
        frontend: Features that it expects.
    """

    def __init__(self, name: str, classes: tuple[str, ...], frontend: FrontendConfig) -> None:
        self.name = name
        self.classes = classes
        self.frontend = frontend

    @abstractmethod
    def logits(self, features: Features) -> npt.NDArray[np.float32]:
        """Logits (batch, class) of features (batch, 1, mel, frame)."""

    def posteriors(self, features: Features) -> Posteriors:
        """Posteriors (batch, class), each row summing to 1."""
        return np.asarray(softmax(self.logits(features), axis=1), dtype=np.float32)


class OnnxScorer(Scorer):
    """The merged network in ONNX Runtime on one thread."""

    def __init__(
        self,
        name: str,
        classes: tuple[str, ...],
        frontend: FrontendConfig,
        session: InferenceSession,
    ) -> None:
        super().__init__(name, classes, frontend)
        self._session = session

    def logits(self, features: Features) -> npt.NDArray[np.float32]:
        (result,) = self._session.run([OUTPUT], {INPUT: features})
        return np.asarray(result, dtype=np.float32)


class TorchScorer(Scorer):
    """The network as it was trained: the reference, and the way for methods that cannot be merged."""

    def __init__(
        self, name: str, classes: tuple[str, ...], frontend: FrontendConfig, model: TaskModel
    ) -> None:
        super().__init__(name, classes, frontend)
        self._model = model.eval()
        # Some methods hold on to what they have seen for the length of a pass, and several threads may score at once.
        self._lock = threading.Lock()

    @torch.no_grad()
    def logits(self, features: Features) -> npt.NDArray[np.float32]:
        with self._lock:
            return np.asarray(self._model(torch.from_numpy(features)).numpy(), dtype=np.float32)


def open_scorer(network: PatchedNetwork, name: str) -> Scorer:
    """The fastest exact scorer of a patch: ONNX Runtime where the method can be merged, otherwise torch."""
    card = network.patch.card
    method = get(card.method)
    if not method.is_mergeable(network.model):
        return TorchScorer(name, card.classes, card.frontend, network.model)
    session = backbone_session(method.merged(network.model))
    return OnnxScorer(name, card.classes, card.frontend, session)


def patch_name(path: Path) -> str:
    """Name of a patch as shown to people: that of its file without the suffix."""
    return path.name.removesuffix(SUFFIX)


class ScorerPool:
    """Opened patches by their content, so that switching between them loads nothing again.

    Several threads may ask at once; they are served one after the other, since they share the backbone.

    Args:
        backbone: Name or folder of a backbone to try when none of the installed ones fits a patch.
    """

    def __init__(self, backbone: str | None = None) -> None:
        self._backbone = backbone
        self._backbones: dict[str, LoadedBackbone] = {}
        self._scorers: dict[tuple[str, str], Scorer] = {}
        self._lock = threading.Lock()

    def open(self, path: Path, name: str | None = None) -> Scorer:
        """The scorer of a patch file; opened once, however often it is asked for.

        Args:
            path: Patch file.
            name: What to call it; by default a name of its own, made from the file's.

        Raises:
            WorkbenchError: when the patch or its backbone cannot be read, or they do not belong together.
        """
        patch = read_patch(path)
        sha = file_sha256(path)
        with self._lock:
            name = name or self._free_name(patch_name(path), sha)
            key = (name, sha)
            if key not in self._scorers:
                loaded = self._backbone_of(patch, path.parent)
                network = PatchedNetwork(patch, loaded, apply_patch(patch, loaded))
                self._scorers[key] = open_scorer(network, name)
            return self._scorers[key]

    def _free_name(self, wanted: str, sha: str) -> str:
        """The name that this content has already, or one that no other patch has: ``words``, ``words (2)``."""
        known = {other: name for name, other in self._scorers}
        if sha in known:
            return known[sha]
        names = chain([wanted], (f"{wanted} ({number})" for number in count(2)))
        return next(name for name in names if name not in known.values())

    def _backbone_of(self, patch: Patch, folder: Path) -> LoadedBackbone:
        """The backbone with the right weights, installed or in the patch's folder, else the suggested one."""
        sha = patch.card.backbone_sha256
        if sha not in self._backbones:
            self._backbones[sha] = load_backbone(
                backbone_source(patch.card, self._backbone, folder)
            )
        return self._backbones[sha]
