"""The data doctor: what in a task would make its figures wrong or its training poor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.audio.files import read_audio
from workbench.cancel import CancelToken
from workbench.data.duplicates import exact_duplicates, near_duplicates
from workbench.data.findings import Finding, Kind, Severity, count, names
from workbench.data.fingerprints import LONGEST_S, SAMPLE_RATE_HZ, Fingerprint, fingerprint
from workbench.data.levels import LevelFlag, measure
from workbench.data.splits import splits_by_speaker
from workbench.data.task import SILENCE, Clip, Split, Task
from workbench.errors import WorkbenchError

__all__ = ["Finding", "Kind", "Severity", "examine"]

FEW_CLIPS = 10
IMBALANCE = 5.0
# Fingerprints of this many clips take about 0.5 GB.
MOST_COMPARED = 20_000

Progress = Callable[[int, int], None]


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
    unreadable = set(heard.unreadable)
    exact, repeated = exact_duplicates([clip for clip in task.clips if clip not in unreadable])
    findings = [
        *_speaker_findings(task),
        *exact,
        *near_duplicates(heard.fingerprints, leave_out=repeated),
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
            samples = read_audio(clip.path, SAMPLE_RATE_HZ, clip.start_s, clip.duration_s)
        except WorkbenchError:
            heard.unreadable.append(clip)
            continue
        # Noise has neither a level that it should have nor speech that could leak.
        if clip.label == SILENCE:
            continue
        for flag in measure(samples, SAMPLE_RATE_HZ).flags:
            heard.flagged[flag].append(clip)
        if len(heard.fingerprints) < MOST_COMPARED:
            heard.fingerprints[clip] = fingerprint(samples)
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
        verb = "is" if len(torn) == 1 else "are"
        text = f"{count(len(torn), 'speaker')} {verb} in more than one of train, val and test: "
        text += f"{names(sorted(torn))}."
        found = tuple(clip for clips in torn.values() for clip in clips)
        fix = "Split again by speaker." if len(by_speaker) >= 3 else "Record more speakers."
        findings.append(Finding(Kind.SPEAKER_IN_SPLITS, Severity.LEAK, text, found, fix))
    if by_speaker and not splits_by_speaker(task.clips):
        text = f"Only {count(len(by_speaker), 'known speaker')}, so the split is by clip: "
        text += "figures say nothing about other voices."
        findings.append(
            Finding(
                Kind.SPLIT_BY_CLIP, Severity.WARNING, text, (), "Record three or more speakers."
            )
        )
    if unknown:
        text = f"The speaker of {count(len(unknown), 'clip')} is unknown; a voice may be in "
        text += "train and in test."
        fix = "Name the speakers, in the manifest or in the list of clips."
        findings.append(Finding(Kind.UNKNOWN_SPEAKERS, Severity.WARNING, text, tuple(unknown), fix))
    return findings


def _unheard(heard: _Heard) -> list[Finding]:
    findings = []
    if lost := heard.unreadable:
        text = f"{count(len(lost), 'clip')} cannot be read, for example {lost[0].path.name}."
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
            text = f"{count(len(clips), 'clip')} {verb} {word}."
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
        text = f"Fewer than {FEW_CLIPS} clips of {names(few)}."
        fix = "Record more of them."
        found = tuple(clip for label in few for clip in by_label[label])
        findings.append(Finding(Kind.FEW_CLIPS, Severity.WARNING, text, found, fix))
    for part in Split:
        without = sorted(
            label for label, clips in by_label.items() if part not in {c.split for c in clips}
        )
        if without:
            whole = len(without) == len(by_label)
            severity = Severity.INFO if whole and part is Split.TEST else Severity.WARNING
            text = f"No {part} clips" + ("." if whole else f" of {names(without)}.")
            fix = "Record more clips or speakers, or split again."
            findings.append(Finding(Kind.NOT_MEASURED, severity, text, (), fix))
    if counts and max(counts.values()) > IMBALANCE * min(counts.values()):
        most, least = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
        text = f"Classes differ much in size: {counts[most]} of {most}, {counts[least]} of {least}."
        fix = f"Record more of {least}."
        findings.append(Finding(Kind.IMBALANCE, Severity.WARNING, text, (), fix))
    if SILENCE not in counts:
        text = f"There is no background noise (class {SILENCE}): noise will be taken for a word."
        fix = "Record 20 s of your room, or have noise made instead."
        findings.append(Finding(Kind.NO_SILENCE, Severity.WARNING, text, (), fix))
    return findings
