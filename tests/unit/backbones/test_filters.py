"""Filters as pictures: worked by hand, and from a backbone on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.helpers.tiny import tiny_backbone
from workbench.backbones.filters import first_filters, stretched
from workbench.errors import WorkbenchError


def test_each_filter_is_scaled_by_its_largest_weight_and_zero_is_grey() -> None:
    kernels = np.zeros((3, 1, 1, 3), np.float32)
    kernels[0, 0, 0] = (-2, 0, 1)
    kernels[1, 0, 0] = (0.1, 0.1, 0.05)
    found = stretched(kernels)
    assert found.shape == (3, 1, 3, 1)
    assert found[0, 0, :, 0].tolist() == [0, 128, 191]
    assert found[1, 0, :, 0].tolist() == [255, 255, 191]
    assert found[2, 0, :, 0].tolist() == [128, 128, 128]


def test_a_backbone_that_sees_has_filters_and_one_that_hears_has_none(tmp_path: Path) -> None:
    sees = tiny_backbone(tmp_path / "lenet5_small.tiny", architecture="lenet5_small")
    kernels = sees.backbone.get_parameter(f"{sees.backbone.layers()[0].name}.weight")
    found = first_filters(tmp_path / "lenet5_small.tiny")
    assert found is not None
    assert np.array_equal(found, stretched(kernels.detach().numpy()))
    tiny_backbone(tmp_path / "bcresnet1.tiny", architecture="bcresnet1")
    assert first_filters(tmp_path / "bcresnet1.tiny") is None


def test_a_folder_without_a_card_is_told_from_one_that_hears(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError):
        first_filters(tmp_path / "gone")
