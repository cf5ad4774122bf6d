"""What the tests do with the page again and again."""

from __future__ import annotations

from tests.helpers.picture_folders import (
    CLASSES,
)
from workbench.gui.pages.data import DataPage

EACH = 10
ALL = EACH * len(CLASSES)


def labels(page: DataPage) -> dict[str, str]:
    """Class of each picture by its name in the source."""
    return {row.source: row.label for row in page.library.clips.present.rows}


def select(page: DataPage, name: str) -> str:
    """Select a picture by its name; returns its id."""
    row = next(one for one in page.pictures.list.model.records if one.source == name)
    page.pictures.sheet.select_row(page.pictures.list.model.row_of(row.id))
    page.pictures.sheet.setFocus()
    return row.id
