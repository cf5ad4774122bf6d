"""Words that come from the engine, which knows no language but its own: methods, stages, parts, fields of settings."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def engine_text(text: str) -> str:
    """A word or sentence of the engine in the language of the user."""
    return QCoreApplication.translate("Engine", text) if text else ""
