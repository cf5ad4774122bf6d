"""Long recordings block by block: of any length, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from workbench.audio.files import MAX_CHANNELS, Samples, unreadable
from workbench.audio.resample import StreamResampler

BLOCK_S = 10.0


def read_blocks(path: Path, rate_hz: int) -> Iterator[Samples]:
    """Decode a file to mono at ``rate_hz``, some ten seconds (sample,) at a time.

    Joined, the blocks are what ``read_audio`` gives of the whole file.

    Raises:
        WorkbenchError: when the file cannot be read.
    """
    try:
        with soundfile.SoundFile(str(path)) as file:
            if file.channels > MAX_CHANNELS:
                raise unreadable(path, f"it has {file.channels} channels")
            resampler = StreamResampler(file.samplerate, rate_hz)
            size = round(BLOCK_S * file.samplerate)
            for frames in file.blocks(size, dtype="float32", always_2d=True):
                if not np.isfinite(frames).all():
                    raise unreadable(path, "it contains values that are not numbers")
                yield resampler.push(frames.mean(axis=1))
            yield resampler.flush()
    except (soundfile.LibsndfileError, OSError) as error:
        raise unreadable(path, str(error)) from error
