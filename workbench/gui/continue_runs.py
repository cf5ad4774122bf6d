"""After a crash: one clear offer to continue the runs that were cut off, and none when nothing was lost."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from workbench.errors import WorkbenchError
from workbench.gui.plural import plural
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
            try:
                session.resume(record.id)
            except WorkbenchError as error:
                session.notices.error(error, key=f"run-{record.id}")

    def tr(text: str) -> str:
        return QCoreApplication.translate("ContinueRuns", text)

    what = plural(len(records), tr("One run was cut off."), tr("{0} runs were cut off."))
    text = f"{what} {tr('Nothing up to the last checkpoint was lost.')}"
    button = tr("Continue from the last checkpoint")
    notice = Notice(Level.WARNING, text, key="interrupted-runs")
    bar.show_notice(notice, [Choice(button, go_on)])
