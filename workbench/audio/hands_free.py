"""The hands-free recording of several takes: counts down once, prompts, listens, stops by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil

from workbench.audio.files import Samples
from workbench.audio.takes import Take, TakeFinder, TakeRules, silent_take


class Phase(StrEnum):
    COUNTDOWN = "countdown"
    LISTENING = "listening"
    HEARING = "hearing"
    COMPLETE = "complete"
    GAVE_UP = "gave up"

    @property
    def is_over(self) -> bool:
        return self in (Phase.COMPLETE, Phase.GAVE_UP)


@dataclass(frozen=True)
class TakePlan:
    """How a hands-free recording runs.

    Attributes:
        wanted: Good takes to collect.
        countdown_s: Time before the first prompt; the room's level is measured in it, in seconds.
        patience_s: How long a prompt waits for a word, in seconds.
        most_failures: Rejected takes in a row after which the recording ends.
        rules: What counts as a word.
    """

    wanted: int = 10
    countdown_s: float = 3.0
    patience_s: float = 4.0
    most_failures: int = 3
    rules: TakeRules = field(default_factory=TakeRules)


class HandsFree:
    """Collects takes from a stream. Its clock is the count of samples, so it needs no timer."""

    def __init__(self, plan: TakePlan, rate_hz: int = 16000) -> None:
        self.plan = plan
        self.good = 0
        self._finder = TakeFinder(rate_hz, plan.rules)
        self._rate_hz = rate_hz
        self._heard = 0
        self._failures = 0
        self._prompted_s = plan.countdown_s

    @property
    def now_s(self) -> float:
        return self._heard / self._rate_hz

    @property
    def countdown(self) -> int:
        """Whole seconds until the first prompt; 0 once it has come."""
        return max(ceil(self.plan.countdown_s - self.now_s), 0)

    @property
    def phase(self) -> Phase:
        if self.good >= self.plan.wanted:
            return Phase.COMPLETE
        if self._failures >= self.plan.most_failures:
            return Phase.GAVE_UP
        if self.countdown:
            return Phase.COUNTDOWN
        return Phase.HEARING if self._finder.hears_speech else Phase.LISTENING

    def is_over(self) -> bool:
        return self.phase.is_over

    def feed(self, samples: Samples) -> tuple[Take, ...]:
        """Take the next samples (sample,); return what was recorded, rejected takes included."""
        if self.is_over():
            return ()
        self._heard += len(samples)
        found = [take for take in self._finder.feed(samples) if self._was_prompted(take)]
        if not found and self._nobody_speaks():
            found = [silent_take(self._rate_hz, self.now_s, self.plan.rules)]
        accepted = []
        for take in found:
            if self.is_over():
                break
            accepted.append(take)
            self._count(take)
        return tuple(accepted)

    def _was_prompted(self, take: Take) -> bool:
        return take.start_s >= self.plan.countdown_s

    def _nobody_speaks(self) -> bool:
        late = self.now_s - self._prompted_s >= self.plan.patience_s
        return late and not self._finder.hears_speech

    def _count(self, take: Take) -> None:
        self._prompted_s = self.now_s
        self.good += take.is_good
        self._failures = 0 if take.is_good else self._failures + 1
