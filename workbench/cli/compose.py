"""``workbench compose``: words learned one at a time, and recognisers put together from them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from workbench.cli.output import JSON_OPTION, emit_json, interval, percent, table
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.composing.keyword import KeywordCard, KeywordHead
    from workbench.composing.library import Library

app = typer.Typer(
    help="Learn words one at a time and put recognisers together from them.", no_args_is_help=True
)
LIBRARY = typer.Option(..., help="Folder of the keyword library.")


@app.command()
def learn(
    backbone: str = typer.Option(..., help="Backbone to learn the words on."),
    data: Path = typer.Option(..., help="Task whose words to learn."),
    library: Path = LIBRARY,
    words: str = typer.Option("", help="Only these words, comma-separated."),
    loss: str = typer.Option("sigmoid_bce", help="ce, softmax_bce or sigmoid_bce."),
    paper: bool = typer.Option(
        False,
        help="Start and steps as in the paper, of its keywords or its digits; otherwise from zero to the minimum.",
    ),
    seed: int = typer.Option(0, min=0, help="Same seed, same words."),
    json: str | None = JSON_OPTION,
) -> None:
    """Learn words of a task, each against all others, and keep them.

    A word that the same task taught before is replaced; all others stay as they are.
    """
    import time

    from workbench.backbones.registry import load_backbone
    from workbench.composing.fit import PAPER, PAPER_DIGITS, FitConfig
    from workbench.composing.learn import learn_words
    from workbench.composing.library import Library
    from workbench.images.config import PictureConfig
    from workbench.training.prepare import default_store, usable_task

    started = time.perf_counter()
    update = {"loss": _loss(loss), "seed": seed}
    loaded, store, kept = load_backbone(backbone), default_store(), Library(library)
    as_printed = PAPER_DIGITS if isinstance(loaded.card.frontend, PictureConfig) else PAPER
    config = (as_printed if paper else FitConfig()).model_copy(update=update)
    task, _ = usable_task(data, loaded.card.frontend, store)
    cards = []
    for head in learn_words(task, loaded, store, _listed(words), config):
        kept.keep(head)
        cards.append(head.card)
    seconds = time.perf_counter() - started
    record = {"library": str(library), "seconds": seconds, "words": [_record(c) for c in cards]}
    if not emit_json(record, json):
        _print_cards(f"{len(cards)} words learned in {seconds:.1f} s", cards)


@app.command(name="list")
def list_words(library: Path = LIBRARY, json: str | None = JSON_OPTION) -> None:
    """List what a library holds, and what in it cannot be used."""
    contents = _opened(library).contents()
    record = {
        "words": [_record(card) for card in contents.cards],
        "problems": [{"path": str(p.path), "reason": p.reason} for p in contents.problems],
    }
    if emit_json(record, json):
        return
    _print_cards(f"{len(contents.cards)} words in {library}", contents.cards)
    for problem in contents.problems:
        print(f"{problem.path}: {problem.reason}")


@app.command()
def make(
    library: Path = LIBRARY,
    words: str = typer.Option(..., help="Words, comma-separated; WORD@TASK where tasks share one."),
    out: Path = typer.Option(..., help="Patch file to write; .patch.safetensors."),
    reject: float | None = typer.Option(
        None,
        help="Probability that a word needs by itself; 0 lets some word always win. By default 0.5 where the loss of "
        "the words gives a probability, and 0 where it gives none.",
    ),
    backbone: str | None = typer.Option(
        None, help="Backbone by name or folder; by default the installed one that the words fit."
    ),
    json: str | None = JSON_OPTION,
) -> None:
    """Put words together into a patch, which every other verb takes like any patch."""
    from workbench.backbones.registry import folder_with_weights, load_backbone
    from workbench.composing.compose import REJECT_BELOW, can_reject, compose
    from workbench.data.findings import names
    from workbench.methods.patch import SUFFIX, save_patch

    if not out.name.endswith(SUFFIX):
        raise WorkbenchError(
            f"{out.name} does not end in {SUFFIX}.", hint=f"Name it words{SUFFIX}, say."
        )
    heads = _chosen(_opened(library), _listed(words))
    first = heads[0].card
    source = backbone or folder_with_weights(first.backbone_sha256, first.backbone)
    if source is None:
        raise WorkbenchError(
            f"{first.label} was learned on {first.backbone} #{first.backbone_sha256[:8]}, which is not installed.",
            data="Nothing was written.",
            hint="Install that backbone, or name its folder with --backbone.",
        )
    loaded = load_backbone(source)
    title = names([head.card.label for head in heads], most=4)
    if reject is None and can_reject(head.card for head in heads):
        reject = REJECT_BELOW
    patch = compose(heads, loaded, title, reject or None)
    save_patch(patch, out)
    record = {
        "patch": str(out),
        "classes": list(patch.card.classes),
        "backbone": loaded.card.name,
        "reject_below": reject or None,
        "stored_params": sum(tensor.numel() for tensor in patch.tensors.values()),
        "file_bytes": out.stat().st_size,
    }
    if not emit_json(record, json):
        print(f"{len(heads)} words of {loaded.card.name} are in {out}")
        if not can_reject(head.card for head in heads):
            print(
                f"No sound is rejected: outputs of the loss {first.fit.loss} are no probabilities."
            )


def _chosen(library: Library, words: tuple[str, ...]) -> list[KeywordHead]:
    """Heads by ``word`` or ``word@task``."""
    from workbench.data.findings import names

    cards = library.contents().cards
    heads = []
    for word in words:
        fitting = [c for c in cards if word in (c.label, f"{c.label}@{c.task}")]
        if not fitting:
            raise WorkbenchError(
                f"The library has no word {word!r}.",
                data="Nothing was written.",
                hint=f"It has {names(sorted({card.label for card in cards}), most=12) or 'none yet'}.",
            )
        if len(fitting) > 1:
            ways = names([f"{card.label}@{card.task} on {card.backbone}" for card in fitting])
            raise WorkbenchError(
                f"{word} was learned more than once: {ways}.",
                data="Nothing was written.",
                hint="Name the task too, as in WORD@TASK; keep a library for each backbone.",
            )
        heads.append(library.load(fitting[0]))
    if not heads:
        raise WorkbenchError("There is no word to compose.", hint="Give --words a,b,c.")
    return heads


def _opened(folder: Path) -> Library:
    from workbench.composing.library import Library

    if not folder.is_dir():
        raise WorkbenchError(
            f"There is no library in {folder}.",
            hint="Make one: workbench compose learn --backbone B --data DIR --library FOLDER",
        )
    return Library(folder)


def _loss(name: str) -> Any:
    from workbench.composing.losses import Loss

    if name not in set(Loss):
        raise WorkbenchError(
            f"There is no loss named {name!r}.", hint=f"Choose one of {', '.join(Loss)}."
        )
    return Loss(name)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _record(card: KeywordCard) -> dict[str, Any]:
    return card.model_dump(mode="json", exclude={"frontend", "versions", "format_version"})


def _print_cards(title: str, cards: tuple[KeywordCard, ...] | list[KeywordCard]) -> None:
    rows = [
        [
            card.label,
            card.task,
            card.backbone,
            str(card.clips),
            percent(card.validation.accuracy) if card.validation else "-",
            interval(card.validation.ci95) if card.validation else "-",
        ]
        for card in cards
    ]
    table(title, ["word", "task", "backbone", "clips", "told from others", "95 %"], rows)
