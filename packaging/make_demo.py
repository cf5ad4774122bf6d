"""Make the bundled demo task: Spanish commands spoken by eSpeak NG in many voices.

Usage: .venv/bin/python packaging/make_demo.py [FOLDER]

The same eSpeak NG gives the same samples every time; the files differ in Ogg serial numbers only.
"""

from __future__ import annotations

import csv
import shutil
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from demo_acoustics import (
    RATE_HZ,
    Speaker,
    at_peak,
    background,
    in_room,
    noise_clip,
    say,
    word_clip,
)

from workbench.audio.noise import Waveform, babble
from workbench.audio.speech import require_synthesizer
from workbench.data.task import SILENCE, UNKNOWN, Split
from workbench.locations import resources_dir

SEED = 20261
KEYWORDS = {
    "abajo": "abajo",
    "apaga": "apaga",
    "arriba": "arriba",
    "cocina": "cocina",
    "enciende": "enciende",
    "luz": "luz",
    "musica": "música",
    "para": "para",
}
# The last eight are spoken in val and test only: unknown words are unknown.
OTHER_WORDS = (
    *("agua", "amigo", "calle", "camino", "casa", "cocido", "entiende", "fuego", "gato", "libro"),
    *("lluvia", "lunes", "mañana", "mesa", "noche", "pasa", "perro", "playa", "puerta", "siete"),
    *("abrigo", "arena", "muñeca", "paloma", "sombra", "tiempo", "ventana", "verde"),
)
UNSEEN_WORDS = 8
VARIANTS = {
    Split.TRAIN: (
        *("f1", "f2", "f5", "Alicia", "Annie", "belinda", "steph", "grandma", "linda"),
        *("m1", "m2", "m4", "m6", "m8", "Andy", "caleb", "Denis", "edward", "Hugo", "Michael"),
        *("pablo", "quincy", "croak", "sandro"),
    ),
    Split.VAL: ("f3", "Andrea", "m3", "Marco", "paul", "grandpa"),
    Split.TEST: ("f4", "anika", "steph2", "aunty", "m5", "m7", "Alex", "Diogo", "pedro", "victor"),
}
UNKNOWN_PER_SPEAKER = 2
NOISES = {Split.TRAIN: 24, Split.VAL: 8, Split.TEST: 16}
STREAM_TABLE = "stream.csv"
STREAM_S = 40.0
STREAM_GAP_S = (1.6, 2.8)
COMPRESSION = 0.8


@dataclass(frozen=True)
class Planned:
    """One clip to make; a noise has no word and no speaker."""

    path: str
    label: str
    split: Split
    word: str = ""
    speaker: Speaker | None = None

    def generator(self) -> np.random.Generator:
        """Randomness of this clip alone, so that adding a clip changes no other."""
        return np.random.default_rng([SEED, zlib.crc32(self.path.encode())])


def speakers(split: Split) -> tuple[Speaker, ...]:
    """Invented people of one part, by turns from Spain and from Latin America."""
    people = []
    for position, variant in enumerate(VARIANTS[split]):
        generator = np.random.default_rng([SEED, zlib.crc32(variant.encode())])
        accent = ("es", "es-419")[position % 2]
        name = f"{accent}.{variant.lower()}"
        speed, pitch = int(generator.integers(120, 191)), int(generator.integers(30, 71))
        people.append(Speaker(name, f"{accent}+{variant}", speed, pitch))
    return tuple(people)


def plan(split: Split) -> Iterator[Planned]:
    """Every clip of one part: each speaker says each keyword once and a few other words."""
    words = OTHER_WORDS[:-UNSEEN_WORDS] if split is Split.TRAIN else OTHER_WORDS
    for position, speaker in enumerate(speakers(split)):
        for label, word in KEYWORDS.items():
            yield Planned(f"{label}/{speaker.name}_take_1.ogg", label, split, word, speaker)
        for take in range(1, UNKNOWN_PER_SPEAKER + 1):
            word = words[-1 - (position * UNKNOWN_PER_SPEAKER + take) % len(words)]
            path = f"{UNKNOWN}/{speaker.name}_take_{take}.ogg"
            yield Planned(path, UNKNOWN, split, word, speaker)
    for number in range(1, NOISES[split] + 1):
        yield Planned(f"{SILENCE}/{split}-{number:02d}.ogg", SILENCE, split)


def chatter(split: Split) -> list[Waveform]:
    """Other words of this part's speakers, from which babble is mixed."""
    generator = np.random.default_rng([SEED, zlib.crc32(f"babble {split}".encode())])
    people = speakers(split)
    return [
        say(word, people[position % len(people)], generator)
        for position, word in enumerate(OTHER_WORDS[:-UNSEEN_WORDS])
    ]


def render(planned: Planned, voices: Sequence[Waveform]) -> Waveform:
    """Samples ``(16000,)`` of one planned clip."""
    if planned.speaker is None:
        return noise_clip(voices, planned.generator())
    return word_clip(planned.word, planned.speaker, voices, planned.generator())


def stream(voices: Sequence[Waveform]) -> tuple[Waveform, list[tuple[float, str, float]]]:
    """Keywords by test speakers over babble; returns the samples and (onset_s, label, end_s)."""
    generator = np.random.default_rng([SEED, zlib.crc32(b"stream")])
    people = speakers(Split.TEST)
    total = int(STREAM_S * RATE_HZ)
    speech = np.zeros(total, np.float32)
    events: list[tuple[float, str, float]] = []
    labels = [str(label) for _ in range(3) for label in generator.permutation(list(KEYWORDS))]
    at = RATE_HZ
    for label in labels:
        spoken = say(KEYWORDS[label], people[int(generator.integers(len(people)))], generator)
        if at + spoken.size + RATE_HZ > total:
            break
        speech[at : at + spoken.size] = spoken * np.float32(generator.uniform(0.5, 1.0))
        events.append((at / RATE_HZ, label, (at + spoken.size) / RATE_HZ))
        at += spoken.size + int(generator.uniform(*STREAM_GAP_S) * RATE_HZ)
    room = in_room(babble(voices, total, generator, talkers=8), generator)
    hiss = background(total, voices, generator)
    return at_peak(in_room(speech, generator) + 0.5 * room + 0.1 * hiss, -3.0), events


def write_ogg(path: Path, samples: Waveform) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(
        path, samples, RATE_HZ, format="OGG", subtype="OPUS", compression_level=COMPRESSION
    )


def write_table(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def make(folder: Path) -> None:
    """Write clips, manifest, stream and README into ``folder``, replacing an earlier demo there."""
    if (folder / STREAM_TABLE).is_file():
        shutil.rmtree(folder)
    elif folder.exists():
        raise SystemExit(f"{folder} exists and is no demo task; name another folder.")
    rows = []
    for split in Split:
        voices = chatter(split)
        for planned in plan(split):
            write_ogg(folder / planned.path, render(planned, voices))
            who = planned.speaker.name if planned.speaker else ""
            rows.append((planned.path, planned.label, split.value, who))
    write_table(folder / "manifest.csv", ("path", "label", "split", "speaker"), rows)
    samples, events = stream(chatter(Split.TEST))
    write_ogg(folder / "stream.ogg", samples)
    times = [(f"{onset:.3f}", label, f"{end:.3f}") for onset, label, end in events]
    write_table(folder / STREAM_TABLE, ("time_s", "label", "end_s"), times)
    template = Path(__file__).with_name("demo_readme.md").read_text(encoding="utf-8")
    people = ", ".join(f"{split.value} {len(VARIANTS[split])}" for split in Split)
    readme = template.format(
        clips=len(rows), people=people, events=len(events), engine=require_synthesizer().description
    )
    (folder / "README.md").write_text(readme, encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else resources_dir() / "demo")
