"""A tiny backbone that is not installed, a patch for it and a clip; and how to call the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.helpers.tiny import RATE_HZ, tiny_backbone, tiny_patch
from workbench.audio.files import write_wave
from workbench.cli.main import app
from workbench.errors import WorkbenchError


@dataclass(frozen=True)
class Place:
    """What a verb may be given; ``scratch`` is the test's own, the rest is shared."""

    backbone: Path
    patch: Path
    wave: Path
    scratch: Path


@pytest.fixture(scope="package")
def shared_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    folder = tmp_path_factory.mktemp("files")
    loaded = tiny_backbone(folder / "bcresnet1.tiny")
    noise = 0.1 * np.random.default_rng(5).standard_normal(3 * RATE_HZ).astype(np.float32)
    write_wave(folder / "noise.wav", noise, RATE_HZ)
    return folder / loaded.card.name, tiny_patch(folder, loaded), folder / "noise.wav"


@pytest.fixture
def place(shared_files: tuple[Path, Path, Path], tmp_path: Path) -> Place:
    return Place(*shared_files, tmp_path)


def call(*arguments: object) -> Result:
    """Run a verb that has to succeed."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None:
        raise result.exception
    return result


def refusal(*arguments: object) -> WorkbenchError:
    """Run a verb that has to end with an error that the user can mend."""
    error = CliRunner().invoke(app, [str(argument) for argument in arguments]).exception
    assert error is not None, "the verb succeeded"
    if not isinstance(error, WorkbenchError):
        raise error
    return error
