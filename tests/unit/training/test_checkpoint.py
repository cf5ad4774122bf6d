"""Files in the place of a checkpoint that are none are refused, whatever they hold."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from workbench.errors import WorkbenchError
from workbench.training.checkpoint import (
    FILE_NAME,
    Checkpoint,
    load_checkpoint,
    save_checkpoint,
)


def torch_bytes(content: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], None]:
    folder = tmp_path_factory.mktemp("run")

    def check(content: bytes) -> None:
        (folder / FILE_NAME).write_bytes(content)
        with pytest.raises(WorkbenchError, match="cannot be read"):
            load_checkpoint(folder, "")

    return check


@given(st.binary(max_size=200))
@example(b"")
@example(b"hello")
@example(b"not a checkpoint")
@example(pickle.dumps([1, 2], protocol=2))
@example(pickle.dumps({"a": 1}))
@example(torch_bytes(Path("x")))
@example(torch_bytes([1, 2]))
@example(torch_bytes({"stage": 1}))
@example(torch_bytes({"a": torch.zeros(3)})[:300])
@example(b"G")
@example(b"PK\x05\x06" + bytes(18))
def test_foreign_bytes_are_refused(refused: Callable[[bytes], None], content: bytes) -> None:
    refused(content)


def test_a_checkpoint_that_does_not_tell_its_versions_is_read(tmp_path: Path) -> None:
    content = vars(Checkpoint("mine", 1, 2, {}, {}, {}))
    del content["versions"]
    (tmp_path / FILE_NAME).write_bytes(torch_bytes(content))
    loaded = load_checkpoint(tmp_path, "mine")
    assert loaded is not None
    assert (loaded.epoch, loaded.versions) == (2, {})


def test_no_file_is_no_checkpoint_and_another_job_is_refused(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path, "mine") is None
    saved = Checkpoint("mine", 1, 2, {"w": torch.ones(2)}, {}, {"head": 0.5})
    save_checkpoint(saved, tmp_path)
    loaded = load_checkpoint(tmp_path, "mine")
    assert loaded is not None
    assert (loaded.stage, loaded.epoch, loaded.seconds) == (1, 2, {"head": 0.5})
    assert torch.equal(loaded.tensors["w"], saved.tensors["w"])
    with pytest.raises(WorkbenchError, match="other settings"):
        load_checkpoint(tmp_path, "another")
