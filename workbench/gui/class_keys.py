"""Which digit on the keyboard stands for which class."""

from __future__ import annotations

from collections.abc import Sequence

_DIGITS = "0123456789"


def class_keys(classes: Sequence[str]) -> dict[str, str]:
    """Classes by key: 1 to 9 for their places in the list.

    Where classes are called by digits, as handwritten ones are, a digit means the class of that name and no place:
    nobody would think of 1 as of a nought.
    """
    named = {label: label for label in classes if label and label in _DIGITS}
    return named or {key: label for label, key in place_keys(classes).items()}


def place_keys(classes: Sequence[str]) -> dict[str, str]:
    """Keys by class, as far as they stand for places and therefore have to be shown."""
    if any(label and label in _DIGITS for label in classes):
        return {}
    return {label: str(place) for place, label in enumerate(classes[:9], start=1)}
