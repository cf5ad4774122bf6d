"""Synthesized speech against what an ear would notice: pitch, tempo, and clear refusals."""

from collections.abc import Iterator

import numpy as np
import pytest

from workbench.audio import speech
from workbench.audio.espeak_library import EspeakLibrary, find_library
from workbench.audio.noise import Waveform
from workbench.audio.speech import find_synthesizer, synthesize, voice_variants
from workbench.errors import WorkbenchError

SENTENCE = "buenos días, enciende la luz de la cocina"


@pytest.fixture(autouse=True)
def fresh_search() -> Iterator[None]:
    find_synthesizer.cache_clear()
    yield
    find_synthesizer.cache_clear()


@pytest.fixture(params=["program", "library"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to eSpeak NG; the set-up of the tests installs both."""
    if request.param == "library":
        monkeypatch.setattr(speech.shutil, "which", lambda _program: None)
    return str(request.param)


def fundamental_hz(samples: Waveform, rate_hz: int) -> float:
    """Median over loud frames of the strongest autocorrelation lag between 60 and 400 Hz."""
    length = rate_hz // 20
    frames = samples[: samples.size // length * length].reshape(-1, length)
    loud = frames[np.square(frames).mean(1) > 0.3 * np.square(frames).mean(1).max()]
    shortest, longest = rate_hz // 400, rate_hz // 60
    found = []
    for frame in loud:
        full = np.correlate(frame, frame, "full")[length - 1 :]
        found.append(rate_hz / (shortest + np.argmax(full[shortest:longest])))
    return float(np.median(found))


@pytest.mark.usefixtures("engine")
def test_speech_is_sane_sound() -> None:
    samples, rate_hz = synthesize(SENTENCE, "es")
    assert rate_hz >= 16000
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert 1.5 < samples.size / rate_hz < 6
    assert 0.05 < np.abs(samples).max() <= 1


@pytest.mark.usefixtures("engine")
def test_speed_shortens_and_pitch_raises() -> None:
    slow, _ = synthesize(SENTENCE, "es", speed=120)
    fast, _ = synthesize(SENTENCE, "es", speed=240)
    low, rate_hz = synthesize(SENTENCE, "es", pitch=20)
    high, _ = synthesize(SENTENCE, "es", pitch=80)
    assert fast.size < 0.7 * slow.size
    assert fundamental_hz(high, rate_hz) > 1.2 * fundamental_hz(low, rate_hz)


@pytest.mark.usefixtures("engine")
def test_variants_are_different_speakers() -> None:
    assert {"f1", "f4", "m1", "m7"} <= set(voice_variants())
    woman, rate_hz = synthesize(SENTENCE, "es+f4")
    man, _ = synthesize(SENTENCE, "es+m7")
    assert fundamental_hz(woman, rate_hz) > 1.2 * fundamental_hz(man, rate_hz)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("voice", ["zz", "es+nobody", "es/../fr", "-w", ""])
def test_unknown_voice_is_refused(voice: str) -> None:
    with pytest.raises(WorkbenchError, match="is not known"):
        synthesize("hola", voice)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing_to_say_is_refused(text: str) -> None:
    with pytest.raises(WorkbenchError, match="Nothing was spoken"):
        synthesize(text, "es")


@pytest.mark.parametrize(("speed", "pitch"), [(79, 50), (451, 50), (175, -1), (175, 100)])
def test_numbers_out_of_range_are_refused(speed: int, pitch: int) -> None:
    with pytest.raises(WorkbenchError, match="out of range"):
        synthesize("hola", "es", speed=speed, pitch=pitch)


def test_program_repeats_itself_exactly() -> None:
    first, _ = synthesize(SENTENCE, "es-419+f2", speed=150, pitch=40)
    second, _ = synthesize(SENTENCE, "es-419+f2", speed=150, pitch=40)
    assert np.array_equal(first, second)


def test_text_that_looks_like_an_option_is_spoken() -> None:
    samples, _ = synthesize("-h hola", "es")
    assert np.any(samples)


def test_missing_engine_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech.shutil, "which", lambda _program: None)
    monkeypatch.setattr(speech, "find_library", lambda: None)
    with pytest.raises(WorkbenchError, match="eSpeak NG is not installed") as caught:
        synthesize("hola", "es")
    assert "espeak-ng" in caught.value.hint


def test_library_names_itself() -> None:
    found = find_library()
    assert found is not None
    assert "eSpeak NG" in EspeakLibrary(*found).description
