"""The order of the rooms, and what a bare import or a call for help may pull in."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.helpers.folders import REPOSITORY

HEAVY = ("torch", "torchaudio", "PySide6", "pyqtgraph", "onnxruntime", "sklearn")
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"
REPORT = "import sys; print('loaded', *({heavy} & set(sys.modules)))"
HELP = """
import contextlib, sys
from workbench.__main__ import main
sys.argv = ["workbench", *{arguments!r}]
with contextlib.suppress(SystemExit):
    main()
"""


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=REPOSITORY
    )


def loaded_after(code: str) -> tuple[str, set[str]]:
    """Output of ``code`` and the heavy packages that it imported."""
    report = REPORT.format(heavy=set(HEAVY))
    done = run_python(f"{code}\n{report}")
    assert done.returncode == 0, done.stderr
    output, _, names = done.stdout.rpartition("loaded")
    return output, set(names.split())


def test_rooms_import_only_from_rooms_below() -> None:
    done = run_python(LINT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_import_of_the_package_is_light() -> None:
    assert loaded_after("import workbench")[1] == set()


@pytest.mark.parametrize("arguments", [["--help"], ["adapt", "--help"]])
def test_help_is_light(arguments: list[str]) -> None:
    output, loaded = loaded_after(HELP.format(arguments=arguments))
    assert "Usage" in output
    assert not loaded & {"torch", "torchaudio", "PySide6", "pyqtgraph"}


def test_the_probe_sees_a_heavy_import() -> None:
    assert "torch" in loaded_after("import torch")[1]
