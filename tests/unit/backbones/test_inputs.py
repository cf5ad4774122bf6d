"""What a backbone takes, said to people with the numbers of its configuration."""

from __future__ import annotations

from workbench.backbones.inputs import INPUTS, described
from workbench.images.config import PictureConfig


def test_public_weights_say_how_their_pictures_are_made() -> None:
    assert described(INPUTS["imagenet224"]) == (
        "Pictures of 224 x 224 pixels in colour: the shorter side resized to 256, its middle cut out, bilinear; "
        "on a scale from 0 to 1, mean 0.485, 0.456, 0.406 and deviation 0.229, 0.224, 0.225."
    )
    stretched = PictureConfig(
        height=28, width=20, channels=1, mean=(0.5,), std=(0.25,), fit="stretch"
    )
    assert described(stretched) == (
        "Pictures of 28 x 20 pixels in grey: both sides resized, bilinear; "
        "on a scale from 0 to 1, mean 0.5 and deviation 0.25."
    )


def test_keyword_networks_say_what_they_hear() -> None:
    assert described(INPUTS["mfcc40"]) == (
        "Sound of 1 s at 16 kHz: 40 cepstral coefficients of 40 mel bands from 20 to 4000 Hz, "
        "windows of 30 ms every 10 ms, 101 frames."
    )
    assert described(INPUTS["logmel64"]) == (
        "Sound of 0.975 s at 16 kHz: 64 mel bands from 60 to 7800 Hz, windows of 25 ms every 10 ms, 96 frames."
    )
