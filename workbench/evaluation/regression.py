"""What a later run of the same kind does worse than an earlier one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.data.task import is_word


@dataclass(frozen=True)
class LostWord:
    """Attributes: a word, and the shares of its validation clips that both runs recognised, with their numbers."""

    word: str
    before: float
    n_before: int
    after: float
    n_after: int


def lost_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[LostWord, ...]:
    """Words that the later of two runs' records recognises less often in its validation clips; largest fall first."""
    earlier, later = _words(before), _words(after)
    lost = [
        LostWord(word, was["recall"], was["n"], later[word]["recall"], later[word]["n"])
        for word, was in earlier.items()
        if word in later and later[word]["recall"] < was["recall"]
    ]
    return tuple(sorted(lost, key=lambda one: one.after - one.before))


def _words(record: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Results of the words that had validation clips; older records have none."""
    found = record.get("confusion", {}).get("val", {}).get("per_class", {})
    return {word: of for word, of in found.items() if is_word(word) and of["n"]}
