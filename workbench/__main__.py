"""The ``workbench`` program: a verb runs the command line, no verb opens the window."""

from __future__ import annotations

import sys
from pathlib import Path

WINDOW_FLAGS = ("--demo",)


def wants_window(arguments: list[str]) -> bool:
    """No arguments, a flag of the window, or a project folder."""
    return not arguments or arguments[0] in WINDOW_FLAGS or Path(arguments[0], "project.db").exists()


def main() -> None:
    if wants_window(sys.argv[1:]):
        from workbench.gui.app import main as open_window

        sys.exit(open_window(sys.argv[1:]))
    from workbench.cli.main import main as run_verb

    run_verb()


if __name__ == "__main__":
    main()
