"""``workbench listen``: detections in a file or from the microphone."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from workbench.cli.output import JSON_OPTION, emit_json, json_lines, percent
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.audio.files import Samples
    from workbench.detection.decoder import Detection
    from workbench.detection.side_by_side import Sharing
    from workbench.detection.stream import StreamEngine

MICROPHONE_BLOCK_S = 0.08
RECORDER_LATENCY_MS = 50
"""Left to themselves, recorders deliver sound in blocks of up to two seconds."""


def listen(
    patch: list[Path] = typer.Option(..., help="Patch to listen with; may be given several times."),
    file: Path | None = typer.Option(
        None, help="Audio file to listen to instead of the microphone."
    ),
    device: str | None = typer.Option(
        None, help="Microphone by name, as PulseAudio or ALSA calls it."
    ),
    threshold: float = typer.Option(
        0.7, min=0.01, max=0.99, help="Smoothed probability that counts as heard."
    ),
    backbone: str | None = typer.Option(None, help="Folder of the backbone, if not installed."),
    json: str | None = JSON_OPTION,
) -> None:
    """Print every detected word with its time, score and latency.

    With --json, a file gives one list at its end, and the microphone one line per word as it is heard.
    """
    from workbench.audio.files import read_audio
    from workbench.backbones.inputs import sound_of
    from workbench.detection.decoder import DecoderConfig
    from workbench.detection.scorer import ScorerPool
    from workbench.detection.side_by_side import share
    from workbench.detection.stream import StreamEngine, listen_to

    pool = ScorerPool(backbone)
    scorers = [pool.open(path) for path in patch]
    frontend = sound_of(scorers[0].frontend)
    together = share(scorers)
    engine = StreamEngine(together, frontend, DecoderConfig(threshold=threshold))
    if len(scorers) > 1:
        print(_shared(together.sharing), file=sys.stderr)
    if file is not None:
        samples = read_audio(file, frontend.rate_hz)
        found = list(_detections(listen_to(samples, engine)))
        if not emit_json([asdict(detection) for detection in found], json):
            for detection in found:
                print(_line(detection))
        return
    heard = _from_microphone(engine, device)
    if json is None:
        for detection in heard:
            print(_line(detection), flush=True)
    else:
        with json_lines(json) as write:
            for detection in heard:
                write(asdict(detection))
    raise WorkbenchError(
        "The microphone ended.", hint="Plug it in again, or name another one with --device."
    )


def _from_microphone(engine: StreamEngine, device: str | None) -> Iterator[Detection]:
    """Detections in what the microphone hears, as they come, until it ends or is interrupted."""
    rate_hz = engine.frontend.rate_hz
    command = recorder_command(rate_hz, device)
    print("listening; Ctrl+C stops", file=sys.stderr)
    for samples in microphone_blocks(command, rate_hz):
        yield from _detections(engine.feed(samples))


def microphone_blocks(command: list[str], rate_hz: int) -> Generator[Samples, None, None]:
    """What a recorder program hears: samples (sample,) in blocks, until it ends or nobody wants more."""
    import subprocess

    import numpy as np

    block_bytes = 2 * round(MICROPHONE_BLOCK_S * rate_hz)
    with subprocess.Popen(command, stdout=subprocess.PIPE) as recorder:
        assert recorder.stdout is not None
        try:
            while block := recorder.stdout.read(block_bytes):
                # A recorder that ends may leave half a sample behind.
                whole = np.frombuffer(block, dtype="<i2", count=len(block) // 2)
                yield whole.astype(np.float32) / 32768.0
        finally:
            recorder.terminate()


def recorder_command(rate_hz: int, device: str | None) -> list[str]:
    """The recorder program of this system, writing mono 16-bit samples to its output.

    Raises:
        WorkbenchError: when there is none.
    """
    import shutil

    if shutil.which("parec"):
        chosen = ["--device", device] if device else []
        latency = f"--latency-msec={RECORDER_LATENCY_MS}"
        kind = ["--raw", "--format=s16le", "--channels=1", f"--rate={rate_hz}"]
        return ["parec", *kind, latency, *chosen]
    if shutil.which("arecord"):
        chosen = ["-D", device] if device else []
        # It delivers a quarter of its buffer at a time; the rest bridges moments without the processor.
        latency = f"--buffer-time={4 * RECORDER_LATENCY_MS * 1000}"
        kind = ["-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", str(rate_hz)]
        return ["arecord", *kind, latency, *chosen]
    raise WorkbenchError(
        "No recorder program (parec or arecord) was found.",
        hint="Install PulseAudio's or ALSA's utilities, use --file, or the window.",
    )


def _detections(results: Iterable[object]) -> Iterable[Detection]:
    from workbench.detection.decoder import Detection

    return (result for result in results if isinstance(result, Detection))


def _shared(sharing: Sharing) -> str:
    return (
        f"{sharing.patches} patches: {sharing.shared_layers} of {sharing.layers} layers are computed once for all, "
        f"{sharing.multiplies / 1e6:.1f} M multiplies a look instead of {sharing.separate_multiplies / 1e6:.1f} M"
    )


def _line(found: Detection) -> str:
    return (
        f"{found.time_s:8.2f} s  {found.label:<16} {percent(found.score):>8}  "
        f"latency {found.latency_ms:.0f} ms  {found.patch}"
    )
