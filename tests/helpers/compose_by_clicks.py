"""A process of its own in which somebody learns the demo's words, ticks five of them, and speaks to the recogniser.

Arguments: an empty folder, the sound to speak, and where to keep a picture of the library and of what was heard.
Prints one line of JSON with what the window showed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest

from tests.helpers.adapt_by_clicks import open_demo, speak
from tests.helpers.real_window import RealWindow
from workbench.gui.dialogs.word_library import WordLibrary
from workbench.gui.itemmodels.keywords import WORD
from workbench.gui.pages.try_it_station import TryItStation
from workbench.gui.stations import Station

WORDS = 5


def open_library(real: RealWindow) -> WordLibrary:
    """Through the menu: without a window manager nothing has the focus that a shortcut needs."""
    real.window.findChild(QAction, "library").trigger()
    real.wait(lambda: real.window.stack.current_station is Station.TRY_IT, 30)
    station = real.window.stack.page(Station.TRY_IT)
    assert isinstance(station, TryItStation)
    real.wait(station.library.isVisible, 30)
    return station.library


def learn(real: RealWindow, library: WordLibrary) -> None:
    """Learn all words of the demo."""
    real.click(library.learning.button)
    real.wait(lambda: library.table.records and not library.work.is_learning)


def tick(real: RealWindow, library: WordLibrary, rows: range) -> list[str]:
    """Tick words by keyboard, as their boxes are drawn by the style; returns them once their recogniser is there."""
    for row in rows:
        library.view.setFocus()
        library.view.setCurrentIndex(library.table.index(row, WORD))
        QTest.keyClick(library.view, Qt.Key.Key_Space)
    real.wait(lambda: str(len(rows)) in library.note.text(), 60)
    return [card.label for card in library.table.ticked]


def main(folder: str, sound: str, pictures: str) -> None:
    with RealWindow(Path(folder)) as real:
        open_demo(real)
        library = open_library(real)
        learn(real, library)
        ticked = tick(real, library, range(WORDS))
        real.settle(0.5)
        library.grab().save(str(Path(pictures) / "library.png"))
        known = [card.label for card in library.table.records]
        library.close()
        heard = speak(real, sound)
        real.window.grab().save(str(Path(pictures) / "heard.png"))
    print(json.dumps({"known": known, "ticked": ticked, "heard": heard}))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
