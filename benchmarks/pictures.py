"""Fifty thousand pictures, some of them broken, are imported: memory, seconds, and what was refused and why.

    python benchmarks/pictures.py

The pictures are made in a temporary folder: photographs and drawings as JPEG and PNG, 64 to 256 pixels wide. They
are loaded and decoded into a store at 96 x 96 by a process of its own, whose peak of resident memory is counted.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL
from PIL import Image

from workbench.atomic import write_bytes
from workbench.cancel import Cancelled, CancelToken
from workbench.data.importers import load_task
from workbench.data.picture_store import PictureStore
from workbench.data.pictures import WORKERS
from workbench.images.config import PictureConfig

RESULTS = Path(__file__).parent / "results"
CLASSES = 10
BROKEN_EVERY = 100
SIZE = 96
STOP_AFTER_S = 2.0


def make(folder: Path, count: int) -> None:
    """Write pictures into folders of classes; every hundredth is broken, in one of five ways."""
    generator = np.random.default_rng(0)
    y, x = np.mgrid[:512, :512]
    waves = [128 + 100 * np.sin(x / (5 + i)) * np.cos(y / (9 - i % 7)) for i in range(16)]
    noise = generator.normal(0, 6, (512, 512, 3))
    scenes = [
        ((grey[:, :, None] + noise) * generator.uniform(0.4, 1, 3)).clip(0, 255).astype(np.uint8)
        for grey in waves
    ]
    for label in range(CLASSES):
        (folder / f"class {label}").mkdir(parents=True)
    for number in range(count):
        top, left = generator.integers(0, 256, 2)
        height, width = generator.integers(64, 257, 2)
        colours = scenes[number % len(scenes)][top : top + height, left : left + width]
        suffix = ".png" if number % 3 == 0 else ".jpg"
        path = folder / f"class {number % CLASSES}" / f"{number}{suffix}"
        Image.fromarray(colours).save(path, compress_level=1)
        if number % BROKEN_EVERY == 0:
            spoil(path, number // BROKEN_EVERY % 5)


def spoil(path: Path, way: int) -> None:
    content = path.read_bytes()
    header = struct.pack(">IIBBBBB", 40000, 40000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + header
    bomb += struct.pack(">I", zlib.crc32(b"IHDR" + header)) + b"\0\0\0\0IDAT\x35\xaf\x06\x1e"
    Image.open(path).save(path, "PNG")
    holed = bytearray(path.read_bytes())
    holed[len(holed) // 2] ^= 1
    path.write_bytes((b"", content[: len(content) // 2], b"no picture", bomb, holed)[way])


def measure(folder: Path, store: Path) -> dict[str, Any]:
    """Import what is in a folder; run in a process that has done nothing else."""
    config = PictureConfig(height=SIZE, width=SIZE)
    told: list[tuple[int, int]] = []
    start = time.perf_counter()
    imported = load_task(folder, progress=lambda done, total: told.append((done, total)))
    loaded = time.perf_counter()
    clips = imported.task.clips
    pictures = PictureStore(store)
    damaged = pictures.unreadable(clips, config, progress=lambda *step: told.append(step))
    decoded = time.perf_counter()
    kept = [clip for clip in clips if clip not in damaged]
    rows = pictures.pictures(kept, config)
    again = time.perf_counter()
    reasons = [problem.reason for problem in imported.problems] + list(damaged.values())
    # Linux counts in kilobytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "files": len(clips) + len(imported.problems),
        "pictures": len(rows),
        "refused from their headers": len(imported.problems),
        "refused when decoded": len(damaged),
        "reasons": dict(Counter(without_name(reason) for reason in reasons).most_common()),
        "times that progress was told": len(told),
        "peak of resident memory, MB": round(peak),
        "loading, s": loaded - start,
        "decoding into the store, s": decoded - loaded,
        "opening the store again, s": again - decoded,
        "from a stop to its end, s": seconds_to_stop(lambda token: stopped(kept, config, token)),
    }


def stopped(clips: list[Any], config: PictureConfig, token: CancelToken) -> None:
    with tempfile.TemporaryDirectory() as folder:
        PictureStore(Path(folder)).pictures(clips, config, token)


def seconds_to_stop(work: Callable[[CancelToken], None]) -> float:
    token, asked = CancelToken(), []

    def stop() -> None:
        asked.append(time.perf_counter())
        token.stop()

    timer = threading.Timer(STOP_AFTER_S, stop)
    timer.start()
    try:
        work(token)
    except Cancelled:
        return time.perf_counter() - asked[0]
    raise SystemExit("The work ended before it could be stopped; use more pictures.")


def without_name(reason: str) -> str:
    """Names of files would make every reason another one."""
    return reason.partition(" cannot be read as a picture ")[2].strip("().") or reason.strip(".")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--measure", type=Path, nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(*arguments.measure)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "pictures", arguments.count)
        megabytes = sum(path.stat().st_size for path in folder.rglob("*.*")) / 2**20
        command = [
            sys.executable,
            __file__,
            "--measure",
            str(folder / "pictures"),
            str(folder / "store"),
        ]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {WORKERS} threads decode",
        "Pillow": PIL.__version__,
        "files, MB": round(megabytes),
        "stored as": f"{SIZE} x {SIZE} x 3 bytes",
        **json.loads(done.stdout),
    }
    print(json.dumps(found, indent=2))
    write_bytes(RESULTS / "pictures.json", json.dumps(found, indent=2).encode())


if __name__ == "__main__":
    main()
