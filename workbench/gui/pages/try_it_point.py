"""An operating point in words: what the threshold raises, what it misses, and what is proven."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from workbench.detection.operating_point import OperatingPoint
from workbench.evaluation.detection_metrics import RULE_OF_THREE, MissRate
from workbench.gui import theme
from workbench.gui.formatting import count, decimal, percent
from workbench.gui.pages.try_it_settings import probability
from workbench.gui.plural import plural


class OperatingPointText(QLabel):
    """A few lines."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        theme.set_role(self, "small")

    def show_point(self, point: OperatingPoint) -> None:
        """Say what a threshold costs, and how sure that is."""
        lines = [self._alarms(point), self._missed(point.missed)]
        if not point.proven:
            hours = RULE_OF_THREE / point.goal_per_hour
            lines.append(
                self.tr("Your goal is proven by {0} hours without an alarm.").format(_rate(hours))
            )
        self.setText("\n".join(lines))

    def _alarms(self, point: OperatingPoint) -> str:
        events, (low, high) = point.alarms.events, point.expected
        counted = plural(events, self.tr("1 false alarm"), self.tr("{0} false alarms"))
        expected = (
            self.tr("expect {0} to {1} per hour in as much other sound").format(
                _rate(low), _rate(high)
            )
            if events
            else self.tr("at most {0} per hour (95 %)").format(_rate(high))
        )
        hours = point.alarms.hours
        heard = self.tr("{0} hours") if hours >= 1 else self.tr("{0} minutes")
        heard = heard.format(decimal(hours if hours >= 1 else 60 * hours, 1))
        return self.tr("Threshold {0}: {1} in {2}; {3}.").format(
            probability(point.threshold), counted, heard, expected
        )

    def _missed(self, missed: MissRate | None) -> str:
        if missed is None:
            return self.tr("How many words it misses is not known: no validation clips are there.")
        low, high = missed.ci95
        return self.tr("It misses {0} of {1} validation words: {2} (95 %: {3} to {4}).").format(
            count(missed.missed),
            count(missed.n),
            percent(missed.share),
            percent(low),
            percent(high),
        )


def _rate(value: float) -> str:
    """One digit where it matters: ``0.5``, ``6.0``, ``36``."""
    return decimal(value, 1) if value < 10 else count(value)
