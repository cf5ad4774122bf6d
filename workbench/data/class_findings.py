"""What the sizes of classes and parts say about a task, of sounds or of pictures."""

from __future__ import annotations

from collections import defaultdict

from workbench.data.findings import Finding, Kind, Severity, names
from workbench.data.task import SILENCE, Clip, Medium, Split, Task

FEW_CLIPS = 10
IMBALANCE = 5.0


def class_findings(task: Task) -> list[Finding]:
    by_label: dict[str, list[Clip]] = defaultdict(list)
    for clip in task.clips:
        by_label[clip.label].append(clip)
    findings = [*_few(by_label, task.medium), *_not_measured(by_label, task.medium)]
    findings += _imbalance(by_label, task.medium)
    if task.medium is Medium.SOUND and SILENCE not in by_label:
        text = f"There is no background noise (class {SILENCE}): noise will be taken for a word."
        fix = "Record 20 s of your room, or have noise made instead."
        findings.append(Finding(Kind.NO_SILENCE, Severity.WARNING, text, (), fix))
    return findings


def _few(by_label: dict[str, list[Clip]], medium: Medium) -> list[Finding]:
    few = sorted(label for label, clips in by_label.items() if len(clips) < FEW_CLIPS)
    if not few:
        return []
    text = f"Fewer than {FEW_CLIPS} {medium.example}s of {names(few)}."
    found = tuple(clip for label in few for clip in by_label[label])
    return [Finding(Kind.FEW_CLIPS, Severity.WARNING, text, found, f"{_more(medium)} of them.")]


def _not_measured(by_label: dict[str, list[Clip]], medium: Medium) -> list[Finding]:
    findings = []
    for part in Split:
        without = sorted(
            label for label, clips in by_label.items() if part not in {c.split for c in clips}
        )
        if without:
            whole = len(without) == len(by_label)
            severity = Severity.INFO if whole and part is Split.TEST else Severity.WARNING
            text = f"No {part} {medium.example}s" + ("." if whole else f" of {names(without)}.")
            what = "clips or speakers" if medium is Medium.SOUND else "pictures"
            fix = f"{_more(medium)} {what}, or split again."
            findings.append(Finding(Kind.NOT_MEASURED, severity, text, (), fix))
    return findings


def _imbalance(by_label: dict[str, list[Clip]], medium: Medium) -> list[Finding]:
    counts = {label: len(clips) for label, clips in by_label.items()}
    if not counts or max(counts.values()) <= IMBALANCE * min(counts.values()):
        return []
    most, least = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    text = f"Classes differ much in size: {counts[most]} of {most}, {counts[least]} of {least}."
    fix = f"{_more(medium)} of {least}."
    return [Finding(Kind.IMBALANCE, Severity.WARNING, text, (), fix)]


def _more(medium: Medium) -> str:
    return "Record more" if medium is Medium.SOUND else "Add more"
