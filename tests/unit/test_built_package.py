"""What is built holds all that the program needs beside its code: the checkout is not there to help."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.folders import REPOSITORY

ASK = (
    "import json; from workbench import locations; "
    "print(json.dumps([str(locations.models_dir()), str(locations.resources_dir())]))"
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as a wheel has it."""
    scratch = tmp_path_factory.mktemp("built")
    # Folders of its own, so that several of these and an installation may run side by side.
    command = [
        *(sys.executable, "setup.py", "--quiet", "egg_info", "--egg-base", scratch),
        *("build_py", "--build-lib", scratch / "lib"),
    ]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, timeout=120)
    return scratch / "lib"


def run_built(built: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(built)}
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=built, env=environment, check=True, capture_output=True, text=True, timeout=120
    )
    return done.stdout


def files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def test_resources_and_models_are_in_the_package(built: Path) -> None:
    models, resources = map(Path, json.loads(run_built(built, "-c", ASK)))
    assert {models.parent, resources.parent} == {built / "workbench"}
    shipped = {path for path in files(REPOSITORY / "models") if path.name != "checkpoint.pt"}
    assert files(models) == shipped
    assert files(resources) == files(REPOSITORY / "workbench" / "resources")


def test_the_built_program_finds_its_backbones(built: Path) -> None:
    listed = json.loads(run_built(built, "-m", "workbench", "backbones", "list", "--json", "-"))
    shipped = {path.name for path in (REPOSITORY / "models").iterdir()}
    assert {record["name"] for record in listed} == shipped
