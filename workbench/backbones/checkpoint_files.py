"""Reading foreign checkpoint files: tensors only, never a program."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from workbench.errors import WorkbenchError

SUFFIXES = (".pt", ".pth", ".th", ".ckpt", ".bin", ".tar", ".safetensors")
_WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "network")
_WANTED_GLOBAL = re.compile(r"GLOBAL ([\w.]+)")
# What the restricted unpickler and the archive reader raise for damaged or foreign content.
_BROKEN = (
    pickle.UnpicklingError,
    RuntimeError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a checkpoint, out of the usual wrapping, as 32-bit floats where they are floats.

    Args:
        path: ``.safetensors``, or anything that ``torch.save`` wrote.

    Raises:
        WorkbenchError: for a missing or damaged file, and for a pickle that needs more than plain weights.
    """
    content = _unwrapped(_read(path))
    tensors = {str(key): value for key, value in content.items() if isinstance(value, Tensor)}
    if not tensors:
        raise WorkbenchError(
            f"{path.name} holds no weights.",
            data="Nothing was loaded.",
            hint="Choose a file with a state dict, such as torch.save(model.state_dict(), file).",
        )
    return {
        key: tensor.float() if tensor.is_floating_point() else tensor
        for key, tensor in tensors.items()
    }


def _read(path: Path) -> object:
    try:
        if path.suffix.lower() == ".safetensors":
            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise WorkbenchError(
            f"{path} cannot be read: {error.strerror or error}.",
            data="Nothing was loaded.",
            hint="Check the name of the file and that you may read it.",
        ) from error
    except SafetensorError as error:
        raise _damaged(path) from error
    except _BROKEN as error:
        wanted = _WANTED_GLOBAL.search(str(error))
        raise (_program(path, wanted[1]) if wanted else _damaged(path)) from error


def _unwrapped(content: object) -> Mapping[object, object]:
    """Follow ``{"state_dict": {...}}`` and its kin to the dictionary of tensors."""
    while isinstance(content, Mapping):
        inner = next((content[k] for k in _WRAPPERS if isinstance(content.get(k), Mapping)), None)
        if inner is None:
            return content
        content = inner
    return {}


def _damaged(path: Path) -> WorkbenchError:
    return WorkbenchError(
        f"{path.name} is damaged or not a checkpoint.",
        data="Nothing was loaded.",
        hint="Download or copy the file again; .pt, .pth, .th and .safetensors files are understood.",
    )


def _program(path: Path, wanted: str) -> WorkbenchError:
    return WorkbenchError(
        f"{path.name} is refused: it is a program, not only weights. Opening it would run "
        f"{wanted}, which could do anything on this computer.",
        data="Nothing was run and nothing was loaded.",
        hint="Ask its author for the weights alone: a state dict or a .safetensors file.",
    )
