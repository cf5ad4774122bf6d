"""A patch whose tensors are not what its card promises is refused before any is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.helpers.tiny import suited, tiny_backbone, tiny_patch
from workbench.backbones.registry import LoadedBackbone
from workbench.errors import WorkbenchError
from workbench.methods.patch import Patch, apply_patch, read_patch
from workbench.methods.registry import names


@pytest.fixture(scope="module", params=names())
def method(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, method: str) -> LoadedBackbone:
    folder = tmp_path_factory.mktemp("models") / f"{suited(method)}.tiny"
    return tiny_backbone(folder, architecture=suited(method))


def some_names(patch: Patch) -> list[str]:
    """Every seventh, which takes in each purpose and layer kind; all of them would take a minute."""
    return sorted(patch.tensors)[::7]


@pytest.fixture
def patch(loaded: LoadedBackbone, tmp_path: Path, method: str) -> Patch:
    return read_patch(tiny_patch(tmp_path, loaded, method))


def test_a_whole_patch_is_applied(loaded: LoadedBackbone, patch: Patch) -> None:
    apply_patch(patch, loaded)


def test_a_patch_that_lacks_any_of_its_tensors_is_refused(
    loaded: LoadedBackbone, patch: Patch, tmp_path: Path
) -> None:
    path = tmp_path / "changed.patch.safetensors"
    for name in some_names(patch):
        rest = {key: tensor for key, tensor in patch.tensors.items() if key != name}
        save_file(rest, path, {"card": patch.card.model_dump_json()})
        with pytest.raises(WorkbenchError, match="is damaged; missing"):
            apply_patch(read_patch(path), loaded)


def test_a_layer_may_be_left_out_after_reading(loaded: LoadedBackbone, patch: Patch) -> None:
    deltas = {name for name in patch.tensors if name.startswith("delta/")}
    rest = {name: tensor for name, tensor in patch.tensors.items() if name not in deltas}
    apply_patch(Patch(patch.card, rest), loaded)


@pytest.mark.parametrize("shape", [(1,), (2, 3)])
def test_a_tensor_of_another_shape_is_refused(
    loaded: LoadedBackbone, patch: Patch, shape: tuple[int, ...]
) -> None:
    for name in some_names(patch):
        changed = {**patch.tensors, name: torch.zeros(shape)}
        with pytest.raises(WorkbenchError, match="is damaged; not fitting"):
            apply_patch(Patch(patch.card, changed), loaded)


def test_a_foreign_tensor_is_refused(loaded: LoadedBackbone, patch: Patch) -> None:
    changed = {**patch.tensors, "delta/elsewhere.weight": torch.zeros(1)}
    with pytest.raises(WorkbenchError, match=r"not fitting: delta/elsewhere\.weight"):
        apply_patch(Patch(patch.card, changed), loaded)


def test_settings_of_another_version_are_named(loaded: LoadedBackbone, patch: Patch) -> None:
    card = patch.card.model_copy(update={"config": {**patch.card.config, "tomorrow": 1}})
    with pytest.raises(WorkbenchError, match="does not understand: tomorrow"):
        apply_patch(Patch(card, patch.tensors), loaded)
