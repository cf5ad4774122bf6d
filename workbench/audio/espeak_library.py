"""eSpeak NG called as a shared library, as the package ``espeakng-loader`` ships it."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Constants of espeak-ng's speak_lib.h.
_OUTPUT_SYNCHRONOUS = 2
_DO_NOT_EXIT = 0x8000
_POSITION_CHARACTER = 1
_TEXT_UTF8 = 1
_SUCCESS = 0
_PARAMETER_SPEED = 1
_PARAMETER_PITCH = 3

_SampleCallback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def find_library() -> tuple[Path, Path] | None:
    """Shared library and its data folder; None without the package."""
    if importlib.util.find_spec("espeakng_loader") is None:
        return None
    loader = importlib.import_module("espeakng_loader")
    return Path(loader.get_library_path()), Path(loader.get_data_path())


class EspeakLibrary:
    """One eSpeak NG per process, guarded by a lock because the library keeps global state."""

    def __init__(self, library: Path, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._lock = threading.Lock()
        self._library = ctypes.CDLL(str(library))
        self._rate_hz = self._library.espeak_Initialize(
            _OUTPUT_SYNCHRONOUS, 0, str(data_dir).encode(), _DO_NOT_EXIT
        )
        if self._rate_hz <= 0:
            raise OSError(f"eSpeak NG could not read its data in {data_dir}")
        self._blocks: list[NDArray[np.int16]] = []
        # Kept as an attribute: the library holds a bare pointer to it.
        self._callback = _SampleCallback(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)

    @property
    def description(self) -> str:
        self._library.espeak_Info.restype = ctypes.c_char_p
        version: bytes = self._library.espeak_Info(None)
        return f"eSpeak NG text-to-speech: {version.decode()}"

    def speak(
        self, text: str, voice: str, speed: int, pitch: int
    ) -> tuple[NDArray[np.float32], int]:
        encoded = text.encode()
        with self._lock:
            self._blocks.clear()
            if self._library.espeak_SetVoiceByName(voice.encode()) != _SUCCESS:
                raise ValueError(f"unknown voice {voice}")
            self._library.espeak_SetParameter(_PARAMETER_SPEED, speed, 0)
            self._library.espeak_SetParameter(_PARAMETER_PITCH, pitch, 0)
            self._library.espeak_Synth(
                encoded, len(encoded) + 1, 0, _POSITION_CHARACTER, 0, _TEXT_UTF8, None, None
            )
            self._library.espeak_Synchronize()
            joined = np.concatenate([np.zeros(0, np.int16), *self._blocks])
        return joined.astype(np.float32) / np.float32(32768), int(self._rate_hz)

    def _collect(self, samples: Any, count: int, _events: object) -> int:
        if samples and count > 0:
            self._blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0
