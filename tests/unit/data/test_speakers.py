"""File names of the public collections, as their documentation gives them."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.data.speakers import speaker_from_name


@pytest.mark.parametrize(
    ("name", "label", "speaker"),
    [
        ("0c540988_nohash_0.flac", "yes", "0c540988"),
        ("backward_0c540988_nohash_0.flac", "_unknown_", "0c540988"),
        ("backward_0c540988_nohash_0.flac", "other", "0c540988"),
        ("anna_nohash_3.wav", "yes", "anna"),
        ("00000001_NO_02.ogg", "backward", "00000001"),
        ("maria_lopez_take_12.wav", "hola", "maria_lopez"),
        ("1050.flac", "_silence_", ""),
        ("0386da81-9db7-499c-b4f8-910beec53c23.ogg", "alexa", ""),
        ("no_take.wav", "no", ""),
    ],
)
def test_speaker_is_read_from_the_name(name: str, label: str, speaker: str) -> None:
    assert speaker_from_name(Path(name), label) == speaker
