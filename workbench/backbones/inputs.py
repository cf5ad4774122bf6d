"""What turns an example into a backbone's input, of sound or of pictures."""

from __future__ import annotations

from workbench.audio.frontend import FRONTENDS, FrontendConfig
from workbench.errors import WorkbenchError
from workbench.images.config import PICTURE_INPUTS, PictureConfig

InputConfig = FrontendConfig | PictureConfig

INPUTS: dict[str, InputConfig] = {**FRONTENDS, **PICTURE_INPUTS}
"""All named configurations."""


def sound_of(config: InputConfig) -> FrontendConfig:
    """The configuration of a backbone that hears.

    Raises:
        WorkbenchError: when it takes pictures.
    """
    if isinstance(config, FrontendConfig):
        return config
    raise _takes_the_other("sound", "pictures")


def picture_of(config: InputConfig) -> PictureConfig:
    """The configuration of a backbone that sees.

    Raises:
        WorkbenchError: when it takes sound.
    """
    if isinstance(config, PictureConfig):
        return config
    raise _takes_the_other("pictures", "sound")


def input_named(name: str) -> InputConfig:
    """A configuration by its name.

    Raises:
        WorkbenchError: when there is none of that name.
    """
    if name not in INPUTS:
        raise WorkbenchError(
            f"There is no front-end named {name!r}.",
            data="Nothing was loaded.",
            hint=f"Known are {', '.join(INPUTS)}.",
        )
    return INPUTS[name]


def sized(config: InputConfig, picture_px: int | None) -> InputConfig:
    """The configuration for square pictures of another side; None leaves it as it is.

    Raises:
        WorkbenchError: for a size where the backbone takes sound.
    """
    return config if picture_px is None else picture_of(config).at(picture_px)


def stepped(config: InputConfig, hop_ms: float | None) -> InputConfig:
    """The configuration for another step of the front-end; None leaves it as it is.

    Raises:
        WorkbenchError: for a step where the backbone takes pictures.
    """
    if hop_ms is None:
        return config
    sound = sound_of(config)
    return sound.model_copy(update={"hop_samples": round(hop_ms * sound.rate_hz / 1000)})


def described(config: InputConfig) -> str:
    """What a backbone takes, in one sentence for people; the configuration itself has every number."""
    return _seen(config) if isinstance(config, PictureConfig) else _heard(config)


def _seen(config: PictureConfig) -> str:
    shorter = config.shorter or min(config.height, config.width)
    fitted = (
        f"the shorter side resized to {shorter}, its middle cut out"
        if config.fit == "crop"
        else "both sides resized"
    )
    mean, deviation = (", ".join(f"{one:g}" for one in of) for of in (config.mean, config.std))
    return (
        f"Pictures of {config.height} x {config.width} pixels in {'grey' if config.channels == 1 else 'colour'}: "
        f"{fitted}, {config.interpolation}; on a scale from 0 to 1, mean {mean} and deviation {deviation}."
    )


def _heard(config: FrontendConfig) -> str:
    ms = 1000 / config.rate_hz
    bands = f"{config.mels} mel bands from {config.low_hz:g} to {config.high_hz:g} Hz"
    if config.coefficients:
        bands = f"{config.coefficients} cepstral coefficients of {bands}"
    return (
        f"Sound of {config.clip_s:g} s at {config.rate_hz / 1000:g} kHz: {bands}, windows of "
        f"{config.window_samples * ms:g} ms every {config.hop_samples * ms:g} ms, "
        f"{config.frames(config.clip_samples)} frames."
    )


def _takes_the_other(wanted: str, taken: str) -> WorkbenchError:
    return WorkbenchError(
        f"This needs a backbone for {wanted}, and the chosen one takes {taken}.",
        data="Nothing was started.",
        hint=f"Choose a backbone for {wanted}.",
    )
