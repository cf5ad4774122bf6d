"""The data doctor: what in a task would make its figures wrong or its training poor."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from workbench.audio.files import read_audio
from workbench.cancel import CancelToken
from workbench.data.fingerprints import LONGEST_S, Fingerprint, copies, fingerprint
from workbench.data.levels import LevelFlag, measure
from workbench.data.splits import splits_by_speaker
from workbench.data.task import SILENCE, Clip, Split, Task
from workbench.errors import WorkbenchError

RATE_HZ = 16000
FEW_CLIPS = 10
IMBALANCE = 5.0
# Fingerprints of this many clips take about 0.5 GB.
MOST_COMPARED = 20_000

Progress = Callable[[int, int], None]


class Severity(StrEnum):
    """INFO: good to know. WARNING: hurts the result. LEAK: makes measured figures wrong."""

    INFO = "info"
    WARNING = "warning"
    LEAK = "leak"


class Kind(StrEnum):
    SPEAKER_IN_SPLITS = "speaker in several splits"
    SPLIT_BY_CLIP = "split by clip"
    DUPLICATE = "duplicate"
    DUPLICATE_IN_SPLITS = "duplicate in several splits"
    DUPLICATE_LABELS = "duplicate with several labels"
    NEAR_DUPLICATE = "near-duplicate in several splits"
    UNREADABLE = "unreadable"
    SILENT = "silent"
    QUIET = "quiet"
    CLIPPED = "clipped"
    FEW_CLIPS = "few clips"
    NOT_MEASURED = "class missing in a split"
    IMBALANCE = "imbalance"
    NO_SILENCE = "no background noise"
    UNKNOWN_SPEAKERS = "unknown speakers"
    NOT_COMPARED = "not compared"


@dataclass(frozen=True)
class Finding:
    """One thing that the user should know.

    Attributes:
        kind: What was found, for programs.
        severity: How bad it is.
        text: What was found, for people.
        clips: The clips in question; a duplicate comes after the clip that it repeats.
        fix: What can be done about it; empty when nothing need be.
    """

    kind: Kind
    severity: Severity
    text: str
    clips: tuple[Clip, ...] = ()
    fix: str = ""


def examine(
    task: Task, token: CancelToken | None = None, progress: Progress | None = None
) -> tuple[Finding, ...]:
    """Examine a task; every clip is decoded once. Worst findings come first.

    Args:
        task: A task with splits.
        token: Stops the examination between two clips.
        progress: Called with the number of clips heard and their total.

    Raises:
        Cancelled: when the token was stopped.
    """
    heard = _listen(task.clips, token or CancelToken(), progress)
    exact = _exact_duplicates(task.clips)
    repeated = {clip for finding in exact for clip in finding.clips[1:]}
    findings = [
        *_speaker_findings(task),
        *exact,
        *_near_duplicates(heard, repeated),
        *_unheard(heard),
        *_level_findings(heard),
        *_class_findings(task),
    ]
    order = list(Severity)
    return tuple(sorted(findings, key=lambda finding: -order.index(finding.severity)))


@dataclass
class _Heard:
    """What listening to the clips gave."""

    fingerprints: dict[Clip, Fingerprint]
    flagged: dict[LevelFlag, list[Clip]]
    unreadable: list[Clip]
    not_compared: list[Clip]


def _listen(clips: Sequence[Clip], token: CancelToken, progress: Progress | None) -> _Heard:
    heard = _Heard({}, defaultdict(list), [], [])
    for done, clip in enumerate(clips):
        token.check()
        if progress:
            progress(done, len(clips))
        try:
            samples = read_audio(clip.path, RATE_HZ, clip.start_s, clip.duration_s)
        except WorkbenchError:
            heard.unreadable.append(clip)
            continue
        # Noise has neither a level that it should have nor speech that could leak.
        if clip.label == SILENCE:
            continue
        for flag in measure(samples, RATE_HZ).flags:
            heard.flagged[flag].append(clip)
        if len(heard.fingerprints) < MOST_COMPARED:
            heard.fingerprints[clip] = fingerprint(samples, RATE_HZ)
        else:
            heard.not_compared.append(clip)
    if progress:
        progress(len(clips), len(clips))
    return heard


def _speaker_findings(task: Task) -> list[Finding]:
    by_speaker: dict[str, list[Clip]] = defaultdict(list)
    for clip in task.clips:
        by_speaker[clip.speaker].append(clip)
    unknown = [clip for clip in by_speaker.pop("", []) if clip.label != SILENCE]
    torn = {
        name: clips for name, clips in by_speaker.items() if len({clip.split for clip in clips}) > 1
    }
    findings = []
    if torn:
        names = ", ".join(sorted(torn)[:5]) + (", ..." if len(torn) > 5 else "")
        text = f"{_count(len(torn), 'speaker')} in more than one of train, val and test: {names}."
        found = tuple(clip for clips in torn.values() for clip in clips)
        fix = "Split again by speaker." if len(by_speaker) >= 3 else "Record more speakers."
        findings.append(Finding(Kind.SPEAKER_IN_SPLITS, Severity.LEAK, text, found, fix))
    if by_speaker and not splits_by_speaker(task.clips):
        text = f"Only {_count(len(by_speaker), 'known speaker')}, so the split is by clip: "
        text += "figures say nothing about other voices."
        findings.append(
            Finding(
                Kind.SPLIT_BY_CLIP, Severity.WARNING, text, (), "Record three or more speakers."
            )
        )
    if unknown:
        text = f"The speaker of {_count(len(unknown), 'clip')} is unknown; a voice may be in "
        text += "train and in test."
        fix = "Name the speakers, in the manifest or in the list of clips."
        findings.append(Finding(Kind.UNKNOWN_SPEAKERS, Severity.WARNING, text, tuple(unknown), fix))
    return findings


def _exact_duplicates(clips: Sequence[Clip]) -> list[Finding]:
    groups: dict[tuple[str, float], list[Clip]] = defaultdict(list)
    for clip, content in zip(clips, _contents(clips), strict=True):
        groups[content, clip.start_s].append(clip)
    return [_duplicate_finding(group) for group in groups.values() if len(group) > 1]


def _duplicate_finding(group: list[Clip]) -> Finding:
    names = f"{group[0].path.name} is there {len(group)} times"
    fix = "Remove the copies."
    if len({clip.label for clip in group}) > 1:
        labels = ", ".join(sorted({clip.label for clip in group}))
        text = f"{names}, with different labels: {labels}."
        fix = "Keep the right one."
        return Finding(Kind.DUPLICATE_LABELS, Severity.LEAK, text, tuple(group), fix)
    if len({clip.split for clip in group}) > 1:
        text = f"{names}, in different splits."
        return Finding(Kind.DUPLICATE_IN_SPLITS, Severity.LEAK, text, tuple(group), fix)
    return Finding(Kind.DUPLICATE, Severity.INFO, f"{names}.", tuple(group), fix)


def _contents(clips: Iterable[Clip]) -> list[str]:
    """A name for each clip's bytes; only files of equal size are read."""
    sizes: dict[Path, int] = {}
    for clip in clips:
        if clip.path not in sizes:
            sizes[clip.path] = clip.path.stat().st_size if clip.path.is_file() else -1
    shared = Counter(sizes.values())
    names: dict[Path, str] = {}
    for path, size in sizes.items():
        if size > 0 and shared[size] > 1:
            with path.open("rb") as file:
                names[path] = hashlib.file_digest(file, "sha256").hexdigest()
        else:
            names[path] = str(path)
    return [names[clip.path] for clip in clips]


def _near_duplicates(heard: _Heard, repeated: set[Clip]) -> list[Finding]:
    """Copies across splits; each part is compared with the parts before it."""
    findings = []
    parts: dict[Split | None, list[Clip]] = defaultdict(list)
    for clip in heard.fingerprints:
        if clip not in repeated:
            parts[clip.split].append(clip)
    before: list[Clip] = []
    for part in (None, Split.TRAIN, Split.VAL, Split.TEST):
        queries = parts[part]
        pairs = copies(
            [heard.fingerprints[clip] for clip in queries],
            [heard.fingerprints[clip] for clip in before],
        )
        for query, other, likeness in pairs:
            clip, original = queries[query], before[other]
            text = f"{clip.path.name} ({clip.split}) sounds like a copy of {original.path.name} "
            text += f"({original.split}): {likeness:.0%} alike."
            fix = "Remove one of the two."
            findings.append(
                Finding(Kind.NEAR_DUPLICATE, Severity.LEAK, text, (original, clip), fix)
            )
        before += queries
    return findings


def _unheard(heard: _Heard) -> list[Finding]:
    findings = []
    if lost := heard.unreadable:
        text = f"{_count(len(lost), 'clip')} cannot be read, for example {lost[0].path.name}."
        fix = "Remove or replace them."
        findings.append(Finding(Kind.UNREADABLE, Severity.WARNING, text, tuple(lost), fix))
    if heard.not_compared:
        text = f"Copies were looked for among {MOST_COMPARED:,} clips only, and in the first "
        text += f"{LONGEST_S:.0f} s of each."
        findings.append(Finding(Kind.NOT_COMPARED, Severity.INFO, text, tuple(heard.not_compared)))
    return findings


def _level_findings(heard: _Heard) -> list[Finding]:
    words = {
        LevelFlag.SILENT: (Kind.SILENT, "silent", "Remove them."),
        LevelFlag.QUIET: (Kind.QUIET, "very quiet", "Listen to them; record them again if needed."),
        LevelFlag.CLIPPED: (Kind.CLIPPED, "clipped", "Record them again at a lower level."),
    }
    findings = []
    for flag, (kind, word, fix) in words.items():
        if clips := tuple(heard.flagged[flag]):
            verb = "is" if len(clips) == 1 else "are"
            severity = Severity.WARNING if flag is LevelFlag.SILENT else Severity.INFO
            text = f"{_count(len(clips), 'clip')} {verb} {word}."
            findings.append(Finding(kind, severity, text, clips, fix))
    return findings


def _class_findings(task: Task) -> list[Finding]:
    findings = []
    by_label: dict[str, list[Clip]] = defaultdict(list)
    for clip in task.clips:
        by_label[clip.label].append(clip)
    counts = {label: len(clips) for label, clips in by_label.items()}
    few = sorted(label for label, count in counts.items() if count < FEW_CLIPS)
    if few:
        text = f"Fewer than {FEW_CLIPS} clips of {_names(few)}."
        fix = "Record more of them."
        found = tuple(clip for label in few for clip in by_label[label])
        findings.append(Finding(Kind.FEW_CLIPS, Severity.WARNING, text, found, fix))
    for part in Split:
        without = sorted(
            label for label, clips in by_label.items() if part not in {c.split for c in clips}
        )
        if without:
            text = f"No {part} clips of {_names(without)}."
            fix = "Record more clips or speakers, or split again."
            findings.append(Finding(Kind.NOT_MEASURED, Severity.WARNING, text, (), fix))
    if counts and max(counts.values()) > IMBALANCE * min(counts.values()):
        most, least = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
        text = f"Classes differ much in size: {counts[most]} of {most}, {counts[least]} of {least}."
        fix = f"Record more of {least}."
        findings.append(Finding(Kind.IMBALANCE, Severity.WARNING, text, (), fix))
    if SILENCE not in counts:
        text = f"There is no background noise (class {SILENCE}): noise will be taken for a word."
        fix = "Record 20 s of your room."
        findings.append(Finding(Kind.NO_SILENCE, Severity.WARNING, text, (), fix))
    return findings


def _names(labels: Sequence[str]) -> str:
    shown = ", ".join(labels[:5])
    return f"{shown} and {len(labels) - 5} more" if len(labels) > 5 else shown


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
