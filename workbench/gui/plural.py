"""One clip, two clips: texts that depend on a number."""

from __future__ import annotations

from workbench.gui.formatting import count


def plural(number: int, one: str, many: str) -> str:
    """``one`` for exactly one; else ``many`` with ``{0}`` replaced by the number."""
    return one if number == 1 else many.replace("{0}", count(number))
