"""Imports torchaudio beside a CPU-only torch.

torchaudio's Linux wheel loads a CUDA library while it is imported, and fails without one, although its transforms
are plain Python. A stand-in for the module that loads the library keeps that from happening.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from types import ModuleType

_EXTENSION = "torchaudio._extension"


def _stand_in() -> ModuleType:
    module = ModuleType(_EXTENSION)
    module._IS_TORCHAUDIO_EXT_AVAILABLE = False  # type: ignore[attr-defined]
    module._IS_RIR_AVAILABLE = False  # type: ignore[attr-defined]
    module._IS_ALIGN_AVAILABLE = False  # type: ignore[attr-defined]
    module.fail_if_no_align = lambda function: function  # type: ignore[attr-defined]
    module.fail_if_no_rir = lambda function: function  # type: ignore[attr-defined]
    return module


def load(name: str) -> ModuleType:
    """Import ``torchaudio.<name>``; only its pure-Python parts may be used."""
    if "torchaudio" not in sys.modules:
        sys.modules.setdefault(_EXTENSION, _stand_in())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(f"torchaudio.{name}")
