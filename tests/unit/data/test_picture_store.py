"""The picture store: what decoding gives, nothing decoded twice, stopped, killed or damaged without harm."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.unit.data.pictures import idx_pair, make_picture
from workbench.cancel import Cancelled, CancelToken
from workbench.data import pictures as pictures_module
from workbench.data.importers import load_task
from workbench.data.picture_store import PictureStore
from workbench.data.row_store import BLOCK_BYTES, BLOCK_ROWS, ClipRows
from workbench.data.store_index import INDEX_FILE
from workbench.data.task import Clip
from workbench.errors import WorkbenchError
from workbench.images.config import PictureConfig
from workbench.images.resize import fit, read_fitted

CONFIG = PictureConfig(height=16, width=20)


@pytest.fixture
def clips(tmp_path: Path) -> list[Clip]:
    suffixes = (".png", ".jpg", ".webp", ".bmp", ".tiff", ".gif")
    return [
        Clip(make_picture(tmp_path / "pictures" / f"{i}{suffix}", i), "a")
        for i, suffix in enumerate(suffixes)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


def seen(folder: Path, clips: list[Clip], config: PictureConfig = CONFIG) -> ClipRows:
    return PictureStore(folder).pictures(clips, config)


def check(rows: ClipRows, clips: list[Clip], config: PictureConfig = CONFIG) -> None:
    expected = np.stack([read_fitted(clip.path, config) for clip in clips])
    assert np.array_equal(rows.take(slice(None)), expected)


def refuse_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr(pictures_module, "read_fitted", refuse)


def broken(path: Path) -> Clip:
    make_picture(path)
    path.write_bytes(path.read_bytes()[:-200])
    return Clip(path, "a")


def test_rows_are_the_decoded_pictures_in_order(clips: list[Clip], folder: Path) -> None:
    asked = [clips[3], clips[0], clips[3], *clips]
    rows = seen(folder, asked)
    assert rows.take(slice(None)).dtype == np.uint8
    assert rows.take(np.array([1, 2])).shape == (2, 3, 16, 20)
    check(rows, asked)
    grey = PictureConfig(height=9, width=9, channels=1, mean=(0.5,), std=(0.5,), fit="stretch")
    check(seen(folder, clips, grey), clips, grey)
    assert seen(folder, []).take(slice(None)).shape == (0, 3, 16, 20)


def test_nothing_is_decoded_twice_even_under_another_name(
    clips: list[Clip], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = seen(folder, clips).take(slice(None))
    twin = Clip(tmp_path / "twin.png", "b")
    twin.path.write_bytes(clips[0].path.read_bytes())
    refuse_decoding(monkeypatch)
    again = seen(folder, [*clips, twin]).take(slice(None))
    assert np.array_equal(again, np.concatenate([before, before[:1]]))
    # What comes after the rows does not matter to them.
    other = CONFIG.model_copy(update={"mean": (0.1, 0.1, 0.1)})
    assert np.array_equal(seen(folder, clips, other).take(slice(None)), before)
    with pytest.raises(AssertionError, match="decoded again"):
        seen(folder, clips, CONFIG.model_copy(update={"interpolation": "bicubic"}))


def test_a_changed_file_is_decoded_anew(clips: list[Clip], folder: Path) -> None:
    seen(folder, clips)
    make_picture(clips[0].path, seed=77)
    check(seen(folder, clips), clips)


def test_pictures_inside_idx_files_are_told_apart(tmp_path: Path, folder: Path) -> None:
    values = idx_pair(tmp_path / "digits", "train", [0, 1] * 4)
    clips = load_task(tmp_path / "digits").task.clips
    config = PictureConfig(height=6, width=5, channels=1, mean=(0.5,), std=(0.5,))
    rows = PictureStore(folder).pictures(clips, config).take(slice(None))
    expected = [fit(picture[:, :, None], config) for picture in values]
    assert np.array_equal(rows, np.stack(expected))
    assert rows[:, 0, 0, 0].tolist() == list(range(8))


def test_unreadable_pictures_are_told_and_the_others_are_in_the_store(
    clips: list[Clip], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut, gone = broken(tmp_path / "cut.jpg"), Clip(tmp_path / "gone.png", "a")
    store = PictureStore(folder)
    lost = store.unreadable([cut, *clips, gone], CONFIG)
    assert lost == {
        cut: "cut.jpg cannot be read as a picture (it ends too early).",
        gone: "gone.png cannot be read: No such file or directory.",
    }
    with pytest.raises(WorkbenchError, match="ends too early"):
        store.pictures([clips[0], cut], CONFIG)
    refuse_decoding(monkeypatch)
    assert len(store.pictures(clips, CONFIG)) == len(clips)


@pytest.mark.parametrize("kept_rows", [0.0, 0.5, 1.5, 2.75])
def test_lost_rows_and_a_damaged_index_heal(
    clips: list[Clip], folder: Path, kept_rows: float
) -> None:
    first, second = clips[:3], clips[3:]
    seen(folder, first)
    rows = next(folder.glob("picture-*.bin"))
    os.truncate(rows, int(kept_rows * 3 * 16 * 20))
    check(seen(folder, second), second)
    check(seen(folder, clips), clips)
    (folder / INDEX_FILE).write_bytes(b"garbage" * 500)
    check(seen(folder, clips), clips)
    with rows.open("ab") as file:
        file.write(b"half a row")
    more = [*clips, Clip(make_picture(folder.parent / "more.png", 9), "a")]
    check(seen(folder, more), more)


def test_the_cache_may_be_deleted_while_it_is_filled(
    clips: list[Clip], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen(folder, clips[:3])
    decode = pictures_module.read_fitted

    def deleting(path: Path, config: PictureConfig) -> object:
        for rows in folder.glob("picture-*.bin"):
            rows.unlink(missing_ok=True)
        monkeypatch.setattr(pictures_module, "read_fitted", decode)
        return decode(path, config)

    monkeypatch.setattr(pictures_module, "read_fitted", deleting)
    check(seen(folder, clips), clips)


def test_progress_is_told_and_a_stop_loses_no_whole_block(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    idx_pair(tmp_path / "digits", "train", [0, 1] * BLOCK_ROWS)
    clips = load_task(tmp_path / "digits").task.clips
    config = PictureConfig(height=2, width=2, channels=1, mean=(0.5,), std=(0.5,))
    token = CancelToken()

    def stop_in_second_block(done: int, _total: int) -> None:
        if done == BLOCK_ROWS:
            token.stop()

    store = PictureStore(folder)
    with pytest.raises(Cancelled):
        store.pictures(clips, config, token, stop_in_second_block)
    with closing(sqlite3.connect(folder / INDEX_FILE)) as index:
        assert index.execute("SELECT COUNT(*) FROM row").fetchone() == (BLOCK_ROWS,)
    steps: list[tuple[int, int]] = []
    rows = store.pictures(
        clips, config, CancelToken(), lambda done, total: steps.append((done, total))
    )
    assert len(rows) == 2 * BLOCK_ROWS
    assert steps == [(done, 2 * BLOCK_ROWS) for done in (0, BLOCK_ROWS, 2 * BLOCK_ROWS)]


def test_a_stop_is_heeded_within_a_block(
    clips: list[Clip], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = CancelToken()
    decode = pictures_module.read_fitted
    decoded: list[Path] = []

    def stopping(path: Path, config: PictureConfig) -> object:
        decoded.append(path)
        token.stop()
        return decode(path, config)

    monkeypatch.setattr(pictures_module, "read_fitted", stopping)
    with pytest.raises(Cancelled):
        PictureStore(folder).pictures(clips * 40, CONFIG, token)
    assert len(set(decoded)) <= pictures_module.WORKERS
    assert not list(folder.glob("picture-*.bin"))


def test_pictures_are_decoded_in_several_threads(
    clips: list[Clip], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures_module, "WORKERS", 3)
    decode = pictures_module.read_fitted
    together = threading.Barrier(3, timeout=30)

    def meeting(path: Path, config: PictureConfig) -> object:
        together.wait()
        return decode(path, config)

    monkeypatch.setattr(pictures_module, "read_fitted", meeting)
    rows = seen(folder, clips)
    monkeypatch.undo()
    check(rows, clips)


def test_large_rows_are_written_few_at_a_time(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = PictureConfig(height=2048, width=2048)
    clips = [Clip(make_picture(tmp_path / f"{i}.png", i), "a") for i in range(4)]
    at_once: list[int] = []
    append = PictureStore._append

    def noting(store: PictureStore, table: object, rows: dict[str, np.ndarray]) -> int:
        at_once.append(sum(row.nbytes for row in rows.values()))
        return append(store, table, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(PictureStore, "_append", noting)
    assert len(seen(folder, clips, config)) == 4
    assert len(at_once) == 2
    assert max(at_once) <= BLOCK_BYTES
