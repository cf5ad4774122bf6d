"""Renders every station with the bundled demo, really adapted, into docs/images/, light and dark.

make screenshots
"""

from __future__ import annotations

import os
import tempfile
from fractions import Fraction
from pathlib import Path

from PySide6.QtWidgets import QWidget

from tests.helpers.adapt_by_clicks import open_demo
from tests.helpers.real_window import RealWindow
from tests.helpers.run_by_clicks import adapt
from workbench import locations
from workbench.gui import theme
from workbench.gui.dialogs.last_layer import LastLayerDialog
from workbench.gui.pages.try_it import TryItPage
from workbench.gui.pages.try_it_station import TryItStation
from workbench.gui.stations import Station

IMAGES = Path(__file__).parent / "images"
EPOCHS = os.environ.get("SCREENSHOT_EPOCHS", "20")
SHOWN_BIAS = Fraction(-75, 1000)
HEARD_S = 14.0
"""Enough of the demo's recording to fill the spectrogram and the table."""


def picture(real: RealWindow, name: str, widget: QWidget | None = None) -> None:
    """Save a widget, or the whole window, once per appearance."""
    for appearance in (theme.Appearance.LIGHT, theme.Appearance.DARK):
        theme.controller().set_appearance(appearance)
        real.settle(2.0)
        (widget or real.window).grab().save(str(IMAGES / f"{name}-{appearance.value}.png"))
    theme.controller().set_appearance(theme.Appearance.LIGHT)


def listen(real: RealWindow, page: TryItPage) -> None:
    """Let the demo's recording play, and leave it playing."""
    real.wait(lambda: page.scorers.ready, 60)
    page.source.set_file(locations.resources_dir() / "demo" / "stream.ogg")
    real.click(page.source.listen)
    real.settle(HEARD_S)


def last_layer(real: RealWindow) -> None:
    """Both toys, after one study."""
    real.window.show_last_layer()
    dialog = real.window.findChild(LastLayerDialog)
    assert isinstance(dialog, LastLayerDialog)
    dialog.fold.set_bias(SHOWN_BIAS)
    real.click(dialog.discs.button)
    real.wait(lambda: not dialog.discs.is_running)
    picture(real, "last-layer", dialog)
    dialog.close()


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, RealWindow(Path(name)) as real:
        open_demo(real)
        last_layer(real)
        for station in (Station.BACKBONE, Station.DATA, Station.ADAPT):
            real.go_to(station)
            real.settle(4.0)
            picture(real, station.value)
        for method in ("head", "finetune", "swr"):
            adapt(real, EPOCHS, method)
        picture(real, "run")
        for station in (Station.INSPECT, Station.COMPARE):
            real.go_to(station)
            real.settle(4.0)
            picture(real, station.value)
        page = real.go_to(Station.TRY_IT)
        assert isinstance(page, TryItStation)
        listen(real, page.sound)
        picture(real, Station.TRY_IT.value)
        real.click(page.sound.source.listen)


if __name__ == "__main__":
    main()
