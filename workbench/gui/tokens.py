"""Design tokens: colours, spacing and type scale of the light and the dark appearance."""

from __future__ import annotations

from dataclasses import dataclass

GRID = 8
MARGIN = 16
RADIUS = 8
RING = 2
"""Pixels (device independent): base grid, outer margin, card corner, focus ring."""

SMALL, BODY, TITLE, DISPLAY = 11 / 13, 1.0, 16 / 13, 22 / 13
"""Type scale as factors of the body size, which follows the system font."""

RUN_COLORS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#8A6937",
    "#0093F5",
    "#8C6BB1",
    "#7A7A76",
)
"""At most eight hues that stay apart with colour-blindness (after Okabe and Ito, plus violet and grey).

Amber and sky are darker than theirs: every one has at least 3 : 1 on a light card and on a dark one.
"""


@dataclass(frozen=True)
class Tokens:
    """Colours of one appearance, as ``#rrggbb``.

    Attributes:
        ground: Window background; ``card`` lies on it, ``sunken`` lies in a card (wells, tracks).
        border: Decorative lines; ``outline``: borders of controls, at least 3 : 1 on the ground.
        text, muted: Main and secondary text, both at least 4.5 : 1 on ground and card.
        accent: Filled controls, marks and the focus ring; ``accent_text`` is written on it.
        link: The accent as text on ground and card.
        depthwise, pointwise: Layer kinds in maps and film; pointwise also stands for regular convolutions.
        good, warning, error, second, third: Marks; their ``*_text`` twins are readable as text.
    """

    name: str
    ground: str
    card: str
    sunken: str
    hover: str
    border: str
    outline: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    accent_text: str
    link: str
    depthwise: str
    pointwise: str
    head: str
    good: str
    warning: str
    error: str
    second: str
    third: str
    good_text: str
    warning_text: str
    error_text: str
    selection: str

    @property
    def is_dark(self) -> bool:
        return self.name == "dark"


LIGHT = Tokens(
    name="light",
    ground="#FAFAF8",
    card="#FFFFFF",
    sunken="#F1F1EE",
    hover="#ECECE8",
    border="#E2E2DD",
    outline="#8A8A84",
    text="#1B1B1A",
    muted="#62625D",
    accent="#0072B2",
    accent_hover="#005F95",
    accent_text="#FFFFFF",
    link="#0067A1",
    depthwise="#0072B2",
    pointwise="#D55E00",
    head="#7A7A76",
    good="#009E73",
    warning="#E69F00",
    error="#C0392B",
    second="#56B4E9",
    third="#CC79A7",
    good_text="#00704F",
    warning_text="#855C00",
    error_text="#B3261E",
    selection="#D6E9F5",
)

DARK = Tokens(
    name="dark",
    ground="#17181A",
    card="#202225",
    sunken="#191B1D",
    hover="#2B2E32",
    border="#34373B",
    outline="#7B7F85",
    text="#ECECEA",
    muted="#A6A8A6",
    accent="#0072B2",
    accent_hover="#1585C6",
    accent_text="#FFFFFF",
    link="#6DB9E8",
    depthwise="#3C9FDB",
    pointwise="#EE7733",
    head="#8F8F8A",
    good="#1DB988",
    warning="#E6A817",
    error="#E5705F",
    second="#56B4E9",
    third="#D98FB9",
    good_text="#4CC9A0",
    warning_text="#E9B949",
    error_text="#F28B7D",
    selection="#1F4058",
)
