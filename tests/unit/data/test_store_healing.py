"""The clip store is a cache: whatever is lost or damaged in it is made again, and nothing of it ends in a traceback."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.unit.data.conftest import RATE_HZ, MakeClip
from workbench.audio.files import read_audio
from workbench.audio.frontend import FRONTENDS
from workbench.cancel import Cancelled, CancelToken
from workbench.data import content_hashes as hashes_module
from workbench.data import store as store_module
from workbench.data.store import BLOCK_ROWS, PCM_SCALE, ClipRows, ClipStore
from workbench.data.store_index import INDEX_FILE
from workbench.data.task import Clip
from workbench.errors import WorkbenchError

SAMPLES = RATE_HZ // 4
FRONTEND = FRONTENDS["logmel40"].model_copy(update={"rate_hz": RATE_HZ, "clip_samples": SAMPLES})


@pytest.fixture
def clips(tmp_path: Path, make_clip: MakeClip) -> list[Clip]:
    return [Clip(make_clip(tmp_path / "clips" / f"{i}.wav"), "a") for i in range(6)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


def heard(folder: Path, clips: list[Clip]) -> ClipRows:
    return ClipStore(folder).waves(clips, RATE_HZ, SAMPLES)


def check(rows: ClipRows, clips: list[Clip]) -> None:
    """Each row is its own clip as it is decoded without any store."""
    assert len(rows) == len(clips)
    for row, clip in zip(rows.take(slice(None)), clips, strict=True):
        assert np.abs(row / PCM_SCALE - read_audio(clip.path)[:SAMPLES]).max() < 1e-4


def wave_file(folder: Path) -> Path:
    return next(folder.glob("wave-*.bin"))


def indexed(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / INDEX_FILE)) as index:
        return index.execute(query).fetchall()


def with_nan(path: Path) -> Path:
    samples = np.full(RATE_HZ, 0.1, np.float32)
    samples[9000] = np.nan
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, RATE_HZ, subtype="FLOAT")
    return path


def cut_flac(path: Path) -> Path:
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, RATE_HZ), RATE_HZ)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 3])
    return path


def test_unreadable_clips_are_told_and_the_others_are_in_the_store(
    clips: list[Clip], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nan, cut = Clip(with_nan(tmp_path / "nan.wav"), "a"), Clip(cut_flac(tmp_path / "cut.flac"), "a")
    gone = Clip(tmp_path / "gone.wav", "a")
    store = ClipStore(folder)
    lost = store.unreadable([nan, *clips, gone, cut], FRONTEND)
    assert list(lost) == [nan, gone, cut]
    assert "not numbers" in lost[nan]
    assert "cut.flac" in lost[cut]
    assert "No such file" in lost[gone]
    with pytest.raises(WorkbenchError, match=r"nan\.wav cannot be read"):
        store.waves([clips[0], nan], RATE_HZ, SAMPLES)
    with pytest.raises(WorkbenchError, match=r"gone\.wav cannot be read"):
        store.content_hashes([gone.path])
    expected = [read_audio(clip.path)[:SAMPLES] for clip in clips]

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr(store_module, "read_audio", refuse)
    found = store.waves(clips, RATE_HZ, SAMPLES).take(slice(None)) / PCM_SCALE
    assert np.abs(found - expected).max() < 1e-4


def test_a_block_of_nothing_but_damaged_clips_writes_nothing(tmp_path: Path, folder: Path) -> None:
    nan = Clip(with_nan(tmp_path / "nan.wav"), "a")
    assert list(ClipStore(folder).unreadable([nan], FRONTEND)) == [nan]
    assert not list(folder.glob("*.bin"))


def test_a_damaged_file_still_has_a_content_hash(tmp_path: Path, folder: Path) -> None:
    one, twin = with_nan(tmp_path / "a" / "nan.wav"), with_nan(tmp_path / "b" / "nan.wav")
    first, second = ClipStore(folder).content_hashes([one, twin])
    assert first == second
    assert len(first) == 64


def test_rows_deleted_behind_the_index_are_not_mistaken_for_others(
    clips: list[Clip], folder: Path
) -> None:
    first, second = clips[:3], clips[3:]
    heard(folder, first)
    wave_file(folder).unlink()
    check(heard(folder, second), second)
    check(heard(folder, first), first)
    check(heard(folder, clips), clips)


@pytest.mark.parametrize("kept_rows", [0.0, 0.5, 1.0, 1.5, 2.75])
def test_a_cut_file_of_rows_is_filled_up_again(
    clips: list[Clip], folder: Path, kept_rows: float
) -> None:
    first, second = clips[:3], clips[3:]
    heard(folder, first)
    os.truncate(wave_file(folder), int(kept_rows * 2 * SAMPLES))
    check(heard(folder, first[1:2]), first[1:2])
    check(heard(folder, second), second)
    check(heard(folder, first), first)


def test_features_heal_as_well(clips: list[Clip], folder: Path) -> None:
    config = FRONTENDS["logmel40"]
    before = ClipStore(folder).features(clips[:3], config).take(slice(None))
    next(folder.glob("feature-*.bin")).unlink()
    ClipStore(folder).features(clips[3:], config)
    after = ClipStore(folder).features(clips[:3], config).take(slice(None))
    np.testing.assert_allclose(after, before, atol=1e-6)


def test_rows_that_a_run_has_mapped_outlive_everything(
    clips: list[Clip], folder: Path, make_clip: MakeClip
) -> None:
    store = ClipStore(folder)
    mapped = store.waves(clips[:3], RATE_HZ, SAMPLES)
    (folder / INDEX_FILE).write_bytes(b"garbage" * 500)
    check(store.waves(clips, RATE_HZ, SAMPLES), clips)
    with wave_file(folder).open("ab") as file:
        file.write(b"half a row")
    more = Clip(make_clip(folder.parent / "more.wav"), "a")
    check(store.waves([*clips, more], RATE_HZ, SAMPLES), [*clips, more])
    check(mapped, clips[:3])


def spoil_header(index: Path) -> None:
    index.write_bytes(b"this is no database at all" * 1000)


def spoil_half(index: Path) -> None:
    content = index.read_bytes()
    index.write_bytes(content[:1024] + b"\xa5" * (len(content) - 1024))


def cut_off(index: Path) -> None:
    os.truncate(index, index.stat().st_size // 2)


def remove(index: Path) -> None:
    index.unlink()


@pytest.mark.parametrize("spoil", [spoil_header, spoil_half, cut_off, remove])
@pytest.mark.parametrize("reopened", [True, False])
def test_a_damaged_index_is_replaced(
    clips: list[Clip], folder: Path, spoil: Callable[[Path], None], reopened: bool
) -> None:
    store = ClipStore(folder)
    store.waves(clips[:3], RATE_HZ, SAMPLES)
    spoil(folder / INDEX_FILE)
    if reopened:
        store = ClipStore(folder)
    check(store.waves(clips[3:], RATE_HZ, SAMPLES), clips[3:])
    check(store.waves(clips, RATE_HZ, SAMPLES), clips)
    assert indexed(folder, "PRAGMA integrity_check") == [("ok",)]
    assert len(indexed(folder, "SELECT * FROM row")) == len(clips)


def test_a_damaged_index_is_kept_aside_without_its_journal(folder: Path) -> None:
    ClipStore(folder)
    spoil_header(folder / INDEX_FILE)
    (folder / f"{INDEX_FILE}-journal").write_bytes(b"unfinished")
    ClipStore(folder)
    assert (folder / f"{INDEX_FILE}.damaged").read_bytes().startswith(b"this is no database")
    assert sorted(path.name for path in folder.iterdir()) == [INDEX_FILE, f"{INDEX_FILE}.damaged"]


def test_the_cache_may_be_deleted_while_it_is_in_use(
    clips: list[Clip], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody deletes the rows after the store has looked up what it knows."""
    store = ClipStore(folder)
    store.waves(clips[:3], RATE_HZ, SAMPLES)
    decode = store_module.read_audio

    def deleting(*arguments: object) -> object:
        wave_file(folder).unlink()
        monkeypatch.setattr(store_module, "read_audio", decode)
        return decode(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(store_module, "read_audio", deleting)
    check(store.waves(clips, RATE_HZ, SAMPLES), clips)


def test_rows_are_flushed_before_the_index_knows_them(
    clips: list[Clip], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ClipStore(folder)
    sync = os.fsync
    seen: list[tuple[int, int]] = []

    def noting(descriptor: int) -> None:
        known = indexed(folder, "SELECT COUNT(*) FROM row")[0][0]
        seen.append((os.fstat(descriptor).st_size, int(str(known))))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    store.waves(clips, RATE_HZ, SAMPLES)
    assert seen == [(len(clips) * 2 * SAMPLES, 0)]


def test_hashes_of_whole_blocks_survive_a_stop(
    clips: list[Clip], folder: Path, tmp_path: Path
) -> None:
    links = []
    for i in range(BLOCK_ROWS + 10):
        links.append(tmp_path / f"link{i}.wav")
        links[-1].hardlink_to(clips[0].path)

    class StopsAtSecondBlock(CancelToken):
        blocks = 0

        def check(self) -> None:
            self.blocks += 1
            if self.blocks == 2:
                self.stop()
            super().check()

    store = ClipStore(folder)
    with pytest.raises(Cancelled):
        store.content_hashes(links, StopsAtSecondBlock())
    assert indexed(folder, "SELECT COUNT(*) FROM file") == [(BLOCK_ROWS,)]


def test_others_may_write_while_files_are_hashed(
    clips: list[Clip], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ClipStore(folder)
    hash_one = hashes_module._content_hash

    def writing(path: Path) -> str:
        with closing(sqlite3.connect(folder / INDEX_FILE, timeout=0)) as other:
            other.execute("INSERT INTO file VALUES ('elsewhere', 1, ?, 'sha')", (path.name,))
            other.commit()
        return hash_one(path)

    monkeypatch.setattr(hashes_module, "_content_hash", writing)
    store.content_hashes([clip.path for clip in clips])
    assert indexed(folder, "SELECT COUNT(*) FROM file") == [(2 * len(clips),)]


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A real SQLite error: the index may not grow by another page."""
    connect = sqlite3.connect

    def limited(*arguments: object, **options: object) -> sqlite3.Connection:
        connection = connect(*arguments, **options)  # type: ignore[call-overload]
        connection.execute("PRAGMA max_page_count = 1")
        assert isinstance(connection, sqlite3.Connection)
        return connection

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", limited)
        yield


def test_a_full_disk_is_a_plain_error_and_loses_nothing(
    clips: list[Clip], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ClipStore(folder)
    store.waves(clips[:3], RATE_HZ, SAMPLES)
    many = []
    for i in range(BLOCK_ROWS):
        many.append(tmp_path / f"{'long name ' * 20}{i}.wav")
        many[-1].hardlink_to(clips[0].path)
    with full_disk(monkeypatch), pytest.raises(WorkbenchError, match="full") as caught:
        store.content_hashes(many)
    assert "recordings are untouched" in caught.value.data
    with full_disk(monkeypatch), pytest.raises(WorkbenchError, match="cannot be written"):
        ClipStore(tmp_path / "fresh")
    check(heard(folder, clips), clips)


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on the size of files")
def test_no_room_for_rows_is_a_plain_error_and_loses_nothing(
    clips: list[Clip], folder: Path
) -> None:
    import resource

    store = ClipStore(folder)
    store.waves(clips[:3], RATE_HZ, SAMPLES)
    store.content_hashes([clip.path for clip in clips])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(3.5 * 2 * SAMPLES), hard))
    try:
        with pytest.raises(WorkbenchError, match=r"clip cache at .* cannot be written"):
            store.waves(clips, RATE_HZ, SAMPLES)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    check(heard(folder, clips), clips)


def test_an_index_that_is_a_folder_is_a_plain_error(folder: Path) -> None:
    (folder / INDEX_FILE).mkdir(parents=True)
    with pytest.raises(WorkbenchError, match="cannot be written"):
        ClipStore(folder)
