"""Manifests: what is written is read back; what is wrong is named with its line."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from workbench.data.manifest import read_manifest, write_manifest
from workbench.data.task import Clip, Split
from workbench.errors import WorkbenchError


def test_written_clips_are_read_back(tmp_path: Path) -> None:
    clips = (
        Clip(tmp_path / "a, b" / 'x"1.wav', "grün", Split.VAL, "Zoë"),
        Clip(tmp_path / "noise.wav", "_silence_", None, "", 2.5, 1.0),
    )
    for relative in (True, False):
        path = tmp_path / f"{relative}.csv"
        write_manifest(path, clips, relative=relative)
        assert read_manifest(path) == (clips, ())


def test_plain_manifest_has_the_four_columns(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m.csv", [Clip(tmp_path / "x" / "1.wav", "yes", Split.TEST, "ann")])
    expected = "path,label,split,speaker\nx/1.wav,yes,test,ann\n"
    assert (tmp_path / "m.csv").read_text() == expected


def test_spreadsheet_dialects_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes("\ufeffPath; Label ;Split\r\nx.wav;yes;Validation\r\n".encode())
    clips, problems = read_manifest(path)
    assert clips == (Clip(tmp_path / "x.wav", "yes", Split.VAL),)
    assert not problems


def test_bad_rows_are_listed_and_the_rest_is_used(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(
        "path,label,split,start_s\n,yes,train,\na.wav,,train,\nb.wav,yes,holdout,\n"
        "c.wav,yes,test,-1\nd.wav,yes,test,nan\nok_NO_1.wav,yes,,0.5\n"
    )
    clips, problems = read_manifest(path)
    assert clips == (Clip(tmp_path / "ok_NO_1.wav", "yes", None, "ok", 0.5),)
    assert [problem.reason.split(":")[0] for problem in problems] == [
        f"Line {line}" for line in range(2, 7)
    ]
    assert '"holdout"' in problems[2].reason


def test_rows_may_be_kept_inside_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("path,label\n../out.wav,yes\n/etc/out.wav,yes\nin.wav,yes\n")
    clips, problems = read_manifest(path, inside=tmp_path)
    assert [clip.path.name for clip in clips] == ["in.wav"]
    assert len(problems) == 2


@pytest.mark.parametrize("content", [b"", b"file,word\nx,y\n", b"path,label\n\xff\xfe,y\n"])
def test_what_is_no_manifest_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(content)
    with pytest.raises(WorkbenchError, match="manifest"):
        read_manifest(path)


def test_full_disk_leaves_the_old_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.csv"
    write_manifest(path, [Clip(tmp_path / "old.wav", "yes")])
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorkbenchError, match="No space left"):
        write_manifest(path, [Clip(tmp_path / "new.wav", "yes")])
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["m.csv"]
