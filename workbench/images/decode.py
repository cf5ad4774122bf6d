"""Reading pictures: any common format in, upright 8-bit grey or colour out, always bounded.

Safe to call from many threads. Pillow is the only decoder, and nothing of it leaves this module but its pictures.
"""

from __future__ import annotations

import io
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageFile, UnidentifiedImageError

from workbench.errors import WorkbenchError

Pixels = npt.NDArray[np.uint8]
Channels = Literal[1, 3]

MAX_PIXELS = 64_000_000
MAX_FILE_BYTES = 512 * 2**20
GROUND = 255
"""White, behind what is transparent: icons and signs are drawn dark, for paper."""

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
_ORIENTATIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_THEIR_SIDE = (5, 6, 7, 8)
# More than one of these at a time would hold gigabytes; Pillow needs 4 bytes a pixel, and a copy.
_LARGE_PIXELS = 8_000_000
_one_large = threading.Lock()

# What Pillow's readers let through when a file breaks a promise that they rely on; tests/helpers/mutated_pictures.py
# looks for more. No bare Exception: a fault of our own in these calls must stay loud. Warnings are here for those
# who turn them into errors.
_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    EOFError,
    MemoryError,
    RuntimeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Warning,
)
# Pillow warns of odd metadata and of sizes that are refused here anyway. Users could do nothing about it, and a
# filter around each call would not be safe among threads.
for _category in (UserWarning, RuntimeWarning):
    warnings.filterwarnings("ignore", module=r"PIL\.", category=_category)


class _Refused(ValueError):
    """A picture that is not taken, with the reason in plain words."""


@dataclass(frozen=True)
class PictureInfo:
    """What the header of a file says.

    Attributes:
        width, height: In pixels, as the picture is shown, which is after ``orientation``.
        format: ``JPEG``, ``PNG`` and so on.
        mode: Pillow's name for the kind of pixel, such as ``RGB``, ``CMYK`` or ``I;16``.
        orientation: 1 to 8 as in EXIF; 1 is upright.
        frames: More than one when it moves or has pages; the first is used.
    """

    width: int
    height: int
    format: str
    mode: str
    orientation: int
    frames: int


def probe(source: Path | bytes) -> PictureInfo:
    """Read the header only, of a file or of the bytes of one.

    Raises:
        WorkbenchError: when the file is missing, empty, no picture, or has more than ``MAX_PIXELS``.
    """
    with _opened(source, check_content=False) as image:
        width, height = image.size
        orientation = _orientation(image)
        # Pillow tells a TIFF's size as it is shown, and that of all others as it is stored.
        if orientation in _ON_THEIR_SIDE and image.format != "TIFF":
            width, height = height, width
        kind = "JPEG" if image.format == "MPO" else image.format or ""
        return PictureInfo(width, height, kind, image.mode, orientation, _frames(image))


def read_picture(
    source: Path | bytes, channels: Channels = 3, at_least: tuple[int, int] | None = None
) -> Pixels:
    """Decode a picture, upright, its first frame.

    Grey is Rec. 601 luma; 16 bits become 8 by their upper half; what is transparent shows ``GROUND``; CMYK is converted
    without colour profiles.

    Args:
        source: A file, or the bytes of one.
        channels: 3 for red, green, blue; 1 for grey.
        at_least: Width and height that are enough; a JPEG is decoded at 1/2, 1/4 or 1/8 where that is not less.

    Returns:
        Pixels (height, width, channel).

    Raises:
        WorkbenchError: when the source is no whole picture, or has more than ``MAX_PIXELS``.
    """
    pixels = np.array(open_picture(source, channels, at_least))
    return pixels.reshape(*pixels.shape[:2], channels)


def open_picture(
    source: Path | bytes, channels: Channels, at_least: tuple[int, int] | None = None
) -> Image.Image:
    """As ``read_picture``, as Pillow's picture of mode ``L`` or ``RGB``."""
    with _opened(source, check_content=True) as image:
        orientation = _orientation(image)
        if at_least is not None:
            turned = orientation in _ON_THEIR_SIDE
            image.draft(None, at_least[::-1] if turned else at_least)
        with _one_large if image.width * image.height > _LARGE_PIXELS else nullcontext():
            image.load()
            plain = _in_mode("L" if channels == 1 else "RGB", _opaque(image))
            # Pillow turns a TIFF when it loads it.
            turn = None if image.format == "TIFF" else _ORIENTATIONS.get(orientation)
            return plain if turn is None else plain.transpose(turn)


@contextmanager
def _opened(source: Path | bytes, check_content: bool) -> Iterator[ImageFile.ImageFile]:
    """The picture with its header read; whatever goes wrong inside is told in plain words."""
    name = source.name if isinstance(source, Path) else "This picture"
    try:
        size = source.stat().st_size if isinstance(source, Path) else len(source)
        if size == 0:
            raise _Refused("the file is empty")
        if size > MAX_FILE_BYTES:
            limit = MAX_FILE_BYTES // 2**20
            raise _Refused(f"the file has {size / 2**20:,.0f} MB, the limit is {limit:,}")
        file = source if isinstance(source, Path) else io.BytesIO(source)
        with Image.open(file, formats=_FORMATS) as image:
            if (pixels := image.width * image.height) > MAX_PIXELS:
                raise _Refused(_too_large(f"{pixels / 1e6:,.0f} megapixels"))
            if not (check_content and image.format == "PNG"):
                yield image
                return
            # Pillow decodes without a look at the checksums of the pixels: damage would show as garbage.
            image.verify()
        # What was verified is used up.
        with Image.open(file, formats=_FORMATS) as image:
            yield image
    except _FAULTS as error:
        raise _unreadable(name, _reason(error)) from error


def _reason(error: Exception) -> str:
    if isinstance(error, _Refused):
        return str(error)
    if isinstance(error, Image.DecompressionBombError):
        return _too_large("too many pixels")
    if isinstance(error, UnidentifiedImageError):
        return "it is no JPEG, PNG, WebP, BMP, TIFF or GIF"
    if isinstance(error, MemoryError):
        return "there is not enough memory for it"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "it ends too early" if "truncated" in str(error).lower() else "its content is damaged"


def _too_large(found: str) -> str:
    return f"it has {found}, the limit is {MAX_PIXELS // 10**6} megapixels"


def _orientation(image: Image.Image) -> int:
    """1 where the tag is missing or damaged: all viewers show such a picture as it is stored."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except _FAULTS:
        return 1
    return value if value in _ORIENTATIONS else 1


def _frames(image: Image.Image) -> int:
    """Only the first is used, so damage behind it does no harm."""
    try:
        return int(getattr(image, "n_frames", 1))
    except _FAULTS:
        return 1


def _opaque(image: ImageFile.ImageFile) -> Image.Image:
    """8 bits a channel, nothing transparent."""
    if image.mode in ("I", "F", "LAB"):
        raise _Refused(
            f"its pixels are of the kind {image.mode}, not 8 or 16 bits in grey or colour"
        )
    if image.mode.startswith("I;16"):
        values = np.asarray(image)
        transparent = values == image.info.get("transparency")
        return Image.fromarray(np.where(transparent, GROUND, values >> 8).astype(np.uint8))
    if not image.has_transparency_data:
        return image
    seen = _in_mode("RGBA", image)
    ground = Image.new("RGB", seen.size, (GROUND,) * 3)
    ground.paste(seen, mask=seen.getchannel("A"))
    return ground


def _in_mode(mode: str, image: Image.Image) -> Image.Image:
    """Without a copy where there need be none: a large picture takes a quarter of a gigabyte each time."""
    return image if image.mode == mode else image.convert(mode)


def _unreadable(name: str, reason: str) -> WorkbenchError:
    return WorkbenchError(
        f"{name} cannot be read as a picture ({reason}).",
        data="The file was left as it is.",
        hint="Use a JPEG, PNG, WebP, BMP, TIFF or GIF that other programs show.",
    )
