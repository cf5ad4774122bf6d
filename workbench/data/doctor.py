"""The data doctor: what in a task would make its figures wrong or its training poor."""

from __future__ import annotations

from workbench.cancel import CancelToken
from workbench.data.class_findings import class_findings
from workbench.data.duplicates import exact_duplicates
from workbench.data.findings import Finding, Kind, Progress, Severity, count
from workbench.data.picture_doctor import look
from workbench.data.sound_doctor import listen, speaker_findings
from workbench.data.task import Clip, Medium, Task

__all__ = ["Finding", "Kind", "Severity", "examine"]


def examine(
    task: Task,
    token: CancelToken | None = None,
    progress: Progress = lambda _done, _total: None,
) -> tuple[Finding, ...]:
    """Examine a task of sounds or of pictures; every clip is decoded once. Worst findings come first.

    Args:
        task: A task with splits.
        token: Stops the examination between two clips.
        progress: Called with the number of clips heard or seen and their total.

    Raises:
        Cancelled: when the token was stopped.
    """
    is_sound = task.medium is Medium.SOUND
    known = (listen if is_sound else look)(task.clips, token or CancelToken(), progress)
    unreadable = set(known.unreadable)
    exact, repeated = exact_duplicates([clip for clip in task.clips if clip not in unreadable])
    findings = [
        *(speaker_findings(task) if is_sound else ()),
        *exact,
        *known.findings(repeated),
        *_unreadable(known.unreadable),
        *class_findings(task),
    ]
    order = list(Severity)
    return tuple(sorted(findings, key=lambda finding: -order.index(finding.severity)))


def _unreadable(clips: list[Clip]) -> list[Finding]:
    if not clips:
        return []
    text = (
        f"{count(len(clips), clips[0].medium.example)} cannot be read, for example {clips[0].name}."
    )
    fix = "Remove or replace them."
    return [Finding(Kind.UNREADABLE, Severity.WARNING, text, tuple(clips), fix)]
