"""Unlabelled recordings as log-mel frames, and windows of neighbouring slices drawn from them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from workbench.audio.files import AUDIO_SUFFIXES, Samples, probe, read_audio
from workbench.audio.frontend import FrontendConfig, build_frontend
from workbench.backbones.audio_encoder import SHORTEST_FRAMES
from workbench.cancel import CancelToken
from workbench.data.manifest import Problem
from workbench.data.speakers import speaker_from_name
from workbench.errors import WorkbenchError
from workbench.training.batches import derive_seed

SLICE_FRAMES: int = SHORTEST_FRAMES
"""All slices are equally long, so that one batch holds all kinds of recordings and its norms see them together."""

PIECE_S = 60.0
HELD_OUT_OF = 20
Frames = npt.NDArray[np.float16]


@dataclass(frozen=True)
class Layout:
    """A window: one slice to predict between neighbours, which do not touch.

    Attributes:
        sides: Neighbours on each side.
        gap: Frames left out between two slices.
    """

    sides: int
    gap: int

    @property
    def slices(self) -> int:
        return 2 * self.sides + 1

    @property
    def span(self) -> int:
        """Frames from the first slice to the last, both included."""
        return self.slices * SLICE_FRAMES + (self.slices - 1) * self.gap

    def cut(self, window: Frames) -> tuple[Frames, list[Frames]]:
        """The slice in the middle, and its neighbours in order; each (SLICE_FRAMES, mel)."""
        pitch = SLICE_FRAMES + self.gap
        slices = [window[i * pitch : i * pitch + SLICE_FRAMES] for i in range(self.slices)]
        middle = slices.pop(self.sides)
        return middle, slices

    @property
    def places(self) -> range:
        """Where its neighbours stand among those of the widest window."""
        first = LAYOUTS[0].sides - self.sides
        return range(first, first + 2 * self.sides)


LAYOUTS = (Layout(2, 2), Layout(1, 1))
"""Five slices, which need 1.7 s, and three, which fit one second. A recording takes the first that fits it."""

CONTEXT = 2 * LAYOUTS[0].sides
"""Places for neighbours."""


def layout_for(frames: int) -> Layout | None:
    """Layout of a recording; None for one too short for any."""
    return next((layout for layout in LAYOUTS if layout.span <= frames), None)


@dataclass(frozen=True)
class Recording:
    """Attributes: log-mel frames (frame, mel) in 16 bits, and the layout of its windows."""

    frames: Frames
    layout: Layout

    @property
    def windows(self) -> int:
        """How many it holds without overlap."""
        return len(self.frames) // self.layout.span


@dataclass(frozen=True)
class Collected:
    """What folders of audio hold.

    Attributes:
        train, held_out: Recordings; a speaker or source whose name tells it is in one of them only.
        seconds: Of sound in all of them.
        short: Recordings that are shorter than any window.
        problems: Files that cannot be read.
        fingerprint: Changes with any file's name, size or place in the order.
    """

    train: tuple[Recording, ...]
    held_out: tuple[Recording, ...]
    seconds: float
    short: int
    problems: tuple[Problem, ...]
    fingerprint: str


def audio_files(sources: Sequence[Path]) -> tuple[Path, ...]:
    """All audio files in folders, and files named themselves, in a stable order.

    Raises:
        WorkbenchError: for a source that is not there, or when there is no audio file in any.
    """
    found: list[Path] = []
    for source in sources:
        if not source.exists():
            raise WorkbenchError(f"{source} is not there.", hint="Name a folder with recordings.")
        inside = sorted(source.rglob("*")) if source.is_dir() else [source]
        found += [p for p in inside if p.suffix.lower() in AUDIO_SUFFIXES and p.is_file()]
    if not found:
        raise WorkbenchError(
            f"There is no audio file in {', '.join(map(str, sources))}.",
            hint=f"Recordings end in {', '.join(sorted(AUDIO_SUFFIXES))}.",
        )
    return tuple(dict.fromkeys(found))


def collect(sources: Sequence[Path], frontend: FrontendConfig, token: CancelToken) -> Collected:
    """Decode everything once; labels and folder names are not looked at.

    Raises:
        WorkbenchError: when nothing is long enough to train on.
    """
    transform = build_frontend(frontend)
    parts: dict[bool, list[Recording]] = {True: [], False: []}
    problems: list[Problem] = []
    samples_heard, short = 0, 0
    identity = hashlib.sha256()
    for path in audio_files(sources):
        token.check()
        identity.update(f"{path.name}/{path.stat().st_size}/".encode())
        try:
            pieces = list(_pieces(path, frontend.rate_hz))
        except WorkbenchError as error:
            problems.append(Problem(path, error.message))
            continue
        for samples in pieces:
            layout = layout_for(frontend.frames(len(samples)))
            if layout is None:
                short += 1
                continue
            samples_heard += len(samples)
            recording = Recording(_frames(samples, transform), layout)
            parts[is_held_out(path)].append(recording)
    if not (parts[True] and parts[False]):
        # All on one side of the hash, as few recordings or those of one speaker may be: the last one measures.
        every = parts[True] or parts[False]
        parts[True], parts[False] = every[-1:], every[:-1]
    if not parts[False]:
        raise WorkbenchError(
            "There are not two recordings that are long enough to train on.",
            hint="A recording needs about one second; more and longer ones teach more.",
        )
    seconds = samples_heard / frontend.rate_hz
    train, held_out = tuple(parts[False]), tuple(parts[True])
    return Collected(train, held_out, seconds, short, tuple(problems), identity.hexdigest())


def is_held_out(path: Path) -> bool:
    """Whether a recording is for measuring: one speaker or source in twenty, by a hash of its name."""
    speaker = speaker_from_name(path, path.parent.name)
    source = speaker or path.stem.rpartition("-")[0] or f"{path.parent.name}/{path.stem}"
    return int.from_bytes(hashlib.sha256(source.encode()).digest()[:4], "big") % HELD_OUT_OF == 0


def _pieces(path: Path, rate_hz: int) -> Iterator[Samples]:
    """A file in parts of at most a minute, without the digital silence that fills up some collections' clips."""
    length_s = probe(path).duration_s
    for start in range(0, max(1, int(np.ceil(length_s / PIECE_S)))):
        wanted_s = min(PIECE_S, length_s - start * PIECE_S)
        yield np.trim_zeros(read_audio(path, rate_hz, start * PIECE_S, wanted_s), "b")


@torch.no_grad()
def _frames(samples: Samples, transform: torch.nn.Module) -> Frames:
    frames = transform(torch.from_numpy(samples)[None])[0, 0]
    return frames.numpy().astype(np.float16)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Windows:
    """A batch of windows.

    Attributes:
        middle: Slices to predict (window, frame, mel).
        around: Their neighbours (slice, frame, mel), window after window.
        places: Of each neighbour: window times ``CONTEXT`` plus its place there, (slice,).
    """

    middle: Tensor
    around: Tensor
    places: Tensor

    def __len__(self) -> int:
        return len(self.middle)


class WindowBatches:
    """Batches of windows; where in its recording a window begins is drawn anew each epoch.

    Args:
        recordings: To draw from.
        batch_size: Windows a step.
    """

    def __init__(self, recordings: Sequence[Recording], batch_size: int) -> None:
        self._recordings = tuple(recordings)
        self._batch_size = batch_size
        counts = [recording.windows for recording in recordings]
        self._rows = np.repeat(np.arange(len(recordings)), counts)

    @property
    def steps(self) -> int:
        """In an epoch."""
        return -(-len(self._rows) // self._batch_size)

    def epoch(self, *seed_parts: object) -> Iterator[Windows]:
        """All batches in random order; what is drawn follows from the seed alone."""
        generator = np.random.default_rng(derive_seed(*seed_parts))
        order = generator.permutation(self._rows)
        for start in range(0, len(order), self._batch_size):
            yield self._batch(order[start : start + self._batch_size], generator)

    def _batch(self, rows: npt.NDArray[np.int64], generator: np.random.Generator) -> Windows:
        middles: list[Frames] = []
        neighbours: list[Frames] = []
        places: list[int] = []
        for window, row in enumerate(rows):
            recording = self._recordings[row]
            layout = recording.layout
            start = generator.integers(len(recording.frames) - layout.span + 1)
            middle, around = layout.cut(recording.frames[start : start + layout.span])
            middles.append(middle)
            neighbours += around
            places += [window * CONTEXT + place for place in layout.places]
        return Windows(_stacked(middles), _stacked(neighbours), torch.tensor(places))


def _stacked(slices: Sequence[Frames]) -> Tensor:
    return torch.from_numpy(np.stack(slices).astype(np.float32))


def moments(recordings: Sequence[Recording]) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each mel band (mel,) over all frames."""
    count, total, squares = 0, 0.0, 0.0
    for recording in recordings:
        frames = recording.frames.astype(np.float64)
        count, total = count + len(frames), total + frames.sum(axis=0)
        squares = squares + np.square(frames).sum(axis=0)
    mean = np.asarray(total) / count
    deviation = np.sqrt(np.maximum(np.asarray(squares) / count - np.square(mean), 1e-6))
    return torch.from_numpy(mean).float(), torch.from_numpy(deviation).float()
