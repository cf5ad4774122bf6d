"""Pretraining of an audio encoder without labels: a slice is predicted from its neighbours.

Source: Tagliasacchi et al., "Pre-training audio representations with self-supervision" (Audio2Vec, CBoW): two slices
before and two behind are encoded, their embeddings joined in order, and a decoder that mirrors the encoder gives the
slice between them; the loss is the mean squared error. Two things are this project's own. Slices are 0.32 s long in
place of 0.96 s, since most of its recordings last one second; the encoder's maximum over all places takes either. And
where only one neighbour fits on a side, the outer one's place holds zeros, as at the edge of a sentence.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from workbench.atomic import write_bytes
from workbench.backbones.audio_decoder import AudioDecoder
from workbench.backbones.audio_encoder import ENCODER_SHAPES, AudioEncoder
from workbench.backbones.card import WeightsCard
from workbench.backbones.inputs import sound_of
from workbench.backbones.memory import keep_freed_memory
from workbench.backbones.model_page import model_page
from workbench.backbones.registry import build, default_input, save_backbone
from workbench.cancel import CancelToken
from workbench.errors import WorkbenchError
from workbench.training.checkpoint import (
    capture,
    load_checkpoint,
    restore,
    resumption,
    save_checkpoint,
)
from workbench.training.events import (
    CheckpointSaved,
    EpochFinished,
    RunEvent,
    RunFinished,
    RunStarted,
    StagePlan,
    StageStarted,
    StepLogged,
)
from workbench.training.prepare import checked_folder, tell_problems
from workbench.training.pretrain import initialise, refuse_finished
from workbench.training.slices import CONTEXT, Collected, WindowBatches, Windows, collect, moments
from workbench.training.stage_loop import cosine

HELD_OUT_PASSES = 4
"""Windows of the held-out recordings are drawn this often, at fixed places, so that each is heard well."""


class Audio2VecJob(BaseModel):
    """Request for an encoder that is pretrained without labels.

    Attributes:
        architecture: An audio encoder.
        data: Folders of recordings, or recordings; how they are sorted into folders is not looked at.
        out: ``MODELS_DIR/NAME``.
        learning_rate: Of Adam; cosine to 0.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    architecture: str
    data: tuple[Path, ...]
    out: Path
    epochs: int = 40
    batch_size: int = 32
    learning_rate: float = 1e-3
    seed: int = 0
    threads: int = 2
    licence: str = "Apache-2.0"
    attribution: tuple[str, ...] = ()


@dataclass(frozen=True)
class SliceError:
    """How well slices are predicted that were held out.

    Attributes:
        error: Mean squared error, in variances of the mel band.
        of_mean: The same for predicting each band's mean.
        windows: Predicted slices.
    """

    error: float
    of_mean: float
    windows: int


class Audio2Vec(nn.Module):
    """Encoder and decoder; bands are predicted in deviations from their mean over the training recordings."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, encoder: AudioEncoder, mean: Tensor, deviation: Tensor) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = AudioDecoder(encoder, CONTEXT * encoder.shape.widths[-1])
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)

    def forward(self, windows: Windows) -> tuple[Tensor, Tensor]:
        """Predicted and true slice of each window, both (window, frame, mel)."""
        slices = windows.around[:, None].contiguous(memory_format=torch.channels_last)
        embedding = self.encoder.features(slices)
        # The outer neighbours of a short window are not there; their places stay empty.
        empty = embedding.new_zeros(len(windows) * CONTEXT, embedding.shape[1])
        whole = empty.index_copy(0, windows.places, embedding).view(len(windows), -1)
        return self.decoder(whole)[:, 0], (windows.middle - self.mean) / self.deviation


def audio2vec(job: Audio2VecJob, token: CancelToken) -> Iterator[RunEvent]:
    """Train, measure on held-out recordings, and write the encoder with its card.

    An interrupted job continues from its checkpoint when it is started again.

    Raises:
        WorkbenchError: for an architecture that is no audio encoder, a folder that holds a backbone without the
            checkpoint of its training, too little sound, and anything else that the user can mend.
    """
    frontend = sound_of(default_input(job.architecture))
    encoder = _encoder(job.architecture)
    refuse_finished(job.out)
    torch.set_num_threads(job.threads)
    keep_freed_memory()
    folder = checked_folder(job.out)
    heard = collect(job.data, frontend, token)
    tell_problems("the recordings", heard.problems)
    network = Audio2Vec(encoder, *moments(heard.train))
    initialise(network, job.seed)
    run = _Run(job, token, heard, network.to(memory_format=torch.channels_last), folder)  # type: ignore[call-overload]
    yield from run.events()
    found = run.measure()
    card = WeightsCard(
        name=job.out.name,
        architecture=job.architecture,
        labels=(),
        frontend=frontend,
        licence=job.licence,
        attribution=job.attribution,
        recipe=_recipe(job, heard, found),
    )
    card = save_backbone(encoder.eval(), card, folder)
    write_bytes(folder / "README.md", model_page(card, encoder).encode())
    measured = {"held_out": vars(found), "too_short": heard.short}
    yield RunFinished(folder, card.model_dump(mode="json") | measured)


def _encoder(architecture: str) -> AudioEncoder:
    """A fresh encoder without outputs."""
    if architecture not in ENCODER_SHAPES:
        raise WorkbenchError(
            f"Audio2Vec pretrains audio encoders only, and {architecture} is none.",
            hint=f"Choose one of {', '.join(ENCODER_SHAPES)}, or pretrain on labels.",
        )
    encoder = build(architecture, 0)
    assert isinstance(encoder, AudioEncoder)
    return encoder


class _Run:
    """The training itself."""

    def __init__(
        self,
        job: Audio2VecJob,
        token: CancelToken,
        heard: Collected,
        network: Audio2Vec,
        folder: Path,
    ) -> None:
        self.job, self.token, self.network, self.folder = job, token, network, folder
        self.batches = WindowBatches(heard.train, job.batch_size)
        self.held_out = WindowBatches(heard.held_out, job.batch_size)
        settings = job.model_dump_json(exclude={"out", "data", "threads", "attribution", "licence"})
        self.fingerprint = hashlib.sha256((settings + heard.fingerprint).encode()).hexdigest()
        self.optimizer = torch.optim.Adam(network.parameters(), job.learning_rate)
        self.seconds: dict[str, float] = {}

    def events(self) -> Iterator[RunEvent]:
        plan = StagePlan("audio2vec", "Predict slices", self.job.epochs, self.batches.steps)
        start = load_checkpoint(self.folder, self.fingerprint)
        resumed_from, begun_with = resumption(start)
        yield RunStarted("audio2vec", (plan,), (), (), (), resumed_from, begun_with=begun_with)
        yield StageStarted(0, plan)
        if start:
            restore(start, self.network, self.optimizer)
            self.seconds.update(start.seconds)
        for epoch in range(start.epoch if start else 0, self.job.epochs):
            yield from self._epoch(epoch, plan)

    def _epoch(self, epoch: int, plan: StagePlan) -> Iterator[RunEvent]:
        began = time.monotonic()
        self.network.train()
        total, seen = 0.0, 0
        drawn = self.batches.epoch(self.job.seed, "windows", epoch)
        for step, windows in enumerate(drawn, start=epoch * plan.steps_per_epoch + 1):
            self.token.check()
            steps = self.job.epochs * plan.steps_per_epoch
            rate = self.job.learning_rate * cosine((step - 1) / steps)
            loss = self._step(windows, rate)
            total, seen = total + loss * len(windows), seen + len(windows)
            yield StepLogged(0, step, steps, loss, None, rate, {})
        found = self.measure()
        spent = time.monotonic() - began
        self.seconds[plan.name] = self.seconds.get(plan.name, 0.0) + spent
        yield EpochFinished(
            0, epoch + 1, plan.epochs, total / seen, None, found.error, None, found.windows, spent
        )
        position = (0, epoch + 1)
        snapshot = capture(self.fingerprint, position, self.network, self.optimizer, self.seconds)
        yield CheckpointSaved(save_checkpoint(snapshot, self.folder), *position)

    def _step(self, windows: Windows, rate: float) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss = F.mse_loss(*self.network(windows))
        value = float(loss.detach())
        if not math.isfinite(value):
            raise WorkbenchError(
                f"The loss became {value:g}.",
                data="The checkpoint of the last whole epoch is kept.",
                hint="Lower the learning rate.",
            )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return value

    @torch.no_grad()
    def measure(self) -> SliceError:
        """Errors on held-out recordings."""
        self.network.eval()
        error, of_mean, values, windows = 0.0, 0.0, 0, 0
        for turn in range(HELD_OUT_PASSES):
            for drawn in self.held_out.epoch("held out", turn):
                predicted, wanted = self.network(drawn)
                error += float(F.mse_loss(predicted, wanted, reduction="sum"))
                of_mean += float(wanted.square().sum())
                values, windows = values + wanted.numel(), windows + len(wanted)
        return SliceError(error / values, of_mean / values, windows)


def _recipe(job: Audio2VecJob, heard: Collected, found: SliceError) -> str:
    return (
        f"Audio2Vec (CBoW) on {heard.seconds / 60:.0f} minutes of sound without labels, {job.epochs} epochs, batch "
        f"{job.batch_size}, Adam at {job.learning_rate:g} with cosine to 0; seed {job.seed}. Slices of 0.32 s, two "
        "neighbours on each side, one in recordings of less than 1.7 s. Hidden slices of recordings held out are "
        f"predicted with a mean squared error of {found.error:.3f} against {found.of_mean:.3f} for each band's mean, "
        f"in variances of the band, over {found.windows} windows"
    )
