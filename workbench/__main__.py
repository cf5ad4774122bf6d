"""The ``workbench`` program: a verb runs the command line, no verb opens the window."""

from __future__ import annotations

import sys
from pathlib import Path

WINDOW_FLAGS = ("--demo",)


def wants_window(arguments: list[str]) -> bool:
    """No arguments, a flag of the window, or a project folder."""
    return (
        not arguments or arguments[0] in WINDOW_FLAGS or Path(arguments[0], "project.db").exists()
    )


def main() -> None:
    arguments = sys.argv[1:]
    if wants_window(arguments):
        from workbench.gui.app import run_app

        demo = "--demo" in arguments
        project = Path(arguments[0]) if arguments and not demo else None
        sys.exit(run_app(project, demo=demo))
    from workbench.cli.main import main as run_verb

    run_verb()


if __name__ == "__main__":
    main()
