"""Finds spoken words in a running recording and cuts each into one centred clip."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import log10

import numpy as np
import numpy.typing as npt

from workbench.audio.files import Samples
from workbench.audio.ring import RingBuffer

FRAME_S = 0.01
SILENT_FRAME_DB = -100.0
NOTHING_HEARD = "nothing heard"


@dataclass(frozen=True)
class TakeRules:
    """When sound is a word, and when a word is good enough to keep.

    Attributes:
        clip_s: Length of the clip that is cut, in seconds; a longer word is rejected.
        onset_db: A word begins this far above the room's level, in dB.
        offset_db: A word ends when the level is back within this distance of the room's.
        dynamic_db: Softer parts than this below the word's loudest frame are breath, in dB.
        faintest_onset_db: Level below which nothing begins a word, in dB of full scale.
        quietest_db: Loudest frame that a kept word must reach, in dB of full scale.
        shortest_s: Shorter bursts are clicks and are ignored, in seconds.
        gap_s: Silence that separates two words, in seconds.
        room_memory_s: How far back the room's level is measured, in seconds.
        clipped_level: Amplitude that counts as clipped.
        clipped_samples: Clipped samples from which a take is rejected.
    """

    clip_s: float = 1.0
    onset_db: float = 14.0
    offset_db: float = 7.0
    dynamic_db: float = 28.0
    faintest_onset_db: float = -50.0
    quietest_db: float = -38.0
    shortest_s: float = 0.08
    gap_s: float = 0.3
    room_memory_s: float = 3.0
    clipped_level: float = 0.985
    clipped_samples: int = 8


@dataclass(frozen=True)
class Take:
    """One attempt at a word.

    Attributes:
        samples: The clip (sample,) with the word in its middle.
        start_s, end_s: Where the word lies in the recording, in seconds.
        level_db: Loudest 10 ms of the word, in dB of full scale.
        reason: Why it was rejected, to be read by the user; empty when it is good.
    """

    samples: Samples
    start_s: float
    end_s: float
    level_db: float
    reason: str = ""

    @property
    def is_good(self) -> bool:
        return not self.reason


class TakeFinder:
    """Cuts takes out of a stream by its energy; blocks may have any length.

    The room's level is the lower fifth of the last seconds, so a constant hum is no word.
    """

    def __init__(self, rate_hz: int = 16000, rules: TakeRules | None = None) -> None:
        self.rate_hz = rate_hz
        self.rules = rules or TakeRules()
        self._frame = round(FRAME_S * rate_hz)
        self._ring = RingBuffer(round((4 * self.rules.clip_s + 2 * self.rules.gap_s) * rate_hz))
        self._partial = np.zeros(0, dtype=np.float32)
        self._levels: deque[float] = deque(maxlen=round(self.rules.room_memory_s / FRAME_S))
        self._frames = 0
        self._word_at: int | None = None
        self._word_levels: list[float] = []

    @property
    def hears_speech(self) -> bool:
        """Whether a word is being spoken at the end of what was fed."""
        return self._word_at is not None

    def feed(self, samples: Samples) -> tuple[Take, ...]:
        """Take the next samples (sample,) and return the takes that are now complete."""
        pending = np.concatenate([self._partial, samples])
        whole = len(pending) // self._frame
        self._partial = pending[whole * self._frame :]
        takes = []
        for frame in pending[: whole * self._frame].reshape(whole, self._frame):
            self._ring.write(frame)
            take = self._look_at(_level_db(frame))
            takes += [take] if take else []
        return tuple(takes)

    def finish(self) -> tuple[Take, ...]:
        """End the recording, as if silence followed, and return what was still open."""
        rest = round(2 * self.rules.clip_s * self.rate_hz)
        return self.feed(np.zeros(rest, dtype=np.float32))

    def _look_at(self, level_db: float) -> Take | None:
        room_db = self._room_db()
        self._levels.append(level_db)
        self._frames += 1
        if self._word_at is None:
            if level_db < max(room_db + self.rules.onset_db, self.rules.faintest_onset_db):
                return None
            self._word_at, self._word_levels = self._frames - 1, []
        self._word_levels.append(level_db)
        loud = self._loud_frames(room_db)
        return self._close(loud) if self._is_over(loud) else None

    def _loud_frames(self, room_db: float) -> npt.NDArray[np.intp]:
        """Frames of the word, counted from its onset, that rise above the room and the breath."""
        levels = np.array(self._word_levels)
        floor_db = max(room_db + self.rules.offset_db, levels.max() - self.rules.dynamic_db)
        return np.flatnonzero(levels >= min(floor_db, levels.max()))

    def _is_over(self, loud: npt.NDArray[np.intp]) -> bool:
        """The word has ended, and all that its clip needs has been heard."""
        heard = len(self._word_levels)
        quiet = heard - 1 - loud[-1]
        too_long = heard > 3 * self.rules.clip_s / FRAME_S
        after_middle = heard - (loud[0] + loud[-1]) / 2
        enough = after_middle >= self.rules.clip_s / 2 / FRAME_S
        return bool(too_long or (enough and quiet >= self.rules.gap_s / FRAME_S))

    def _close(self, loud: npt.NDArray[np.intp]) -> Take | None:
        assert self._word_at is not None
        first, end = int(self._word_at + loud[0]), int(self._word_at + loud[-1] + 1)
        self._word_at = None
        if len(loud) < self.rules.shortest_s / FRAME_S:
            return None
        clip = self._cut((first + end) * self._frame // 2)
        start_s, end_s, level_db = first * FRAME_S, end * FRAME_S, max(self._word_levels)
        return Take(clip, start_s, end_s, level_db, self._reason(clip, end_s - start_s, level_db))

    def _cut(self, middle: int) -> Samples:
        """One clip (sample,) around the sample ``middle``, silent where nothing was recorded."""
        length = round(self.rules.clip_s * self.rate_hz)
        recent = self._ring.latest(self._ring.capacity)
        begin = middle - length // 2 - (self._ring.position - len(recent))
        clip = recent[max(begin, 0) : begin + length]
        return np.pad(clip, (max(-begin, 0), length - len(clip) - max(-begin, 0)))

    def _reason(self, clip: Samples, word_s: float, level_db: float) -> str:
        rules = self.rules
        if np.count_nonzero(np.abs(clip) >= rules.clipped_level) >= rules.clipped_samples:
            return "clipped"
        if word_s > rules.clip_s:
            return f"longer than {rules.clip_s:g} s"
        if level_db < rules.quietest_db:
            return "too quiet"
        return ""

    def _room_db(self) -> float:
        if not self._levels:
            return SILENT_FRAME_DB
        ordered = sorted(self._levels)
        return ordered[len(ordered) // 5]


def split_takes(
    samples: Samples, rate_hz: int = 16000, rules: TakeRules | None = None
) -> tuple[Take, ...]:
    """Cut a finished recording (sample,) into takes, in the order they were spoken."""
    finder = TakeFinder(rate_hz, rules)
    return finder.feed(samples) + finder.finish()


def silent_take(rate_hz: int, at_s: float, rules: TakeRules) -> Take:
    """The rejected take of a prompt that nobody answered."""
    clip = np.zeros(round(rules.clip_s * rate_hz), dtype=np.float32)
    return Take(clip, at_s, at_s, SILENT_FRAME_DB, NOTHING_HEARD)


def _level_db(frame: Samples) -> float:
    power = float(np.mean(np.square(frame, dtype=np.float64)))
    return max(10 * log10(power + 1e-12), SILENT_FRAME_DB)
