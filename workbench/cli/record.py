"""``workbench record``: takes of a word into a project's task, from the microphone or from a recording."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from workbench.audio import RATE_HZ
from workbench.cli.listen import microphone_blocks, recorder_command
from workbench.cli.output import JSON_OPTION, emit_json
from workbench.cli.project_task import CREATE_OPTION, PROJECT_OPTION, TASK_OPTION, opened_task
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.audio.takes import Take


def record(
    project: Path = PROJECT_OPTION,
    task: str = TASK_OPTION,
    word: str = typer.Option(..., help="Word that is spoken; its class in the task."),
    speaker: str = typer.Option("", help="Who speaks; keeps the voice in one part of the task."),
    takes: int = typer.Option(10, min=1, help="Good takes to keep."),
    device: str | None = typer.Option(
        None, help="Microphone by name, as PulseAudio or ALSA calls it."
    ),
    file: Path | None = typer.Option(
        None, help="Recording to cut the takes from, instead of the microphone."
    ),
    create: bool = CREATE_OPTION,
    json: str | None = JSON_OPTION,
) -> None:
    """Record takes of a word hands-free: each is cut out of the pause around it, and kept at once if it is good.

    A take that is too quiet, clipped or too long is asked for again; three such in a row end the recording.
    """
    from workbench.data.task import Medium

    if not word.strip():
        raise WorkbenchError("The word is empty.", hint="Say with --word what is spoken.")
    heard: list[dict[str, Any]] = []
    with opened_task(project, task, create) as (opened, found):
        opened.refuse_another_medium(found.id, Medium.SOUND)
        spoken = _in_file(file, takes) if file else _from_microphone(word, takes, device)
        for take in spoken:
            path = None
            if take.is_good:
                kept = opened.add_recording(found.id, word, speaker, take.samples, RATE_HZ)
                path = str(kept.clip.path)
            heard.append(_record(take, path))
            _say(_line(take))
    good = sum(take["path"] is not None for take in heard)
    if not good:
        raise WorkbenchError(
            f'No take of "{word}" was good enough to keep.',
            hint="Speak up after a pause, or choose another microphone with --device.",
        )
    made = {"project": str(project), "task": task, "word": word, "speaker": speaker}
    if not emit_json({**made, "wanted": takes, "added": good, "takes": heard}, json):
        print(f'{good} of {takes} takes of "{word}" were added to {task}')


def _in_file(file: Path, wanted: int) -> Iterator[Take]:
    """Takes in a recording, until enough of them are good."""
    from workbench.audio.files import read_audio
    from workbench.audio.takes import split_takes

    for take in split_takes(read_audio(file, RATE_HZ), RATE_HZ):
        if wanted == 0:
            return
        wanted -= take.is_good
        yield take


def _from_microphone(word: str, wanted: int, device: str | None) -> Iterator[Take]:
    """Takes as they are spoken, with a line on standard error for each that is wanted."""
    from workbench.audio.hands_free import HandsFree, TakePlan

    command = recorder_command(RATE_HZ, device)
    recording = HandsFree(TakePlan(wanted=wanted), RATE_HZ)
    told = ""
    with closing(microphone_blocks(command, RATE_HZ)) as blocks:
        for block in blocks:
            yield from recording.feed(block)
            if recording.is_over():
                return
            prompt = f'say "{word}" ({recording.good + 1} of {wanted})'
            prompt = f"in {recording.countdown}" if recording.countdown else prompt
            if prompt != told:
                _say(prompt)
            told = prompt


def _record(take: Take, path: str | None) -> dict[str, Any]:
    place = {"start_s": take.start_s, "end_s": take.end_s, "level_db": take.level_db}
    return {**place, "reason": take.reason, "path": path}


def _line(take: Take) -> str:
    verdict = f"left out: {take.reason}" if take.reason else "kept"
    return f"  {take.start_s:.2f} s  {take.level_db:.0f} dB  {verdict}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
