"""The library on disk: what is kept comes back to the bit, what is damaged says so, what is removed can come back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.helpers.tiny import tiny_backbone
from tests.unit.composing.conftest import random_head
from workbench.backbones.registry import LoadedBackbone
from workbench.composing.keyword import KeywordHead
from workbench.composing.library import Library, read_head
from workbench.errors import WorkbenchError

NAMES = ("go", "a/b", "..", "يمين", "sehr langes Wort " * 20, "go")


def test_what_is_kept_comes_back_to_the_bit(loaded: LoadedBackbone, tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    assert library.contents().cards == ()
    for label in NAMES:
        library.keep(random_head(loaded, label))
    contents = library.contents()
    assert [card.label for card in contents.cards] == sorted(set(NAMES))
    assert not contents.problems
    assert {path.parent for path in tmp_path.rglob("*.safetensors")} == {library.folder}
    for card in contents.cards:
        kept, wanted = library.load(card), random_head(loaded, card.label)
        assert kept.card == wanted.card
        assert torch.equal(kept.weight, wanted.weight)
        assert torch.equal(kept.bias, wanted.bias)


def test_one_word_of_two_tasks_is_two_words(loaded: LoadedBackbone, tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.keep(random_head(loaded, "go", "kitchen"))
    library.keep(random_head(loaded, "go", "car"))
    library.keep(random_head(loaded, "go", "car"))
    assert [card.task for card in library.contents().cards] == ["car", "kitchen"]


def test_contents_of_one_backbone(loaded: LoadedBackbone, tmp_path: Path) -> None:
    other = tiny_backbone(tmp_path / "res8.other", architecture="res8")
    library = Library(tmp_path / "library")
    library.keep(random_head(loaded, "go"))
    library.keep(random_head(other, "go"))
    assert len(library.contents().cards) == 2
    (card,) = library.contents(other.card.sha256).cards
    assert card.backbone == "res8.other"


def test_a_removed_word_lies_in_the_trash_and_comes_back_to_the_bit(
    loaded: LoadedBackbone, tmp_path: Path
) -> None:
    library = Library(tmp_path)
    library.keep(random_head(loaded, "stop"))
    path = library.keep(random_head(loaded, "go"))
    before = path.read_bytes()
    card = random_head(loaded, "go").card
    removed = library.remove(card)
    assert [one.label for one in Library(tmp_path).contents().cards] == ["stop"]
    assert removed == tmp_path / "trash" / path.name
    assert removed.read_bytes() == before
    with pytest.raises(WorkbenchError, match="not a readable word"):
        library.remove(card)
    assert library.restore(removed) == path
    assert path.read_bytes() == before
    assert not removed.exists()


def test_a_word_removed_twice_is_in_the_trash_twice(loaded: LoadedBackbone, tmp_path: Path) -> None:
    library = Library(tmp_path)
    first = random_head(loaded, "go")
    again = KeywordHead(first.card, first.weight + 1, first.bias)
    library.keep(first)
    earlier = library.remove(first.card)
    library.keep(again)
    later = library.remove(first.card)
    assert earlier != later
    library.restore(later)
    assert torch.equal(library.load(first.card).weight, again.weight)
    library.restore(earlier)
    assert torch.equal(library.load(first.card).weight, first.weight)
    (trashed,) = (tmp_path / "trash").iterdir()
    assert torch.equal(read_head(trashed).weight, again.weight)


def test_a_word_that_cannot_be_moved_stays(loaded: LoadedBackbone, tmp_path: Path) -> None:
    library = Library(tmp_path)
    path = library.keep(random_head(loaded, "go"))
    (tmp_path / "trash").write_text("a file where the folder should be")
    with pytest.raises(WorkbenchError, match="could not be moved"):
        library.remove(random_head(loaded, "go").card)
    assert path.is_file()


def test_damaged_files_are_named_and_the_rest_is_read(
    loaded: LoadedBackbone, tmp_path: Path
) -> None:
    library = Library(tmp_path)
    library.keep(random_head(loaded, "go"))
    whole = library.keep(random_head(loaded, "stop"))
    content, tensors = whole.read_bytes(), load_file(whole)
    card = random_head(loaded, "stop").card.model_dump(mode="json")
    whole.write_bytes(content[: len(content) // 2])
    newer = tmp_path / "newer.keyword.safetensors"
    save_file(tensors, newer, {"card": json.dumps(card | {"format_version": 99})})
    foreign = tmp_path / "foreign.keyword.safetensors"
    save_file(tensors, foreign)
    contents = library.contents()
    assert [one.label for one in contents.cards] == ["go"]
    assert {problem.path for problem in contents.problems} == {whole, newer, foreign}
    assert any("newer version" in problem.reason for problem in contents.problems)


def test_a_file_without_its_row_is_refused(loaded: LoadedBackbone, tmp_path: Path) -> None:
    path = Library(tmp_path).keep(random_head(loaded, "go"))
    card = random_head(loaded, "go").card.model_dump_json()
    save_file({"weight": torch.zeros(3)}, path, {"card": card})
    with pytest.raises(WorkbenchError, match="not a readable word"):
        read_head(path)
