"""Renders every station with the bundled demo, really adapted, into docs/images/, light and dark.

make screenshots
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tests.helpers.adapt_by_clicks import open_demo
from tests.helpers.real_window import RealWindow
from workbench.gui import theme
from workbench.gui.pages.adapt import AdaptPage
from workbench.gui.stations import Station

IMAGES = Path(__file__).parent / "images"
EPOCHS = os.environ.get("SCREENSHOT_EPOCHS", "20")


def picture(real: RealWindow, name: str) -> None:
    for appearance in (theme.Appearance.LIGHT, theme.Appearance.DARK):
        theme.controller().set_appearance(appearance)
        real.settle(2.0)
        real.window.grab().save(str(IMAGES / f"{name}-{appearance.value}.png"))
    theme.controller().set_appearance(theme.Appearance.LIGHT)


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, RealWindow(Path(name)) as real:
        open_demo(real)
        for station in (Station.BACKBONE, Station.DATA, Station.ADAPT):
            page = real.go_to(station)
            real.settle(4.0)
            picture(real, station.value)
        assert isinstance(page, AdaptPage)
        real.type_number(page.settings.epochs, EPOCHS)
        real.click(page.settings.start_button)
        real.wait(lambda: real.session.queue.is_busy, 30)
        real.wait(lambda: not real.session.queue.is_busy)
        picture(real, "run")
        for station in (Station.INSPECT, Station.COMPARE, Station.TRY_IT):
            real.go_to(station)
            real.settle(4.0)
            picture(real, station.value)


if __name__ == "__main__":
    main()
