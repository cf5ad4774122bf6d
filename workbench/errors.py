"""The only error class that a user ever reads; anything else is a bug and must be loud."""

from __future__ import annotations


class WorkbenchError(Exception):
    """A failure that the user can act on.

    Attributes:
        message: What happened.
        data: What it means for the user's data; most often that nothing was lost.
        hint: What to do next.
    """

    def __init__(self, message: str, *, data: str = "Nothing was changed.", hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.data = data
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.data} {self.hint}"
