"""From files to an operating point: background of any length, and the clips that a patch was validated on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.audio.blocks import read_blocks
from workbench.audio.files import probe, read_audio
from workbench.backbones.inputs import sound_of
from workbench.cancel import CancelToken
from workbench.data.importers import load_task
from workbench.data.task import Clip, Split, is_word
from workbench.detection.decoder import DecoderConfig
from workbench.detection.operating_point import OperatingPoint, SpokenWord, choose_threshold
from workbench.detection.scorer import Scorer
from workbench.detection.stream import TAIL_S, amplified, followed_by_silence
from workbench.detection.tracks import Follower, Track
from workbench.training.assess import measurable_clips
from workbench.training.prepare import default_store

MOST_WORDS = 400
"""Enough to tell a share to within five per cent; the rest would only take time."""

_CLIP_S = 1.0 + 2 * TAIL_S
"""About how long a clip is with the silence around it."""


@dataclass(frozen=True)
class HeardSoFar:
    """Attributes: sound that was heard of a search's words and background, and all of it, in seconds."""

    done_s: float
    total_s: float


@dataclass(frozen=True)
class OperatingSearch:
    """What an operating point is chosen with.

    Attributes:
        scorer: The patch.
        background: Recordings in which none of its words is spoken.
        config: Decoder settings; the thresholds are replaced.
        goal_per_hour: Most false alarms per hour.
        data: Task whose validation clips tell how many words are missed; None leaves that open.
        gain_db: Amplification of the background, as it will be listened to; clips are as loud as they should be.
    """

    scorer: Scorer
    background: Sequence[Path]
    config: DecoderConfig
    goal_per_hour: float
    data: Path | None = None
    gain_db: float = 0.0

    def run(self, token: CancelToken | None = None) -> Iterator[HeardSoFar | OperatingPoint]:
        """Hear everything with the streaming engine; last of all comes the operating point.

        Raises:
            WorkbenchError: when a recording or all clips cannot be read, the clips are of other words, there is too
                little background, or no threshold reaches the goal.
            Cancelled: when the token was stopped.
        """
        token = token or CancelToken()
        lengths_s = [probe(path).duration_s for path in self.background]
        clips = self._words(token)
        total_s, done_s = sum(lengths_s) + len(clips) * _CLIP_S, 0.0
        words: list[SpokenWord] = []
        for clip in clips:
            token.check()
            words.append(SpokenWord(clip.label, self._follow_clip(clip)))
            done_s += _CLIP_S
            yield HeardSoFar(done_s, total_s)
        tracks: list[Track] = []
        for path in self.background:
            follower = Follower(self.scorer, self.config)
            for block in read_blocks(path, self._rate_hz):
                token.check()
                follower.feed(amplified(block, self.gain_db))
                done_s += len(block) / self._rate_hz
                yield HeardSoFar(done_s, total_s)
            tracks.append(follower.track())
        yield choose_threshold(tracks, self.config, self.goal_per_hour, words)

    @property
    def _rate_hz(self) -> int:
        return sound_of(self.scorer.frontend).rate_hz

    def _words(self, token: CancelToken) -> list[Clip]:
        """Validation clips of words, evenly chosen where there are many; none where the task has none."""
        if self.data is None:
            return []
        imported = load_task(self.data)
        if not any(is_word(clip.label) for clip in imported.task.part(Split.VAL)):
            return []
        classes, taken = self.scorer.classes, self.scorer.frontend
        clips = measurable_clips(imported, Split.VAL, classes, taken, default_store(), token)
        words = [clip for clip in clips if is_word(clip.label)]
        number = min(len(words), MOST_WORDS)
        return [words[i * len(words) // number] for i in range(number)]

    def _follow_clip(self, clip: Clip) -> Track:
        """A clip as a stream with silence around it, so that it comes and goes as a spoken word does."""
        samples = read_audio(clip.path, self._rate_hz, clip.start_s, clip.duration_s)
        lead = np.zeros(round(TAIL_S * self._rate_hz), np.float32)
        follower = Follower(self.scorer, self.config)
        follower.feed(followed_by_silence(np.concatenate([lead, samples]), self._rate_hz))
        return follower.track()
