"""Renders what one backbone does for several tasks into docs/images/: three tasks learned together, and composed words.

make screenshots

The tasks are the bundled demo and the two speech tasks of ``../shared/data``, which has to be there.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from PySide6.QtCore import Qt

from docs.make_screenshots import listen, picture
from tests.helpers.adapt_by_clicks import open_demo
from tests.helpers.compose_by_clicks import WORDS, learn, open_library, tick
from tests.helpers.folders import REPOSITORY
from tests.helpers.real_window import RealWindow
from workbench.gui.pages.adapt import AdaptPage
from workbench.gui.pages.data import DataPage
from workbench.gui.pages.inspect import InspectPage
from workbench.gui.pages.try_it_station import TryItStation
from workbench.gui.stations import Station

SPEECH = REPOSITORY.parent / "shared" / "data" / "speech"
TASKS = {"English words": SPEECH / "english-12", "Arabic words": SPEECH / "arabic-40"}
EPOCHS = os.environ.get("SEVERAL_SCREENSHOT_EPOCHS", "6")
PATCH_EPOCHS = "3"
KEYWORD_BACKBONE = "bcresnet3.multilingual"
ENCODER = "audio_encoder.audio2vec"
PRICE = 1e-3
"""At the default price a few epochs end with every channel closed."""

MOVING_SHARE = 0.5
"""Of the run that is done when its gates are shown moving."""


def import_task(real: RealWindow, name: str, source: Path) -> None:
    page = real.go_to(Station.DATA)
    assert isinstance(page, DataPage)
    project = real.session.project
    assert project is not None
    task = project.add_task(name)
    real.session.set_task(task.id)
    page.import_from(source)
    real.wait(lambda: project.clip_total(task.id) and not page.import_bar.work.is_running)


def learn_together(
    real: RealWindow, backbone: str, method: str, epochs: str, **values: float
) -> None:
    """Tick all tasks and press Adapt."""
    real.session.set_backbone(backbone)
    page = real.go_to(Station.ADAPT)
    assert isinstance(page, AdaptPage)
    settings = page.settings
    settings.method.setCurrentIndex(settings.method.findData(method))
    real.wait(settings.tasks.list.count)
    for row in range(settings.tasks.list.count()):
        settings.tasks.list.item(row).setCheckState(Qt.CheckState.Checked)
    settings.more.form(method).set_values(values)
    real.type_number(settings.length.epochs, epochs)
    real.wait(settings.start_button.isEnabled)
    real.click(settings.start_button)
    real.wait(lambda: real.session.queue.current, 60)


def watch_gates(real: RealWindow) -> None:
    """Pictures while the gates move and at the end."""
    learn_together(real, ENCODER, "task_adapters_together", EPOCHS, price=PRICE)
    queue = real.session.queue
    real.wait(lambda: not queue.current or queue.log(queue.current).share_done >= MOVING_SHARE)
    picture(real, "gates-moving")
    real.wait(lambda: not queue.is_busy)
    picture(real, "gates")


def learn_patches(real: RealWindow) -> None:
    learn_together(real, KEYWORD_BACKBONE, "patches_together", PATCH_EPOCHS)
    real.wait(lambda: not real.session.queue.is_busy)
    picture(real, "patches-together")


def look_at_all_tasks(real: RealWindow) -> None:
    page = real.go_to(Station.INSPECT)
    assert isinstance(page, InspectPage)
    real.settle(4.0)
    picture(real, "inspect-several")


def compose(real: RealWindow) -> None:
    library = open_library(real)
    learn(real, library)
    tick(real, library, range(WORDS))
    picture(real, "library", library)
    library.close()
    station = real.go_to(Station.TRY_IT)
    assert isinstance(station, TryItStation)
    listen(real, station.sound)
    picture(real, "composed")
    real.click(station.sound.source.listen)


def main() -> None:
    with tempfile.TemporaryDirectory() as name, RealWindow(Path(name)) as real:
        open_demo(real)
        compose(real)
        for task, source in TASKS.items():
            import_task(real, task, source)
        watch_gates(real)
        look_at_all_tasks(real)
        learn_patches(real)


if __name__ == "__main__":
    main()
