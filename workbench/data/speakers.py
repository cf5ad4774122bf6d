"""Who speaks, read from the file names of public keyword collections and of our own recorder."""

from __future__ import annotations

import re
from pathlib import Path

from workbench.data.task import UNKNOWN
from workbench.images.suffixes import is_picture

# Speech Commands: <speaker>_nohash_<n>; in the _unknown_ folder <word>_<speaker>_nohash_<n>.
_SPEECH_COMMANDS = re.compile(r"(?P<speaker>.+)_nohash_\d+")
_HEX_SPEAKER = re.compile(r"(?:.+_)?(?P<speaker>[0-9a-f]{8})")
# Arabic Speech Commands: <speaker>_NO_<take>.  Own recordings: <speaker>_take_<n>.
_TAKES = re.compile(r"(?P<speaker>.+)_(?:NO|take)_\d+")


def speaker_from_name(path: Path, label: str) -> str:
    """Return the speaker that a file name states, or an empty string when it states none, as pictures' never do."""
    if is_picture(path):
        return ""
    stem = path.stem
    if match := _SPEECH_COMMANDS.fullmatch(stem):
        speaker = match["speaker"]
        if label == UNKNOWN:
            return speaker.rpartition("_")[2]
        hexadecimal = _HEX_SPEAKER.fullmatch(speaker)
        return hexadecimal["speaker"] if hexadecimal else speaker
    match = _TAKES.fullmatch(stem)
    return match["speaker"] if match else ""
