"""Keys: no letter means two things in one window, and every key that exists stands on the sheet."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QLabel, QMenu, QTabBar, QWidget

import workbench.gui
from workbench.gui.dialogs.shortcuts import ShortcutsDialog
from workbench.gui.local_keys import local_keys
from workbench.gui.main_window import MainWindow
from workbench.gui.session import Session
from workbench.gui.stations import Station

LISTENED_TO = re.compile(r"Qt\.Key\.(Key_\w+)|QKeySequence\.StandardKey\.(\w+)")


@pytest.fixture
def bare(session: Session) -> Iterator[MainWindow]:
    made = MainWindow(session)
    yield made
    made.close()
    made.deleteLater()


def texts_of(widget: QWidget) -> list[str]:
    """Texts of all labels and buttons inside, shown now or not."""
    found = [label.text() for label in widget.findChildren(QLabel) if label.buddy() is not None]
    found += [button.text() for button in widget.findChildren(QAbstractButton)]
    for bar in widget.findChildren(QTabBar):
        found += [bar.tabText(tab) for tab in range(bar.count())]
    return found


def twice(texts: list[str]) -> dict[str, list[str]]:
    """Texts that share their letter, by letter."""
    letters = {text: QKeySequence.mnemonic(text).toString() for text in texts}
    count = Counter(letters[text] for text in texts)
    return {
        letter: [text for text in texts if letters[text] == letter]
        for letter, number in count.items()
        if letter and number > 1
    }


def around(window: MainWindow) -> list[str]:
    """Texts that are there at every station: titles of menus, rail, messages, jobs, the corner."""
    found = [action.text() for action in window.menus.bar.actions()]
    menus = window.menuWidget()
    assert menus is not None
    for part in (menus, window.rail, window.messages, window.jobs, window.statusBar()):
        found += texts_of(part)
    return found


def test_no_letter_stands_for_two_things_at_a_station(filled: MainWindow) -> None:
    for station in Station:
        page = filled.stack.page(station)
        assert page is not None
        assert twice(around(filled) + texts_of(page)) == {}, station


def test_no_letter_stands_for_two_entries_of_a_menu(bare: MainWindow) -> None:
    for menu in bare.menus.bar.findChildren(QMenu):
        assert twice([entry.text() for entry in menu.actions()]) == {}, menu.title()


def keys_in_source() -> dict[str, set[str]]:
    """Keys that modules of the window listen to themselves, read from their text."""
    room = Path(workbench.gui.__file__).parent
    found = defaultdict(set)
    for file in room.rglob("*.py"):
        for own, standard in LISTENED_TO.findall(file.read_text(encoding="utf-8")):
            found[".".join(file.relative_to(room).with_suffix("").parts)].add(own or standard)
    return found


def test_every_key_that_a_part_of_the_window_listens_to_stands_on_the_sheet(
    bare: MainWindow,
) -> None:
    listed = defaultdict(set)
    for one in local_keys():
        listed[one.module].update(key.name for key in one.keys)
    for module, keys in keys_in_source().items():
        assert keys <= listed[module], module
    sheet = ShortcutsDialog(bare.menus.actions, bare)
    shown = {
        (sheet.table.item(row, 0).text(), sheet.table.item(row, 1).text())
        for row in range(sheet.table.rowCount())
    }
    assert ("Give the selected clips or pictures a word or class", "1 – 9") in shown
    assert ("Remove the selected clips, in the list of clips", "Del or Backspace") in shown
    assert ("Keyboard shortcuts", "F1 or Ctrl+/") in shown
    assert {one.text for one in local_keys()} <= {text for text, _ in shown}
    sheet.close()
