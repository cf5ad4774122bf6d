"""The threshold for a wanted number of false alarms, chosen on the user's own background."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, Qt, Signal
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from workbench.audio.files import AUDIO_SUFFIXES
from workbench.cancel import CancelToken
from workbench.detection.decoder import DecoderConfig
from workbench.detection.operating_point import OperatingPoint
from workbench.detection.operating_search import HeardSoFar, OperatingSearch
from workbench.detection.scorer import Scorer
from workbench.errors import WorkbenchError
from workbench.gui.bridge.background import Background
from workbench.gui.formatting import duration
from workbench.gui.pages.try_it_point import OperatingPointText
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton
from workbench.training.replay import learned_from


@dataclass(frozen=True)
class Subject:
    """What a threshold is chosen for: a patch with its file, and how it listens."""

    scorer: Scorer
    path: Path
    config: DecoderConfig
    gain_db: float

    @property
    def without_thresholds(self) -> Subject:
        plain = DecoderConfig().model_dump(include={"threshold", "word_thresholds"})
        return replace(self, config=self.config.model_copy(update=plain))


class BackgroundPanel(QWidget):
    """Asks how many false alarms are bearable and for audio without the words; offers a threshold.

    Attributes:
        found: A threshold was chosen for the subject.
        failed: Carries a WorkbenchError.
    """

    found = Signal(float)
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._token = CancelToken()
        self._clock = QElapsedTimer()
        self._subject: Subject | None = None
        self.is_measuring = False
        self.goal = QDoubleSpinBox(self)
        self.goal.setRange(0.1, 100)
        self.goal.setDecimals(1)
        self.goal.setSingleStep(0.5)
        self.goal.setValue(0.5)
        self.goal.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.goal.setAccessibleName(self.tr("Most false alarms per hour"))
        self.button = PushButton("", self._choose_or_stop, "", self)
        self.progress = QProgressBar(self)
        self.result = OperatingPointText(self)
        self._lay_out()
        self.set_subject(None)

    def set_subject(self, subject: Subject | None) -> None:
        """What to choose a threshold for; None when no patch or several are on.

        Another patch, or other settings than thresholds, end what was being measured: it would not hold for them.
        """
        known = self._subject.without_thresholds if self._subject else None
        if known != (subject.without_thresholds if subject else None):
            self.result.setText("")
            self.stop()
        self._subject = subject
        self._show_state()

    def choose_files(self) -> None:
        """Ask for recordings in which none of the words is spoken."""
        patterns = " ".join(f"*{suffix}" for suffix in sorted(AUDIO_SUFFIXES))
        paths, _ = QFileDialog.getOpenFileNames(
            self,
            self.tr("Background without your words"),
            "",
            self.tr("Sound ({0})").format(patterns),
        )
        if paths:
            self.measure([Path(path) for path in paths])

    def measure(self, paths: Sequence[Path]) -> None:
        """Listen to background recordings off the GUI thread and offer a threshold."""
        subject, goal, token = self._subject, self.goal.value(), CancelToken()
        assert subject is not None
        self._token, self.is_measuring = token, True
        self._clock.start()

        def steps() -> Iterator[HeardSoFar | OperatingPoint]:
            data = learned_from(subject.path)
            search = OperatingSearch(
                subject.scorer, paths, subject.config, goal, data, subject.gain_db
            )
            return search.run(token)

        def told(step: HeardSoFar | OperatingPoint) -> None:
            if token is self._token:
                self._show(step)

        def failed(error: WorkbenchError) -> None:
            if token is self._token:
                self._fail(error)

        self.result.setText(self.tr("Listening…"))
        self.progress.setValue(0)
        self._background.follow(steps, told, failed)
        self._show_state()

    def stop(self) -> None:
        """End a measurement within ten seconds of its sound; the threshold stays as it is."""
        if self.is_measuring:
            self.result.setText(self.tr("Stopped. The threshold stays as it was."))
        self._token.stop()
        self._token, self.is_measuring = CancelToken(), False
        self._show_state()

    def _choose_or_stop(self) -> None:
        if self.is_measuring:
            self.stop()
        else:
            self.choose_files()

    def _lay_out(self) -> None:
        before, after = (
            QLabel(self.tr("At most"), self),
            QLabel(self.tr("false alarms per hour"), self),
        )
        before.setBuddy(self.goal)
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName(self.tr("Background that was listened to"))
        row = QHBoxLayout()
        row.setSpacing(GRID)
        for widget in (before, self.goal, after):
            row.addWidget(widget)
        row.addStretch()
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addLayout(row)
        column.addWidget(self.progress)
        column.addWidget(self.result)

    def _show(self, step: HeardSoFar | OperatingPoint) -> None:
        if isinstance(step, OperatingPoint):
            self.is_measuring = False
            self.result.show_point(step)
            self._show_state()
            self.found.emit(step.threshold)
            return
        self.progress.setValue(round(1000 * step.done_s / step.total_s))
        left_s = self._clock.elapsed() / 1000 * (step.total_s / step.done_s - 1)
        self.result.setText(
            self.tr("Listened to {0} of {1}; {2} left").format(
                duration(step.done_s), duration(step.total_s), duration(left_s)
            )
        )

    def _fail(self, error: WorkbenchError) -> None:
        self.is_measuring = False
        self.result.setText("")
        self.failed.emit(error)

    def _show_state(self) -> None:
        self.progress.setVisible(self.is_measuring)
        self.goal.setEnabled(not self.is_measuring)
        self.button.setText(
            self.tr("Stop") if self.is_measuring else self.tr("Set from background…")
        )
        self.button.setEnabled(self._subject is not None)
        self.button.setToolTip(self._tip())

    def _tip(self) -> str:
        if self._subject is None:
            return self.tr("Switch on exactly one patch to choose its threshold.")
        if self.is_measuring:
            return self.tr("Stops listening; the threshold stays as it was.")
        return self.tr(
            "Choose the threshold on recordings of your room in which nobody says the words. The longer they are, "
            "the more they prove."
        )
