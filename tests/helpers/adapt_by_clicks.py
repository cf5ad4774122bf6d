"""A process of its own in which somebody opens the demo, adapts it, looks at the layers and speaks to it.

Qt connects to the sound server once per process, so the whole walk happens here.
Arguments: an empty folder, the sound to speak, and where to keep a picture of each station that was seen.
Prints one line of JSON with what the window showed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.helpers.real_window import RealWindow
from tests.helpers.run_by_clicks import adapt, look_at_layers, only_run
from tests.helpers.virtual_microphone import SPEAKER
from workbench.gui.pages.try_it_station import TryItStation
from workbench.gui.stations import Station
from workbench.methods.patch import read_patch

EPOCHS = "12"
KEYS_DOWN = 20
"""Presses of an arrow key that lower the threshold from 0.70 to 0.50: a short training is less sure of itself."""

TRAILING_S = 2.5


def open_demo(real: RealWindow) -> None:
    real.click(real.window.welcome.demo_button)
    real.wait(lambda: real.session.project is not None and real.session.task_id is not None)
    real.wait(lambda: real.window.stack.current_station is Station.DATA)


def speak(real: RealWindow, sound: str) -> list[str]:
    """Words that the table of detections shows, in order of time."""
    station = real.go_to(Station.TRY_IT)
    assert isinstance(station, TryItStation)
    page = station.sound
    real.wait(lambda: page.scorers.ready, 60)
    for _ in range(KEYS_DOWN):
        QTest.keyClick(page.settings.sliders["threshold"], Qt.Key.Key_Left)
    real.click(page.source.listen)
    real.wait(lambda: page.listening.is_on, 30)
    real.settle(1.0)
    player = subprocess.Popen(["paplay", "-d", SPEAKER, sound])
    real.wait(lambda: player.poll() is not None, 120)
    real.settle(TRAILING_S)
    real.click(page.source.listen)
    model = page.results.model
    column = model.column_of("label")
    words = [str(model.index(row, column).data()) for row in range(model.rowCount())]
    return words[::-1]


def main(folder: str, sound: str, pictures: str) -> None:
    with RealWindow(Path(folder)) as real:

        def picture(name: str) -> None:
            real.settle(0.5)
            real.window.grab().save(str(Path(pictures) / f"{name}.png"))

        open_demo(real)
        picture("data")
        adapt(real, EPOCHS)
        picture("adapt")
        layers = look_at_layers(real)
        picture("inspect")
        heard = speak(real, sound)
        picture("try-it")
        run = only_run(real)
        assert run.record is not None
        patch = read_patch(Path(run.record["patch"]))
        stored = [d.name for d in patch.card.decisions if d.changed]
    report = {"run": str(run.state), **layers, "stored": stored, "heard": heard}
    print(json.dumps(report))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
