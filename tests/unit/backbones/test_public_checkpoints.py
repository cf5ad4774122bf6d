"""Import of picture networks: their own layouts, those of other programs, and files that are not whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.helpers.reference import WEIGHTS
from tests.unit.backbones.fixtures import PICTURES, State, saved
from workbench.backbones.checkpoint_match import CheckpointMismatchError
from workbench.backbones.checkpoints import import_checkpoint, install
from workbench.backbones.inception import InceptionV3
from workbench.backbones.inputs import INPUTS
from workbench.backbones.registry import build, default_input, load_backbone
from workbench.errors import WorkbenchError
from workbench.images.config import PICTURE_INPUTS

WIDTH_035 = (16, (8, 8, 16, 24, 32, 56, 112), 1280)
"""Channels of the first layer, of each stage and of the last layer, rounded by hand."""
REPEATS = (1, 2, 3, 4, 3, 3, 1)
STRIDES = (1, 2, 2, 2, 1, 2, 1)


def trained(network: nn.Module) -> nn.Module:
    """Statistics and scales as a training would leave them."""
    torch.manual_seed(5)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)
    return network.eval()


def trained_state(architecture: str, classes: int = 7) -> State:
    return trained(build(architecture, classes)).state_dict()


def names_in(message: str, state: State) -> set[str]:
    return set(re.findall(r"[\w.]+\w", message)) & set(state)


@pytest.mark.parametrize("architecture", PICTURES)
def test_every_network_for_pictures_is_recognised_and_loads_exactly(
    architecture: str, tmp_path: Path
) -> None:
    state = trained_state(architecture)
    loaded, report = import_checkpoint(saved(state, tmp_path))
    assert loaded.card.architecture == architecture
    assert loaded.card.labels == tuple(f"class {number}" for number in range(7))
    assert loaded.card.frontend == default_input(architecture)
    assert set(report.matched) == set(state)
    assert not (report.renamed or report.missing or report.unexpected or report.reshaped)
    for key, tensor in loaded.backbone.state_dict().items():
        assert torch.equal(tensor, state[key])


@pytest.mark.parametrize("name", ["net.pt", "net.th", "net.tar", "net.safetensors"])
def test_kinds_of_files(name: str, tmp_path: Path) -> None:
    loaded, _ = import_checkpoint(saved(trained_state("lenet5_small"), tmp_path, name))
    assert loaded.card.architecture == "lenet5_small"


@pytest.mark.parametrize(
    ("wrap", "prefix"),
    [
        (lambda s: {"state_dict": s, "epoch": 3}, ""),
        (lambda s: {"model": s}, ""),
        (lambda s: {"net": {f"module.{k}": t for k, t in s.items()}, "acc": 91.2}, "module."),
        (
            lambda s: {f"model.{k}": t for k, t in s.items()} | {"loss.weight": torch.ones(3)},
            "model.",
        ),
    ],
)
def test_wrapping_prefixes_and_missing_counters(
    wrap: Callable[[State], object], prefix: str, tmp_path: Path
) -> None:
    state = trained_state("resnet20", classes=10)
    old = {k: t for k, t in state.items() if not k.endswith("num_batches_tracked")}
    loaded, report = import_checkpoint(saved(wrap(old), tmp_path))
    assert loaded.card.architecture == "resnet20"
    assert report.renamed == (tuple((prefix + key, key) for key in old) if prefix else ())
    assert all(torch.equal(loaded.backbone.state_dict()[key], old[key]) for key in old)


class FlatBlock(nn.Module):
    """Inverted residual as T. Lin's program builds it: one list of layers, activations included."""

    def __init__(self, c_in: int, c_out: int, stride: int, widens: bool) -> None:
        super().__init__()
        hidden = 6 * c_in if widens else c_in
        widen = [nn.Conv2d(c_in, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()]
        self.conv = nn.Sequential(
            *(widen if widens else []),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(),
            nn.Conv2d(hidden, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
        )
        self.adds = stride == 1 and c_in == c_out

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.adds else self.conv(x)


def conv_unit(c_in: int, c_out: int, size: int, stride: int) -> nn.Sequential:
    conv = nn.Conv2d(c_in, c_out, size, stride, size // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(c_out), nn.ReLU6())


class FlatMobileNet(nn.Module):
    """As T. Lin's program (the last layer among the others, dropout before the classifier) or as D. Li's."""

    def __init__(self, classes: int, is_lins: bool) -> None:
        super().__init__()
        stem, widths, tail = WIDTH_035
        layers: list[nn.Module] = [conv_unit(3, stem, 3, 2)]
        channels = stem
        for stage, width in enumerate(widths):
            for block in range(REPEATS[stage]):
                stride = STRIDES[stage] if block == 0 else 1
                layers.append(FlatBlock(channels, width, stride, widens=stage > 0))
                channels = width
        last, classifier = conv_unit(channels, tail, 1, 1), nn.Linear(tail, classes)
        self.features = nn.Sequential(*layers, *([last] if is_lins else []))
        if not is_lins:
            self.conv = last
        self.classifier = nn.Sequential(nn.Dropout(), classifier) if is_lins else classifier

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)
        x = self.conv(x) if hasattr(self, "conv") else x
        return self.classifier(x.mean((2, 3)))  # type: ignore[no-any-return]


class TimmBlock(nn.Module):
    def __init__(self, c_in: int, c_out: int, stride: int) -> None:
        super().__init__()
        hidden = 6 * c_in
        self.conv_pw = nn.Conv2d(c_in, hidden, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.conv_dw = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.bn2 = nn.BatchNorm2d(hidden)
        self.conv_pwl = nn.Conv2d(hidden, c_out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(c_out)
        self.adds = stride == 1 and c_in == c_out

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu6(self.bn1(self.conv_pw(x)))
        out = self.bn3(self.conv_pwl(F.relu6(self.bn2(self.conv_dw(out)))))
        return x + out if self.adds else out


class TimmFirstBlock(nn.Module):
    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.conv_dw = nn.Conv2d(c_in, c_in, 3, 1, 1, groups=c_in, bias=False)
        self.bn1 = nn.BatchNorm2d(c_in)
        self.conv_pw = nn.Conv2d(c_in, c_out, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(c_out)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn2(self.conv_pw(F.relu6(self.bn1(self.conv_dw(x)))))  # type: ignore[no-any-return]


class TimmMobileNet(nn.Module):
    """As timm's ``mobilenetv2_035``."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        stem, widths, tail = WIDTH_035
        self.conv_stem = nn.Conv2d(3, stem, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(stem)
        stages = [nn.Sequential(TimmFirstBlock(stem, widths[0]))]
        for stage in range(1, len(widths)):
            first = TimmBlock(widths[stage - 1], widths[stage], STRIDES[stage])
            rest = (TimmBlock(widths[stage], widths[stage], 1) for _ in range(REPEATS[stage] - 1))
            stages.append(nn.Sequential(first, *rest))
        self.blocks = nn.Sequential(*stages)
        self.conv_head = nn.Conv2d(widths[-1], tail, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(tail)
        self.classifier = nn.Linear(tail, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(F.relu6(self.bn1(self.conv_stem(x))))
        x = F.relu6(self.bn2(self.conv_head(x))).mean((2, 3))
        return self.classifier(x)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "make",
    [lambda: FlatMobileNet(5, True), lambda: FlatMobileNet(5, False), lambda: TimmMobileNet(5)],
    ids=["lin", "li", "timm"],
)
def test_other_programs_mobilenets_compute_what_they_computed(
    make: Callable[[], nn.Module], tmp_path: Path
) -> None:
    foreign = trained(make())
    state = foreign.state_dict()
    loaded, report = import_checkpoint(saved(state, tmp_path))
    assert loaded.card.architecture == "mobilenet_v2-0.35"
    assert not report.unexpected
    assert len(report.renamed) + len(report.matched) == len(state)
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        assert torch.allclose(loaded.backbone(x), foreign(x), atol=1e-5)


@pytest.mark.parametrize(
    ("architecture", "lost", "renamed", "reshaped"),
    [
        (
            "mobilenet_v2-0.35",
            "features.7.conv.3.bias",
            "features.3.conv.2.weight",
            "features.0.0.weight",
        ),
        (
            "mobilenet_v2-0.35",
            "features.0.0.weight",
            "classifier.1.weight",
            "features.9.conv.2.weight",
        ),
        ("resnet20", "conv1.weight", "bn1.bias", "layer3.2.conv2.weight"),
        ("resnet18", "layer4.1.bn2.running_var", "conv1.weight", "layer1.0.conv1.weight"),
        ("densenet40-12", "trans1.conv1.weight", "block2.layer.3.conv1.weight", "conv1.weight"),
        ("lenet5_small", "fc1.weight", "conv2.weight", "conv1.bias"),
    ],
)
def test_one_lost_one_renamed_and_one_reshaped_tensor_are_named_and_no_others(
    architecture: str, lost: str, renamed: str, reshaped: str, tmp_path: Path
) -> None:
    whole = trained_state(architecture)
    state = dict(whole)
    del state[lost]
    state["spare.tensor"] = state.pop(renamed)
    state[reshaped] = torch.ones(3, 2)
    with pytest.raises(CheckpointMismatchError) as caught:
        import_checkpoint(saved(state, tmp_path))
    assert names_in(caught.value.message, whole) == {lost, renamed, reshaped}
    assert "spare.tensor" in caught.value.message
    report = caught.value.report
    assert lost in report.missing
    assert [shape.name for shape in report.reshaped] == [reshaped]
    told = {*report.missing, *(name for _, name in report.misnamed)}
    assert told == {lost, renamed}


def test_a_rename_is_told_as_one_only_where_shapes_leave_no_doubt(tmp_path: Path) -> None:
    state = trained_state("lenet5_small")
    state["first"] = state.pop("conv1.weight")
    with pytest.raises(CheckpointMismatchError) as caught:
        import_checkpoint(saved(state, tmp_path))
    assert caught.value.report.misnamed == (("first", "conv1.weight"),)
    assert caught.value.report.missing == ()
    state = trained_state("resnet20")
    state["one"] = state.pop("layer1.0.conv1.weight")
    del state["layer1.1.conv1.weight"]
    with pytest.raises(CheckpointMismatchError) as caught:
        import_checkpoint(saved(state, tmp_path))
    assert caught.value.report.misnamed == ()
    assert caught.value.report.missing == ("layer1.0.conv1.weight", "layer1.1.conv1.weight")
    assert caught.value.report.unplaced == ("one",)


@pytest.mark.parametrize(
    ("architecture", "block", "more"),
    [
        ("resnet50", "layer3.5", "layer3.6"),
        ("resnet56", "layer1.8", "layer1.9"),
        ("mobilenet_v2-0.35", "features.17", "features.19"),
    ],
)
def test_a_deeper_network_is_not_taken_for_its_beginning(
    architecture: str, block: str, more: str, tmp_path: Path
) -> None:
    state = trained_state(architecture)
    state |= {k.replace(block, more): t for k, t in state.items() if k.startswith(f"{block}.")}
    with pytest.raises(WorkbenchError, match=f"layers beyond {architecture}.*{more}"):
        import_checkpoint(saved(state, tmp_path))


def test_unknown_sizes_and_several_networks_are_refused(tmp_path: Path) -> None:
    narrow = {
        k: torch.ones_like(t)[:3] for k, t in trained_state("mobilenet_v2").items() if t.dim()
    }
    with pytest.raises(WorkbenchError, match="layers of MobileNetV2, in no known size"):
        import_checkpoint(saved(narrow, tmp_path))
    state = trained_state("resnet20")
    twice = {f"{owner}.{k}": t for k, t in state.items() for owner in ("online", "target")}
    with pytest.raises(WorkbenchError, match=r"holds 2 networks: online\.\*, target\.\*"):
        import_checkpoint(saved(twice, tmp_path))


def test_the_auxiliary_head_of_public_inception_weights_is_told_and_left_out(
    tmp_path: Path,
) -> None:
    state = trained(InceptionV3(3, has_auxiliary=True)).state_dict()
    path = saved(state, tmp_path, "inception_v3_google-0cc3c7bd.pth")
    loaded, report = import_checkpoint(path)
    assert loaded.card.name == "inception_v3.google-0cc3c7bd"
    assert {key.split(".")[0] for key in report.unexpected} == {"AuxLogits"}
    assert loaded.card.frontend == PICTURE_INPUTS["inception299"]
    fine_tuned, _ = import_checkpoint(path, frontend="imagenet299")
    assert fine_tuned.card.frontend == PICTURE_INPUTS["imagenet299"]


def test_labels_and_inputs_can_be_given(tmp_path: Path) -> None:
    path = saved(trained_state("resnet20", 3), tmp_path)
    loaded, _ = import_checkpoint(path, labels=("cat", "dog", "owl"), frontend="cifar32")
    assert loaded.card.labels == ("cat", "dog", "owl")
    assert loaded.card.frontend == INPUTS["cifar32"]
    for name in ("imagenet224", "logmel40"):
        with pytest.raises(WorkbenchError, match="gives examples of"):
            import_checkpoint(path, frontend=name)
    with pytest.raises(WorkbenchError, match="no front-end named 'cifar'"):
        import_checkpoint(path, frontend="cifar")


@pytest.mark.parametrize(
    ("file_name", "architecture", "classes"),
    [
        ("mobilenet_v2.imagenet.pth", "mobilenet_v2", 1000),
        ("resnet20-12fca82f.th", "resnet20", 10),
    ],
)
def test_public_weights_load_whole_and_survive_being_installed(
    file_name: str, architecture: str, classes: int, tmp_path: Path
) -> None:
    if not (WEIGHTS / file_name).is_file():
        pytest.skip("the public weights are not beside the project; drawn ones were tested")
    loaded, report = import_checkpoint(WEIGHTS / file_name)
    assert (loaded.card.architecture, len(loaded.card.labels)) == (architecture, classes)
    assert report.is_complete
    assert report.unexpected == ()
    again = load_backbone(tmp_path / install(loaded, tmp_path / "kept").card.name).backbone
    x = torch.randn(1, *loaded.backbone.input_spec.shape)
    with torch.no_grad():
        assert torch.equal(again(x), loaded.backbone(x))
