"""Renders the stations at work on pictures into docs/images/, light and dark: public weights, adapted to bundled signs.

make screenshots

The weights are those of a ResNet-20 in ``../shared/data``, which has to be there.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import torch

from docs.make_screenshots import picture
from tests.helpers.folders import SHARED_DATA
from tests.helpers.pictures_by_clicks import drop_pictures, load_weights, set_up_run, try_picture
from tests.helpers.real_window import RealWindow
from tests.helpers.run_by_clicks import adapt, look_at_layers
from workbench import locations
from workbench.gui.dialogs.checkpoint_dialog import CheckpointDialog
from workbench.gui.pages.backbone import BackbonePage
from workbench.gui.pages.compare import ComparePage
from workbench.gui.stations import Station
from workbench.project.project import Project

WEIGHTS = SHARED_DATA / "weights" / "resnet20-12fca82f.th"
SIGNS = locations.resources_dir() / "signs"
EPOCHS = os.environ.get("PICTURE_SCREENSHOT_EPOCHS", "20")
SIDE_PX = 48
"""Another size than the backbone's, so that the choice is seen to be one."""


def damaged(folder: Path) -> Path:
    """The weights as a file that is refused: one layer is gone, another one called differently."""
    state = torch.load(WEIGHTS, map_location="cpu", weights_only=True)["state_dict"]
    for name in [name for name in state if name.startswith("module.layer3.2.")]:
        del state[name]
    state["module.stem.weight"] = state.pop("module.conv1.weight")
    path = folder / "resnet20-damaged.th"
    torch.save({"state_dict": state}, path)
    return path


def look_at_backbones(real: RealWindow, folder: Path) -> None:
    """What can be downloaded, how a file is refused, and weights that were taken."""
    page = real.go_to(Station.BACKBONE)
    assert isinstance(page, BackbonePage)
    public = page.get_public_weights()
    picture(real, "picture-public-weights", public)
    public.reject()
    refused = page.open_checkpoint(damaged(folder))
    assert isinstance(refused, CheckpointDialog)
    real.wait(refused.report.model().rowCount, 60)
    picture(real, "picture-refused", refused)
    refused.reject()
    load_weights(real, WEIGHTS)
    picture(real, "picture-backbone")


def look_at_mistakes(real: RealWindow) -> None:
    page = real.go_to(Station.COMPARE)
    assert isinstance(page, ComparePage)
    real.wait(lambda: page.mistakes.rows.records, 60)
    page.mistakes.table.selectRow(0)
    real.wait(lambda: page.mistakes.view.has_picture, 60)


def main() -> None:
    with tempfile.TemporaryDirectory() as name, RealWindow(Path(name)) as real:
        real.session.adopt(Project.create(Path(name) / "signs"))
        look_at_backbones(real, Path(name))
        drop_pictures(real, SIGNS)
        picture(real, "picture-data")
        set_up_run(real, SIDE_PX)
        picture(real, "picture-adapt")
        adapt(real, EPOCHS)
        picture(real, "picture-run")
        look_at_layers(real)
        picture(real, "picture-inspect")
        look_at_mistakes(real)
        picture(real, "picture-compare")
        try_picture(real, next((SIGNS / "heart").glob("test-*.png")))
        picture(real, "picture-try-it")


if __name__ == "__main__":
    main()
