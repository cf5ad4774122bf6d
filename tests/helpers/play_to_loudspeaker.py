"""A process of its own that plays a tone through the player bridge and reports what it said."""

from __future__ import annotations

import json

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from workbench.gui.bridge.player import Player

RATE_HZ = 16000
TIMEOUT_MS = 15000


def main() -> None:
    app = QApplication([])
    player = Player()
    positions: list[float] = []
    endings: list[str] = []
    loop = QEventLoop()
    player.position.connect(positions.append)
    player.stopped.connect(lambda: endings.append("stopped"))
    player.stopped.connect(loop.quit)
    player.failed.connect(lambda error: endings.append(str(error)))
    player.failed.connect(loop.quit)
    QTimer.singleShot(TIMEOUT_MS, loop.quit)
    tone = np.sin(2 * np.pi * 440 * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32) / 2
    player.play(tone, RATE_HZ, from_s=0.25)
    if player.is_playing:
        loop.exec()
    print(json.dumps({"positions": positions, "endings": endings}))  # noqa: T201
    app.quit()


if __name__ == "__main__":
    main()
