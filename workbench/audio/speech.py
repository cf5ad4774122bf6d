"""Speech synthesis with eSpeak NG: the installed program, or the library in a Python package."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile
from numpy.typing import NDArray

from workbench.audio.espeak_library import EspeakLibrary, find_library
from workbench.errors import WorkbenchError

PROGRAM = "espeak-ng"
SPEED_RANGE = (80, 450)
PITCH_RANGE = (0, 99)
TIMEOUT_S = 60
FALLBACK_RATE_HZ = 22050


class Synthesizer(Protocol):
    """One way to reach eSpeak NG."""

    @property
    def description(self) -> str:
        """Name and version, for the record of how a sound was made."""
        ...

    @property
    def data_dir(self) -> Path:
        """Folder with the voices."""
        ...

    def speak(
        self, text: str, voice: str, speed: int, pitch: int
    ) -> tuple[NDArray[np.float32], int]:
        """Samples in [-1, 1] and their rate in Hz; ``ValueError`` when the language is unknown."""
        ...


class EspeakProgram:
    """The ``espeak-ng`` program on the path."""

    def __init__(self, program: str) -> None:
        self._program = program
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        version, _, data = told.stdout.strip().partition("  Data at: ")
        self.description = version
        self.data_dir = Path(data)

    def speak(
        self, text: str, voice: str, speed: int, pitch: int
    ) -> tuple[NDArray[np.float32], int]:
        # A file, not standard output: a stream's header cannot tell its own length.
        descriptor, name = tempfile.mkstemp(suffix=".wav")
        os.close(descriptor)
        try:
            options = ["-v", voice, "-s", str(speed), "-p", str(pitch), "-w", name]
            done = subprocess.run(
                [self._program, "-b", "1", "--stdin", *options],
                input=text.encode(),
                capture_output=True,
                timeout=TIMEOUT_S,
                check=False,
            )
            if done.returncode != 0:
                raise ValueError(done.stderr.decode(errors="replace").strip())
            if Path(name).stat().st_size == 0:  # what the program writes for an empty text
                return np.zeros(0, np.float32), FALLBACK_RATE_HZ
            samples, rate_hz = soundfile.read(name, dtype="float32")
        finally:
            Path(name).unlink(missing_ok=True)
        return samples, int(rate_hz)


@functools.cache
def find_synthesizer() -> Synthesizer | None:
    """The program when it is installed, else the library of the ``speech`` extra, else None."""
    program = shutil.which(PROGRAM)
    if program is not None:
        return EspeakProgram(program)
    library = find_library()
    return None if library is None else EspeakLibrary(*library)


def require_synthesizer() -> Synthesizer:
    """Like ``find_synthesizer``.

    Raises:
        WorkbenchError: when eSpeak NG is not there.
    """
    synthesizer = find_synthesizer()
    if synthesizer is None:
        raise WorkbenchError(
            "Speech cannot be synthesized, because eSpeak NG is not installed.",
            hint="Install the espeak-ng program or the Python package espeakng-loader.",
        )
    return synthesizer


def voice_variants() -> tuple[str, ...]:
    """Names that may follow ``+`` in a voice: speakers of different age, sex and timbre.

    Raises:
        WorkbenchError: when eSpeak NG is not there.
    """
    folder = require_synthesizer().data_dir / "voices" / "!v"
    return tuple(sorted(path.name for path in folder.iterdir() if path.is_file()))


def synthesize(
    text: str, voice: str, speed: int = 175, pitch: int = 50
) -> tuple[NDArray[np.float32], int]:
    """Speak a text.

    Args:
        text: Words to speak, in the voice's language.
        voice: Language, optionally with a variant: ``es`` or ``es-419+f3``.
        speed: Words per minute, 80 to 450.
        pitch: 0 (low) to 99 (high).

    Returns:
        Samples ``(sample,)`` in [-1, 1] and their rate in Hz.

    Raises:
        WorkbenchError: when eSpeak NG is missing, the voice is unknown, a number is out of range,
            or nothing was spoken.
    """
    _check_range("speed", speed, SPEED_RANGE)
    _check_range("pitch", pitch, PITCH_RANGE)
    synthesizer = require_synthesizer()
    _check_voice(voice)
    try:
        samples, rate_hz = synthesizer.speak(text, voice, speed, pitch)
    except ValueError as error:
        raise WorkbenchError(
            f"The voice {voice!r} is not known to eSpeak NG.",
            hint="Name a language such as es or en-us, optionally with a variant such as +f3.",
        ) from error
    if not np.any(samples):
        raise WorkbenchError(
            f"Nothing was spoken for the text {text!r}.",
            hint="Write at least one word in the language of the voice.",
        )
    return samples, rate_hz


def _check_range(name: str, value: int, allowed: tuple[int, int]) -> None:
    low, high = allowed
    if not low <= value <= high:
        raise WorkbenchError(
            f"The {name} {value} is out of range.", hint=f"Choose from {low} to {high}."
        )


def _check_voice(voice: str) -> None:
    """Refuse what eSpeak NG would silently replace by its default voice."""
    match = re.fullmatch(r"[A-Za-z]{2,4}(-[A-Za-z0-9]+)*(\+(?P<variant>[\w ,-]+))?", voice)
    variant = match["variant"] if match else None
    if match is None or (variant is not None and variant not in voice_variants()):
        raise WorkbenchError(
            f"The voice {voice!r} is not known to eSpeak NG.",
            hint="Name a language such as es or en-us, optionally with a variant such as +f3.",
        )
