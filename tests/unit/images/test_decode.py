"""Every kind of picture becomes upright 8-bit pixels, and what is no whole picture is refused in plain words."""

from __future__ import annotations

import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.helpers.folders import REPOSITORY, SHARED_DATA
from tests.helpers.mutated_pictures import encoded, mutate, outcome, samples, scene
from tests.unit.images.files import deep_png, large_headers, png, png_chunk, tiff
from workbench.errors import WorkbenchError
from workbench.images import decode
from workbench.images.decode import MAX_PIXELS, probe, read_picture

SAMPLES = samples()


def refusal(content: bytes | Path) -> str:
    with pytest.raises(WorkbenchError) as caught:
        read_picture(content)
    return caught.value.message


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF"])
def test_lossless_colours_come_back(form: str) -> None:
    picture = scene()
    content = encoded(Image.fromarray(picture), form)
    assert np.array_equal(read_picture(content), picture)
    info = probe(content)
    assert (info.width, info.height, info.format, info.frames) == (40, 24, form, 1)


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
def test_lossy_colours_come_back_nearly(form: str) -> None:
    smooth = np.dstack([np.tile(np.arange(0, 240, 6, dtype=np.uint8), (24, 1))] * 3)
    found = read_picture(encoded(Image.fromarray(smooth), form, quality=95))
    assert np.abs(found.astype(int) - smooth).max() <= 6


def test_grey_is_luma_and_grey_pictures_get_three_equal_channels() -> None:
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [90, 90, 90]]], np.uint8)
    found = read_picture(encoded(Image.fromarray(colours), "PNG"), 1)
    assert found.shape == (1, 4, 1)
    assert np.abs(found.ravel() - np.array([76.2, 149.7, 29.1, 90])).max() <= 1
    assert np.array_equal(
        read_picture(png(2, 1, 8, 0, b"\0\x07\xc8")), [[[7, 7, 7], [200, 200, 200]]]
    )


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    grey = np.array([[0, 255, 256, 32768, 65535]], np.uint16)
    assert read_picture(deep_png(grey), 1).ravel().tolist() == [0, 0, 1, 128, 255]
    colour = np.array([[[0, 300, 65535], [51200, 25600, 12800]]], np.uint16)
    assert read_picture(deep_png(colour)).tolist() == [[[0, 1, 255], [200, 100, 50]]]
    from_tiff = encoded(Image.fromarray(grey), "TIFF")
    assert read_picture(from_tiff, 1).ravel().tolist() == [0, 0, 1, 128, 255]


def test_what_is_transparent_is_white() -> None:
    half = np.array([[[200, 100, 0, 255], [200, 100, 0, 0], [0, 0, 0, 128]]], np.uint8)
    found = read_picture(encoded(Image.fromarray(half), "PNG")).astype(int)
    assert found[0, 0].tolist() == [200, 100, 0]
    assert found[0, 1].tolist() == [255, 255, 255]
    assert np.abs(found[0, 2] - 127).max() <= 1
    colours = png_chunk(b"PLTE", bytes([10, 20, 30, 40, 50, 60, 70, 80, 90]))
    clear = png_chunk(b"tRNS", bytes([255, 0]))
    palette = png(3, 1, 8, 3, b"\0\0\1\2", colours + clear)
    assert read_picture(palette).tolist() == [[[10, 20, 30], [255, 255, 255], [70, 80, 90]]]
    key = png(3, 1, 8, 0, b"\0\x05\x06\x07", png_chunk(b"tRNS", b"\0\x06"))
    assert read_picture(key, 1).ravel().tolist() == [5, 255, 7]
    deep = deep_png(np.array([[1000, 2000]]), png_chunk(b"tRNS", struct.pack(">H", 2000)))
    assert read_picture(deep, 1).ravel().tolist() == [3, 255]


def test_cmyk_is_read_as_colours() -> None:
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[:, 8:] = (0, 255, 255, 0)
    found = read_picture(encoded(Image.fromarray(inks, "CMYK"), "JPEG", quality=95)).astype(int)
    assert np.abs(found[:, :6] - (255, 255, 255)).max() <= 4
    assert np.abs(found[:, 10:] - (255, 0, 0)).max() <= 8


def test_the_first_frame_of_many_is_read() -> None:
    colours = [(250, 0, 0), (0, 250, 0), (0, 0, 250)]
    frames = [Image.new("RGB", (6, 5), colour) for colour in colours]
    for form in ("GIF", "WEBP", "TIFF"):
        content = encoded(frames[0], form, save_all=True, append_images=frames[1:])
        assert probe(content).frames == 3
        found = read_picture(content)
        assert found.shape == (5, 6, 3)
        assert np.abs(found.astype(int) - colours[0]).max() <= 10


# What a camera stores of the letter F for each EXIF orientation, after the sketch in the EXIF standard: the stored
# picture's first row and column are the shown picture's side that the tag names.
SHOWN = ["######", "#.....", "####..", "#.....", "#....."]
STORED = {
    1: SHOWN,
    2: ["######", ".....#", "..####", ".....#", ".....#"],
    3: [".....#", ".....#", "..####", ".....#", "######"],
    4: ["#.....", "#.....", "####..", "#.....", "######"],
    5: ["#####", "#.#..", "#.#..", "#.#..", "#....", "#...."],
    6: ["#....", "#....", "#.#..", "#.#..", "#.#..", "#####"],
    7: ["....#", "....#", "..#.#", "..#.#", "..#.#", "#####"],
    8: ["#####", "..#.#", "..#.#", "..#.#", "....#", "....#"],
}


def letter(rows: list[str]) -> np.ndarray:
    return np.array([[255 * (cell == "#") for cell in row] for row in rows], np.uint8)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF", "TIFF by hand"])
def test_pictures_are_upright(orientation: int, form: str) -> None:
    stored = letter(STORED[orientation])
    if form == "TIFF by hand":
        content = tiff(stored, orientation)
    else:
        exif = Image.Exif()
        exif[0x0112] = orientation
        large = Image.fromarray(np.kron(stored, np.ones((8, 8), np.uint8))).convert("RGB")
        content = encoded(large, form, exif=exif.tobytes())
    found = read_picture(content, 1)[:, :, 0]
    info = probe(content)
    assert (info.width, info.height) == found.shape[::-1]
    assert info.orientation == orientation
    step = found.shape[0] // len(SHOWN)
    assert np.array_equal(found[step // 2 :: step, step // 2 :: step] > 127, letter(SHOWN) > 0)
    if form == "JPEG":
        small = read_picture(content, 1, at_least=(6, 5))[:, :, 0]
        assert np.array_equal(small > 127, letter(SHOWN) > 0)


def test_damaged_metadata_does_not_cost_the_picture() -> None:
    picture = encoded(Image.fromarray(scene()), "JPEG", quality=90)
    broken = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xee" * 40
    segment = b"\xff\xe1" + struct.pack(">H", len(broken) + 2) + broken
    assert np.array_equal(read_picture(picture[:2] + segment + picture[2:]), read_picture(picture))


def test_large_jpegs_are_decoded_at_about_the_size_needed() -> None:
    smooth = np.kron(scene(25, 15), np.ones((32, 32, 1), np.uint8))
    content = encoded(Image.fromarray(smooth), "JPEG", quality=95)
    assert read_picture(content).shape == (480, 800, 3)
    assert read_picture(content, 3, at_least=(100, 60)).shape == (60, 100, 3)
    assert read_picture(content, 3, at_least=(101, 60)).shape == (120, 200, 3)
    assert read_picture(content, 3, at_least=(1000, 1000)).shape == (480, 800, 3)
    small = read_picture(content, 3, at_least=(100, 60)).astype(float)
    mean = read_picture(content).reshape(60, 8, 100, 8, 3).mean(axis=(1, 3))
    assert np.abs(small - mean).mean() < 3


READ_ALL = """
import sys
from pathlib import Path
from workbench.errors import WorkbenchError
from workbench.images.decode import probe, read_picture

def peak_kb():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))

before = peak_kb()
for name in sys.argv[1:]:
    for look_at in (probe, read_picture):
        try:
            print("read", name, look_at(Path(name)))
        except WorkbenchError as error:
            print(error.message)
print(peak_kb() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to tell the peak")
def test_what_promises_gigabytes_is_refused_before_memory_is_used(tmp_path: Path) -> None:
    """In a process of its own, whose peak no other test has raised."""
    for number, content in enumerate(large_headers().values()):
        (tmp_path / f"{number}.png").write_bytes(content)
    names = map(str, tmp_path.iterdir())
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL, *names],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    *messages, peak_kb = done.stdout.splitlines()
    assert len(messages) == 2 * len(large_headers())
    assert all("the limit is 64 megapixels" in message for message in messages)
    assert int(peak_kb) < 40_000
    assert done.stderr == ""


@pytest.mark.parametrize("name", large_headers())
def test_what_promises_gigabytes_is_refused_from_its_header(name: str) -> None:
    content = large_headers()[name]
    assert len(content) < 2000
    assert "the limit is 64 megapixels" in refusal(content)


def test_the_limit_itself_is_read() -> None:
    rows = b"\0" * (8001 * 8000)
    assert read_picture(png(8000, 8000, 8, 0, rows), 1).shape == (8000, 8000, 1)
    assert MAX_PIXELS == 8000 * 8000


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - {"gif animated"}))
def test_half_a_file_is_refused(name: str) -> None:
    content = SAMPLES[name]
    assert outcome(content) == "read"
    assert "cannot be read as a picture" in refusal(content[: len(content) // 2])


@given(st.sampled_from([name for name in SAMPLES if name.startswith("png")]), st.data())
def test_any_changed_byte_of_a_png_is_noticed(name: str, data: st.DataObject) -> None:
    """It has checksums; only its empty last chunk is looked at no closer."""
    content = bytearray(SAMPLES[name])
    at = data.draw(st.integers(0, len(content) - 13))
    content[at] ^= data.draw(st.integers(1, 255))
    assert "cannot be read as a picture" in refusal(bytes(content))


def test_damage_behind_the_first_frame_does_no_harm() -> None:
    content = SAMPLES["gif animated"]
    half = content[: len(content) // 2]
    assert np.array_equal(read_picture(half), read_picture(content))
    assert probe(half).width == 40


def test_a_cut_photograph_says_so(tmp_path: Path) -> None:
    path = tmp_path / "half.jpg"
    whole = encoded(Image.fromarray(scene(200, 200)), "JPEG")
    path.write_bytes(whole[: len(whole) // 2])
    assert refusal(path) == "half.jpg cannot be read as a picture (it ends too early)."
    assert probe(path).width == 200


def test_what_is_no_picture_is_refused_in_plain_words(tmp_path: Path) -> None:
    empty, text, missing = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.png"
    empty.touch()
    text.write_text("no picture at all")
    loop = tmp_path / "loop.png"
    loop.symlink_to(loop)
    assert "the file is empty" in refusal(empty)
    assert "it is no JPEG, PNG, WebP, BMP, TIFF or GIF" in refusal(text)
    assert "No such file" in refusal(missing)
    assert "symbolic links" in refusal(loop)
    assert "directory" in refusal(tmp_path)
    assert "the file is empty" in refusal(b"")


def test_other_formats_that_pillow_knows_are_not_opened() -> None:
    assert "it is no JPEG" in refusal(b"P6 2 2 255 " + bytes(12))
    assert "it is no JPEG" in refusal(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")


def test_values_without_a_range_are_refused() -> None:
    for pixels in (np.ones((4, 4), np.float32), np.ones((4, 4), np.int32)):
        assert "not 8 or 16 bits" in refusal(encoded(Image.fromarray(pixels), "TIFF"))


def test_files_beyond_the_limit_are_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(SAMPLES["png"])
    monkeypatch.setattr(decode, "MAX_FILE_BYTES", 100)
    assert "the limit is" in refusal(path)


@pytest.mark.parametrize("fault", [MemoryError(), IndexError("list"), struct.error("x"), OSError()])
def test_no_fault_of_pillow_comes_through(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", faulty)
    expected = "not enough memory" if isinstance(fault, MemoryError) else "content is damaged"
    assert expected in refusal(SAMPLES["bmp"])


def test_many_threads_read_the_same() -> None:
    names = [name for name in SAMPLES for _ in range(8)]
    expected = {name: read_picture(content) for name, content in SAMPLES.items()}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda name: read_picture(SAMPLES[name]), names))
    assert all(np.array_equal(one, expected[name]) for name, one in zip(names, found, strict=True))


@given(st.sampled_from(sorted(SAMPLES)), st.integers(0, 2**32 - 1))
def test_damaged_files_are_read_or_refused(name: str, seed: int) -> None:
    assert outcome(mutate(SAMPLES[name], np.random.default_rng(seed))) in ("read", "refused")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    assert outcome(content) in ("read", "refused")


def test_photographs_are_read_whole() -> None:
    """Real ones where they lie beside the project, generated ones elsewhere."""
    folder = SHARED_DATA / "images" / "sign-digits"
    contents = [path.read_bytes() for path in sorted(folder.glob("*/*.JPG"))[::40]]
    if not contents:
        contents = [encoded(Image.fromarray(scene(100, 100, i)), "JPEG") for i in range(30)]
    assert len(contents) >= 30
    for content in contents:
        assert read_picture(content).shape == (100, 100, 3)
        assert read_picture(content).std() > 5
        with pytest.raises(WorkbenchError, match="ends too early"):
            read_picture(content[: len(content) * 2 // 3])
