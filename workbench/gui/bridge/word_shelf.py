"""What the window does with a keyword library, without widgets: list it, learn words, put a recogniser together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from workbench.backbones.registry import LoadedBackbone, backbone_folder, load_backbone, read_card
from workbench.cancel import CancelToken
from workbench.composing.compose import compose
from workbench.composing.keyword import KeywordCard
from workbench.composing.learn import learn_words, words_of
from workbench.data.findings import names
from workbench.data.manifest import Problem
from workbench.data.task import is_word
from workbench.errors import WorkbenchError
from workbench.methods.patch import SUFFIX, Patch, save_patch
from workbench.project.project import Project
from workbench.training.prepare import default_store, readable

COMPOSED_FOLDER = "composed"
KEPT_COMPOSED = 8
NAMED_WORDS = 4
LONGEST_NAME = 60


@dataclass(frozen=True)
class Place:
    """Attributes: the open project, its open task if there is one, and name or folder of the chosen backbone."""

    project: Project
    task_id: str | None
    backbone: str


@dataclass(frozen=True)
class Shelf:
    """What there is to tick and to learn.

    Attributes:
        backbone: Name of the backbone that all of it belongs to.
        cards: Its words, of all tasks.
        problems: Files of the library that cannot be used.
        task: Name of the open task; empty without one.
        known, fresh: Words of the open task that are in the library, and that are not yet.
    """

    backbone: str
    cards: tuple[KeywordCard, ...] = ()
    problems: tuple[Problem, ...] = ()
    task: str = ""
    known: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()


@dataclass(frozen=True)
class Composed:
    """A recogniser: its patch file, what it is called, and how many words it knows."""

    path: Path
    name: str
    words: int


def look(place: Place) -> Shelf:
    """Read the library; raises WorkbenchError when the backbone is gone."""
    backbone = read_card(backbone_folder(place.backbone))
    contents = place.project.library.contents(backbone.sha256)
    task = next((t.name for t in place.project.tasks() if t.id == place.task_id), "")
    counts = place.project.clip_counts(place.task_id) if place.task_id is not None else {}
    words = sorted({label for label, _ in counts if is_word(label)})
    kept = {card.label for card in contents.cards if card.task == task}
    return Shelf(
        backbone.name,
        contents.cards,
        contents.problems,
        task,
        tuple(word for word in words if word in kept),
        tuple(word for word in words if word not in kept),
    )


def learn(
    place: Place,
    words: Sequence[str],
    token: CancelToken,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[KeywordCard, ...]:
    """Learn words of the open task, or all of them, and keep each as soon as it is learned.

    Raises:
        WorkbenchError: without a task, for words that cannot be learned, or when they cannot be kept.
        Cancelled: when the token was stopped; the words learned by then are kept.
    """
    if place.task_id is None:
        raise WorkbenchError(
            _tr("There is no task to learn words of."), hint=_tr("Record or import one.")
        )
    loaded, store = load_backbone(place.backbone), default_store()
    task = place.project.task(place.task_id)
    clips, _ = readable(task.clips, loaded.card.frontend, store, token)
    task = replace(task, clips=clips)
    total = len(words or words_of(task))
    progress(0, total)
    cards = []
    for head in learn_words(task, loaded, store, words, token=token):
        place.project.library.keep(head)
        cards.append(head.card)
        progress(len(cards), total)
    return tuple(cards)


class Composer:
    """Puts recognisers together; keeps the backbone loaded between two of them. For one thread at a time."""

    def __init__(self) -> None:
        self._loaded: tuple[str, LoadedBackbone] | None = None

    def put_together(
        self, place: Place, cards: Sequence[KeywordCard], reject_below: float | None
    ) -> Composed:
        """Write the patch of these words into the project's library; the same words give the same file.

        Raises:
            WorkbenchError: when a word is gone or does not fit, or the file cannot be written.
        """
        library = place.project.library
        heads = [library.load(card) for card in cards]
        name = names([card.label for card in cards], most=NAMED_WORDS)
        patch = compose(heads, self._backbone(place.backbone), name, reject_below)
        path = library.folder / COMPOSED_FOLDER / _file_name(patch)
        if path.exists():
            path.touch()
        else:
            save_patch(patch, path)
            _forget_oldest(path.parent)
        return Composed(path, name, len(heads))

    def _backbone(self, name: str) -> LoadedBackbone:
        if self._loaded is None or self._loaded[0] != name:
            self._loaded = (name, load_backbone(name))
        return self._loaded[1]


def _file_name(patch: Patch) -> str:
    """Says the words to people, and all that was put together to programs."""
    said = "".join(c if c.isalnum() or c in " ,-_" else "-" for c in patch.card.task)[:LONGEST_NAME]
    return f"{said} {_digest(patch)}{SUFFIX}"


def _digest(patch: Patch) -> str:
    content = hashlib.sha256(json.dumps([patch.card.backbone_sha256, *patch.card.classes]).encode())
    for _, tensor in sorted(patch.tensors.items()):
        content.update(tensor.numpy().tobytes())
    return content.hexdigest()[:8]


def _forget_oldest(folder: Path) -> None:
    """Recognisers can be put together again at any time; only the last few stay."""
    files = sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime_ns)
    for path in files[:-KEPT_COMPOSED]:
        path.unlink(missing_ok=True)


def _tr(text: str) -> str:
    return QCoreApplication.translate("WordShelf", text)
