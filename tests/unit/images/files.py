"""Picture files put together by hand, byte by byte, so that no encoder decides what is in them."""

from __future__ import annotations

import struct
import zlib

import numpy as np


def png_chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def png(width: int, height: int, depth: int, colour: int, rows: bytes, extra: bytes = b"") -> bytes:
    """A PNG of unfiltered rows, each with its leading zero; ``extra`` chunks come before the data."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + extra
        + png_chunk(b"IDAT", zlib.compress(rows))
        + png_chunk(b"IEND", b"")
    )


def deep_png(values: np.ndarray, extra: bytes = b"") -> bytes:
    """A PNG of 16-bit values, (height, width) grey or (height, width, 3)."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(values.shape[1], values.shape[0], 16, 0 if values.ndim == 2 else 2, rows, extra)


def tiff(values: np.ndarray, orientation: int = 1) -> bytes:
    """A little-endian, uncompressed TIFF of grey bytes (height, width)."""
    height, width = values.shape
    tags = {
        256: width,
        257: height,
        258: 8,
        259: 1,
        262: 1,
        273: 8 + 2 + 12 * 10 + 4,
        274: orientation,
        277: 1,
        278: height,
        279: values.size,
    }
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return (
        b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + b"\0\0\0\0" + values.tobytes()
    )


def large_headers() -> dict[str, bytes]:
    """Files of some hundred bytes whose headers promise gigabytes."""
    gif = b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    gif += b"," + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x02\x44\x01\0;"
    bmp = struct.pack("<IiiHHIIiiII", 40, 40000, 40000, 1, 24, 0, 0, 2835, 2835, 0, 0)
    canvas = (16383 - 1).to_bytes(3, "little") * 2
    webp = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas
    webp += (
        b"VP8L"
        + struct.pack("<I", 8)
        + b"\x2f"
        + struct.pack("<I", 16382 | 16382 << 14)
        + b"\0\0\0"
    )
    return {
        "png": png(40000, 40000, 8, 2, b"\0" * 1000),
        "grey png just above the limit": png(8000, 8001, 8, 0, b"\0" * 1000),
        "gif": gif,
        "bmp": b"BM" + struct.pack("<IHHI", 54 + 100, 0, 0, 54) + bmp + bytes(100),
        "tiff": tiff(np.zeros((1, 1), np.uint8))
        .replace(struct.pack("<HHII", 256, 4, 1, 1), struct.pack("<HHII", 256, 4, 1, 40000))
        .replace(struct.pack("<HHII", 257, 4, 1, 1), struct.pack("<HHII", 257, 4, 1, 40000)),
        "webp": b"RIFF" + struct.pack("<I", 4 + len(webp)) + b"WEBP" + webp,
        "jpeg": b"\xff\xd8\xff\xc0"
        + struct.pack(">HBHHB", 17, 8, 40000, 40000, 3)
        + b"\x01\x22\0\x02\x11\x01\x03\x11\x01"
        + b"\xff\xda\0\x0c\x03\x01\0\x02\x11\x03\x11\0\x3f\0"
        + bytes(50),
    }
