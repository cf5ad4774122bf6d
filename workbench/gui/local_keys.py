"""Keys that are in no menu: they act while one part of the window has the focus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence

Key: TypeAlias = Qt.Key
Standard: TypeAlias = QKeySequence.StandardKey
DIGITS = tuple(map(Qt.Key, range(Key.Key_1, Key.Key_9 + 1)))
ARROWS = (Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down)
DELETE = (Key.Key_Delete, Key.Key_Backspace)
ENTER = (Key.Key_Return, Key.Key_Enter)


@dataclass(frozen=True)
class LocalKeys:
    """What some keys do in one place.

    Attributes:
        module: The module of ``workbench.gui`` that listens to them; Qt itself does where it is empty.
        text: What they do, and where.
    """

    module: str
    text: str
    keys: tuple[Key | Standard, ...]

    @property
    def shown(self) -> str:
        """The keys as text for the user."""
        names = [
            QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in self.keys
        ]
        if self.keys == DIGITS:
            return f"{names[0]} – {names[-1]}"
        return QCoreApplication.translate("Menus", " or ").join(names)


_TABLE, _SHEET = "widgets.clip_table", "widgets.picture_sheet"
_FILM, _STRIP, _ROWS = "plots.film", "plots.posterior_strip", "plots.row_map"


def local_keys() -> tuple[LocalKeys, ...]:
    """All of them, in the language of the user."""
    return (
        LocalKeys(_TABLE, _tr("Play or stop the clip, in the list of clips"), (Key.Key_Space,)),
        LocalKeys(_TABLE, _tr("Record the word of the clip, in the list of clips"), (Key.Key_R,)),
        LocalKeys(
            _TABLE,
            _tr("Previous or next clip, in the list of clips"),
            (Key.Key_Left, Key.Key_Right),
        ),
        LocalKeys(
            "widgets.clips_view", _tr("Give the selected clips or pictures a word or class"), DIGITS
        ),
        LocalKeys(_TABLE, _tr("Remove the selected clips, in the list of clips"), DELETE),
        LocalKeys(
            _SHEET, _tr("Show the picture larger, on the contact sheet"), (Key.Key_Space, *ENTER)
        ),
        LocalKeys(_SHEET, _tr("Remove the selected pictures, on the contact sheet"), DELETE),
        LocalKeys(
            "pages.data_intake", _tr("Paste pictures into a class, at Data"), (Standard.Paste,)
        ),
        LocalKeys("pages.data_recorder", _tr("Stop recording, in the recorder"), (Key.Key_Escape,)),
        LocalKeys(
            _FILM,
            _tr("One step of the policy back or on, in the film"),
            (Key.Key_Left, Key.Key_Right),
        ),
        LocalKeys(
            _FILM,
            _tr("Many steps of the policy back or on, in the film"),
            (Key.Key_PageUp, Key.Key_PageDown),
        ),
        LocalKeys(
            _FILM, _tr("First or last step of the policy, in the film"), (Key.Key_Home, Key.Key_End)
        ),
        LocalKeys(_ROWS, _tr("Other layer, run or budget, in a map of layers"), ARROWS),
        LocalKeys(
            _ROWS, _tr("First or last layer, in a map of layers"), (Key.Key_Home, Key.Key_End)
        ),
        LocalKeys("plots.gate_map", _tr("Other channel or task, in the map of gates"), ARROWS),
        LocalKeys("plots.confusion", _tr("Other cell, in the matrix of mistakes"), ARROWS),
        LocalKeys("pages.try_it", _tr("Microphone on or off, at Try it"), (Key.Key_M,)),
        LocalKeys(
            "pages.try_it_corrections",
            _tr("That was wrong: store it as other words, at Try it"),
            (Key.Key_X,),
        ),
        LocalKeys(
            "pages.try_it_corrections",
            _tr("You missed it: store it as a word, at Try it"),
            (Key.Key_V,),
        ),
        LocalKeys(
            _STRIP, _tr("Threshold of a word up or down, in its strip"), (Key.Key_Up, Key.Key_Down)
        ),
        LocalKeys(
            _STRIP,
            _tr("Threshold of a word far up or down, in its strip"),
            (Key.Key_PageUp, Key.Key_PageDown),
        ),
        LocalKeys(_STRIP, _tr("Threshold of all words for this one too, in its strip"), DELETE),
        LocalKeys(
            "widgets.knob_slider", _tr("Back to the suggested value, on a slider of Try it"), DELETE
        ),
        LocalKeys(
            "pages.try_pictures_source",
            _tr("Look at a copied picture, at Try it"),
            (Standard.Paste,),
        ),
        LocalKeys(
            "widgets.table_twin",
            _tr("Copy the selected rows, or all, in a table"),
            (Standard.Copy,),
        ),
        LocalKeys("dialogs.word_library", _tr("Undo, in the word library"), (Standard.Undo,)),
        LocalKeys(
            "dialogs.command_palette",
            _tr("Other command, in the list of commands"),
            (Key.Key_Up, Key.Key_Down),
        ),
        LocalKeys("widgets.buttons", _tr("Press the button in focus"), ENTER),
        LocalKeys("", _tr("Close a dialog"), (Key.Key_Escape,)),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("LocalKeys", text)
