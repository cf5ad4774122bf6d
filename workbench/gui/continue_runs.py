"""After a crash: one clear offer to continue the runs that were cut off, and none when nothing was lost."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from workbench.gui.session import Session
from workbench.gui.widgets.empty_state import Choice
from workbench.gui.widgets.message_bar import MessageBar
from workbench.notices import Level, Notice


def offer_to_continue(session: Session, bar: MessageBar) -> None:
    """Show one message with a button when the open project has interrupted runs."""
    records = session.project.interrupted_runs() if session.project else ()
    if not records:
        return

    def go_on() -> None:
        for record in records:
            session.resume(record.id)

    text = QCoreApplication.translate(
        "ContinueRuns",
        "%n run(s) did not finish when the window was last open. Nothing up to the last checkpoint was lost.",
        "",
        len(records),
    )
    button = QCoreApplication.translate("ContinueRuns", "Continue from the last checkpoint")
    notice = Notice(Level.WARNING, text, key="interrupted-runs")
    bar.show_notice(notice, [Choice(button, go_on)])
