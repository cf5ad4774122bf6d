"""Reading and writing audio files: any rate and channel count in, mono float32 out, always bounded."""

from __future__ import annotations

import io
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
from scipy.signal import resample_poly

from workbench.atomic import replacing
from workbench.errors import WorkbenchError

Samples = npt.NDArray[np.float32]
MAX_READ_S = 30 * 60.0
MAX_CHANNELS = 32
AUDIO_SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".opus", ".mp3"})


@dataclass(frozen=True)
class AudioInfo:
    """What the header of a file says."""

    rate_hz: int
    channels: int
    duration_s: float


def probe(path: Path) -> AudioInfo:
    """Read the header only.

    Raises:
        WorkbenchError: when the file is missing, empty or no readable audio.
    """
    try:
        info = soundfile.info(str(path))
    except (soundfile.LibsndfileError, OSError) as error:
        raise unreadable(path, str(error)) from error
    return AudioInfo(info.samplerate, info.channels, info.frames / info.samplerate)


def read_audio(
    path: Path,
    rate_hz: int = 16000,
    start_s: float = 0.0,
    duration_s: float | None = None,
    limit_s: float = MAX_READ_S,
) -> Samples:
    """Decode a part of a file to mono at ``rate_hz``.

    Args:
        path: wav, flac, ogg (Vorbis or Opus) or mp3.
        rate_hz: Rate of the result.
        start_s: Where to begin, in seconds.
        duration_s: How much to read, in seconds; None reads to the end.
        limit_s: Longest part that is decoded, in seconds.

    Returns:
        Samples (sample,) in about [-1, 1].

    Raises:
        WorkbenchError: when the file cannot be read, or the part is longer than ``limit_s``.
    """
    info = probe(path)
    wanted_s = info.duration_s - start_s if duration_s is None else duration_s
    if wanted_s > limit_s or info.channels > MAX_CHANNELS:
        raise WorkbenchError(
            f"{path.name} is too large to read at once: {wanted_s:.0f} s, {info.channels} channels.",
            hint=f"Cut it into parts of at most {limit_s:.0f} s.",
        )
    try:
        frames, native_hz = soundfile.read(
            str(path),
            frames=-1 if duration_s is None else round(duration_s * info.rate_hz),
            start=min(round(start_s * info.rate_hz), round(info.duration_s * info.rate_hz)),
            dtype="float32",
            always_2d=True,
        )
    except (soundfile.LibsndfileError, OSError) as error:
        raise unreadable(path, str(error)) from error
    if not np.isfinite(frames).all():
        raise unreadable(path, "it contains values that are not numbers")
    return resample(frames.mean(axis=1), native_hz, rate_hz)


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """Band-limited polyphase resampling of (sample,); the length scales with the rates."""
    if from_hz == to_hz:
        return np.ascontiguousarray(samples, dtype=np.float32)
    common = gcd(from_hz, to_hz)
    return np.asarray(resample_poly(samples, to_hz // common, from_hz // common), dtype=np.float32)


def fit_length(samples: Samples, length: int) -> Samples:
    """Cut or zero-pad (sample,) on the right to exactly ``length``."""
    if len(samples) >= length:
        return samples[:length]
    return np.pad(samples, (0, length - len(samples)))


def write_wave(path: Path, samples: Samples, rate_hz: int) -> None:
    """Write 16-bit mono PCM under a temporary name, flush it to disk, then rename.

    Raises:
        WorkbenchError: when the folder cannot be written or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            soundfile.write(file, np.clip(samples, -1, 1), rate_hz, subtype="PCM_16", format="WAV")
    except (OSError, soundfile.LibsndfileError) as error:
        raise WorkbenchError(
            f"{path.name} could not be written: {error}.",
            data="The recording was not saved; everything saved before is intact.",
            hint="Free some disk space or choose a folder that you may write to.",
        ) from error


def encode_wave(samples: Samples, rate_hz: int, comment: str) -> bytes:
    """A file of 16-bit mono PCM; the same samples and comment give the same bytes."""
    content = io.BytesIO()
    with soundfile.SoundFile(content, "w", rate_hz, 1, subtype="PCM_16", format="WAV") as file:
        file.comment = comment
        file.write(np.clip(samples, -1, 1))
    return content.getvalue()


def read_comment(path: Path) -> str:
    """What a file says of itself; empty where it says nothing or is no readable audio."""
    try:
        with soundfile.SoundFile(str(path)) as file:
            return str(file.comment)
    except soundfile.LibsndfileError:
        return ""


def unreadable(path: Path, reason: str) -> WorkbenchError:
    """The error of a file that is no audio, or is damaged."""
    return WorkbenchError(
        f"{path.name} cannot be read as audio ({reason.strip().rstrip('.')}).",
        data="The file was left as it is.",
        hint="Use a wav, flac, ogg or mp3 file that plays elsewhere.",
    )
