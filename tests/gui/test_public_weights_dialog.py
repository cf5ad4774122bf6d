"""Getting public weights in the window: downloaded from a server of the test's own, cancelled, and refused."""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch
from pytestqt.qtbot import QtBot

from workbench.backbones import public_weights
from workbench.backbones.registry import build, load_backbone
from workbench.gui.dialogs import public_weights as module
from workbench.gui.pages.backbone import BackbonePage
from workbench.gui.session import Session

PATIENCE_MS = 60_000


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_said: Any) -> None:
        """Nothing on the test's output."""


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is served; the only published weights are a random ResNet-20 in it."""
    folder = tmp_path / "served"
    folder.mkdir()
    torch.save(build("resnet20", 10).state_dict(), folder / "draft")
    digits = hashlib.sha256((folder / "draft").read_bytes()).hexdigest()[:8]
    file = (folder / "draft").rename(folder / f"resnet20-{digits}.th")
    offer = public_weights.PublicWeights("resnet20.test", file.name, public_weights.IDELBAYEV)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    base = f"http://127.0.0.1:{server.server_address[1]}/"
    for place in (module, public_weights):
        monkeypatch.setattr(place, "PUBLIC_WEIGHTS", (offer,))
    monkeypatch.setattr(module, "get", functools.partial(public_weights.get, base=base))
    yield file
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> BackbonePage:
    made = BackbonePage(session)
    qtbot.addWidget(made)
    qtbot.waitUntil(lambda: bool(made._summaries), timeout=PATIENCE_MS)
    return made


def test_downloaded_weights_are_in_use_at_once(
    qtbot: QtBot, session: Session, page: BackbonePage, published: Path
) -> None:
    dialog = page.get_public_weights()
    assert "resnet20.test" in dialog.list.item(0).text()
    dialog.get_button.click()
    qtbot.waitUntil(lambda: session.backbone == "resnet20.test", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "resnet20.test" in page._summaries, timeout=PATIENCE_MS)
    assert load_backbone("resnet20.test").card.architecture == "resnet20"


def test_a_file_that_is_not_the_published_one_is_told(
    qtbot: QtBot, session: Session, page: BackbonePage, published: Path
) -> None:
    published.write_bytes(b"something else")
    before = session.backbone
    dialog = page.get_public_weights()
    dialog.get_button.click()
    qtbot.waitUntil(dialog.get_button.isEnabled, timeout=PATIENCE_MS)
    assert published.name in dialog.told.text()
    assert session.backbone == before
    dialog.reject()


def test_without_a_connection_a_file_is_asked_for(
    qtbot: QtBot, page: BackbonePage, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offline = functools.partial(public_weights.get, base="http://127.0.0.1:9/")
    monkeypatch.setattr(module, "get", offline)
    asked: list[bool] = []
    monkeypatch.setattr(page, "choose_checkpoint", lambda: asked.append(True))
    dialog = page.get_public_weights()
    dialog.get_button.click()
    qtbot.waitUntil(dialog.get_button.isEnabled, timeout=PATIENCE_MS)
    assert dialog.told.text()
    dialog.file_button.click()
    assert asked
