"""Non-modal messages: what happened, what it means, what to do; newest on top, replaceable by key."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from workbench.gui import theme
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.buttons import IconButton, PushButton
from workbench.gui.widgets.empty_state import Choice
from workbench.notices import Level, Notice

INFO_SHOWN_MS = 5000
MOST_SHOWN = 3
MOST_ERRORS = 5
DETAILS_HEIGHT = 140


class MessageRow(QFrame):
    """One message with its icon, text, optional details, and buttons to copy and to close."""

    def __init__(self, notice: Notice, choices: Sequence[Choice], parent: QWidget) -> None:
        super().__init__(parent)
        self.notice = notice
        theme.set_role(self, f"message-{notice.level.name.lower()}")
        self._icon = QLabel(self)
        text = QLabel(notice.text, self)
        text.setWordWrap(True)
        text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        top = QHBoxLayout()
        top.setSpacing(GRID)
        top.addWidget(self._icon)
        top.addWidget(text, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        column.addLayout(top)
        if notice.details:
            self._add_details(top, column, notice.details)
        self.choice_buttons = [PushButton(one.text, one.act, "", self) for one in choices]
        for button in self.choice_buttons:
            top.addWidget(button)
        top.addWidget(IconButton("copy", self.tr("Copy this message"), self._copy, self))
        self.close_button = IconButton("close", self.tr("Dismiss"), None, self)
        top.addWidget(self.close_button)
        self.setAccessibleName(notice.text)
        self._dress()
        theme.controller().changed.connect(self._dress)

    @property
    def passes(self) -> bool:
        """Whether it goes away by itself."""
        notice = self.notice
        return notice.level is Level.INFO and not notice.stays and not self.choice_buttons

    def _add_details(self, top: QHBoxLayout, column: QVBoxLayout, details: str) -> None:
        box = QPlainTextEdit(details, self)
        box.setReadOnly(True)
        box.setFont(theme.mono_font())
        box.setMaximumHeight(DETAILS_HEIGHT)
        box.setAccessibleName(self.tr("Details"))
        box.hide()
        button = PushButton(self.tr("Show details"), None, "quiet", self)
        button.setCheckable(True)
        button.toggled.connect(box.setVisible)
        top.addWidget(button)
        column.addWidget(box)

    def _copy(self) -> None:
        parts = (self.notice.text, self.notice.details)
        QGuiApplication.clipboard().setText("\n\n".join(part for part in parts if part))

    def _dress(self) -> None:
        colors = theme.tokens()
        name, tint = {
            Level.INFO: ("info", colors.link),
            Level.WARNING: ("warning", colors.warning_text),
            Level.ERROR: ("error", colors.error_text),
        }[self.notice.level]
        self._icon.setPixmap(theme.icon(name, tint).pixmap(theme.icon_size()))


class MessageBar(QWidget):
    """Stack of messages above the station: three, or more where errors and choices take these places; takes no room
    when there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Messages"))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(MARGIN, GRID, MARGIN, 0)
        self._column.setSpacing(GRID // 2)
        self._rows: list[MessageRow] = []
        self.hide()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What is on screen, newest first."""
        return tuple(row.notice for row in self._rows)

    def show_notice(self, notice: Notice, choices: Sequence[Choice] = ()) -> None:
        """Show a message; one with the same key is replaced. Plain information goes away by itself.

        Args:
            notice: What to say.
            choices: Buttons; each also dismisses the message.
        """
        if notice.key:
            self.dismiss(notice.key)
        row = MessageRow(notice, choices, self)
        for button in (row.close_button, *row.choice_buttons):
            button.clicked.connect(lambda: self._remove(row))
        self._rows.insert(0, row)
        self._column.insertWidget(0, row)
        self._make_room()
        if row.passes:
            timer = QTimer(row)
            timer.setSingleShot(True)
            timer.timeout.connect(lambda: self._remove(row))
            timer.start(INFO_SHOWN_MS)
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(row, QAccessible.Event.Alert))

    def _make_room(self) -> None:
        """What passes by itself gives way first. An error gives way to newer errors alone, a choice to nothing."""
        spare = [row for row in self._rows if not row.choice_buttons]
        errors = [row for row in spare if row.notice.level is Level.ERROR]
        older = [row for row in spare if row not in errors and row is not self._rows[0]]
        if len(errors) > MOST_ERRORS:
            self._remove(errors[-1])
        elif older and len(self._rows) > MOST_SHOWN:
            self._remove(min(reversed(older), key=lambda row: not row.passes))

    def dismiss(self, key: str) -> None:
        """Take back what no longer holds."""
        for row in [one for one in self._rows if one.notice.key == key]:
            self._remove(row)

    def _remove(self, row: MessageRow) -> None:
        if row not in self._rows:
            return
        self._rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.setVisible(bool(self._rows))
