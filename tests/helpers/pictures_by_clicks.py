"""A process of its own in which somebody loads weights, drops a folder of pictures, adapts to it and tries a picture.

Arguments: an empty folder, the checkpoint to load, the folder of pictures, the picture to try, side of the pictures in
pixels, epochs, and where to keep a picture of each station that was seen.
Prints one line of JSON with what the window showed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.helpers.dropping import drop
from tests.helpers.real_window import RealWindow
from tests.helpers.run_by_clicks import adapt, look_at_layers, only_run
from workbench.gui.dialogs.checkpoint_dialog import CheckpointDialog
from workbench.gui.pages.adapt import AdaptPage
from workbench.gui.pages.backbone import BackbonePage
from workbench.gui.pages.data import DataPage
from workbench.gui.pages.try_it_station import TryItStation
from workbench.gui.stations import Station
from workbench.project.project import Project

BUDGET = 0.05


def load_weights(real: RealWindow, checkpoint: Path) -> str:
    """Import a checkpoint through its report; returns the name of the backbone that is in use then."""
    page = real.go_to(Station.BACKBONE)
    assert isinstance(page, BackbonePage)
    dialog = page.open_checkpoint(checkpoint)
    assert isinstance(dialog, CheckpointDialog)
    before = real.session.backbone
    real.click(dialog.import_button)
    real.wait(lambda: real.session.backbone != before, 60)
    real.wait(page.details.filters.isVisible, 60)
    return real.session.backbone


def drop_pictures(real: RealWindow, folder: Path) -> int:
    page = real.go_to(Station.DATA)
    assert isinstance(page, DataPage)
    drop(page.drop_area, folder)
    real.wait(lambda: bool(page.library.clips.present.rows) and not page.import_bar.work.is_running)
    real.settle(1.0)
    return len(page.library.clips.present.rows)


def set_up_run(real: RealWindow, side_px: int) -> None:
    """SWR at five per cent, on pictures of a certain size."""
    page = real.go_to(Station.ADAPT)
    assert isinstance(page, AdaptPage)
    real.wait(page.settings.length.picture_px.isVisible, 60)
    page.settings.method.setCurrentIndex(page.settings.method.findData("swr"))
    page.settings.budget.set_budget(BUDGET)
    page.settings.length.picture_px.setValue(side_px)


def try_picture(real: RealWindow, picture: Path) -> list[str]:
    """The likeliest classes of a dropped picture, likeliest first; what speaks for the first is shown."""
    station = real.go_to(Station.TRY_IT)
    assert isinstance(station, TryItStation)
    page = station.pictures
    real.wait(lambda: page.scorers.ready, 60)
    drop(page.drop_area, picture)
    real.wait(lambda: page.answers.cards, 60)
    (card,) = page.answers.cards.values()
    real.click(card.why)
    real.wait(lambda: page.view.has_heat, 60)
    return [name for name, _ in card.bars.best]


def main(
    folder: str, checkpoint: str, data: str, tried: str, side: str, epochs: str, pictures: str
) -> None:
    with RealWindow(Path(folder) / "home") as real:

        def picture(name: str) -> None:
            real.settle(1.0)
            real.window.grab().save(str(Path(pictures) / f"{name}.png"))

        real.session.adopt(Project.create(Path(folder) / "project"))
        backbone = load_weights(real, Path(checkpoint))
        picture("picture-backbone")
        imported = drop_pictures(real, Path(data))
        picture("picture-data")
        set_up_run(real, int(side))
        adapt(real, epochs)
        run = only_run(real)
        assert run.record is not None
        picture("picture-run")
        changed = look_at_layers(real)["changed"]
        picture("picture-inspect")
        answers = try_picture(real, Path(tried))
        picture("picture-try-it")
    report = {
        "backbone": backbone,
        "imported": imported,
        "run": str(run.state),
        "ratio": run.record["ratio"],
        "changed": changed,
        "answers": answers,
    }
    print(json.dumps(report))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
