"""Recordings that are in a task twice, byte for byte or by ear."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path

from workbench.data.findings import Finding, Kind, Severity, count, names
from workbench.data.fingerprints import Fingerprint, copies
from workbench.data.task import Clip, Split


def exact_duplicates(clips: Sequence[Clip]) -> tuple[list[Finding], set[Clip]]:
    """Find equal files; also return the clips that repeat an earlier one."""
    groups: dict[tuple[str, float], list[Clip]] = defaultdict(list)
    for clip, content in zip(clips, _contents(clips), strict=True):
        groups[content, clip.start_s].append(clip)
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
        text = f"{count(len(harmless), 'clip')} repeat another one of the same class and split: "
        text += f"{names([clip.path.name for clip in harmless], 3)}."
        fix = "Remove the copies."
        findings.append(Finding(Kind.DUPLICATE, Severity.INFO, text, tuple(harmless), fix))
    return findings, repeated


def _leak(group: list[Clip]) -> Finding | None:
    text = f"{group[0].path.name} is there {len(group)} times, "
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
    fingerprints: Mapping[Clip, Fingerprint], leave_out: Set[Clip] = frozenset()
) -> list[Finding]:
    """Find re-encoded, shifted or amplified copies across splits, one finding a copy.

    Each part is compared with the parts before it; within a part a copy does no harm.
    """
    parts: dict[Split | None, list[Clip]] = defaultdict(list)
    for clip in fingerprints:
        if clip not in leave_out:
            parts[clip.split].append(clip)
    findings = []
    before: list[Clip] = []
    for part in (None, *Split):
        queries = parts[part]
        pairs = copies(
            [fingerprints[clip] for clip in queries], [fingerprints[clip] for clip in before]
        )
        originals: dict[int, list[tuple[Clip, float]]] = defaultdict(list)
        for query, other, likeness in pairs:
            originals[query].append((before[other], likeness))
        findings += [_copy_finding(queries[query], found) for query, found in originals.items()]
        before += queries
    return findings


def _copy_finding(clip: Clip, originals: list[tuple[Clip, float]]) -> Finding:
    original, likeness = max(originals, key=lambda found: found[1])
    text = f"{clip.path.name} ({clip.split}) sounds like a copy of {original.path.name} "
    text += f"({original.split}): {likeness:.0%} alike."
    if len(originals) > 1:
        text += f" There are {len(originals) - 1} more of them."
    clips = (*(found for found, _ in originals), clip)
    return Finding(Kind.NEAR_DUPLICATE, Severity.LEAK, text, clips, "Keep only one of them.")
