"""What listening to a task's clips tells: copies, levels, voices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from workbench.audio import RATE_HZ
from workbench.audio.files import read_audio
from workbench.cancel import CancelToken
from workbench.data.duplicates import near_duplicates
from workbench.data.findings import Finding, Kind, Progress, Severity, count, names
from workbench.data.fingerprints import (
    LONGEST_S,
    Fingerprint,
    copies,
    fingerprint,
)
from workbench.data.levels import LevelFlag, measure
from workbench.data.splits import splits_by_speaker
from workbench.data.task import SILENCE, Clip, Task
from workbench.errors import WorkbenchError

# Fingerprints of this many clips take about 0.5 GB.
MOST_COMPARED = 20_000


@dataclass
class Heard:
    """What listening to the clips gave."""

    fingerprints: dict[Clip, Fingerprint]
    flagged: dict[LevelFlag, list[Clip]]
    unreadable: list[Clip]
    not_compared: list[Clip]

    def findings(self, leave_out: Set[Clip]) -> list[Finding]:
        """All but those that are no sound.

        Args:
            leave_out: Clips that repeat another one to the byte, which was told already.
        """
        near = near_duplicates(self.fingerprints, copies, "sounds like", leave_out)
        return [*near, *_not_compared(self.not_compared), *_level_findings(self.flagged)]


def listen(clips: Sequence[Clip], token: CancelToken, progress: Progress) -> Heard:
    """Decode every clip once.

    Raises:
        Cancelled: when the token was stopped.
    """
    heard = Heard({}, defaultdict(list), [], [])
    for done, clip in enumerate(clips):
        token.check()
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
            heard.fingerprints[clip] = fingerprint(samples)
        else:
            heard.not_compared.append(clip)
    progress(len(clips), len(clips))
    return heard


def speaker_findings(task: Task) -> list[Finding]:
    """Voices that are known in several parts, or not known at all."""
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


def _not_compared(clips: Sequence[Clip]) -> list[Finding]:
    if not clips:
        return []
    text = f"Copies were looked for among {MOST_COMPARED:,} clips only, and in the first "
    text += f"{LONGEST_S:.0f} s of each."
    return [Finding(Kind.NOT_COMPARED, Severity.INFO, text, tuple(clips))]


def _level_findings(flagged: Mapping[LevelFlag, Sequence[Clip]]) -> list[Finding]:
    words = {
        LevelFlag.SILENT: (Kind.SILENT, "silent", "Remove them."),
        LevelFlag.QUIET: (Kind.QUIET, "very quiet", "Listen to them; record them again if needed."),
        LevelFlag.CLIPPED: (Kind.CLIPPED, "clipped", "Record them again at a lower level."),
    }
    findings = []
    for flag, (kind, word, fix) in words.items():
        if clips := tuple(flagged.get(flag, ())):
            verb = "is" if len(clips) == 1 else "are"
            severity = Severity.WARNING if flag is LevelFlag.SILENT else Severity.INFO
            text = f"{count(len(clips), 'clip')} {verb} {word}."
            findings.append(Finding(kind, severity, text, clips, fix))
    return findings
