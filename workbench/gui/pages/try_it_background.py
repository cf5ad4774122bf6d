"""The threshold for a wanted number of false alarms, chosen on the user's own background."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.audio.files import AUDIO_SUFFIXES, read_audio
from workbench.backbones.inputs import sound_of
from workbench.cancel import CancelToken
from workbench.detection.decoder import DecoderConfig
from workbench.detection.operating_point import OperatingPoint, choose_threshold, follow
from workbench.detection.scorer import Scorer
from workbench.errors import WorkbenchError
from workbench.evaluation.detection_metrics import RULE_OF_THREE
from workbench.gui import theme
from workbench.gui.bridge.background import Background
from workbench.gui.formatting import count
from workbench.gui.pages.try_it_settings import probability
from workbench.gui.plural import plural
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton


class BackgroundPanel(QWidget):
    """Asks how many false alarms are bearable and for audio without the words; offers a threshold.

    Attributes:
        found: A threshold was chosen.
        failed: Carries a WorkbenchError.
    """

    found = Signal(float)
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._background.idle.connect(self._show_state)
        self._token = CancelToken()
        self._scorer: Scorer | None = None
        self._config = DecoderConfig()
        self.goal = QDoubleSpinBox(self)
        self.goal.setRange(0.1, 100)
        self.goal.setDecimals(1)
        self.goal.setSingleStep(0.5)
        self.goal.setValue(0.5)
        self.goal.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.goal.setAccessibleName(self.tr("Most false alarms per hour"))
        self.button = PushButton(self.tr("Set from background…"), self.choose_file, "", self)
        self.result = QLabel(self)
        self.result.setWordWrap(True)
        theme.set_role(self.result, "small")
        self._lay_out()
        self.set_patch(None, self._config)

    def set_patch(self, scorer: Scorer | None, config: DecoderConfig) -> None:
        """The one patch to choose a threshold for; None when none or several are on."""
        if scorer is not self._scorer:
            self.result.setText("")
        self._scorer, self._config = scorer, config
        self._show_state()

    def choose_file(self) -> None:
        """Ask for a recording in which none of the words is spoken."""
        patterns = " ".join(f"*{suffix}" for suffix in sorted(AUDIO_SUFFIXES))
        path, _ = QFileDialog.getOpenFileName(
            self,
            self.tr("Background without your words"),
            "",
            self.tr("Sound ({0})").format(patterns),
        )
        if path:
            self.measure(Path(path))

    def measure(self, path: Path) -> None:
        """Listen to a background recording off the GUI thread and offer a threshold."""
        scorer, config, goal, token = self._scorer, self._config, self.goal.value(), self._token
        assert scorer is not None
        self.result.setText(self.tr("Listening to {0}…").format(path.name))

        def work() -> OperatingPoint:
            samples = read_audio(path, sound_of(scorer.frontend).rate_hz)
            return choose_threshold(follow(scorer, samples, config, token), config, goal)

        self._background.start(work, self._show, self._fail)
        self._show_state()

    def shut_down(self) -> None:
        """Stop listening to a background recording at its next ten seconds."""
        self._token.stop()

    def _lay_out(self) -> None:
        before, after = (
            QLabel(self.tr("At most"), self),
            QLabel(self.tr("false alarms per hour"), self),
        )
        before.setBuddy(self.goal)
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
        column.addWidget(self.result)

    def _show(self, point: OperatingPoint) -> None:
        low, high = point.expected
        counted = plural(point.alarms.events, self.tr("1 false alarm"), self.tr("{0} false alarms"))
        parts = [
            self.tr("Threshold {0}: {1} in {2} minutes.").format(
                probability(point.threshold), counted, f"{60 * point.alarms.hours:.1f}"
            ),
            self.tr("Expect {0} to {1} per hour in as much other sound.").format(
                count(low), count(high)
            ),
        ]
        if not point.proven:
            hours = RULE_OF_THREE / point.goal_per_hour
            parts.append(
                self.tr("Your goal is proven by {0} hours without an alarm.").format(f"{hours:.1f}")
            )
        self.result.setText(" ".join(parts))
        self.found.emit(point.threshold)

    def _fail(self, error: WorkbenchError) -> None:
        self.result.setText("")
        self.failed.emit(error)

    def _show_state(self) -> None:
        self.button.setEnabled(self._scorer is not None and not self._background.is_busy)
        self.button.setToolTip(
            self.tr(
                "Choose the threshold on a recording of your room in which nobody says the words."
            )
            if self._scorer is not None
            else self.tr("Switch on exactly one patch to choose its threshold.")
        )
