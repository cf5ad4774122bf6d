"""A cascade as a file: which patches are asked, in which order, and how sure each must be."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.atomic import write_bytes
from workbench.backbones.registry import file_sha256
from workbench.errors import WorkbenchError

SUFFIX = ".cascade.json"


class KeptStage(BaseModel):
    """A patch, and the confidence from which on it answers.

    Attributes:
        patch: File, seen from the folder of the cascade's own.
        patch_sha256: Of that file.
        threshold: Highest class probability; 0 for the last stage, which always answers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    patch: str
    patch_sha256: str
    threshold: float = Field(ge=0, le=1)


class KeptCascade(BaseModel):
    """What the file holds; the patches stay files of their own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1] = 1
    stages: tuple[KeptStage, ...] = Field(min_length=1)


def keep_cascade(stages: Sequence[tuple[str, Path, float]], path: Path) -> None:
    """Write a cascade and read it back.

    Args:
        stages: Name, patch and threshold, in the order in which they are asked.
        path: File to write; one that is there already is replaced.

    Raises:
        WorkbenchError: when it cannot be written, or does not read back as it was meant.
    """
    folder = path.resolve().parent
    kept = KeptCascade(
        stages=tuple(
            KeptStage(
                name=name,
                patch=Path(os.path.relpath(patch.resolve(), folder)).as_posix(),
                patch_sha256=file_sha256(patch),
                threshold=threshold,
            )
            for name, patch, threshold in stages
        )
    )
    write_bytes(path, kept.model_dump_json(indent=2).encode())
    if read_cascade(path) != kept:
        raise WorkbenchError(
            f"{path.name} does not read back as it was written.",
            data="The patches are intact.",
            hint="Check the disk, then build the cascade again.",
        )


def read_cascade(path: Path) -> KeptCascade:
    """Read a cascade, and make sure that its patches are the ones it was built from.

    Raises:
        WorkbenchError: for a file that is missing, foreign or newer, or a patch that is gone or has changed.
    """
    try:
        kept = KeptCascade.model_validate_json(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise WorkbenchError(
            f"{path} is not a cascade that this version reads.",
            data="Nothing was loaded.",
            hint="Choose a file that workbench cascade --out wrote, or update the workbench.",
        ) from error
    for stage in kept.stages:
        _check_patch(stage, path)
    return kept


def _check_patch(stage: KeptStage, path: Path) -> None:
    patch = path.parent / stage.patch
    try:
        same = file_sha256(patch) == stage.patch_sha256
    except OSError as error:
        raise WorkbenchError(
            f"{path.name} needs the patch {patch}, which cannot be read: {error.strerror or error}.",
            data="Nothing was loaded.",
            hint="Move the cascade together with its patches, or build it again.",
        ) from error
    if not same:
        raise WorkbenchError(
            f"The patch {patch} is not the one that {path.name} was built from.",
            data="Nothing was loaded.",
            hint="Thresholds hold for the patches they were chosen on: build the cascade again.",
        )
