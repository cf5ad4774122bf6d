"""The picture: what is drawn where, and names that keep clear of each other."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.studies.test_summary import JOBS, RECORDS
from workbench.studies.labels import Box, Label, place_labels
from workbench.studies.picture import CHARACTER, GREY, PANEL_WIDTH, TEXT, WIDTH, picture_svg
from workbench.studies.summary import summarise

SVG = "{http://www.w3.org/2000/svg}"
AREA = Box(0, 0, 400, 300)
LABELS = st.lists(
    st.builds(Label, st.floats(0, 400), st.floats(0, 300), st.floats(20, 90), st.just(13.0)),
    max_size=12,
)


@given(LABELS)
def test_names_never_cover_points_or_each_other(labels: list[Label]) -> None:
    dots = [Box(one.x - 4, one.y - 4, one.x + 4, one.y + 4) for one in labels]
    boxes = [place.box for place in place_labels(labels, dots, AREA) if place]
    for i, box in enumerate(boxes):
        assert AREA.holds(box)
        assert not any(box.meets(other) for other in (*dots, *boxes[:i]))


def test_a_lone_name_stands_right_of_its_point_and_a_crowded_one_gets_a_line() -> None:
    label = Label(100, 100, 40, 13)
    (alone,) = place_labels([label], [], AREA)
    assert alone is not None
    assert alone.box.left > label.x
    assert alone.box.top < label.y < alone.box.bottom
    assert not alone.needs_line
    crowd = [Box(75, 75, 125, 125)]
    (pushed,) = place_labels([label], crowd, AREA)
    assert pushed is not None
    assert pushed.needs_line
    assert place_labels([label], [AREA], AREA) == (None,)


def drawn() -> ElementTree.Element:
    return ElementTree.fromstring(picture_svg(summarise(JOBS, RECORDS), "words", ["A note."]))


def test_both_panels_hold_every_row_and_grey_the_dominated() -> None:
    marks = drawn().findall(f"{SVG}g")
    fills = [mark.find(f"{SVG}circle").get("fill") for mark in marks]  # type: ignore[union-attr]
    titles = [str(mark.find(f"{SVG}title").text).split(":")[0] for mark in marks]  # type: ignore[union-attr]
    by_storage = dict(zip(titles[:3], fills[:3], strict=True))
    by_multiplies = dict(zip(titles[3:], fills[3:], strict=True))
    assert {title for title, fill in by_storage.items() if fill == GREY} == {"finetune"}
    assert {title for title, fill in by_multiplies.items() if fill == GREY} == {"finetune", "head"}


def test_stored_parameters_are_drawn_to_a_logarithmic_scale() -> None:
    marks = drawn().findall(f"{SVG}g")[:3]
    x = {
        str(mark.find(f"{SVG}title").text).split(":")[0]: float(  # type: ignore[union-attr]
            str(mark.find(f"{SVG}circle").get("cx"))  # type: ignore[union-attr]
        )
        for mark in marks
    }
    # 30, 131 and 1030 parameters: log10 ratios 0.6402 and 0.8956 of a span of 1.5358
    share = (x["swr 10 %"] - x["head"]) / (x["finetune"] - x["head"])
    assert abs(share - 0.6402 / 1.5358) < 1 / PANEL_WIDTH
    assert x["finetune"] - x["head"] > PANEL_WIDTH / 2


def test_no_multiplies_below_nothing_are_marked() -> None:
    """Where some rows cost next to nothing, the axis has room left of nothing."""
    first, *others = summarise(JOBS, RECORDS)
    rows = [replace(first, multiplies=1.0), *(replace(row, multiplies=1e6) for row in others)]
    picture = ElementTree.fromstring(picture_svg(rows, "words", []))
    texts = [str(text.text) for text in picture.iter(f"{SVG}text")]
    assert "0" in texts
    assert not any(text.startswith("-") for text in texts)


def test_names_and_notes_are_written_and_an_empty_sweep_says_so() -> None:
    texts = [str(text.text) for text in drawn().iter(f"{SVG}text")]
    assert texts.count("swr 10 %") == 2
    assert {"words", "A note.", "Stored parameters", "Multiplies per clip"} <= set(texts)
    assert "No run has finished yet." in picture_svg((), "words", [])


def test_nothing_reaches_over_the_edge() -> None:
    for text in drawn().iter(f"{SVG}text"):
        if text.get("text-anchor") == "start":
            width = CHARACTER * len(str(text.text)) * float(str(text.get("font-size"))) / TEXT
            assert float(str(text.get("x"))) + width <= WIDTH


def test_titles_are_escaped() -> None:
    root = ElementTree.fromstring(picture_svg((), "a < b & c", ["<x>"]))
    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert any("a < b & c" in text for text in texts)
    assert "<x>" in texts
