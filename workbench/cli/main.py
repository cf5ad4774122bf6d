"""The ``workbench`` command. Heavy libraries are imported by the verbs that need them, never here."""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

import typer

from workbench import __version__, locations
from workbench.cli import (
    adapt,
    backbones,
    cascade,
    compose,
    demo,
    doctor,
    evaluate,
    export,
    import_clips,
    layers,
    ledger,
    listen,
    operating_point,
    predict,
    pretrain,
    project,
    record,
    sweep,
    synthesize,
)
from workbench.cli.output import complain
from workbench.errors import WorkbenchError

app = typer.Typer(
    name="workbench",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(backbones.app, name="backbones")
app.add_typer(compose.app, name="compose")
app.add_typer(project.app, name="project")
for verb in (
    layers.layers,
    pretrain.pretrain,
    adapt.adapt,
    sweep.sweep,
    evaluate.evaluate,
    cascade.cascade,
    predict.predict,
    listen.listen,
    operating_point.operating_point,
    ledger.ledger,
    export.export,
    record.record,
    doctor.doctor,
    synthesize.synthesize,
    demo.demo,
):
    app.command()(verb)
app.command("import")(import_clips.import_clips)


@app.callback(invoke_without_command=True)
def about(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and stop."),
) -> None:
    """Adapt small pretrained backbones to your own task; store only a small patch.

    Without a verb, the window opens.
    """
    if version:
        print(__version__)
    elif context.invoked_subcommand is None:
        print(context.get_help())


def main() -> None:
    """Run a verb and leave: 0 for success, 2 with one line for an error the user can mend, 1 for a bug."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except WorkbenchError as error:
        complain(error)
        sys.exit(2)
    except KeyboardInterrupt:
        print("workbench: stopped; what was saved before is intact.", file=sys.stderr)
        sys.exit(130)
    except Exception:  # noqa: BLE001 - a bug: keep a trace for the report, then fail loudly
        print(traceback.format_exc(), file=sys.stderr)
        print(f"workbench: this is a bug; the trace is in {_write_trace()}", file=sys.stderr)
        sys.exit(1)


def _write_trace() -> Path:
    folder = locations.log_dir()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"crash-{datetime.now(UTC):%Y%m%d-%H%M%S}.txt"
    path.write_text(traceback.format_exc(), "utf-8")
    return path
