"""What every walk through the window does with a run: start it on Adapt, and read the map of it on Inspect."""

from __future__ import annotations

from tests.helpers.real_window import RealWindow
from workbench.gui.pages.adapt import AdaptPage
from workbench.gui.pages.inspect import InspectPage
from workbench.gui.stations import Station
from workbench.project.records import RunRecord


def adapt(real: RealWindow, epochs: str, method: str | None = None) -> None:
    """Press Adapt and wait for the end.

    Args:
        epochs: As they are typed.
        method: By name; None leaves the settings as they are.
    """
    page = real.go_to(Station.ADAPT)
    assert isinstance(page, AdaptPage)
    settings = page.settings
    if method is not None:
        settings.method.setCurrentIndex(settings.method.findData(method))
    real.type_number(settings.length.epochs, epochs)
    real.click(settings.start_button)
    real.wait(lambda: real.session.queue.is_busy, 30)
    real.wait(lambda: not real.session.queue.is_busy)


def only_run(real: RealWindow) -> RunRecord:
    """The run of a project that has one."""
    project = real.session.project
    assert project is not None
    (run,) = project.runs()
    return run


def look_at_layers(real: RealWindow) -> dict[str, list[str]]:
    """Names of all layers of the only run on the map, and of those that it shows as changed."""
    page = real.go_to(Station.INSPECT)
    assert isinstance(page, InspectPage)
    real.wait(lambda: page.map.runs.isVisible() and page.map.runs.columns, 60)
    (column,) = page.map.runs.columns
    names = [row.name for row in page.map.runs.rows]
    return {
        "layers": names,
        "changed": [n for n, cell in zip(names, column.cells, strict=True) if cell.changed],
    }
