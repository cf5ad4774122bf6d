"""The keyword library: every word that was learned, one small file each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save

from workbench.atomic import write_bytes
from workbench.composing.keyword import FORMAT_VERSION, KeywordCard, KeywordHead
from workbench.data.manifest import Problem
from workbench.errors import WorkbenchError

SUFFIX = ".keyword.safetensors"
TRASH = "trash"
_CARD_KEY = "card"
_TENSORS = {"weight": 1, "bias": 0}
"""What a file holds, with the number of dimensions."""


@dataclass(frozen=True)
class Contents:
    """Attributes: cards in the order of label and task; files that cannot be used, with the reason."""

    cards: tuple[KeywordCard, ...]
    problems: tuple[Problem, ...]


class Library:
    """Words in a folder.

    Args:
        folder: Of the library; made when the first word is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def contents(self, backbone_sha256: str | None = None) -> Contents:
        """What is there, or of that what belongs to one backbone."""
        cards: list[KeywordCard] = []
        problems: list[Problem] = []
        for path in sorted(self.folder.glob(f"*{SUFFIX}")):
            try:
                cards.append(_read_card(path))
            except WorkbenchError as error:
                problems.append(Problem(path, error.message))
        fitting = [c for c in cards if backbone_sha256 in (None, c.backbone_sha256)]
        fitting.sort(key=lambda card: (card.label, card.task, card.key))
        return Contents(tuple(fitting), tuple(problems))

    def keep(self, head: KeywordHead) -> Path:
        """Write a word, in the place of the one with the same key; read back and compared before it counts as kept.

        Raises:
            WorkbenchError: when it cannot be written.
        """
        path = self._path(head.card)
        tensors = {"weight": head.weight.contiguous(), "bias": head.bias.contiguous()}
        write_bytes(path, save(tensors, {_CARD_KEY: head.card.model_dump_json()}))
        written = read_head(path)
        same = torch.equal(written.weight, head.weight) and torch.equal(written.bias, head.bias)
        if not (same and written.card == head.card):
            raise WorkbenchError(
                f"{path.name} does not read back as it was written.",
                data="The clips that the word was learned from are intact.",
                hint="Check the disk, then learn the word again.",
            )
        return path

    def load(self, card: KeywordCard) -> KeywordHead:
        """The row of a word that ``contents`` told of.

        Raises:
            WorkbenchError: when its file is gone or damaged.
        """
        return read_head(self._path(card))

    def remove(self, card: KeywordCard) -> Path:
        """Move a word's file to the trash; ``restore`` what is returned to have it back as it was.

        Raises:
            WorkbenchError: when its file is gone or damaged, or may not be moved.
        """
        path = self._path(card)
        _read_card(path)
        return self._into_trash(path)

    def restore(self, removed: Path) -> Path:
        """Move a file of the trash back; what has been learned in its place since then goes there instead.

        Raises:
            WorkbenchError: when the file is gone or damaged, or may not be moved.
        """
        path = self._path(_read_card(removed))
        if path.exists():
            self._into_trash(path)
        return _moved(removed, path)

    def _into_trash(self, path: Path) -> Path:
        trash = self.folder / TRASH
        stem = path.name.removesuffix(SUFFIX)
        names = (f"{stem}{SUFFIX}" if n == 1 else f"{stem}-{n}{SUFFIX}" for n in count(1))
        return _moved(path, next(place for name in names if not (place := trash / name).exists()))

    def _path(self, card: KeywordCard) -> Path:
        name = "".join(c if c.isalnum() or c in "-_" else "-" for c in card.label)[:40]
        return self.folder / f"{name}-{card.key}{SUFFIX}"


def _moved(path: Path, place: Path) -> Path:
    try:
        place.parent.mkdir(exist_ok=True)
        return path.rename(place)
    except OSError as error:
        raise WorkbenchError(
            f"{path} could not be moved to {place.parent}: {error.strerror or error}.",
            data="The word is where it was.",
            hint="Make both folders writable and try again.",
        ) from error


def read_head(path: Path) -> KeywordHead:
    """Read a word's file.

    Raises:
        WorkbenchError: for a missing, damaged or foreign file, or a newer format.
    """
    card = _read_card(path)
    try:
        tensors = load(path.read_bytes())
    except (OSError, SafetensorError) as error:
        raise _unreadable(path) from error
    if {name: tensor.dim() for name, tensor in tensors.items()} != _TENSORS:
        raise _unreadable(path)
    return KeywordHead(card, tensors["weight"], tensors["bias"])


def _read_card(path: Path) -> KeywordCard:
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {})[_CARD_KEY]
        version = int(json.loads(text)["format_version"])
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise _unreadable(path) from error
    if version > FORMAT_VERSION:
        raise WorkbenchError(
            f"{path.name} was written by a newer version (format {version}).",
            data="Nothing was loaded.",
            hint="Update the workbench.",
        )
    try:
        return KeywordCard.model_validate_json(text)
    except ValidationError as error:
        raise _unreadable(path) from error


def _unreadable(path: Path) -> WorkbenchError:
    return WorkbenchError(
        f"{path.name} is not a readable word of a library.",
        data="Nothing was loaded; the other words are not affected.",
        hint="Copy the file again, or learn the word again.",
    )
