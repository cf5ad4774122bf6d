"""The window in a language that is longer and runs from right to left: nothing stays English, nothing breaks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QCoreApplication, QLocale, Qt, QTranslator
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QTabBar,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

import workbench.gui
from tests.gui.filled_window import visit
from tests.helpers.finished_runs import WORDS
from tests.helpers.picture_folders import CLASSES
from workbench.backbones.registry import list_backbones
from workbench.gui.formatting import axis_count, count, decimal, percent, short_count, size
from workbench.gui.main_window import MainWindow

MARK, LONGER = "⟦", 0.4
UNITS = re.compile(r"[+±]?[\d.,]*\s?(KB|ms|dB)|± (KB|ms|dB)")
FILES = re.compile(r".*\.(ogg|png|safetensors)")
SPEAKERS = re.compile(r"\w+ · es\.\w+")
COMPOSED = re.compile(r"(Sound|Pictures) of \d.*|.* has no test examples of the classes .*")
"""Sentences that the engine puts together around numbers and paths, for the command line as well."""


def names() -> set[str]:
    """What things are called: tasks, words, backbones and what those were taught on and measured with."""
    found = {"things", *WORDS, *CLASSES}
    for card in list_backbones():
        found |= {card.name, ", ".join(card.labels), " · ".join(card.attribution)}
        found |= {one.dataset for one in card.metrics}
    return found


def stays(text: str) -> bool:
    """Whether a text is the same in every language."""
    kinds = (UNITS, FILES, SPEAKERS, COMPOSED)
    return text in names() or any(kind.fullmatch(text) for kind in kinds)


class PseudoLanguage(QTranslator):
    """Every text in marks, and longer by two fifths; placeholders and mnemonics stay."""

    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str:
        return f"{MARK}{source}{'~' * round(LONGER * len(source))}⟧" if source else ""

    def isEmpty(self) -> bool:
        return False


@pytest.fixture
def elsewhere(qapp: QApplication) -> Iterator[None]:
    """The pseudo-language, from right to left."""
    language = PseudoLanguage()
    QCoreApplication.installTranslator(language)
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    QCoreApplication.removeTranslator(language)


@pytest.fixture
def in_german() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    yield
    QLocale.setDefault(before)


def texts_of(page: QWidget) -> Iterator[str]:
    """Everything inside that can be read, shown now or not, as far as Qt holds it as text."""
    for part in page.findChildren(QWidget):
        match part:
            case QLabel() | QAbstractButton():
                yield part.text()
            case QTabBar():
                yield from (part.tabText(tab) for tab in range(part.count()))
            case QGroupBox():
                yield part.title()
            case QLineEdit():
                yield part.placeholderText()
            case QComboBox():
                yield from (part.itemText(row) for row in range(part.count()))
            case QTableView():
                yield from titles_of(part.model())
        yield part.toolTip()
        yield part.accessibleName()


def titles_of(model: QAbstractItemModel) -> Iterator[str]:
    for column in range(model.columnCount()):
        yield str(model.headerData(column, Qt.Orientation.Horizontal) or "")


def left_in_english(page: QWidget) -> set[str]:
    """Texts with a word in them that nobody was asked to translate."""
    words = {text for text in texts_of(page) if re.search(r"[^\W\d_]{2}", text)}
    return {text for text in words if MARK not in text and not stays(text)}


def test_every_text_of_the_window_can_be_translated(
    elsewhere: None, qtbot: QtBot, filled: MainWindow
) -> None:
    left = {}
    for station, page in visit(qtbot, filled):
        assert page.layoutDirection() == Qt.LayoutDirection.RightToLeft
        assert not filled.grab().isNull()
        left[str(station)] = left_in_english(page)
    around = (filled.menuWidget(), filled.rail, filled.statusBar(), filled.jobs, filled.welcome)
    left["around"] = {text for part in around for text in left_in_english(part)}
    assert {where: texts for where, texts in left.items() if texts} == {}
    assert not [one.text() for one in filled.menus.actions.values() if MARK not in one.text()]


def bare_texts(module: Path) -> Iterator[str]:
    """What errors that a module makes say without having asked for a translation."""
    for call in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "WorkbenchError":
            for said in (*call.args, *(one.value for one in call.keywords)):
                parts = said.values if isinstance(said, ast.JoinedStr) else [said]
                texts = [str(one.value) for one in parts if isinstance(one, ast.Constant)]
                yield from (text for text in texts if text.strip())


def test_every_error_that_the_window_makes_can_be_translated() -> None:
    room = Path(workbench.gui.__file__).parent
    assert [text for module in room.rglob("*.py") for text in bare_texts(module)] == []


def test_numbers_are_written_as_the_user_writes_them(in_german: None) -> None:
    assert percent(0.942) == "94,2\u202f%"
    assert percent(0.9525) == f"{95.25:.1f}\u202f%".replace(".", ","), "as the command line rounds"
    assert size(74_200) == "74,2\u202fKB"
    assert short_count(1_240_000) == "1,24\u202fM"
    assert axis_count(2500) == "2,5\u202fk"
    assert decimal(1234.5, 2) == "1234,50"
    assert count(1_234_567) == "1\u2009234\u2009567"
