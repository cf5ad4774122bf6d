"""From loose settings, as typed on a command line, to a validated job."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from workbench.audio.augment import AugmentConfig
from workbench.backbones.registry import takes_pictures
from workbench.errors import WorkbenchError
from workbench.images.augment import PictureAugment
from workbench.methods.base import MethodConfig
from workbench.methods.registry import get, get_several
from workbench.training.job import PICTURE_TRAINING, AdaptationJob, TrainingConfig
from workbench.training.several_job import SeveralJob, TaskSource

Model = TypeVar("Model", bound=BaseModel)

_GROUPS: dict[str, type[BaseModel]] = {"augment": AugmentConfig, "picture_augment": PictureAugment}
"""Fields of the training that hold settings of their own."""

TRAINING_SETTINGS: tuple[str, ...] = (
    *TrainingConfig.model_fields,
    *(f"{name}.{field}" for name, group in _GROUPS.items() for field in group.model_fields),
)
"""What can be set of the training, by name; ``group.field`` within a group."""


def make_job(
    *,
    backbone: str,
    data: Path,
    method: str,
    out: Path,
    budget: float | None = None,
    settings: Sequence[str] = (),
    seed: int = 0,
    epochs: int = 30,
    policy_from: Path | None = None,
    picture_px: int | None = None,
    make_silence: bool = False,
) -> AdaptationJob:
    """Build and validate a job; where the backbone takes pictures, training starts from other settings.

    Args:
        settings: ``field=value`` pairs; fields of the method or of the training, or of a group of the training's, as
            ``group.field``. ``none`` empties a field that may be empty, and leaves out a group.

    Raises:
        WorkbenchError: for unknown fields, a group that the backbone's medium has no use for, values out of bounds,
            or a budget that the method does not take.
    """
    config_type, sees = get(method).Config, takes_pictures(backbone)
    config, training = _sorted(config_type, settings)
    if sees:
        config = {**get(method).picture_settings, **config}
    if budget is not None:
        if "budget" not in config_type.model_fields:
            raise WorkbenchError(
                f"The method {method} has no budget.", hint="Leave --budget out, or choose swr."
            )
        config["budget"] = budget
    checked = validated(config_type, config)
    return AdaptationJob(
        backbone=backbone,
        data=data,
        method=method,
        config=checked.model_dump(mode="json"),
        training=_training(sees, seed, epochs, training),
        out=out,
        picture_px=picture_px,
        policy_from=policy_from,
        make_silence=make_silence,
    )


def make_several_job(
    *,
    backbone: str,
    data: Sequence[Path],
    method: str,
    out: Path,
    hops_ms: Sequence[float] = (),
    pictures_px: Sequence[int] = (),
    settings: Sequence[str] = (),
    seed: int = 0,
    epochs: int = 30,
    make_silence: bool = False,
) -> SeveralJob:
    """Build and validate a job over several tasks.

    Args:
        data: One folder per task.
        hops_ms: Makes a variant of each task for each of these steps of the front-end.
        pictures_px: Makes a variant of each task for pictures of each of these sides.
        settings: As ``make_job`` takes them.

    Raises:
        WorkbenchError: for unknown fields, values out of bounds, or a single task.
    """
    config_type = get_several(method).Config
    config, training = _sorted(config_type, settings)
    sources = [
        {"data": folder, "hop_ms": hop, "picture_px": side}
        for folder in data
        for hop in hops_ms or (None,)
        for side in pictures_px or (None,)
    ]
    if len(sources) < 2:
        raise WorkbenchError(
            f"The method {method} takes several tasks, and there is one.",
            hint="Give --data more than once, or --hop-ms or --picture-px for variants of one task.",
        )
    return SeveralJob(
        backbone=backbone,
        tasks=tuple(validated(TaskSource, source) for source in sources),
        method=method,
        config=validated(config_type, config).model_dump(mode="json"),
        training=_training(takes_pictures(backbone), seed, epochs, training),
        out=out,
        make_silence=make_silence,
    )


def _training(sees: bool, seed: int, epochs: int, given: dict[str, Any]) -> TrainingConfig:
    """What was given over what pictures start from; a backbone that hears starts from the defaults."""
    start = PICTURE_TRAINING if sees else {}
    useless = "augment" if sees else "picture_augment"
    if useless in given:
        taken, varied = ("pictures", "sounds") if sees else ("sounds", "pictures")
        raise WorkbenchError(
            f"{useless} varies {varied}, and this backbone takes {taken}.",
            hint=f"Leave {useless} out, or choose a backbone for {varied}.",
        )
    return validated(TrainingConfig, {**start, "seed": seed, "epochs": epochs, **given})


def _sorted(
    config_type: type[MethodConfig], settings: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings of the method and of the training."""
    config: dict[str, Any] = {}
    training: dict[str, Any] = {}
    for field, value in map(setting_pair, settings):
        if field in config_type.model_fields:
            config[field] = _typed(config_type, field, value)
        elif field in TRAINING_SETTINGS:
            _set_training(training, field, value)
        else:
            raise unknown_field(field, (*config_type.model_fields, *TRAINING_SETTINGS))
    return config, training


def _set_training(training: dict[str, Any], field: str, value: str) -> None:
    """Set a field of the training, or one of a group's, whose other fields keep their defaults."""
    name, _, inner = field.partition(".")
    group = _GROUPS.get(name)
    if group is None:
        training[name] = _typed(TrainingConfig, name, value)
    elif not inner and value.lower() != "none":
        known = ", ".join(f"{name}.{known}" for known in group.model_fields)
        raise WorkbenchError(
            f"{name} is a group of settings.",
            hint=f"Write {name}=none, or set some of {known}.",
        )
    elif name in training and (training[name] is None or not inner):
        raise WorkbenchError(
            f"{name} is left out, and a setting of it is given.", hint="Leave one of the two out."
        )
    elif not inner:
        training[name] = None
    else:
        training.setdefault(name, {})[inner] = _typed(group, inner, value)


def validated(model: type[Model], values: dict[str, Any]) -> Model:
    """Raises: WorkbenchError that lists every value that does not fit."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg'].lower()}" for e in error.errors()
        )
        raise WorkbenchError(
            f"Some settings do not fit: {problems}.", hint="Correct them and start again."
        ) from error


def setting_pair(text: str) -> tuple[str, str]:
    """Field and value of ``field=value``.

    Raises:
        WorkbenchError: for any other form.
    """
    field, equals, value = text.partition("=")
    if not equals:
        raise WorkbenchError(
            f"{text!r} is not of the form field=value.", hint="Write --set field=value."
        )
    return field.strip(), value.strip()


def _typed(model: type[BaseModel], field: str, text: str) -> str | list[str] | None:
    """The text of a value for pydantic to read; it reads numbers and switches, but not ``none`` and no ranges."""
    annotation = model.model_fields[field].annotation
    if get_origin(annotation) is tuple:
        return text.split(",")
    may_be_empty = type(None) in get_args(annotation)
    return None if may_be_empty and text.lower() == "none" else text


def unknown_field(field: str, known: Sequence[str]) -> WorkbenchError:
    """What is told of a setting that nothing has; names the nearest that there are."""
    near = difflib.get_close_matches(field, known, n=3, cutoff=0.3) or list(known)
    return WorkbenchError(
        f"There is no setting named {field!r}.", hint=f"Did you mean {', '.join(near)}?"
    )
