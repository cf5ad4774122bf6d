"""The Try it station, shown with the strips of its patches."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from workbench.gui.pages.try_it import TryItPage
from workbench.gui.session import Session


def shown_try_it(qtbot: QtBot, session: Session) -> TryItPage:
    """The test shuts it down."""
    page = TryItPage(session)
    qtbot.addWidget(page)
    page.resize(1200, 760)
    page.show()
    qtbot.waitUntil(lambda: bool(page.view.strips))
    return page
