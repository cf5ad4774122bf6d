"""Every test has settings, cache and data folders of its own, and none of the user's."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the standard folders into a fresh place and return it."""
    base = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(base))
    for name in ("CONFIG", "CACHE", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(base / name.lower()))
    monkeypatch.setenv("XDG_DOCUMENTS_DIR", str(base / "documents"))
    return base


def pytest_configure(config: pytest.Config) -> None:
    """Qt warns without a private runtime folder; one for the whole session, as on a desktop."""
    given = os.environ.get("XDG_RUNTIME_DIR")
    if not given or not Path(given).is_dir():
        made = tempfile.mkdtemp(prefix="workbench-runtime-")
        os.environ["XDG_RUNTIME_DIR"] = made
        config.add_cleanup(lambda: shutil.rmtree(made, ignore_errors=True))
