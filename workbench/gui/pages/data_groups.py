"""The left card of the Data station: words or speakers, classes or groups, with counts and parts."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListView, QMenu, QTabBar, QWidget

from workbench.data.task import Medium, is_word
from workbench.gui import theme
from workbench.gui.class_keys import place_keys
from workbench.gui.itemmodels.classes import GROUP_ROLE, Group, GroupsModel
from workbench.gui.plural import plural
from workbench.gui.widgets.buttons import IconButton, PushButton
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.clip_delegates import GroupDelegate
from workbench.gui.widgets.frameless import frameless
from workbench.gui.widgets.split_legend import SplitLegend
from workbench.project.clip_rows import Shelf

WORDS, SPEAKERS = range(2)


class GroupsCard(Card):
    """Lists groups and says which one is chosen.

    Attributes:
        chosen: Another group, or another list, was chosen; ``show_clips`` is expected.
        add_wanted: A new word is wanted.
        rename_wanted: A word shall be renamed; carries it.
        split_wanted: All clips shall be divided anew, by speaker.
    """

    chosen = Signal()
    add_wanted = Signal()
    rename_wanted = Signal(str)
    split_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.model = GroupsModel(self)
        self._clips = Shelf()
        self._keys: dict[int, str | None] = {}
        self.tabs = QTabBar(self)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self.tabs.setAccessibleName(self.tr("List clips by"))
        for _ in (WORDS, SPEAKERS):
            self.tabs.addTab("")
        self.view = QListView(self)
        self.view.setModel(self.model)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._delegate = GroupDelegate(self.view)
        self.view.setItemDelegate(self._delegate)
        self.view.setUniformItemSizes(True)
        frameless(self.view)
        self.legend = SplitLegend(self)
        self.add_button = IconButton("add", "", self.add_wanted.emit, self)
        self.split_button = PushButton(
            self.tr("Split again"), self.split_wanted.emit, "quiet", self
        )
        self.removed_button = PushButton("", None, "quiet", self)
        self.removed_button.setCheckable(True)
        self._lay_out()
        self.removed_button.toggled.connect(lambda _: self.chosen.emit())
        self.tabs.currentChanged.connect(lambda _: self.chosen.emit())
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self.view.customContextMenuRequested.connect(self._show_menu)
        theme.controller().changed.connect(self.view.doItemsLayout)
        self.show_medium(Medium.SOUND)

    @property
    def chosen_word(self) -> str | None:
        return self._keys.get(WORDS) if self.tabs.currentIndex() == WORDS else None

    @property
    def chosen_speaker(self) -> str | None:
        return self._keys.get(SPEAKERS) if self.tabs.currentIndex() == SPEAKERS else None

    @property
    def shows_removed(self) -> bool:
        return self.removed_button.isChecked()

    def show_medium(self, medium: Medium) -> None:
        """Call everything what it is called in a task of this medium."""
        self._medium = medium
        is_sound = medium is Medium.SOUND
        self.setAccessibleName(
            self.tr("Words and speakers") if is_sound else self.tr("Classes and groups")
        )
        self.tabs.setTabText(WORDS, self.tr("Words") if is_sound else self.tr("Classes"))
        self.tabs.setTabText(SPEAKERS, self.tr("Speakers") if is_sound else self.tr("Groups"))
        self.add_button.set_name(self.tr("Add a word") if is_sound else self.tr("Add a class"))
        self.split_button.setToolTip(
            self.tr("Divide all clips into train, validation and test anew; no speaker is torn")
            if is_sound
            else self.tr(
                "Divide all pictures into train, validation and test anew; no group is torn"
            )
        )
        self.show_clips(Shelf(), 0)

    @property
    def classes(self) -> list[str]:
        """Words or classes in the order of the list."""
        labels = self._clips.labels
        return sorted(labels, key=lambda name: (not is_word(name), name))

    def show_clips(self, clips: Shelf, removed: int) -> None:
        """Count clips anew.

        Args:
            clips: The clips of the task; while the trash is shown, those in it.
            removed: How many clips are in the trash.
        """
        self._clips = clips
        self.removed_button.setVisible(removed > 0 or self.shows_removed)
        if self._medium is Medium.SOUND:
            number = plural(removed, self.tr("1 removed clip"), self.tr("{0} removed clips"))
            back = self.tr("Back to the clips")
        else:
            number = plural(removed, self.tr("1 removed picture"), self.tr("{0} removed pictures"))
            back = self.tr("Back to the pictures")
        self.removed_button.setText(
            back if self.shows_removed else self.tr("Show {0}").format(number)
        )
        self._fill()

    def choose(self, word: str | None) -> None:
        """Show one word, or all."""
        self._keys[WORDS] = word
        self.removed_button.setChecked(False)
        self.tabs.setCurrentIndex(WORDS)
        self._fill()
        self.chosen.emit()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.tabs, 1)
        row.addWidget(self.add_button)
        self.body.addLayout(row)
        self.add(self.view, 1)
        self.add(self.legend)
        self._hint = QLabel(self)
        self._hint.setWordWrap(True)
        theme.set_role(self._hint, "small")
        self.add(self._hint)
        self.add(self.split_button)
        self.add(self.removed_button)

    def _groups(self) -> list[Group]:
        by_speaker = self.tabs.currentIndex() == SPEAKERS
        parts = self._clips.speakers if by_speaker else self._clips.labels
        names = sorted(parts) if by_speaker else self.classes
        keys = {} if by_speaker else place_keys(names)
        train, validation, test = (sum(one[part] for one in parts.values()) for part in range(3))
        is_sound = self._medium is Medium.SOUND
        title = self.tr("All clips") if is_sound else self.tr("All pictures")
        nobody = self.tr("unknown") if is_sound else self.tr("no group")
        return [Group(None, title, (train, validation, test))] + [
            Group(
                name,
                name or nobody,
                parts[name],
                by_speaker and _is_torn(name, parts),
                keys.get(name, "") if keys else None,
            )
            for name in names
        ]

    def _fill(self) -> None:
        groups = self._groups()
        self._delegate.largest = max((one.count for one in groups[1:]), default=1)
        tab = self.tabs.currentIndex()
        self.model.show_groups(groups)
        row = max(self.model.row_of(self._keys.get(tab)), 0)
        self.view.selectionModel().setCurrentIndex(
            self.model.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect
        )
        torn = sum(one.is_torn for one in groups)
        self._hint.setText(self._torn_text(torn))
        self._hint.setVisible(torn > 0)
        self.add_button.setVisible(tab == WORDS)
        self.split_button.setVisible(tab == SPEAKERS and len(groups) > 1)
        self.view.setAccessibleName(self.tabs.tabText(tab))

    def _torn_text(self, number: int) -> str:
        if self._medium is Medium.SOUND:
            one = self.tr("1 speaker is in several parts")
            many = self.tr("{0} speakers are in several parts")
        else:
            one = self.tr("1 group is in several parts")
            many = self.tr("{0} groups are in several parts")
        return plural(number, one, many)

    def _on_current(self) -> None:
        group = self.view.currentIndex().data(GROUP_ROLE)
        key = group.key if group else None
        tab = self.tabs.currentIndex()
        if key != self._keys.get(tab):
            self._keys[tab] = key
            self.chosen.emit()

    def _show_menu(self) -> None:
        word = self.chosen_word
        if word is None:
            return
        menu = QMenu(self)
        rename = menu.addAction(self.tr("Rename…"))
        rename.triggered.connect(lambda: self.rename_wanted.emit(word))
        menu.exec(self.view.mapToGlobal(self.view.visualRect(self.view.currentIndex()).center()))
        menu.deleteLater()


def _is_torn(name: str, parts: dict[str, tuple[int, int, int]]) -> bool:
    return bool(name) and sum(number > 0 for number in parts[name]) > 1
