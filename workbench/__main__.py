"""The ``workbench`` program: a verb runs the command line, no verb opens the window."""

from __future__ import annotations

import sys
from multiprocessing import freeze_support
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW_FLAGS = ("--demo",)
WINDOW_LIBRARIES = ("PySide6", "shiboken6", "pyqtgraph")


def wants_window(arguments: list[str]) -> bool:
    """No arguments, a flag of the window, or a project folder alone: a verb is followed by more."""
    if not arguments or arguments[0] in WINDOW_FLAGS:
        return True
    return len(arguments) == 1 and Path(arguments[0], "project.db").exists()


def main() -> None:
    freeze_support()  # a bundled program starts the runs of a sweep by calling itself
    arguments = sys.argv[1:]
    if wants_window(arguments):
        from workbench.errors import WorkbenchError

        try:
            run_app = _window()
        except WorkbenchError as error:
            from workbench.cli.output import complain

            complain(error)
            sys.exit(2)
        demo = "--demo" in arguments
        project = Path(arguments[0]) if arguments and not demo else None
        sys.exit(run_app(project, demo=demo))
    from workbench.cli.main import main as run_verb

    run_verb()


def _window() -> Callable[..., int]:
    """What opens the window; the engine is often installed without its libraries.

    Raises:
        WorkbenchError: when they are not there.
    """
    try:
        from workbench.gui.app import run_app
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in WINDOW_LIBRARIES:
            raise
        from workbench.errors import WorkbenchError

        raise WorkbenchError(
            f"The window needs {error.name}, which is not installed.",
            hint='Install it with pip install "adaptation-workbench[gui]", or pip install ".[gui]" in a checkout; '
            "workbench --help lists what the command line does without it.",
        ) from error
    return run_app


if __name__ == "__main__":
    main()
