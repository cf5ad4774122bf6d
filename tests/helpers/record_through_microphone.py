"""A process of its own that records through the microphone bridge while a file is played.

Qt connects to the sound server once per process, so what needs a private server runs here.
Arguments: the file to play, where to put the samples, and ``record`` or ``unplug``.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from tests.helpers.virtual_microphone import SPEAKER
from workbench.gui.bridge.input_devices import InputDevices
from workbench.gui.bridge.microphone import Microphone

RECORD_MS = 2500
UNPLUG_MS = 5000


def _wait(duration_ms: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(duration_ms, loop.quit)
    loop.exec()


def _wait_for_sound(microphone: Microphone) -> None:
    loop = QEventLoop()
    microphone.samples.connect(loop.quit)
    microphone.failed.connect(loop.quit)
    loop.exec()
    microphone.samples.disconnect(loop.quit)


def main(word: str, out: str, action: str) -> None:
    app = QApplication([])
    microphone = Microphone(InputDevices())
    blocks: list[np.ndarray] = []
    failures: list[str] = []
    microphone.samples.connect(blocks.append)
    microphone.failed.connect(lambda error: failures.append(str(error)))
    microphone.start()
    status = microphone.status
    _wait_for_sound(microphone)
    if action == "unplug":
        os.kill(int(os.environ["SERVER_PID"]), signal.SIGKILL)
        _wait(UNPLUG_MS)
    else:
        player = subprocess.Popen(["paplay", "-d", SPEAKER, word])
        _wait(RECORD_MS)
        player.wait()
    report = {
        "status": status,
        "lost_samples": microphone.lost_samples,
        "failures": failures,
        "is_on": microphone.is_on,
    }
    microphone.stop()
    np.save(out, np.concatenate([np.zeros(0, np.float32), *blocks]))
    print(json.dumps(report))  # noqa: T201
    app.quit()


if __name__ == "__main__":
    main(*sys.argv[1:])
