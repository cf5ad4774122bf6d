"""Downloads from a server on this machine: whole, resumed, stopped, cut, and wrong."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from workbench import locations
from workbench.backbones import public_weights
from workbench.backbones.public_weights import (
    IDELBAYEV,
    PUBLIC_WEIGHTS,
    PublicWeights,
    fetch,
    find_public,
    get,
)
from workbench.backbones.registry import architectures, build, load_backbone
from workbench.cancel import Cancelled, CancelToken
from workbench.errors import WorkbenchError

CONTENT_BYTES = 3_000_000


@dataclass
class Shop:
    """What the server has and how it behaves.

    Attributes:
        files: Content by name.
        knows_ranges: Whether it sends rests of files.
        skips: Bytes that it leaves out of a rest's beginning, and says so.
        cut_after: Bytes of a reply after which it hangs up; None sends all.
        asked: Ranges of the requests, in order; empty for whole files.
    """

    base: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    knows_ranges: bool = True
    skips: int = 0
    cut_after: int | None = None
    asked: list[str] = field(default_factory=list)


def handler_of(shop: Shop) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = shop.files.get(self.path.removeprefix("/files/"))
            wanted = self.headers.get("Range", "")
            shop.asked.append(wanted)
            if content is None:
                self.send_error(404)
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-") or 0) if shop.knows_ranges else 0
            if wanted and start >= len(content):
                self.send_error(416)
                return
            start += shop.skips if start else 0
            rest = content[start:]
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(rest)))
            if start:
                self.send_header(
                    "Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}"
                )
            self.end_headers()
            self.wfile.write(rest[: shop.cut_after])

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = Shop()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(made))
    made.base = f"http://127.0.0.1:{server.server_port}/files/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def weights(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> PublicWeights:
    """Drawn bytes that the server has, under a name that tells their hash."""
    content = torch.randint(0, 256, (CONTENT_BYTES,), dtype=torch.uint8).numpy().tobytes()
    return published(content, "resnet20.drawn", shop, monkeypatch)


def published(
    content: bytes, name: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> PublicWeights:
    start = hashlib.sha256(content).hexdigest()[:8]
    found = PublicWeights(name, f"{name.partition('.')[0]}-{start}.th", IDELBAYEV)
    shop.files[found.file] = content
    monkeypatch.setattr(public_weights, "PUBLIC_WEIGHTS", (found,))
    return found


def cached(weights: PublicWeights) -> Path:
    return locations.cache_dir() / "weights" / weights.file


def part_of(weights: PublicWeights) -> Path:
    return cached(weights).with_name(f"{weights.file}.part")


def quiet(have: int, total: int | None) -> None:
    """No progress."""


def test_a_file_arrives_whole_once_and_progress_ends_at_its_size(
    shop: Shop, weights: PublicWeights
) -> None:
    told: list[tuple[int, int | None]] = []
    path = fetch(weights.name, CancelToken(), lambda *now: told.append(now), shop.base)
    assert path == cached(weights)
    assert path.read_bytes() == shop.files[weights.file]
    assert told[-1] == (CONTENT_BYTES, CONTENT_BYTES)
    assert [have for have, _ in told] == sorted({have for have, _ in told})
    assert not part_of(weights).exists()
    assert fetch(weights.file, CancelToken(), quiet, shop.base) == path
    assert shop.asked == [""], "what is there is not asked for again"


def test_a_cut_connection_is_told_and_the_next_try_goes_on(
    shop: Shop, weights: PublicWeights
) -> None:
    shop.cut_after = 1_000_000
    with pytest.raises(WorkbenchError, match=r"127\.0\.0\.1 broke after 1\.0 MB") as told:
        fetch(weights.name, CancelToken(), quiet, shop.base)
    assert "kept" in told.value.data
    assert part_of(weights).read_bytes() == shop.files[weights.file][:1_000_000]
    assert not cached(weights).exists()
    shop.cut_after = None
    path = fetch(weights.name, CancelToken(), quiet, shop.base)
    assert path.read_bytes() == shop.files[weights.file]
    assert shop.asked == ["", "bytes=1000000-"]


def test_a_server_without_ranges_starts_again(shop: Shop, weights: PublicWeights) -> None:
    part_of(weights).parent.mkdir(parents=True)
    part_of(weights).write_bytes(b"something else")
    shop.knows_ranges = False
    path = fetch(weights.name, CancelToken(), quiet, shop.base)
    assert path.read_bytes() == shop.files[weights.file]


def test_a_rest_from_elsewhere_is_not_put_behind_what_is_there(
    shop: Shop, weights: PublicWeights
) -> None:
    part_of(weights).parent.mkdir(parents=True)
    part_of(weights).write_bytes(shop.files[weights.file][:1000])
    shop.skips = 500
    with pytest.raises(WorkbenchError, match="is another file"):
        fetch(weights.name, CancelToken(), quiet, shop.base)
    shop.skips = 0
    assert fetch(weights.name, CancelToken(), quiet, shop.base).is_file()


def test_a_part_that_is_whole_needs_no_server(weights: PublicWeights, shop: Shop) -> None:
    part_of(weights).parent.mkdir(parents=True)
    part_of(weights).write_bytes(shop.files[weights.file])
    assert fetch(weights.name, CancelToken(), quiet, shop.base).is_file()
    assert shop.asked == []


def test_a_part_longer_than_the_file_is_thrown_away(shop: Shop, weights: PublicWeights) -> None:
    part_of(weights).parent.mkdir(parents=True)
    part_of(weights).write_bytes(bytes(CONTENT_BYTES + 5))
    path = fetch(weights.name, CancelToken(), quiet, shop.base)
    assert path.read_bytes() == shop.files[weights.file]
    assert shop.asked == [f"bytes={CONTENT_BYTES + 5}-", ""]


@pytest.mark.parametrize("had", [0, 1_000_000])
def test_a_file_with_another_hash_is_refused_and_not_kept(
    shop: Shop, weights: PublicWeights, had: int
) -> None:
    part_of(weights).parent.mkdir(parents=True)
    part_of(weights).write_bytes(shop.files[weights.file][:had])
    shop.files[weights.file] = bytes(CONTENT_BYTES)
    with pytest.raises(WorkbenchError, match="is another file") as told:
        fetch(weights.name, CancelToken(), quiet, shop.base)
    assert weights.sha256_start in told.value.message
    assert not cached(weights).exists()
    assert not part_of(weights).exists()


def test_a_damaged_file_in_the_cache_is_fetched_again(shop: Shop, weights: PublicWeights) -> None:
    path = fetch(weights.name, CancelToken(), quiet, shop.base)
    path.write_bytes(b"damaged")
    fetch(weights.name, CancelToken(), quiet, shop.base)
    assert path.read_bytes() == shop.files[weights.file]


def test_a_stop_keeps_what_arrived(shop: Shop, weights: PublicWeights) -> None:
    token = CancelToken()
    with pytest.raises(Cancelled):
        fetch(weights.name, token, lambda *_: token.stop(), shop.base)
    kept = part_of(weights).read_bytes()
    assert 0 < len(kept) < CONTENT_BYTES
    assert shop.files[weights.file].startswith(kept)
    fetch(weights.name, CancelToken(), quiet, shop.base)
    assert shop.asked[1] == f"bytes={len(kept)}-"


def test_without_a_connection_it_says_so_and_offers_a_file(weights: PublicWeights) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        with pytest.raises(WorkbenchError, match=r"127\.0\.0\.1 cannot be reached") as told:
            fetch(weights.name, CancelToken(), quiet, base)
    assert "import the file as a checkpoint" in told.value.hint
    assert not cached(weights).exists()


def test_a_name_that_does_not_resolve_counts_as_no_connection(weights: PublicWeights) -> None:
    with pytest.raises(WorkbenchError, match="cannot be reached"):
        fetch(weights.name, CancelToken(), quiet, "http://weights.invalid/")


def test_a_file_that_the_server_lacks(shop: Shop, weights: PublicWeights) -> None:
    shop.files.clear()
    with pytest.raises(WorkbenchError, match="404"):
        fetch(weights.name, CancelToken(), quiet, shop.base)


def test_a_folder_that_cannot_be_written(shop: Shop, weights: PublicWeights) -> None:
    locations.cache_dir().mkdir(parents=True)
    (locations.cache_dir() / "weights").write_text("a file in the way")
    with pytest.raises(WorkbenchError, match="could not be written"):
        fetch(weights.name, CancelToken(), quiet, shop.base)


def test_weights_are_installed_under_their_name_with_their_origin(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    torch.save({"state_dict": build("resnet20", 10).state_dict()}, tmp_path / "made")
    weights = published((tmp_path / "made").read_bytes(), "resnet20.mine", shop, monkeypatch)
    card = get("resnet20", CancelToken(), quiet, shop.base).card
    assert load_backbone("resnet20.mine").card == card
    assert card.attribution == (IDELBAYEV.attribution,)
    assert weights.file in card.recipe
    with pytest.raises(WorkbenchError, match="installed already"):
        get("resnet20.mine", CancelToken(), quiet, shop.base)
    assert shop.asked == [""]


def test_the_table_names_known_architectures_and_hashes_once() -> None:
    assert len({weights.name for weights in PUBLIC_WEIGHTS}) == len(PUBLIC_WEIGHTS)
    for weights in PUBLIC_WEIGHTS:
        assert weights.architecture in architectures()
        assert re.fullmatch("[0-9a-f]{8}", weights.sha256_start)
        assert weights.publisher.base.startswith("https://")
        assert weights.publisher.base.endswith("/")


def test_names() -> None:
    assert find_public("resnet50").name == "resnet50.imagenet"
    assert find_public("resnet50-11ad3fa6.pth").name == "resnet50.imagenet-v2"
    with pytest.raises(WorkbenchError, match="No public weights named") as told:
        find_public("resnet50.imagnet")
    assert "resnet50.imagenet" in told.value.hint
