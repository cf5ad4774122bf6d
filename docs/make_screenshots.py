"""Renders every station with the bundled demo, really adapted, into docs/images/, light and dark.

make screenshots
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

IMAGES = Path(__file__).parent / "images"
WIDTH, HEIGHT = 1440, 900
EPOCHS = int(os.environ.get("SCREENSHOT_EPOCHS", "20"))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        for kind in ("CONFIG", "DATA", "STATE"):
            os.environ[f"XDG_{kind}_HOME"] = str(Path(name) / kind)
        from workbench import locations

        locations.documents_dir = lambda: Path(name) / "documents"
        render()


def render() -> None:
    """Open the demo, adapt it by the same paths as a user, and take a picture of each station."""
    from workbench.gui import theme
    from workbench.gui.app import make_application, warm_up
    from workbench.gui.main_window import MainWindow
    from workbench.gui.session import Session
    from workbench.gui.stations import Station

    app = make_application(sys.argv[:1])
    theme.controller().set_appearance(theme.Appearance.LIGHT)
    session = Session()
    window = MainWindow(session)
    window.resize(WIDTH, HEIGHT)
    window.show()
    ready: list[bool] = []
    session.engine_ready.connect(lambda: ready.append(True))
    thread = warm_up(session)
    thread.start()

    def wait(until: Callable[[], object], at_most_s: float = 900.0) -> None:
        end = time.monotonic() + at_most_s
        while not until():
            if time.monotonic() > end:
                raise SystemExit("the window did not get there in time")
            app.processEvents()
            time.sleep(0.005)

    def settle(seconds: float = 2.0) -> None:
        end = time.monotonic() + seconds
        wait(lambda: time.monotonic() > end)

    def picture(name: str) -> None:
        for appearance in (theme.Appearance.LIGHT, theme.Appearance.DARK):
            theme.controller().set_appearance(appearance)
            settle()
            IMAGES.mkdir(exist_ok=True)
            window.grab().save(str(IMAGES / f"{name}-{appearance.value}.png"))
        theme.controller().set_appearance(theme.Appearance.LIGHT)

    wait(lambda: ready)
    window.projects.open_demo()
    wait(lambda: session.project)
    for station in (Station.BACKBONE, Station.DATA, Station.ADAPT):
        session.show_station(station)
        settle(4.0)
        picture(station.value)
    page = window.stack.page(Station.ADAPT)
    page.settings.epochs.setValue(EPOCHS)
    page.start()
    wait(lambda: not session.queue.is_busy)
    picture("run")
    for station in (Station.INSPECT, Station.COMPARE, Station.TRY_IT):
        session.show_station(station)
        settle(4.0)
        picture(station.value)
    window.close()
    thread.wait()


if __name__ == "__main__":
    main()
