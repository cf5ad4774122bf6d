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
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.helpers.real_window import RealWindow
from tests.helpers.virtual_microphone import SPEAKER
from workbench.gui.pages.adapt import AdaptPage
from workbench.gui.pages.inspect import InspectPage
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


def adapt(real: RealWindow) -> dict[str, Any]:
    """Adapt with the settings as they come, but for fewer epochs."""
    page = real.go_to(Station.ADAPT)
    assert isinstance(page, AdaptPage)
    real.type_number(page.settings.epochs, EPOCHS)
    real.click(page.settings.start_button)
    real.wait(lambda: real.session.queue.is_busy, 30)
    real.wait(lambda: not real.session.queue.is_busy)
    project = real.session.project
    assert project is not None
    (run,) = project.runs()
    return {"state": str(run.state), "record": run.record}


def look_at_layers(real: RealWindow) -> dict[str, Any]:
    page = real.go_to(Station.INSPECT)
    assert isinstance(page, InspectPage)
    real.wait(lambda: page.map.runs.isVisible() and page.map.runs.columns, 60)
    (column,) = page.map.runs.columns
    names = [row.name for row in page.map.runs.rows]
    return {
        "layers": names,
        "changed": [n for n, cell in zip(names, column.cells, strict=True) if cell.changed],
    }


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
        run = adapt(real)
        picture("adapt")
        layers = look_at_layers(real)
        picture("inspect")
        heard = speak(real, sound)
        picture("try-it")
        patch = read_patch(Path(run["record"]["patch"]))
        stored = [d.name for d in patch.card.decisions if d.changed]
    report = {"run": run["state"], **layers, "stored": stored, "heard": heard}
    print(json.dumps(report))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
