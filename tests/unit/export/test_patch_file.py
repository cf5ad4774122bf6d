"""A patch is taken along as it is, and takes no other file's place unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.tiny import tiny_backbone, tiny_patch
from workbench.errors import WorkbenchError
from workbench.export.patch_file import export_patch


@pytest.fixture
def patch(tmp_path: Path) -> Path:
    return tiny_patch(tmp_path, tiny_backbone(tmp_path / "tiny"))


def test_the_copy_is_the_same_to_the_byte(tmp_path: Path, patch: Path) -> None:
    copy = tmp_path / "new" / "words.patch.safetensors"
    assert export_patch(patch, copy) == patch.stat().st_size
    assert copy.read_bytes() == patch.read_bytes()


def test_no_file_is_replaced_unasked(tmp_path: Path, patch: Path) -> None:
    other = tmp_path / "other.patch.safetensors"
    other.write_text("mine")
    with pytest.raises(WorkbenchError, match="exists already"):
        export_patch(patch, other)
    assert other.read_text() == "mine"
    export_patch(patch, other, replace=True)
    assert other.read_bytes() == patch.read_bytes()


def test_a_damaged_patch_is_not_passed_on(tmp_path: Path, patch: Path) -> None:
    patch.write_bytes(patch.read_bytes()[:500])
    with pytest.raises(WorkbenchError, match="not a complete patch file"):
        export_patch(patch, tmp_path / "copy.patch.safetensors")
    assert not (tmp_path / "copy.patch.safetensors").exists()
