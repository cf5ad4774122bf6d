"""``workbench synthesize``: spoken examples of words, made by eSpeak NG."""

from __future__ import annotations

from pathlib import Path

import typer

from workbench.cli.output import JSON_OPTION, emit_json
from workbench.errors import WorkbenchError


def synthesize(
    words: list[str] = typer.Argument(..., help="Words to speak; each becomes a class."),
    out: Path = typer.Option(..., help="Folder for the classes."),
    language: str = typer.Option("en-us", help="Language as eSpeak NG names it."),
    voices: int = typer.Option(10, min=1, max=100, help="Voices per word."),
    seed: int = typer.Option(0, min=0, help="Same seed, same clips."),
    json: str | None = JSON_OPTION,
) -> None:
    """Speak words in many voices, speeds and pitches, and make noise: a first task without recordings."""
    import numpy as np

    from workbench.audio.files import fit_length, resample, write_wave
    from workbench.audio.noise import backgrounds
    from workbench.audio.speech import synthesize as speak
    from workbench.audio.speech import voice_variants
    from workbench.data.task import SILENCE

    generator = np.random.default_rng(seed)
    variants = generator.permutation(voice_variants())[:voices]
    if len(variants) < voices:
        raise WorkbenchError(
            f"eSpeak NG has {len(variants)} voices, not {voices}.", hint=f"Ask for {len(variants)}."
        )
    rate_hz = 16000
    for word in words:
        for variant in variants:
            speed, pitch = int(generator.integers(130, 210)), int(generator.integers(20, 80))
            samples, native_hz = speak(word, f"{language}+{variant}", speed, pitch)
            clip = fit_length(resample(samples, native_hz, rate_hz), rate_hz)
            name = f"espeak-{variant.replace(' ', '-')}_nohash_0.wav"
            write_wave(out / word / name, clip, rate_hz)
    for i, noise in enumerate(backgrounds(voices, rate_hz, rate_hz, generator)):
        write_wave(out / SILENCE / f"noise-{i}.wav", noise, rate_hz)
    record = {
        "out": str(out),
        "classes": [*words, SILENCE],
        "clips": (len(words) + 1) * len(variants),
        "voices": [str(variant) for variant in variants],
        "language": language,
        "seed": seed,
    }
    if not emit_json(record, json):
        print(f"{record['clips']} clips are in {out}")
