"""A recording in blocks is the recording as a whole, however long it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from workbench.audio.blocks import BLOCK_S, read_blocks
from workbench.audio.files import MAX_CHANNELS, MAX_READ_S, read_audio
from workbench.errors import WorkbenchError


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100, 48000])
def test_joined_blocks_are_the_whole_recording(tmp_path: Path, rate_hz: int) -> None:
    path = tmp_path / "room.wav"
    noise = np.random.default_rng(2).uniform(-0.5, 0.5, (round(2.3 * BLOCK_S * rate_hz), 2))
    soundfile.write(path, noise, rate_hz)
    blocks = list(read_blocks(path, 16000))
    assert len(blocks) == 4
    np.testing.assert_allclose(np.concatenate(blocks), read_audio(path), atol=1e-5)


def test_a_recording_that_is_too_long_to_be_read_at_once_is_read_in_blocks(tmp_path: Path) -> None:
    path = tmp_path / "night.flac"
    soundfile.write(path, np.zeros(round((MAX_READ_S + 5) * 8000), np.float32), 8000)
    with pytest.raises(WorkbenchError, match="too large"):
        read_audio(path, 8000)
    sizes = [len(block) for block in read_blocks(path, 8000)]
    assert sum(sizes) == round((MAX_READ_S + 5) * 8000)
    assert max(sizes) <= BLOCK_S * 8000


def test_what_is_no_audio_is_a_plain_error(tmp_path: Path) -> None:
    path = tmp_path / "broken.wav"
    path.write_bytes(b"RIFF....WAVEfmt broken")
    with pytest.raises(WorkbenchError, match="cannot be read as audio"):
        list(read_blocks(path, 16000))
    with pytest.raises(WorkbenchError, match="cannot be read as audio"):
        list(read_blocks(tmp_path / "absent.wav", 16000))


def test_values_that_are_not_numbers_and_many_channels_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.wav"
    soundfile.write(path, np.array([0.0, np.nan, 0.1]), 16000, subtype="FLOAT")
    with pytest.raises(WorkbenchError, match="not numbers"):
        list(read_blocks(path, 16000))
    soundfile.write(path, np.zeros((4, MAX_CHANNELS + 1)), 16000)
    with pytest.raises(WorkbenchError, match="33 channels"):
        list(read_blocks(path, 16000))
