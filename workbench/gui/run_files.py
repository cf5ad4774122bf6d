"""Where a run's patch lies, and where and under which name it is offered to be exported."""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.project.project import RunRecord


def patch_of(run: RunRecord) -> Path | None:
    """The patch of a run that has one; it lies in the run's folder, wherever the project was moved."""
    record = run.record or {}
    if "patch" not in record:
        return None
    path = run.folder / Path(record["patch"]).name
    return path if path.is_file() else None


@lru_cache(maxsize=4096)
def is_for_pictures(patch: Path) -> bool:
    """Whether a patch belongs to a backbone that sees; one that cannot be read counts as hearing, and whoever opens it
    says so. A patch file never changes."""
    from workbench.images.config import PictureConfig
    from workbench.methods.patch import read_patch_card

    try:
        return isinstance(read_patch_card(patch).frontend, PictureConfig)
    except WorkbenchError:
        return False


def place_of(run: RunRecord) -> Path:
    """What to open of a finished run: its patch, or its folder where that lacks one, so that this is told."""
    return patch_of(run) or run.folder


def export_stem(task: str, run: RunRecord) -> str:
    """Name for a file about a run, without suffix: ``spanish-commands-swr-10``."""
    budget = f"{100 * run.budget:g}" if run.budget is not None else ""
    words = "".join(sign if sign.isalnum() else " " for sign in task.lower()).split()
    return "-".join(part for part in (*words, run.method, budget) if part)


def architecture_of(run: RunRecord) -> str:
    """First part of the backbone's name, as merged backbones are named after it; empty when it is unknown."""
    backbone = Path(str((run.record or {}).get("backbone", ""))).name
    return backbone.split(".")[0]


def is_on(run: RunRecord, backbone: str) -> bool:
    """Whether a run was asked for on a backbone, or its patch belongs to it; some runs train one of their own."""
    named = (source.get("backbone", "") for source in (run.job, run.record or {}))
    return Path(backbone).name in {Path(str(name)).name for name in named}


def free_place(folder: Path, stem: str, suffix: str) -> Path:
    """A path that nothing takes yet: ``stem``, else ``stem-2``, ``stem-3`` and so on."""
    names = (f"{stem}{suffix}" if n == 1 else f"{stem}-{n}{suffix}" for n in count(1))
    return next(path for name in names if not (path := folder / name).exists())
