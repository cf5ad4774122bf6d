"""IDX files: what they hold, and what is wrong with the damaged ones."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import WorkbenchError
from workbench.images.idx import idx_shape, read_idx

VALUES = np.arange(5 * 3 * 4, dtype=np.uint8).reshape(5, 3, 4)


def idx(values: np.ndarray) -> bytes:
    sizes = struct.pack(f">{values.ndim}I", *values.shape)
    return bytes([0, 0, 8, values.ndim]) + sizes + values.tobytes()


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("values", [VALUES, VALUES[:, 0, 0], VALUES[:0]])
def test_values_come_back(values: np.ndarray, zipped: bool, tmp_path: Path) -> None:
    path = tmp_path / ("x.gz" if zipped else "x")
    path.write_bytes(gzip.compress(idx(values)) if zipped else idx(values))
    assert np.array_equal(read_idx(path), values)
    assert idx_shape(path) == values.shape
    with pytest.raises(ValueError, match="read-only"):
        read_idx(path)[:] = 0


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(idx(VALUES))
    read_idx(path)
    path.write_bytes(idx(VALUES + 1))
    os.utime(path, ns=(1, 1))
    assert np.array_equal(read_idx(path), VALUES + 1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "ends too early"),
        (idx(VALUES)[:-1], "ends too early"),
        (idx(VALUES)[:9], "ends too early"),
        (b"\0\0\x0d\3" + idx(VALUES)[4:], "no IDX file of bytes"),
        (b"\0\0\x08\2" + idx(VALUES)[4:], "no IDX file of bytes"),
        (b"\x89PNG\r\n\x1a\n", "no IDX file of bytes"),
        (b"\0\0\x08\3" + struct.pack(">3I", 2**31, 2**31, 2**31), "the limit is 768"),
    ],
)
def test_what_is_damaged_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    for name, packed in (("x", content), ("x.gz", gzip.compress(content))):
        path = tmp_path / name
        path.write_bytes(packed)
        with pytest.raises(WorkbenchError, match=reason):
            read_idx(path)


def test_no_gzip_and_no_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(idx(VALUES))
    with pytest.raises(WorkbenchError, match="damaged or ends too early"):
        read_idx(path)
    with pytest.raises(WorkbenchError, match="No such file"):
        read_idx(tmp_path / "missing")


@given(at=st.integers(0, 90), value=st.integers(0, 255), cut=st.booleans())
def test_damaged_files_are_read_or_refused(
    at: int, value: int, cut: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = gzip.compress(idx(VALUES), mtime=0)
    damaged = whole[:at] if cut else whole[:at] + bytes([value]) + whole[at + 1 :]
    path = tmp_path_factory.getbasetemp() / "damaged.gz"
    path.write_bytes(damaged)
    try:
        found = read_idx(path)
    except WorkbenchError:
        return
    assert found.dtype == np.uint8
    assert found.shape == idx_shape(path)
