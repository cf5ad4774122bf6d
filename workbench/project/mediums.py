"""A task is of sounds or of pictures, as its clips are."""

from __future__ import annotations

from pathlib import Path

from workbench.data.task import Clip, Medium
from workbench.errors import WorkbenchError
from workbench.project.catalogue import Catalogue

_NAMES = {Medium.SOUND: "recordings", Medium.PICTURE: "pictures"}


class Mediums:
    """Tells what tasks hold, and keeps the other kind out of them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def of(self, task_id: str) -> Medium | None:
        """What a task's clips are, those in its trash included; None until it has some."""
        name = self._catalogue.any_file(task_id)
        return Clip(Path(name), "").medium if name else None

    def refuse_another(self, task_id: str, medium: Medium) -> None:
        """A task is of sounds or of pictures.

        Raises:
            WorkbenchError: when this one holds the other kind.
        """
        held = self.of(task_id)
        if held not in (None, medium):
            raise WorkbenchError(
                f"This task holds {_NAMES[held]}, so no {_NAMES[medium]} can be added to it.",
                hint=f"Make a task of its own for the {_NAMES[medium]}.",
            )
