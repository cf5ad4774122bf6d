"""Audio encoders against the arithmetic of methods.md 3.8, and their layers against plain operations."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from tests.helpers.tiny import tiny_backbone
from workbench.audio.frontend import FRONTENDS, build_frontend
from workbench.backbones.audio_encoder import SHORTEST_FRAMES, AudioEncoder
from workbench.backbones.base import LayerInfo, LayerKind
from workbench.backbones.registry import build, default_input, load_backbone, save_backbone
from workbench.backbones.summary import summarise

# Convolutions with their biases and norms, and the fully connected layer, as the paper counts 65 thousand; the
# separable ones without norms, as it counts 125 thousand. Multiplies are of convolutions and that layer.
COUNTED = {
    "audio_encoder_small": (65_004, 4.32),
    "audio_encoder_plain": (115_248, 7.54),
    "audio_encoder_small_separable": (70_644, 5.24),
    "audio_encoder": (125_536, 9.26),
}
SIZES = ((96, 64), (48, 32), (24, 16), (12, 8), (6, 4), (3, 2))


def body(name: str) -> list[LayerInfo]:
    return [row for row in build(name, 12).layers() if row.group != "head"]


@pytest.mark.parametrize("name", COUNTED)
def test_parameters_and_multiplies_are_the_papers(name: str) -> None:
    parameters, multiplies_m = COUNTED[name]
    rows = body(name)
    if name in ("audio_encoder", "audio_encoder_small_separable"):
        rows = [row for row in rows if row.kind is not LayerKind.NORM]
    assert sum(row.parameters for row in rows) == parameters
    assert sum(row.multiplies for row in rows) / 1e6 == pytest.approx(multiplies_m, abs=0.005)


def test_a_separable_layer_has_four_c_in_c_and_three_c_c_weights() -> None:
    for i, (n, c) in enumerate([(1, 8), (8, 16), (16, 32), (32, 64), (64, 128)]):
        rows = [row for row in body("audio_encoder") if row.name.startswith(f"encode.{i}.block")]
        assert sum(row.parameters for row in rows if row.is_conv) == 4 * n * c + 3 * c * c


@pytest.mark.parametrize("name", COUNTED)
def test_each_layer_halves_time_and_frequency(name: str) -> None:
    encoder = build(name, 3).eval()
    assert isinstance(encoder, AudioEncoder)
    activations = encoder.activations(torch.randn(2, *encoder.input_spec.shape))
    assert tuple(tuple(x.shape[2:]) for x in activations) == SIZES
    assert [x.shape[1] for x in activations] == [1, *encoder.shape.widths]
    assert encoder.features(activations[0]).shape == (2, encoder.shape.widths[-1])


def test_a_plain_layer_pools_then_clips_then_normalises() -> None:
    encoder = build("audio_encoder_small", 3).eval()
    assert isinstance(encoder, AudioEncoder)
    layer = encoder.encode[0]
    with torch.no_grad():
        layer.norm.running_mean.uniform_(-0.5, 0.5)
        layer.norm.running_var.uniform_(0.5, 2)
        x = torch.randn(2, 1, 8, 8)
        conv = F.conv2d(F.pad(x, (1, 1, 1, 1)), layer.block.conv.weight, layer.block.conv.bias)
        pooled = conv.unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5)).clamp(min=0)
        mean, var = layer.norm.running_mean, layer.norm.running_var
        wanted = (pooled - mean[:, None, None]) / torch.sqrt(var[:, None, None] + layer.norm.eps)
        torch.testing.assert_close(layer(x), wanted)


def test_the_embedding_reads_the_highest_value_of_each_channel() -> None:
    encoder = build("audio_encoder", 3).eval()
    assert isinstance(encoder, AudioEncoder)
    last = torch.zeros(1, 128, 3, 2)
    last[0, 5, 2, 1] = 4.0
    with torch.no_grad():
        wanted = 4 * encoder.embed.weight[:, 5] + encoder.embed.bias
        torch.testing.assert_close(encoder.embedding(last)[0], wanted)


def test_any_slice_that_is_long_enough_is_taken() -> None:
    encoder = build("audio_encoder", 3).eval()
    for frames in (SHORTEST_FRAMES, 47, 96, 200):
        assert encoder(torch.randn(1, 1, frames, 64)).shape == (1, 3)


def test_its_front_end_gives_the_slice_that_it_is_made_for() -> None:
    config = default_input("audio_encoder")
    assert config == FRONTENDS["logmel64"]
    features = build_frontend(config)(torch.zeros(1, config.clip_samples))
    assert tuple(features.shape[1:]) == build("audio_encoder", 3).input_spec.shape


def test_the_shipped_encoder_tells_sounds_apart_without_labels() -> None:
    """A tone and noise at one level: their embeddings differ more than two noises' do."""
    loaded = load_backbone("audio_encoder.audio2vec")
    assert (loaded.card.labels, loaded.backbone.classes) == ((), 0)
    frontend = build_frontend(loaded.card.frontend)
    time_s = torch.arange(loaded.card.frontend.clip_samples) / loaded.card.frontend.rate_hz
    generator = torch.Generator().manual_seed(1)
    noise = 0.1 * torch.randn(2, len(time_s), generator=generator)
    tone = 0.14 * torch.sin(2 * torch.pi * 440 * time_s)
    with torch.no_grad():
        embedding = loaded.backbone.features(frontend(torch.cat([noise, tone[None]])))
    assert torch.isfinite(embedding).all()
    apart, alike = (embedding[0] - embedding[2]).norm(), (embedding[0] - embedding[1]).norm()
    assert apart > 3 * alike


def test_weights_without_labels_are_kept_loaded_and_summarised(tmp_path: Path) -> None:
    folder = tmp_path / "audio_encoder.none"
    card = tiny_backbone(tmp_path / "x", architecture="audio_encoder").card
    card = card.model_copy(update={"labels": (), "name": folder.name})
    saved = save_backbone(build("audio_encoder", 0), card, folder)
    loaded = load_backbone(folder)
    assert loaded.backbone.classes == 0
    assert loaded.backbone(torch.randn(2, 1, 96, 64)).shape == (2, 0)
    counted = sum(row.parameters for row in body("audio_encoder"))
    assert summarise(saved).parameters == counted
