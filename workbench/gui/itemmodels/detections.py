"""Words that were heard, newest first."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QModelIndex, QObject

from workbench.detection.decoder import Detection
from workbench.gui.formatting import decimal
from workbench.gui.itemmodels.columns import Column, ColumnTable

MOST_KEPT = 1000


class DetectionTable(ColumnTable[Detection]):
    """Detections with time, score, latency and patch."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_columns(), parent)

    def add(self, detection: Detection) -> None:
        """Put a detection on top; the oldest are forgotten when there are very many."""
        self.beginInsertRows(QModelIndex(), 0, 0)
        self._records.insert(0, detection)
        self.endInsertRows()
        if len(self._records) > MOST_KEPT:
            self.beginRemoveRows(QModelIndex(), MOST_KEPT, len(self._records) - 1)
            del self._records[MOST_KEPT:]
            self.endRemoveRows()


def clock(time_s: float) -> str:
    """Moment in a stream: ``0:07.4``, ``12:05.0``."""
    minutes, seconds = divmod(round(10 * time_s) / 10, 60)
    return f"{int(minutes)}:{seconds:04.1f}"


def _columns() -> tuple[Column[Detection], ...]:
    def tr(text: str) -> str:
        return QCoreApplication.translate("DetectionTable", text)

    return (
        Column(
            "time_s",
            tr("Time"),
            tr("Since listening began, in minutes and seconds"),
            lambda one: one.time_s,
            lambda one: clock(one.time_s),
        ),
        Column("label", tr("Word"), tr("What was heard"), lambda one: one.label, is_number=False),
        Column(
            "score",
            tr("Score"),
            tr("Smoothed probability of the word when it was reported, 0 to 1"),
            lambda one: one.score,
            lambda one: decimal(one.score, 2),
        ),
        Column(
            "latency_ms",
            tr("Delay (ms)"),
            tr("From the estimated end of the word until it was reported, in milliseconds"),
            lambda one: one.latency_ms,
            lambda one: decimal(one.latency_ms, 0),
        ),
        Column("patch", tr("Patch"), tr("Who heard it"), lambda one: one.patch, is_number=False),
    )
