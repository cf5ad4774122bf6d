"""Damaged pictures: real encoded ones of every format with bytes flipped, cut, inserted, copied or zeroed.

python -m tests.helpers.mutated_pictures --minutes 5
"""

from __future__ import annotations

import argparse
import io
import json
import time
from collections import Counter
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from PIL import Image

from workbench.errors import WorkbenchError
from workbench.images.decode import MAX_PIXELS, probe, read_picture

Picture = npt.NDArray[np.uint8]


def scene(width: int = 40, height: int = 24, seed: int = 0) -> Picture:
    """A smooth picture (height, width, 3) with an edge and some noise, so that every codec has work."""
    y, x = np.mgrid[:height, :width]
    waves = [128 + 90 * np.sin(x / (3 + c) + seed) * np.cos(y / (4 + c)) for c in range(3)]
    noise = np.random.default_rng(seed).normal(0, 8, (height, width, 3))
    picture = np.stack(waves, axis=-1) + noise
    picture[height // 3 : height // 2, width // 4 : width // 2] = (250, 20, 60)
    return picture.clip(0, 255).astype(np.uint8)


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, form, **options)
    return content.getvalue()


def samples() -> dict[str, bytes]:
    """Whole files by name: every format, and within them the kinds of pixels that are read differently."""
    colour = Image.fromarray(scene())
    grey = colour.convert("L")
    clear = colour.convert("RGBA")
    clear.putalpha(Image.fromarray(scene(seed=5)[:, :, 0]))
    palette = colour.quantize(16)
    deep = Image.fromarray(scene()[:, :, 0].astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "maker of the camera"
    frames = [Image.fromarray(scene(seed=i)).quantize(8) for i in range(3)]
    return {
        "jpeg": encoded(colour, "JPEG", quality=80),
        "jpeg progressive": encoded(colour, "JPEG", progressive=True, exif=exif.tobytes()),
        "jpeg grey": encoded(grey, "JPEG"),
        "jpeg cmyk": encoded(colour.convert("CMYK"), "JPEG"),
        "png": encoded(colour, "PNG", exif=exif.tobytes()),
        "png alpha": encoded(clear, "PNG"),
        "png palette": encoded(palette, "PNG", transparency=3),
        "png 16 bits": encoded(deep, "PNG"),
        "png 1 bit": encoded(grey.convert("1"), "PNG"),
        "webp": encoded(colour, "WEBP"),
        "webp lossless": encoded(clear, "WEBP", lossless=True),
        "webp animated": encoded(
            colour, "WEBP", save_all=True, append_images=[frames[1].convert("RGB")]
        ),
        "bmp": encoded(colour, "BMP"),
        "bmp palette": encoded(palette, "BMP"),
        "tiff": encoded(colour, "TIFF"),
        "tiff deflated": encoded(clear, "TIFF", compression="tiff_deflate"),
        "tiff lzw": encoded(deep, "TIFF", compression="tiff_lzw"),
        "tiff jpeg": encoded(colour, "TIFF", compression="jpeg"),
        "tiff fax": encoded(grey.convert("1"), "TIFF", compression="group4"),
        "gif": encoded(palette, "GIF", transparency=2),
        "gif animated": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
    }


def mutate(content: bytes, generator: np.random.Generator) -> bytes:
    """Damage a file in one to four places; half of the places are in its head, where the promises are."""
    damaged = bytearray(content)
    for _ in range(generator.integers(1, 5)):
        end = len(damaged) if generator.random() < 0.5 else min(len(damaged), 200)
        at = int(generator.integers(0, max(end, 1)))
        few = int(generator.integers(1, 9))
        kind = generator.integers(0, 6)
        if kind == 0:
            del damaged[max(at, 1) :]
        elif kind == 1:
            damaged[at:at] = generator.bytes(few)
        elif kind == 2:
            del damaged[at : at + few]
        elif kind == 3:
            damaged[at : at + few] = generator.choice([b"\0", b"\xff"]) * few
        elif kind == 4:
            source = int(generator.integers(0, max(len(damaged), 1)))
            damaged[at : at + few] = damaged[source : source + few]
        elif at < len(damaged):
            damaged[at] ^= 1 << int(generator.integers(0, 8))
    return bytes(damaged)


def outcome(content: bytes) -> str:
    """What becomes of a file: ``read`` or ``refused``. Anything else that happens is the fault looked for."""
    verdicts = set()
    for channels in (1, 3):
        try:
            pixels = read_picture(content, channels, at_least=(8, 8) if channels == 1 else None)  # type: ignore[arg-type]
        except WorkbenchError:
            verdicts.add("refused")
            continue
        verdicts.add("read")
        assert pixels.dtype == np.uint8
        assert pixels.flags.writeable
        assert pixels.ndim == 3 and pixels.shape[2] == channels
        assert 0 < pixels.shape[0] * pixels.shape[1] <= MAX_PIXELS
    if "read" in verdicts:
        info = probe(content)
        assert info.width > 0 and info.height > 0 and info.frames > 0
        return "read"
    return "refused"


def search(minutes: float, seed: int, files: Mapping[str, bytes]) -> Counter[str]:
    """Read damaged files for a while; the first that is neither read nor refused ends it with its own error."""
    generator = np.random.default_rng(seed)
    names = list(files)
    found: Counter[str] = Counter()
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        name = names[int(generator.integers(0, len(names)))]
        content = mutate(files[name], generator)
        try:
            found[f"{name}: {outcome(content)}"] += 1
        except BaseException:
            print(f"after {found.total()} files, a damaged {name}: {content!r}")
            raise
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    found = search(chosen.minutes, chosen.seed, samples())
    read = sum(number for name, number in found.items() if name.endswith("read"))
    print(json.dumps(dict(sorted(found.items())), indent=1))
    print(
        f"{found.total()} damaged files: {read} read, {found.total() - read} refused, no other outcome"
    )


if __name__ == "__main__":
    main()
