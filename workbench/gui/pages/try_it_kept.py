"""Thresholds and settings of each patch: kept with the project, each change an entry of the undo stack."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand

from workbench.detection.decoder import DecoderConfig
from workbench.errors import WorkbenchError
from workbench.gui.bridge.throttle import Throttle
from workbench.gui.pages.try_it_choices import PatchChoice
from workbench.gui.plural import plural
from workbench.gui.session import Session

if TYPE_CHECKING:
    from workbench.project.project import Project

SUGGESTED = DecoderConfig()
SAVE_RATE_HZ = 2
GESTURE_S = 1.0
"""Changes of the same thing that follow each other faster than this are undone together."""

_CHOICE_ID = 2
Configs = dict[str, DecoderConfig]


class _Choice(QUndoCommand):
    """Settings of some patches before and after; a drag or a held key is one choice."""

    def __init__(
        self, put: Callable[[Configs], None], text: str, before: Configs, after: Configs
    ) -> None:
        super().__init__(text)
        self._put, self._before, self._after = put, before, after
        self._at_s = time.monotonic()

    def redo(self) -> None:
        self._put(self._after)

    def undo(self) -> None:
        self._put(self._before)

    def id(self) -> int:
        return _CHOICE_ID

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Choice) or other.text() != self.text():
            return False
        if other._before != self._after or other._at_s - self._at_s > GESTURE_S:
            return False
        self._after, self._at_s = other._after, other._at_s
        self.setObsolete(self._after == self._before)
        return True


class KeptSettings(QObject):
    """When a word counts as heard by each patch; a patch for which nothing was chosen has the suggested values.

    Attributes:
        changed: Settings of a patch changed.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._project: Project | None = None
        self._configs: Configs = {}
        self._unsaved: Configs = {}
        self._throttle = Throttle(self._save, self, SAVE_RATE_HZ)
        session.project_changed.connect(self._load)
        self._load()

    def of(self, patch: PatchChoice) -> DecoderConfig:
        return self._configs.get(patch.key, SUGGESTED)

    def turn(self, patches: Sequence[PatchChoice], knob: str, value: float, title: str) -> None:
        """Set one of the settings for some patches; ``title`` is how it is called."""
        text = self.tr("set {0} of {1}").format(title.lower(), self._named(patches))
        self._choose(patches, lambda config: config.model_copy(update={knob: value}), text)

    def set_word(self, patch: PatchChoice, word: str, threshold: float | None) -> None:
        """Give a word a threshold of its own, or the common one again."""
        text = self.tr("set threshold of “{0}” of {1}").format(word, patch.name)
        if threshold is None:
            text = self.tr("give “{0}” of {1} the common threshold").format(word, patch.name)

        def change(config: DecoderConfig) -> DecoderConfig:
            own = {key: kept for key, kept in config.word_thresholds.items() if key != word}
            if threshold is not None:
                own[word] = threshold
            return config.model_copy(update={"word_thresholds": own})

        self._choose([patch], change, text)

    def set_threshold(self, patches: Sequence[PatchChoice], threshold: float) -> None:
        """Take over a threshold that was measured for all words."""
        update = {"threshold": threshold, "word_thresholds": {}}
        text = self.tr("set threshold of {0} from background").format(self._named(patches))
        self._choose(patches, lambda config: config.model_copy(update=update), text)

    def suggest(self, patches: Sequence[PatchChoice]) -> None:
        """Go back to the suggested values, for single words too."""
        text = self.tr("suggested values for {0}").format(self._named(patches))
        self._choose(patches, lambda _: SUGGESTED, text)

    def save(self) -> None:
        """Write now what is waiting for its turn, or could not be written before."""
        self._throttle.flush()
        self._save()

    def _named(self, patches: Sequence[PatchChoice]) -> str:
        one = patches[0].name if patches else ""
        return plural(len(patches), one, self.tr("{0} patches"))

    def _choose(
        self,
        patches: Sequence[PatchChoice],
        change: Callable[[DecoderConfig], DecoderConfig],
        text: str,
    ) -> None:
        before = {patch.key: self.of(patch) for patch in patches}
        after = {key: change(config) for key, config in before.items()}
        if after != before:
            self._session.undo_stack.push(_Choice(self._put, text, before, after))

    def _put(self, configs: Configs) -> None:
        self._configs |= configs
        self._unsaved |= configs
        self._throttle.request()
        self.changed.emit()

    def _load(self) -> None:
        """Another project was opened; what was chosen last in the one before is still written there."""
        self.save()
        self._project = self._session.project
        self._configs, self._unsaved = {}, {}
        if self._project is not None:
            try:
                self._configs = self._project.listening.read()
            except WorkbenchError as error:
                self._session.notices.error(error, key="listening")
        self.changed.emit()

    def _save(self) -> None:
        if self._project is None or not self._unsaved:
            return
        try:
            self._project.listening.write(self._unsaved)
            self._unsaved = {}
        except WorkbenchError as error:
            self._session.notices.error(error, key="listening")
