"""The clip store: same values as decoding, nothing decoded twice, safe to kill."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
import torch

from workbench.audio.files import read_audio, write_wave
from workbench.audio.frontend import FRONTENDS, build_frontend
from workbench.data import store as store_module
from workbench.data.store import PCM_SCALE, ClipStore
from workbench.data.task import Clip
from workbench.errors import WorkbenchError


@pytest.fixture
def clips(tmp_path: Path) -> list[Clip]:
    generator = np.random.default_rng(0)
    made = []
    for i in range(5):
        path = tmp_path / "clips" / f"{i}.wav"
        write_wave(path, generator.normal(0, 0.1, 12000 + 2000 * i).astype(np.float32), 16000)
        made.append(Clip(path, "a"))
    return made


def test_rows_are_the_decoded_clips_in_order(clips: list[Clip], tmp_path: Path) -> None:
    rows = ClipStore(tmp_path / "store").waves([clips[3], clips[0], clips[3]], 16000, 16000)
    for row, clip in zip(rows.take(slice(None)), (clips[3], clips[0], clips[3]), strict=True):
        samples = read_audio(clip.path)[:16000]
        assert np.abs(row[: len(samples)] / PCM_SCALE - samples).max() < 1e-4
        assert not row[len(samples) :].any()


def test_features_are_the_front_ends(clips: list[Clip], tmp_path: Path) -> None:
    config = FRONTENDS["logmel40"]
    store = ClipStore(tmp_path / "store")
    found = store.features(clips, config).take(slice(None))
    waves = store.waves(clips, 16000, 16000).take(slice(None)).astype(np.float32) / PCM_SCALE
    expected = build_frontend(config)(torch.from_numpy(waves)).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_nothing_is_decoded_twice_even_under_another_name(
    clips: list[Clip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ClipStore(tmp_path / "store").waves(clips, 16000, 16000)
    twin = tmp_path / "twin.wav"
    twin.write_bytes(clips[0].path.read_bytes())

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr(store_module, "read_audio", refuse)
    again = ClipStore(tmp_path / "store")
    assert len(again.waves([*clips, Clip(twin, "b")], 16000, 16000)) == 6


def test_a_changed_file_is_decoded_anew(clips: list[Clip], tmp_path: Path) -> None:
    store = ClipStore(tmp_path / "store")
    before = store.waves(clips[:1], 16000, 16000).take(slice(None)).copy()
    write_wave(clips[0].path, np.full(16000, 0.25, np.float32), 16000)
    after = store.waves(clips[:1], 16000, 16000).take(slice(None))
    assert not np.array_equal(before, after)


def test_half_a_row_left_by_a_kill_is_skipped(clips: list[Clip], tmp_path: Path) -> None:
    store = ClipStore(tmp_path / "store")
    first = store.waves(clips[:2], 16000, 16000).take(slice(None)).copy()
    with next((tmp_path / "store").glob("wave-*.bin")).open("ab") as file:
        file.write(b"\x01" * 777)
    rows = store.waves(clips, 16000, 16000)
    assert np.array_equal(rows.take(slice(0, 2)), first)
    samples = read_audio(clips[4].path)[:16000]
    assert np.abs(rows.take(slice(4, 5))[0][: len(samples)] / PCM_SCALE - samples).max() < 1e-4


def test_unwritable_folder_is_a_plain_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(WorkbenchError, match="cannot be written"):
        ClipStore(blocked / "store")


def test_index_survives_reopening(clips: list[Clip], tmp_path: Path) -> None:
    ClipStore(tmp_path / "store").waves(clips, 16000, 16000)
    with sqlite3.connect(tmp_path / "store" / "index.db") as index:
        assert index.execute("SELECT COUNT(*) FROM row").fetchone()[0] == 5
    index.close()
