"""Any rate, channel count and format in; mono 16 kHz out; bounded and with plain errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from workbench.audio.files import fit_length, probe, read_audio, write_wave
from workbench.errors import WorkbenchError


def sine(rate_hz: int, seconds: float = 1.0, frequency_hz: float = 440.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * frequency_hz * np.arange(int(rate_hz * seconds)) / rate_hz)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize("rate_hz", [16000, 44100, 48000])
def test_formats_and_rates_become_mono_16_khz(tmp_path: Path, suffix: str, rate_hz: int) -> None:
    path = tmp_path / f"tone.{suffix}"
    stereo = np.stack([sine(rate_hz), sine(rate_hz)], axis=1)
    soundfile.write(path, stereo, rate_hz)
    assert probe(path).channels == 2
    samples = read_audio(path)
    assert samples.dtype == np.float32
    assert abs(len(samples) - 16000) <= 1200  # mp3 pads to whole frames
    middle = samples[4000:12000]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert np.argmax(spectrum) * 16000 / len(middle) == pytest.approx(440, abs=3)
    assert np.abs(middle).max() == pytest.approx(0.5, abs=0.05)


def test_reads_a_part(tmp_path: Path) -> None:
    path = tmp_path / "ramp.wav"
    soundfile.write(path, np.linspace(0, 0.9, 32000), 16000)
    part = read_audio(path, start_s=1.0, duration_s=0.5)
    assert len(part) == 8000
    assert part[0] == pytest.approx(0.45, abs=1e-3)


def test_refuses_what_is_too_long_without_decoding(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, np.zeros(16000 * 5), 16000)
    with pytest.raises(WorkbenchError, match="too large"):
        read_audio(path, limit_s=2.0)


@pytest.mark.parametrize("content", [b"", b"RIFF....WAVEfmt broken", b"\x00" * 5000])
def test_corrupt_files_are_plain_errors(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.wav"
    path.write_bytes(content)
    with pytest.raises(WorkbenchError, match="cannot be read as audio"):
        read_audio(path)


def test_values_that_are_not_numbers_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "nan.wav"
    soundfile.write(path, np.array([0.0, np.nan, 0.1]), 16000, subtype="FLOAT")
    with pytest.raises(WorkbenchError, match="not numbers"):
        read_audio(path)


def test_write_then_read(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "take.wav"
    samples = sine(16000).astype(np.float32)
    write_wave(path, samples, 16000)
    assert np.abs(read_audio(path) - samples).max() < 1e-4
    assert [p.name for p in path.parent.iterdir()] == ["take.wav"]


def test_fit_length_cuts_or_pads_on_the_right() -> None:
    ramp = np.arange(5, dtype=np.float32)
    assert fit_length(ramp, 3).tolist() == [0, 1, 2]
    assert fit_length(ramp, 7).tolist() == [0, 1, 2, 3, 4, 0, 0]
