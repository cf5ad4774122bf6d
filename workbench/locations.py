"""The only module that knows where resources, shipped backbones and user folders are."""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs

APP_NAME = "adaptation-workbench"
_PACKAGE = Path(__file__).resolve().parent


def _base() -> Path:
    """Folder that holds ``resources`` and ``models``: the frozen bundle, the wheel, or the checkout."""
    frozen = getattr(sys, "_MEIPASS", None)
    return Path(frozen) / "workbench" if frozen else _PACKAGE


def resources_dir() -> Path:
    return _base() / "resources"


def models_dir() -> Path:
    """Shipped backbones; beside the package in a checkout, inside it in a wheel or bundle."""
    inside = _base() / "models"
    return inside if inside.is_dir() else _PACKAGE.parent / "models"


def user_models_dir() -> Path:
    return Path(platformdirs.user_data_dir(APP_NAME)) / "models"


def cache_dir() -> Path:
    return Path(platformdirs.user_cache_dir(APP_NAME))


def log_dir() -> Path:
    return Path(platformdirs.user_log_dir(APP_NAME))


def documents_dir() -> Path:
    """Where new projects are offered."""
    return Path(platformdirs.user_documents_dir()) / "Workbench"
