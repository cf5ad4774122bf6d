"""Examples that are in a task twice, byte for byte, by ear or by eye."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import TypeVar

from workbench.data.findings import Finding, Kind, Severity, count, names
from workbench.data.task import Clip, Split

Print = TypeVar("Print")
"""What is kept of an example to know its copies by."""

FindCopies = Callable[[Sequence[Print], Sequence[Print]], list[tuple[int, int, float]]]
"""Index of a query, index of another one that it is a copy of, and their likeness 0-1."""


def exact_duplicates(clips: Sequence[Clip]) -> tuple[list[Finding], set[Clip]]:
    """Find equal files; also return the clips that repeat an earlier one."""
    groups: dict[tuple[str, float, int | None], list[Clip]] = defaultdict(list)
    for clip, content in zip(clips, _contents(clips), strict=True):
        groups[content, clip.start_s, clip.index].append(clip)
    findings: list[Finding] = []
    repeated: set[Clip] = set()
    harmless: list[Clip] = []
    for group in (group for group in groups.values() if len(group) > 1):
        repeated.update(group[1:])
        leak = _leak(group)
        if leak:
            findings.append(leak)
        else:
            harmless += group[1:]
    if harmless:
        text = f"{count(len(harmless), harmless[0].medium.example)} repeat another one of the same class and split: "
        text += f"{names([clip.name for clip in harmless], 3)}."
        fix = "Remove the copies."
        findings.append(Finding(Kind.DUPLICATE, Severity.INFO, text, tuple(harmless), fix))
    return findings, repeated


def _leak(group: list[Clip]) -> Finding | None:
    text = f"{group[0].name} is there {len(group)} times, "
    labels = sorted({clip.label for clip in group})
    splits = sorted({str(clip.split) for clip in group})
    if len(labels) > 1:
        text += f"with different labels: {names(labels)}."
        fix = "Keep the right one."
        return Finding(Kind.DUPLICATE_LABELS, Severity.LEAK, text, tuple(group), fix)
    if len(splits) > 1:
        text += f"in different splits: {names(splits)}."
        fix = "Remove the copies."
        return Finding(Kind.DUPLICATE_IN_SPLITS, Severity.LEAK, text, tuple(group), fix)
    return None


def _contents(clips: Iterable[Clip]) -> list[str]:
    """A name for each clip's bytes; only files of equal size are read."""
    clips = tuple(clips)
    sizes: dict[Path, int] = {}
    for path in {clip.path for clip in clips}:
        sizes[path] = path.stat().st_size if path.is_file() else -1
    shared = Counter(sizes.values())
    contents: dict[Path, str] = {}
    for path, size in sizes.items():
        if size > 0 and shared[size] > 1:
            with path.open("rb") as file:
                contents[path] = hashlib.file_digest(file, "sha256").hexdigest()
        else:
            contents[path] = str(path)
    return [contents[clip.path] for clip in clips]


def near_duplicates(
    prints: Mapping[Clip, Print],
    copies: FindCopies[Print],
    verb: str,
    leave_out: Set[Clip],
) -> list[Finding]:
    """Find re-encoded, shifted or otherwise changed copies across splits, one finding a copy.

    Each part is compared with the parts before it; within a part a copy does no harm.

    Args:
        prints: By clip.
        copies: Compares prints.
        verb: How a copy shows: it ``sounds like`` one, for example.
        leave_out: Clips that are not compared.
    """
    parts: dict[Split | None, list[Clip]] = defaultdict(list)
    for clip in prints:
        if clip not in leave_out:
            parts[clip.split].append(clip)
    findings = []
    for clip, found in _originals([parts[part] for part in (None, *Split)], prints, copies):
        text = _likeness(clip, found, verb, lambda one: str(one.split))
        clips = (*(original for original, _ in found), clip)
        fix = "Keep only one of them."
        findings.append(Finding(Kind.NEAR_DUPLICATE, Severity.LEAK, text, clips, fix))
    return findings


def near_conflicts(
    prints: Mapping[Clip, Print],
    copies: FindCopies[Print],
    verb: str,
    leave_out: Set[Clip],
) -> list[Finding]:
    """Find changed copies across classes, one finding a copy; arguments as of ``near_duplicates``."""
    classes: dict[str, list[Clip]] = defaultdict(list)
    for clip in prints:
        if clip not in leave_out:
            classes[clip.label].append(clip)
    findings = []
    for clip, found in _originals(list(classes.values()), prints, copies):
        text = _likeness(clip, found, verb, lambda one: one.label)
        clips = (*(original for original, _ in found), clip)
        fix = "Keep the right one."
        findings.append(Finding(Kind.DUPLICATE_LABELS, Severity.WARNING, text, clips, fix))
    return findings


def _originals(
    groups: Sequence[Sequence[Clip]], prints: Mapping[Clip, Print], copies: FindCopies[Print]
) -> Iterable[tuple[Clip, list[tuple[Clip, float]]]]:
    """Clips that are copies of some in the groups before theirs, with these and their likeness."""
    before: list[Clip] = []
    for queries in groups:
        pairs = copies([prints[clip] for clip in queries], [prints[clip] for clip in before])
        found: dict[int, list[tuple[Clip, float]]] = defaultdict(list)
        for query, other, likeness in pairs:
            found[query].append((before[other], likeness))
        yield from ((queries[query], originals) for query, originals in found.items())
        before += queries


def _likeness(
    clip: Clip,
    originals: Sequence[tuple[Clip, float]],
    verb: str,
    place: Callable[[Clip], str],
) -> str:
    original, likeness = max(originals, key=lambda found: found[1])
    text = f"{clip.name} ({place(clip)}) {verb} a copy of {original.name} ({place(original)}): "
    text += f"{likeness:.0%} alike."
    more = f" There are {len(originals) - 1} more of them." if len(originals) > 1 else ""
    return text + more
