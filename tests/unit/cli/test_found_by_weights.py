"""A patch finds its backbone by the weights, whatever that is called here."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.helpers.tiny import tiny_backbone
from tests.unit.cli.conftest import Place, call, refusal
from workbench import locations


def install(place: Place, name: str) -> None:
    shutil.copytree(place.backbone, locations.user_models_dir() / name)


def install_other(name: str) -> None:
    """A backbone of that name with weights of its own."""
    tiny_backbone(locations.user_models_dir() / name, classes=("a", "b"))


def prediction(place: Place, *more: object) -> object:
    return json.loads(
        call("predict", "--patch", place.patch, place.wave, *more, "--json", "-").stdout
    )


def broken_card() -> None:
    folder = locations.user_models_dir() / "broken"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text("{")


@pytest.mark.parametrize(
    ("same", "others"),
    [
        ("bcresnet1.tiny", ()),
        ("bcresnet1.renamed", ()),
        ("bcresnet1.renamed", ("bcresnet1.tiny",)),
    ],
)
def test_name_is_second_to_weights(place: Place, same: str, others: tuple[str, ...]) -> None:
    wanted = prediction(place, "--backbone", place.backbone)
    install(place, same)
    for name in others:
        install_other(name)
    assert prediction(place) == wanted


def test_an_unreadable_card_is_not_in_the_way(place: Place) -> None:
    install(place, "bcresnet1.tiny")
    broken_card()
    heard = call("listen", "--patch", place.patch, "--file", place.wave, "--json", "-").stdout
    assert isinstance(json.loads(heard), list)
    assert prediction(place)


def test_a_backbone_that_is_named_is_the_one_that_is_used(place: Place) -> None:
    install(place, "bcresnet1.tiny")
    install_other("bcresnet1.other")
    error = refusal("predict", "--patch", place.patch, place.wave, "--backbone", "bcresnet1.other")
    assert "not to bcresnet1.other" in error.message


def test_list_shows_the_rest_and_names_what_is_unreadable(place: Place) -> None:
    install(place, "bcresnet1.tiny")
    broken_card()
    result = call("backbones", "list", "--json", "-")
    records = {record["name"]: record for record in json.loads(result.stdout)}
    assert records["bcresnet1.tiny"]["parameters"] > 0
    assert records["bcresnet1.tiny"]["multiplies"] > 0
    assert result.stderr.count("\n") == 1
    assert "broken/card.json is not a readable weights card" in result.stderr
