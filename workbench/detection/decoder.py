"""From class posteriors, hop by hop, to detections of words."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from workbench.data.task import is_word

Posteriors = npt.NDArray[np.float32]
_CLOCK_SLACK_S = 1e-6


class DecoderConfig(BaseModel):
    """When a word counts as heard."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: float = Field(
        0.7, gt=0, lt=1, description="Smoothed probability from which a word counts as heard."
    )
    word_thresholds: Mapping[str, float] = Field(
        default_factory=dict,
        description="Thresholds of single words that differ from the common one.",
    )
    smoothing_ms: float = Field(
        160, ge=0, le=2000, description="Probabilities are averaged over this long."
    )
    patience_ms: float = Field(
        160, ge=0, le=2000, description="A word must stay above its threshold for this long."
    )
    refractory_ms: float = Field(
        1000,
        ge=0,
        le=10000,
        description="Quiet time after a detection, in which nothing is reported.",
    )
    hop_ms: float = Field(
        80, ge=20, le=100, description="Time from one look at the sound to the next."
    )

    def threshold_of(self, label: str) -> float:
        return self.word_thresholds.get(label, self.threshold)

    @property
    def smoothing_hops(self) -> int:
        """Posteriors that are averaged; at least one."""
        return max(1, round(self.smoothing_ms / self.hop_ms))


@dataclass(frozen=True)
class Detection:
    """A word was heard.

    Attributes:
        time_s: Where in the stream it was decided: the end of the window that tipped the scale.
        label: The word.
        score: Its smoothed posterior, 0 to 1.
        latency_ms: From the estimated end of the word to ``time_s``; 0 until the stream has filled it in.
        patch: Name of the patch that heard it.
    """

    time_s: float
    label: str
    score: float
    latency_ms: float
    patch: str


class HeldBack(StrEnum):
    """Why the likeliest word was not reported."""

    TOO_FEW_HOPS = "too few hops"
    BELOW_THRESHOLD = "below threshold"
    QUIET_TIME = "quiet time"
    STILL_SOUNDING = "still sounding"
    TOO_SHORT = "too short"


@dataclass(frozen=True)
class Verdict:
    """What one hop came to.

    Attributes:
        smoothed: Smoothed posterior of each class (class,).
        word: The likeliest word; silence and unknown are no words. Empty when the patch has none.
        score: Its smoothed posterior.
        gap: How far it is ahead of the likeliest other class; negative when that one leads.
        held_back: Why it was not reported; None when it was.
    """

    smoothed: tuple[float, ...]
    word: str
    score: float
    gap: float
    held_back: HeldBack | None


class KeywordDecoder:
    """Smooths posteriors and decides; one per patch, fed at every hop.

    A word is reported when its smoothed posterior has been at or above its threshold for ``patience_ms``, no word was
    reported during the last ``refractory_ms``, and it fell below its threshold since it was last reported, so that
    one utterance is never reported twice. ``_silence_`` and ``_unknown_`` are never reported.

    Args:
        labels: Classes in the order of the posteriors.
        config: When a word counts as heard.
        patch: Name written into detections.
    """

    def __init__(self, labels: Sequence[str], config: DecoderConfig, patch: str = "") -> None:
        self.labels = tuple(labels)
        self.patch = patch
        self.verdict: Verdict | None = None
        self._words = [i for i, label in enumerate(self.labels) if is_word(label)]
        self._history: deque[Posteriors] = deque()
        self._above_since: dict[int, float] = {}
        self._sounding: set[int] = set()
        self._reported_at = -np.inf
        self.set_config(config)

    def set_config(self, config: DecoderConfig) -> None:
        """Apply other settings from the next hop on; what was heard so far is kept."""
        self.config = config
        self._thresholds = [config.threshold_of(label) for label in self.labels]
        self._history = deque(self._history, maxlen=config.smoothing_hops)

    def push(self, time_s: float, posteriors: Posteriors) -> Detection | None:
        """Take the posteriors (class,) of the window that ends at ``time_s``; at most one word is reported."""
        self._history.append(posteriors)
        smoothed = np.stack(self._history).mean(axis=0, dtype=np.float64)
        self._follow(time_s, smoothed)
        ready = [i for i in self._words if self._obstacle(time_s, i) is None]
        word = max(ready or self._words, key=lambda i: smoothed[i], default=-1)
        obstacle = HeldBack.BELOW_THRESHOLD if word < 0 else self._obstacle(time_s, word)
        self.verdict = self._verdict(smoothed, word, obstacle)
        if obstacle is not None:
            return None
        self._reported_at = time_s
        self._sounding.add(word)
        return Detection(time_s, self.labels[word], float(smoothed[word]), 0.0, self.patch)

    def _follow(self, time_s: float, smoothed: npt.NDArray[np.float64]) -> None:
        """Note which words are above their thresholds and since when."""
        for i in self._words:
            if smoothed[i] >= self._thresholds[i]:
                self._above_since.setdefault(i, time_s)
            else:
                self._above_since.pop(i, None)
                self._sounding.discard(i)

    def _obstacle(self, time_s: float, word: int) -> HeldBack | None:
        if word not in self._above_since:
            return HeldBack.BELOW_THRESHOLD
        if len(self._history) < self.config.smoothing_hops:
            return HeldBack.TOO_FEW_HOPS
        if word in self._sounding:
            return HeldBack.STILL_SOUNDING
        if _is_sooner(time_s - self._reported_at, self.config.refractory_ms):
            return HeldBack.QUIET_TIME
        if _is_sooner(time_s - self._above_since[word], self.config.patience_ms):
            return HeldBack.TOO_SHORT
        return None

    def _verdict(
        self, smoothed: npt.NDArray[np.float64], word: int, obstacle: HeldBack | None
    ) -> Verdict:
        values = tuple(smoothed.tolist())
        if word < 0:
            return Verdict(values, "", 0.0, 0.0, obstacle)
        others = [value for i, value in enumerate(values) if i != word]
        gap = values[word] - max(others, default=0.0)
        return Verdict(values, self.labels[word], values[word], gap, obstacle)


def _is_sooner(elapsed_s: float, wanted_ms: float) -> bool:
    return elapsed_s < wanted_ms / 1000 - _CLOCK_SLACK_S
