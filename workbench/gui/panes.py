"""F6: from pane to pane by keyboard."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget


def cycle_panes(panes: Sequence[QWidget], step: int) -> None:
    """Move the focus to the next pane that has something to focus.

    Args:
        panes: In visual order.
        step: 1 for the next, -1 for the previous one.
    """
    focus = QApplication.focusWidget()
    holders = [i for i, pane in enumerate(panes) if focus is not None and _holds(pane, focus)]
    start = holders[0] if holders else -step
    for distance in range(1, len(panes) + 1):
        target = first_focusable(panes[(start + step * distance) % len(panes)])
        if target is not None:
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return


def first_focusable(pane: QWidget) -> QWidget | None:
    """The first widget in the pane's tab order that can take the focus now."""
    candidate = pane
    while True:
        if _holds(pane, candidate) and _takes_focus(candidate):
            return candidate
        following = candidate.nextInFocusChain()
        if following is None or following is pane:
            return None
        candidate = following


def _holds(pane: QWidget, widget: QWidget) -> bool:
    return pane is widget or pane.isAncestorOf(widget)


def _takes_focus(widget: QWidget) -> bool:
    by_tab = bool(widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value)
    return by_tab and widget.isEnabled() and widget.isVisible()
