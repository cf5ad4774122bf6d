"""Import of public checkpoints, against plain re-implementations and hostile files."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.unit.backbones.fixtures import SOUND, State, saved
from workbench import locations
from workbench.audio.frontend import FRONTENDS
from workbench.backbones.checkpoint_files import read_tensors
from workbench.backbones.checkpoint_match import CheckpointMismatchError, Reshaped
from workbench.backbones.checkpoints import import_checkpoint, install
from workbench.backbones.registry import (
    build,
    default_input,
    list_backbones,
    load_backbone,
)
from workbench.errors import WorkbenchError

RES8_LAYERS = 6


def trained_state(architecture: str, classes: int = 12) -> State:
    """Random weights and statistics, as a training would leave them."""
    torch.manual_seed(3)
    network = build(architecture, classes)
    for name, buffer in network.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(0, 0.3)
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 2)
        else:
            buffer.fill_(17)
    return network.state_dict()


def labels_for(architecture: str) -> list[str] | None:
    """Public checkpoints come with labels; those of audio encoders have to be given."""
    return [*"abcdefghijkl"] if architecture.startswith("audio") else None


def honk_state(architecture: str, classes: int = 12) -> State:
    """Keys as an old honk checkpoint has them: no batch counters."""
    state = trained_state(architecture, classes)
    return {k: t for k, t in state.items() if not k.endswith("num_batches_tracked")}


def plain_res(state: State, x: Tensor, layers: int, pool: tuple[int, int] | None) -> Tensor:
    """The public program's forward pass, written out once more with plain functions."""
    x = F.relu(F.conv2d(x, state["conv0.weight"], padding=1))
    if pool:
        x = F.avg_pool2d(x, pool)
    skip = x
    for i in range(1, layers + 1):
        reach = 1 if pool else 2 ** ((i - 1) // 3)
        x = F.relu(F.conv2d(x, state[f"conv{i}.weight"], padding=reach, dilation=reach))
        if i % 2 == 0:
            x = skip = x + skip
        mean, var = state[f"bn{i}.running_mean"], state[f"bn{i}.running_var"]
        x = (x - mean[:, None, None]) / torch.sqrt(var[:, None, None] + 1e-5)
        if f"scale{i}.scale" in state:
            x = x * state[f"scale{i}.scale"][:, None, None]
    return x.mean(dim=(2, 3)) @ state["output.weight"].T + state["output.bias"]


def with_scales(state: State, layers: int) -> State:
    """Factors of either sign, and one of zero, after every odd norm."""
    scaled = dict(state)
    for i in range(1, layers + 1, 2):
        factors = torch.randn(len(state["conv0.weight"]))
        factors[0] = 0.0
        scaled[f"scale{i}.scale"] = factors
    return scaled


@pytest.mark.parametrize("architecture", SOUND)
@pytest.mark.parametrize("name", ["net.pt", "net.safetensors"])
def test_every_network_for_sound_is_recognised_and_loads_exactly(
    architecture: str, name: str, tmp_path: Path
) -> None:
    state = trained_state(architecture)
    # A pool has no parameters, so this one has to be asked for by name.
    asked = architecture if architecture.endswith("-pool") else None
    labels = labels_for(architecture)
    loaded, report = import_checkpoint(saved(state, tmp_path, name), asked, labels)
    assert loaded.card.architecture == architecture
    assert set(report.matched) == set(state)
    assert not (report.renamed or report.missing or report.unexpected or report.reshaped)
    for key, tensor in loaded.backbone.state_dict().items():
        assert torch.equal(tensor, state[key])
    assert not loaded.backbone.training


@pytest.mark.parametrize(
    ("wrap", "prefix"),
    [
        (lambda s: {"state_dict": s, "epoch": 3}, ""),
        (lambda s: {"model": s, "optimizer": {"lr": torch.tensor(0.1)}}, ""),
        (lambda s: {f"module.{k}": t for k, t in s.items()}, "module."),
        (lambda s: {"model": {f"module.{k}": t for k, t in s.items()}}, "module."),
        (lambda s: {"state_dict": {"model": {f"net.{k}": t for k, t in s.items()}}}, "net."),
    ],
)
def test_wrapping_and_prefixes_are_taken_off(
    wrap: Callable[[State], object], prefix: str, tmp_path: Path
) -> None:
    state = trained_state("bcresnet1.5")
    loaded, report = import_checkpoint(saved(wrap(state), tmp_path))
    assert loaded.card.architecture == "bcresnet1.5"
    pairs = tuple((prefix + key, key) for key in state)
    assert report.renamed == (pairs if prefix else ())
    assert len(report.matched) == (0 if prefix else len(state))
    key = "BCBlocks.2.1.f1.0.block.0.weight"
    assert torch.equal(loaded.backbone.state_dict()[key], state[key])


@pytest.mark.parametrize(("architecture", "pool"), [("res8", (4, 3)), ("res15-narrow", None)])
def test_public_res_checkpoint_computes_what_its_own_program_computes(
    architecture: str, pool: tuple[int, int] | None, tmp_path: Path
) -> None:
    state = honk_state(architecture)
    layers = build(architecture, 12).state_dict().keys()
    depth = sum(key.startswith("conv") for key in layers) - 1
    loaded, report = import_checkpoint(saved(state, tmp_path, f"{architecture}.pt"))
    assert report.missing == ()
    x = torch.randn(2, 1, 101, 40, dtype=torch.float64)
    state = {key: tensor.double() for key, tensor in state.items()}
    expected = plain_res(state, x, depth, pool)
    assert torch.allclose(loaded.backbone.double()(x), expected, atol=1e-10)


@pytest.mark.parametrize(
    ("architecture", "layers", "pool"),
    [("res8", RES8_LAYERS, (4, 3)), ("res8-narrow", RES8_LAYERS, (4, 3)), ("res15", 13, None)],
)
def test_scales_are_folded_without_changing_the_result(
    architecture: str, layers: int, pool: tuple[int, int] | None, tmp_path: Path
) -> None:
    state = with_scales(honk_state(architecture), layers)
    loaded, report = import_checkpoint(saved(state, tmp_path))
    numbers = range(1, layers + 1, 2)
    into = [f"conv{i + 1}.weight" if i < layers else "output.weight" for i in numbers]
    assert sorted(report.folded) == sorted(
        zip((f"scale{i}.scale" for i in numbers), into, strict=True)
    )
    assert report.unexpected == ()
    x = torch.randn(2, 1, 101, 40, dtype=torch.float64)
    double = {key: tensor.double() for key, tensor in state.items()}
    expected = plain_res(double, x, layers, pool)
    # The product of weight and factor is rounded to 32 bits once; everything else is exact here.
    assert torch.allclose(loaded.backbone.double()(x), expected, atol=1e-5, rtol=1e-5)


def test_folding_itself_is_exact_where_no_product_is_rounded(tmp_path: Path) -> None:
    state = honk_state("res8")
    for i in (1, 3, 5):
        exponents = torch.randint(-3, 4, (45,))
        state[f"scale{i}.scale"] = torch.where(exponents > 0, -1.0, 1.0) * torch.exp2(exponents)
    loaded, _ = import_checkpoint(saved(state, tmp_path))
    x = torch.randn(2, 1, 101, 40, dtype=torch.float64)
    double = {key: tensor.double() for key, tensor in state.items()}
    expected = plain_res(double, x, RES8_LAYERS, (4, 3))
    assert torch.allclose(loaded.backbone.double()(x), expected, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("key", ["scale0.scale", "scale7.scale"])
def test_a_scale_without_a_place_is_refused(key: str, tmp_path: Path) -> None:
    state = honk_state("res8") | {key: torch.ones(45)}
    with pytest.raises(WorkbenchError, match=key):
        import_checkpoint(saved(state, tmp_path))


def test_label_orders_of_the_public_programs(tmp_path: Path) -> None:
    loaded, _ = import_checkpoint(saved(honk_state("res8"), tmp_path, "res8.pt"))
    words = ["yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"]
    assert loaded.card.labels == ("_silence_", "_unknown_", *words)
    assert loaded.card.frontend == FRONTENDS["mfcc40"]
    assert loaded.card.name == "res8.imported"
    loaded, _ = import_checkpoint(saved(trained_state("bcresnet1"), tmp_path, "BCResNet1 best.pth"))
    words = ["down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes"]
    assert loaded.card.labels == ("_silence_", "_unknown_", *words)
    assert loaded.card.frontend == FRONTENDS["logmel40"]
    assert loaded.card.name == "bcresnet1.best"


def test_other_class_counts_need_labels_that_fit(tmp_path: Path) -> None:
    path = saved(honk_state("res8", classes=3), tmp_path)
    with pytest.raises(WorkbenchError, match="3 classes, and their names are not"):
        import_checkpoint(path)
    with pytest.raises(WorkbenchError, match="but 2 different labels"):
        import_checkpoint(path, labels=["a", "b", "b"])
    wider = FRONTENDS["mfcc40"].model_copy(update={"high_hz": 8000})
    loaded, _ = import_checkpoint(path, labels=["a", "b", "c"], frontend=wider)
    assert loaded.card.labels == ("a", "b", "c")
    assert loaded.card.frontend == wider
    with pytest.raises(WorkbenchError, match="front-end named 'mfcc'"):
        import_checkpoint(path, labels=["a", "b", "c"], frontend="mfcc")


@pytest.mark.parametrize("architecture", SOUND)
@pytest.mark.parametrize("frontend", FRONTENDS)
def test_only_a_frontend_that_fits_is_taken(
    tmp_path: Path, architecture: str, frontend: str
) -> None:
    path = saved(trained_state(architecture), tmp_path)
    if FRONTENDS[frontend] == default_input(architecture):
        labels = labels_for(architecture)
        loaded, _ = import_checkpoint(path, architecture, labels, frontend=frontend)
        assert loaded.card.frontend == FRONTENDS[frontend]
    else:
        with pytest.raises(WorkbenchError, match="The front-end gives examples of"):
            import_checkpoint(path, architecture, labels_for(architecture), frontend=frontend)


def test_an_encoder_that_saw_no_labels_needs_none(tmp_path: Path) -> None:
    state = trained_state("audio_encoder", classes=0)
    loaded, report = import_checkpoint(saved(state, tmp_path))
    assert (loaded.card.architecture, loaded.card.labels) == ("audio_encoder", ())
    assert set(report.matched) == set(state)
    install(loaded, tmp_path / "audio_encoder.mine")
    assert load_backbone(tmp_path / "audio_encoder.mine").backbone.classes == 0


def test_missing_and_reshaped_tensors_are_named_exactly(tmp_path: Path) -> None:
    state = trained_state("bcresnet1")
    del state["classifier.2.running_var"]
    state["cnn_head.1.bias"] = torch.zeros(5)
    state["extra.weight"] = torch.zeros(2)
    with pytest.raises(CheckpointMismatchError) as caught:
        import_checkpoint(saved(state, tmp_path))
    report = caught.value.report
    assert report.missing == ("classifier.2.running_var",)
    assert report.reshaped == (Reshaped("cnn_head.1.bias", (5,), (16,)),)
    assert report.unexpected == ("extra.weight",)
    assert "classifier.2.running_var" in caught.value.message
    assert "cnn_head.1.bias 5 instead of 16" in caught.value.message


def test_what_is_not_used_is_listed(tmp_path: Path) -> None:
    state = honk_state("res8") | {"total_ops": torch.zeros(1)}
    _, report = import_checkpoint(saved(state, tmp_path))
    assert report.unexpected == ("total_ops",)


def test_asking_for_the_wrong_architecture_lists_the_difference(tmp_path: Path) -> None:
    with pytest.raises(CheckpointMismatchError, match="does not fill bcresnet2"):
        import_checkpoint(saved(trained_state("bcresnet1"), tmp_path), "bcresnet2")
    with pytest.raises(WorkbenchError, match="is a bcresnet9"):
        import_checkpoint(saved(trained_state("bcresnet1"), tmp_path), "bcresnet9")


def test_a_width_that_is_not_registered_is_named(tmp_path: Path) -> None:
    state = {"cnn_head.0.weight": torch.zeros(64, 1, 5, 5)}
    with pytest.raises(WorkbenchError, match="is a bcresnet4, and no architecture"):
        import_checkpoint(saved(state, tmp_path))


def test_pruned_networks_are_refused_by_name(tmp_path: Path) -> None:
    state = honk_state("res8")
    state["bn3.running_mean"], state["bn3.running_var"] = torch.zeros(31), torch.ones(31)
    with pytest.raises(WorkbenchError, match=r"pruned network: bn3 \(31 of 45 channels\)"):
        import_checkpoint(saved(state, tmp_path))


def test_unknown_layouts_and_several_networks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="none of the known layouts"):
        import_checkpoint(saved({"layer1.weight": torch.zeros(3)}, tmp_path))
    state = honk_state("res8")
    double = state | {f"ema.{key}": tensor for key, tensor in state.items()}
    with pytest.raises(WorkbenchError, match="holds 2 networks"):
        import_checkpoint(saved(double, tmp_path))
    with pytest.raises(WorkbenchError, match="of 6 layers with 7 maps"):
        import_checkpoint(
            saved({f"conv{i}.weight": torch.zeros(7, 7, 3, 3) for i in range(7)}, tmp_path)
        )


def test_values_that_are_not_numbers_are_refused(tmp_path: Path) -> None:
    state = honk_state("res8")
    state["conv2.weight"][0, 0, 0, 0] = float("nan")
    with pytest.raises(WorkbenchError, match=r"not numbers, in conv2\.weight"):
        import_checkpoint(saved(state, tmp_path))


class Payload:
    """Unpickling this would create a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("as_archive", [True, False])
def test_a_pickle_with_a_payload_is_refused_and_does_nothing(
    as_archive: bool, tmp_path: Path
) -> None:
    trap = tmp_path / "owned"
    content = honk_state("res8") | {"x": Payload(trap)}
    path = tmp_path / "res8.pt"
    if as_archive:
        torch.save(content, path)
    else:
        path.write_bytes(pickle.dumps(content, protocol=2))
    with pytest.raises(WorkbenchError, match="program, not only weights"):
        import_checkpoint(path)
    assert not trap.exists()


def test_a_pickled_module_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="state dict") as caught:
        import_checkpoint(saved(build("res8", 2), tmp_path))
    assert "Nothing was run" in caught.value.data


def test_a_missing_file_is_a_plain_error(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="cannot be read"):
        import_checkpoint(tmp_path / "absent.pt")
    with pytest.raises(WorkbenchError, match=r"absent\.safetensors"):
        import_checkpoint(tmp_path / "absent.safetensors")
    with pytest.raises(WorkbenchError, match="holds no weights"):
        import_checkpoint(saved({"epoch": 3}, tmp_path))
    with pytest.raises(WorkbenchError, match="holds no weights"):
        import_checkpoint(saved([1, 2], tmp_path))


@settings(max_examples=60, deadline=None)
@given(
    suffix=st.sampled_from([".pt", ".safetensors"]),
    position=st.floats(0, 1),
    junk=st.binary(min_size=0, max_size=12),
    cut=st.booleans(),
)
def test_damaged_files_never_escape_as_anything_but_our_error(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, position: float, junk: bytes, cut: bool
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = saved({"a": torch.arange(6.0), "b": torch.ones(2, 2)}, folder, f"net{suffix}")
    content = path.read_bytes()
    at = round(position * len(content))
    path.write_bytes(content[:at] + junk + (b"" if cut else content[at + len(junk) :]))
    try:
        tensors = read_tensors(path)
    except WorkbenchError as error:
        assert path.name in error.message
    else:
        assert all(isinstance(tensor, Tensor) for tensor in tensors.values())


def test_an_installed_backbone_is_listed_and_never_overwritten(tmp_path: Path) -> None:
    state = honk_state("res8")
    loaded, _ = import_checkpoint(saved(state, tmp_path, "res8.pt"))
    kept = install(loaded)
    assert kept.card.sha256
    assert (locations.user_models_dir() / "res8.imported").is_dir()
    assert kept.card in list_backbones()
    again = load_backbone("res8.imported")
    assert again.card == kept.card
    x = torch.randn(1, 1, 101, 40)
    assert torch.equal(again.backbone(x), loaded.backbone(x))
    with pytest.raises(WorkbenchError, match="already a backbone"):
        install(loaded)
    renamed = install(loaded, tmp_path / "models" / "res8.mine")
    assert load_backbone(tmp_path / "models" / "res8.mine").card.name == renamed.card.name
    assert renamed.card.name == "res8.mine"
