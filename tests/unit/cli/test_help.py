"""Whoever asks a verb for help is told what everything that it takes means."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import typer.main
from typer.core import TyperCommand, TyperGroup

from workbench.cli.main import app


def verbs(group: TyperGroup, name: str = "") -> Iterator[tuple[str, TyperCommand]]:
    for sub, inner in group.commands.items():
        if isinstance(inner, TyperGroup):
            yield from verbs(inner, f"{name}{sub} ")
        elif isinstance(inner, TyperCommand):
            yield name + sub, inner


PROGRAM = typer.main.get_command(app)
assert isinstance(PROGRAM, TyperGroup)
VERBS = dict(verbs(PROGRAM))


def test_the_verbs_are_found() -> None:
    assert {"import", "record", "project pack", "adapt", "backbones list"} <= VERBS.keys()


@pytest.mark.parametrize("name", VERBS)
def test_all_that_a_verb_takes_is_explained(name: str) -> None:
    verb = VERBS[name]
    assert verb.help
    unexplained = [taken.name for taken in verb.params if not getattr(taken, "help", "")]
    assert unexplained == []
    assert any(taken.name == "json" for taken in verb.params)
