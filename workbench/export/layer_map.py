"""A picture of which layers a patch changed, as a vector file: the paper's Fig. 2b for one task."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from workbench.methods.patch import PatchCard, StoredDecision

ROW_PX, GAP_PX, LABEL_PX, BAR_PX, TOP_PX = 14, 3, 250, 360, 64
COLOURS = {
    "depthwise": "#0072B2",
    "pointwise": "#D55E00",
    "conv": "#D55E00",
    "linear": "#D55E00",
    "norm": "#9A9A98",
}
HATCHED = ("pointwise", "conv", "linear")


def layer_map_svg(cards: Sequence[PatchCard]) -> str:
    """Rows are the layers of the first patch, columns are patches; a filled bar is a changed layer.

    The bar's length is the layer's share of the adaptable weights on a square-root scale, so that small kernels
    stay visible. Point-wise and regular kernels are hatched as well as coloured.
    """
    rows = cards[0].decisions
    width = LABEL_PX + len(cards) * (BAR_PX + 24) + 24
    height = TOP_PX + len(rows) * (ROW_PX + GAP_PX) + 24
    largest = max(row.share for row in rows) ** 0.5
    parts = [_opening(width, height), _legend()]
    for column, card in enumerate(cards):
        left = LABEL_PX + column * (BAR_PX + 24)
        title = f"{card.task}: {card.method}, {_stored(card):.1f} % of convolution weights"
        parts.append(_text(left, TOP_PX - 12, title, 12, "start", "600"))
        decided = {decision.name: decision for decision in card.decisions}
        for i, row in enumerate(rows):
            if row.name in decided:
                decision = decided[row.name]
                length = BAR_PX * decision.share**0.5 / largest
                parts.append(_bar(left, TOP_PX + i * (ROW_PX + GAP_PX), length, decision))
    for i, row in enumerate(rows):
        y = TOP_PX + i * (ROW_PX + GAP_PX) + ROW_PX - 3
        parts.append(_text(LABEL_PX - 10, y, f"{row.group}  {row.name}", 10, "end", "400"))
    return "\n".join([*parts, "</svg>"])


def _stored(card: PatchCard) -> float:
    beside = ("linear", "norm")
    return 100 * sum(d.share for d in card.decisions if d.changed and d.kind not in beside)


def _opening(width: float, height: float) -> str:
    hatch = "".join(
        f'<pattern id="hatch-{kind}" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="6" height="6" fill="{COLOURS[kind]}"/>'
        '<line x1="0" y1="0" x2="0" y2="6" stroke="#FFFFFF" stroke-width="1.5"/></pattern>'
        for kind in HATCHED
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'font-family="sans-serif"><defs>{hatch}</defs><rect width="100%" height="100%" fill="#FFFFFF"/>'
    )


def _legend() -> str:
    return "".join(
        [
            f'<rect x="16" y="14" width="24" height="12" fill="{COLOURS["depthwise"]}"/>',
            _text(46, 24, "depth-wise", 11, "start", "400"),
            '<rect x="126" y="14" width="24" height="12" fill="url(#hatch-pointwise)"/>',
            _text(156, 24, "point-wise and regular", 11, "start", "400"),
            '<rect x="300" y="14" width="24" height="12" fill="none" stroke="#9A9A98"/>',
            _text(
                330,
                24,
                "unchanged; length is the square root of the share of weights",
                11,
                "start",
                "400",
            ),
        ]
    )


def _bar(x: float, y: float, length: float, decision: StoredDecision) -> str:
    fill = "none"
    if decision.changed:
        fill = (
            f"url(#hatch-{decision.kind})" if decision.kind in HATCHED else COLOURS[decision.kind]
        )
    note = f"{decision.name}: {'changed' if decision.changed else 'unchanged'}, {decision.parameters} parameters"
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(length, 2):.1f}" height="{ROW_PX}" fill="{fill}" '
        f'stroke="{COLOURS[decision.kind] if decision.changed else "#9A9A98"}"><title>{escape(note)}</title></rect>'
    )


def _text(x: float, y: float, text: str, size: int, anchor: str, weight: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}" '
        f'fill="#1B1B1A">{escape(text)}</text>'
    )
