"""Which clips of a task a table shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.project.clip_rows import ClipRow


@dataclass(frozen=True)
class ClipChoice:
    """One word or one speaker, and what contains a text; what is left out restricts nothing.

    Attributes:
        text: Is looked for in the word, the speaker, the part, the flags and the name of the source, in any case.
        ids: Only these clips.
        removed: Clips of the trash; ``pick`` is given these or the others, never both.
    """

    word: str | None = None
    speaker: str | None = None
    text: str = ""
    ids: frozenset[str] | None = None
    removed: bool = False

    def accepts(self, row: ClipRow) -> bool:
        return bool(row.removed) == self.removed and bool(self.pick((row,)))

    def pick(self, rows: Iterable[ClipRow]) -> list[ClipRow]:
        """The chosen clips in their order."""
        rows = list(rows)
        if self.ids is not None:
            rows = [row for row in rows if row.id in self.ids]
        if self.word is not None:
            rows = [row for row in rows if row.label == self.word]
        if self.speaker is not None:
            rows = [row for row in rows if row.speaker == self.speaker]
        if self.text:
            has = _Contains(self.text.casefold())
            rows = [
                row
                for row in rows
                if has[row.label]
                or has[row.speaker]
                or has[row.split or ""]
                or has[row.flags]
                or has[row.source]
            ]
        return rows


class _Contains(dict[str, bool]):
    """Whether texts contain another one: each is looked at once, however many clips share it."""

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self._wanted = wanted

    def __missing__(self, text: str) -> bool:
        found = self[text] = self._wanted in text.casefold()
        return found
