"""Build an environment that has everything of the present one except Qt.

The engine's tests run in it, so an import of Qt anywhere below the window fails there, in the test
process and in every process that a test starts. Packages are linked, not copied: seconds, no disk.

Usage: .venv/bin/python packaging/engine_environment.py .venv-engine
"""

from __future__ import annotations

import sys
import sysconfig
import venv
from importlib.metadata import Distribution, distributions
from pathlib import Path

QT_DISTRIBUTIONS = ("pyside6", "shiboken6", "pyqtgraph", "pytest-qt")


def is_qt(distribution: Distribution) -> bool:
    name = distribution.metadata["Name"].lower().replace("_", "-")
    return name.startswith(QT_DISTRIBUTIONS)


def top_level_entries(distribution: Distribution) -> set[str]:
    """First path components that a distribution installs into site-packages."""
    files = distribution.files or []
    return {file.parts[0] for file in files if file.parts[0] not in ("..", "__pycache__")}


def build(folder: Path) -> None:
    """Create ``folder`` anew and link every package that has nothing to do with Qt."""
    source = Path(sysconfig.get_path("purelib"))
    hidden = set().union(*(top_level_entries(each) for each in distributions() if is_qt(each)))
    venv.EnvBuilder(clear=True, symlinks=True).create(folder)
    target = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    for entry in source.iterdir():
        if entry.name not in hidden and entry.name != "__pycache__":
            (target / entry.name).symlink_to(entry)


if __name__ == "__main__":
    build(Path(sys.argv[1]).resolve())
