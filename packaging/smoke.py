"""Start a frozen program, or an installed one, and have it do a little of everything, with folders of its own.

Usage: python packaging/smoke.py dist/workbench/workbench
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
WORDS, SIGNS = (ROOT / "workbench" / "resources" / name for name in ("demo", "signs"))
TOO_LONG_S = 600
SETTLED_S = 15
"""Time in which an opened window makes its pages."""

STANDARD_FOLDERS = ("CONFIG_HOME", "CACHE_HOME", "DATA_HOME", "STATE_HOME", "DOCUMENTS_DIR")


class Smoke:
    """One program under test.

    Args:
        program: The file to start.
        scratch: Everything is written there, the program's own settings and caches included.
    """

    def __init__(self, program: Path, scratch: Path) -> None:
        self.program, self.scratch = program, scratch
        own = {f"XDG_{name}": str(scratch / name.lower()) for name in STANDARD_FOLDERS}
        # Without a checkout's modules: what the program lacks has to show.
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self.environment = {**kept, **own, "HOME": str(scratch), "QT_QPA_PLATFORM": "offscreen"}

    def run(self, *arguments: object) -> str:
        """What a verb prints; a verb that fails ends everything."""
        command = [str(self.program), *map(str, arguments)]
        print("workbench", *command[1:], flush=True)
        done = subprocess.run(
            command,
            cwd=self.scratch,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=TOO_LONG_S,
        )
        return done.stdout

    def record(self, *arguments: object) -> Any:
        return json.loads(self.run(*arguments, "--json", "-"))

    def adapted(self, backbone: str, data: Path) -> str:
        """The patch of the shortest training."""
        asked = ("adapt", "--backbone", backbone, "--data", data, "--method", "head")
        return str(self.record(*asked, "--epochs", 1, "--out", data.name)["patch"])

    def open_window(self) -> None:
        """The window makes the demo project, and neither ends nor complains."""
        print("workbench --demo", flush=True)
        command = [str(self.program), "--demo"]
        with subprocess.Popen(command, cwd=self.scratch, env=self.environment) as window:
            try:
                give_up = time.monotonic() + TOO_LONG_S
                while not list(self.scratch.glob("documents_dir/*/*/project.db")):
                    assert window.poll() is None, "the window ended"
                    assert time.monotonic() < give_up, "the window made no demo"
                    time.sleep(0.5)
                time.sleep(SETTLED_S)
                assert window.poll() is None, "the window ended"
            finally:
                window.terminate()
        (log,) = self.scratch.rglob("workbench.log")
        assert not log.read_text("utf-8"), log.read_text("utf-8")


def smoke(tried: Smoke) -> None:
    assert "adapt" in tried.run("--help")
    listed = {record["name"] for record in tried.record("backbones", "list")}
    assert listed == {path.name for path in (ROOT / "models").iterdir()}, listed
    words = tried.adapted("bcresnet1.multilingual", WORDS)
    signs = tried.adapted("lenet5_small.mnist", SIGNS)
    assert tried.record("evaluate", "--patch", signs, "--data", SIGNS)["n"] > 0
    tried.run("export", "--patch", words, "--format", "onnx", "--frontend", "--out", "words.onnx")
    tried.run("export", "--patch", words, "--format", "tensorboard", "--out", "history")
    tried.run("listen", "--patch", words, "--file", WORDS / "stream.ogg")
    tried.run("synthesize", "lamp", "--out", "spoken", "--voices", 1)
    # A sweep starts processes of the program itself.
    grid = ("--methods", "head", "--seeds", "0,1", "--epochs", 1, "--out", "grid")
    tried.run("sweep", "--backbone", "lenet5_small.mnist", "--data", SIGNS, *grid)
    tried.open_window()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        smoke(Smoke(Path(sys.argv[1]).resolve(), Path(folder)))
    print("everything works")
