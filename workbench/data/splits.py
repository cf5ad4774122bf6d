"""Speaker-disjoint, seeded splits that stay put when clips are added.

Every speaker's part follows from a hash of (seed, speaker) alone; a clip without a speaker from a
hash of its label and file name. A small repair then moves as few of them as it can so that each
class can be trained and measured. Clips that have a split already never move, and their speakers'
new clips follow them: that is what keeps a stored split stable.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from workbench.data.task import SILENCE, Clip, Split

SHARES = (0.8, 0.1, 0.1)
MIN_SPEAKERS = 3
MIN_RECORDINGS = 5
_PARTS = (Split.TRAIN, Split.VAL, Split.TEST)

# A unit is what may not be torn apart: all clips of a speaker, or one recording.
_Unit = tuple[str, ...]


def assign_splits(
    clips: Iterable[Clip], seed: int = 0, shares: tuple[float, float, float] = SHARES
) -> tuple[Clip, ...]:
    """Give each clip without a split one; the others keep theirs. The order is kept.

    With at least three speakers no new speaker is in two parts. With fewer the split is by clip,
    which the data doctor reports. Each class with three speakers, or with five recordings where
    speakers are unknown, gets clips in every part as far as its speakers allow it.

    Args:
        clips: Clips, some of which may have a split.
        seed: Another seed gives another split.
        shares: Expected shares of train, val and test; they sum to one.
    """
    clips = tuple(clips)
    if all(clip.split for clip in clips):
        return clips
    return _Assignment(clips, seed, shares, splits_by_speaker(clips)).split_clips()


def split_of_new(
    clip: Clip,
    counts: Mapping[tuple[str, Split | None], int],
    alike: Callable[[], Iterable[Clip]],
    seed: int = 0,
) -> Split:
    """The part that ``assign_splits`` gives a clip beside a task whose clips all have one.

    Args:
        clip: A clip that comes to the task.
        counts: How many clips of the task each speaker has in each part.
        alike: Reads the task's clips of the same class; called only when they decide.
        seed: As for ``assign_splits``.
    """
    by_speaker = new_is_by_speaker(clip, counts)
    known = {part: counts.get((clip.speaker, part), 0) for part in _PARTS}
    if by_speaker and clip.speaker and any(known.values()):
        return max(_PARTS, key=known.__getitem__)
    found = _Assignment((*alike(), clip), seed, SHARES, by_speaker).split_clips()[-1].split
    assert found is not None
    return found


def new_is_by_speaker(clip: Clip, counts: Mapping[tuple[str, Split | None], int]) -> bool:
    """Whether speakers are kept whole once a clip comes to a task; see ``split_of_new``."""
    parts: dict[str, set[Split]] = defaultdict(set)
    for speaker, part in [*counts, (clip.speaker, clip.split)]:
        if speaker:
            parts[speaker] |= {part} if part else set()
    return _are_whole(parts)


def hold_out_validation(
    clips: Iterable[Clip], seed: int = 0, share: float = 0.1
) -> tuple[Clip, ...]:
    """Move some training speakers (or clips) to val, for splits that came without one."""
    clips = tuple(clips)
    loose = [replace(clip, split=None) for clip in clips if clip.split is Split.TRAIN]
    divided = iter(assign_splits(loose, seed, (1.0 - share, share, 0.0)))
    return tuple(next(divided) if clip.split is Split.TRAIN else clip for clip in clips)


def splits_by_speaker(clips: Iterable[Clip]) -> bool:
    """Whether speakers are kept whole: there are enough, or the given splits keep them whole."""
    parts: dict[str, set[Split]] = defaultdict(set)
    for clip in clips:
        if clip.speaker:
            parts[clip.speaker] |= {clip.split} if clip.split else set()
    return _are_whole(parts)


def _are_whole(parts: Mapping[str, set[Split]]) -> bool:
    if len(parts) >= MIN_SPEAKERS:
        return True
    return len(set().union(*parts.values())) > 1 and all(len(p) <= 1 for p in parts.values())


class _Assignment:
    """Parts of all units, and how many clips each class has in each part."""

    def __init__(
        self,
        clips: tuple[Clip, ...],
        seed: int,
        shares: tuple[float, float, float],
        by_speaker: bool,
    ) -> None:
        self._clips = clips
        self._seed = seed
        self._shares = dict(zip(_PARTS, shares, strict=True))
        self._units = [_unit_of(clip, by_speaker) for clip in clips]
        self._part = self._first_parts()
        self._free: dict[_Unit, Counter[str]] = defaultdict(Counter)
        self._count: Counter[tuple[str, Split]] = Counter()
        for clip, unit in zip(clips, self._units, strict=True):
            self._count[clip.label, clip.split or self._part[unit]] += 1
            if unit not in self._fixed:
                self._free[unit][clip.label] += 1
        self._need = self._needed()
        self._repair()

    def _first_parts(self) -> dict[_Unit, Split]:
        """Given splits decide for their unit (the most frequent one), a hash for the others."""
        given: dict[_Unit, Counter[Split]] = defaultdict(Counter)
        for clip, unit in zip(self._clips, self._units, strict=True):
            if clip.split:
                given[unit][clip.split] += 1
        self._fixed = given.keys()
        parts: dict[_Unit, Split] = {}
        for unit in dict.fromkeys(self._units):
            counts = given.get(unit)
            parts[unit] = max(_PARTS, key=counts.__getitem__) if counts else self._drawn(unit)
        return parts

    def _drawn(self, unit: _Unit) -> Split:
        drawn = _uniform(self._seed, unit)
        if drawn < self._shares[Split.TRAIN]:
            return Split.TRAIN
        below_test = self._shares[Split.TRAIN] + self._shares[Split.VAL]
        return Split.VAL if drawn < below_test or not self._shares[Split.TEST] else Split.TEST

    def _needed(self) -> dict[tuple[str, Split], int]:
        """Clips that each class must have in each part: one, and half its share of loose clips."""
        units: dict[str, set[_Unit]] = defaultdict(set)
        for clip, unit in zip(self._clips, self._units, strict=True):
            units[clip.label].add(unit)
        need: dict[tuple[str, Split], int] = {}
        for label, members in units.items():
            loose = sum(1 for unit in members if not _is_speaker(unit))
            enough = len(members) - loose >= MIN_SPEAKERS or len(members) >= MIN_RECORDINGS
            for part, share in self._shares.items():
                if share and (enough or part is Split.TRAIN):
                    need[label, part] = max(1, int(share * loose / 2))
        return need

    def _repair(self) -> None:
        """Move units while that lessens what is missing in train, then val, then test."""
        by_label: dict[str, list[_Unit]] = defaultdict(list)
        for unit, labels in self._free.items():
            for label in labels:
                by_label[label].append(unit)
        changed = True
        while changed:
            changed = False
            for part in _PARTS:
                for label in sorted(by_label):
                    changed |= self._fill(label, part, by_label[label])

    def _fill(self, label: str, part: Split, members: list[_Unit]) -> bool:
        if not self._missing(label, part):
            return False
        candidates = sorted(
            (unit for unit in members if self._part[unit] is not part),
            key=lambda unit: (
                self._change(unit, part),
                self._free[unit].total(),
                _uniform(self._seed, unit),
            ),
        )
        changed = False
        for unit in candidates:
            if not self._missing(label, part):
                break
            if self._change(unit, part) < (0, 0, 0):
                self._move(unit, part)
                changed = True
        return changed

    def _missing(self, label: str, part: Split, more: int = 0) -> int:
        return max(0, self._need.get((label, part), 0) - self._count[label, part] - more)

    def _change(self, unit: _Unit, part: Split) -> tuple[int, ...]:
        """How moving a unit changes what is missing in train, val, test (negative: better)."""
        change = dict.fromkeys(_PARTS, 0)
        for label, clips in self._free[unit].items():
            for side, more in ((self._part[unit], -clips), (part, clips)):
                change[side] += self._missing(label, side, more) - self._missing(label, side)
        return tuple(change.values())

    def _move(self, unit: _Unit, part: Split) -> None:
        for label, clips in self._free[unit].items():
            self._count[label, self._part[unit]] -= clips
            self._count[label, part] += clips
        self._part[unit] = part

    def split_clips(self) -> tuple[Clip, ...]:
        return tuple(
            clip if clip.split else clip.with_split(self._part[unit])
            for clip, unit in zip(self._clips, self._units, strict=True)
        )


def _unit_of(clip: Clip, by_speaker: bool) -> _Unit:
    if by_speaker and clip.speaker:
        return ("speaker", clip.speaker)
    # Pieces of one recording stay together; pieces of noise need not, they hold no voice, nor the pictures in a file.
    if clip.index is not None:
        return ("recording", clip.label, clip.path.name, str(clip.index))
    piece = (str(clip.start_s),) if clip.label == SILENCE else ()
    return ("recording", clip.label, clip.path.name, *piece)


def _is_speaker(unit: _Unit) -> bool:
    return unit[0] == "speaker"


def _uniform(seed: int, unit: _Unit) -> float:
    """A number in [0, 1) that depends on nothing but the seed and the unit."""
    digest = hashlib.blake2b("\0".join((str(seed), *unit)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
