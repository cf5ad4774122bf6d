"""Puts the shipped backbones into the built package; everything else is told by pyproject.toml."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

MODELS = "models"


class BuildWithModels(build_py):
    """A checkout has its backbones beside the package; what is built has them inside."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            source = Path(__file__).with_name(MODELS)
            target = Path(self.build_lib, "workbench", MODELS)
            unwanted = shutil.ignore_patterns("checkpoint.pt")
            shutil.copytree(source, target, ignore=unwanted, dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithModels})
