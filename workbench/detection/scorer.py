"""From features to posteriors: one scorer per patch, through ONNX Runtime or through torch."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from itertools import chain, count
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from onnx import ModelProto
from onnxruntime import InferenceSession
from scipy.special import softmax

from workbench.backbones.base import Backbone
from workbench.backbones.inputs import InputConfig
from workbench.backbones.onnx_graph import HEAD, INPUT, OUTPUT, running_graph
from workbench.backbones.registry import (
    LoadedBackbone,
    file_sha256,
    load_backbone,
)
from workbench.detection.decoder import Posteriors
from workbench.errors import WorkbenchError
from workbench.methods.base import TaskModel
from workbench.methods.patch import SUFFIX, Patch, apply_patch, backbone_source, read_patch
from workbench.methods.registry import get
from workbench.training.assess import PatchedNetwork

Features = npt.NDArray[np.float32]
Logits = npt.NDArray[np.float32]


class Scorer(ABC):
    """Posteriors of one patch.

    Attributes:
        name: Shown to the user and written into detections.
        classes: Order of the posteriors.
        frontend: Input that it expects.
        multiplies: Of each layer of its network, by name, for one window.
    """

    def __init__(
        self,
        name: str,
        classes: tuple[str, ...],
        frontend: InputConfig,
        multiplies: Mapping[str, int],
    ) -> None:
        self.name = name
        self.classes = classes
        self.frontend = frontend
        self.multiplies = multiplies

    @abstractmethod
    def logits(self, features: Features) -> Logits:
        """Logits (batch, class) of inputs: features (batch, 1, mel, frame), or normalised pictures."""

    def posteriors(self, features: Features) -> Posteriors:
        """Posteriors (batch, class), each row summing to 1."""
        return as_posteriors(self.logits(features))


def as_posteriors(logits: Logits) -> Posteriors:
    """Posteriors (batch, class) of logits (batch, class), each row summing to 1."""
    return np.asarray(softmax(logits, axis=1), dtype=np.float32)


class OnnxScorer(Scorer):
    """The merged network in ONNX Runtime on one thread.

    Attributes:
        graph: What the session computes.
    """

    def __init__(
        self,
        name: str,
        classes: tuple[str, ...],
        frontend: InputConfig,
        multiplies: Mapping[str, int],
        graph: ModelProto,
        session: InferenceSession,
    ) -> None:
        super().__init__(name, classes, frontend, multiplies)
        self.graph = graph
        self._session = session

    def logits(self, features: Features) -> Logits:
        (result,) = self._session.run([OUTPUT], {INPUT: features})
        return np.asarray(result, dtype=np.float32)


class TorchScorer(Scorer):
    """The network as it was trained: the reference, and the way for methods that change what the backbone computes."""

    def __init__(
        self,
        name: str,
        classes: tuple[str, ...],
        frontend: InputConfig,
        multiplies: Mapping[str, int],
        model: TaskModel,
    ) -> None:
        super().__init__(name, classes, frontend, multiplies)
        self._model = model.eval()
        # Some methods hold on to what they have seen for the length of a pass, and several threads may score at once.
        self._lock = threading.Lock()

    @torch.no_grad()
    def logits(self, features: Features) -> Logits:
        with self._lock:
            return np.asarray(self._model(torch.from_numpy(features)).numpy(), dtype=np.float32)


def open_scorer(network: PatchedNetwork, name: str) -> Scorer:
    """The fastest exact scorer of a patch: ONNX Runtime where the backbone's layers stay or fold, otherwise torch."""
    card, model = network.patch.card, network.model
    method = get(card.method)
    if not (method.is_mergeable(model) or method.capabilities.only_reads):
        return TorchScorer(name, card.classes, card.frontend, _of_layers_and_beside(network), model)
    merged = method.merged(model)
    graph, session = running_graph(merged)
    return OnnxScorer(name, card.classes, card.frontend, _of_layers(merged), graph, session)


def _of_layers(network: Backbone) -> dict[str, int]:
    """Multiplies of each layer for one example, under the names of ``onnx_graph.layer_of``."""
    head = network.head_name
    return {HEAD if row.name == head else row.name: row.multiplies for row in network.layers()}


def _of_layers_and_beside(network: PatchedNetwork) -> dict[str, int]:
    """Multiplies of the backbone's layers; what a method computes beside them stands under the method's name."""
    model, card = network.model, network.patch.card
    found = {row.name: row.multiplies for row in model.layer_table}
    found[model.backbone.head_name] = model.backbone.head_layer.weight.numel()
    return {**found, card.method: int(card.cost["multiplies"]) - sum(found.values())}


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
        self._names: dict[str, str] = {}
        self._hashes: dict[tuple[Path, tuple[int, ...]], str] = {}
        self._lock = threading.Lock()

    def open(self, path: Path, name: str | None = None) -> Scorer:
        """The scorer of a patch file; opened once, however often it is asked for.

        Args:
            path: Patch file.
            name: What to call it; by default a name of its own, made from the file's.

        Raises:
            WorkbenchError: when the patch or its backbone cannot be read, or they do not belong together.
        """
        with self._lock:
            sha = self._sha_of(path)
            name = name or self._free_name(patch_name(path), sha)
            key = (name, sha)
            if key not in self._scorers:
                patch = read_patch(path)
                loaded = self._backbone_of(patch, path.parent)
                network = PatchedNetwork(patch, loaded, apply_patch(patch, loaded))
                self._scorers[key] = open_scorer(network, name)
                self._names[sha] = name
            return self._scorers[key]

    def _sha_of(self, path: Path) -> str:
        """SHA-256 of a file, which is read again only when it was written since."""
        try:
            state = path.stat()
            key = (path, (state.st_ino, state.st_size, state.st_mtime_ns))
            if key not in self._hashes:
                self._hashes[key] = file_sha256(path)
        except OSError as error:
            raise WorkbenchError(
                f"{path.name} cannot be read: {error.strerror or error}.",
                data="Nothing was loaded.",
                hint="Check that the file is where it was, and that you may read it.",
            ) from error
        return self._hashes[key]

    def _free_name(self, wanted: str, sha: str) -> str:
        """The name that this content has already, or one that no other patch has: ``words``, ``words (2)``."""
        if sha in self._names:
            return self._names[sha]
        names = chain([wanted], (f"{wanted} ({number})" for number in count(2)))
        return next(name for name in names if name not in self._names.values())

    def _backbone_of(self, patch: Patch, folder: Path) -> LoadedBackbone:
        """The backbone with the right weights, installed or in the patch's folder, else the suggested one."""
        sha = patch.card.backbone_sha256
        if sha not in self._backbones:
            self._backbones[sha] = load_backbone(
                backbone_source(patch.card, self._backbone, folder)
            )
        return self._backbones[sha]
