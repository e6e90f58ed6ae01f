"""Charts: read without colour and without eyes, nothing of them trusted, no style."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from shipsync_site.charts.bars import Bar, bars
from shipsync_site.charts.drawing import top_of
from shipsync_site.charts.lines import Line, lines
from shipsync_site.charts.stacks import Part, Stack, stacks

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>\"&'"


def histogram() -> str:
    return bars(
        "ages",
        HOSTILE,
        [
            Bar(label="0-15 min", value=0, url="/cases/?age=15m"),
            Bar(label=HOSTILE, value=1, url="/cases/?q=a&b"),
            Bar(label="A label much longer than its room is", value=1500),
        ],
        unit="open cases",
    )


def stacked() -> str:
    parts = (
        Part(series=0, value=3, url="/a", label="on their way"),
        Part(series=1, value=0, url="/b", label=HOSTILE),
        Part(series=2, value=1, url="/c", label="SKU"),
    )
    return stacks(
        "risk",
        "Risk",
        [
            Stack(label="06-09h", parts=parts, url="/all"),
            Stack(label="09-12h", parts=(), url="/none"),
        ],
        ["on their way", HOSTILE, "SKU"],
        unit="orders",
    )


def lined() -> str:
    return lines(
        "flow",
        "Flow",
        ["06h", "07h", "08h", "09h"],
        [
            Line(label=HOSTILE, values=(1, None, 4, 2)),
            Line(label="None", values=(None,) * 4),
        ],
        shown=lambda value: f"{value:g}",
    )


@pytest.mark.parametrize("draw", [histogram, stacked, lined])
def test_a_chart_is_whole_named_and_free_of_styles(draw: object) -> None:
    markup = draw()  # type: ignore[operator]
    root = ElementTree.fromstring(markup)  # noqa: S314 - our own drawing
    names = root.attrib["aria-labelledby"].split()
    said = {node.attrib.get("id"): node.text for node in root}
    assert all(said[name] for name in names)
    assert "style" not in markup
    assert "<script" not in markup
    assert not re.search(r"=\"(nan|-?inf)", markup)


def test_bars_have_their_number_and_their_list() -> None:
    root = ElementTree.fromstring(histogram())  # noqa: S314 - our own drawing
    links = {a.attrib["href"]: a.attrib["aria-label"] for a in root.iter(f"{SVG}a")}
    assert links["/cases/?age=15m"] == "0-15 min: 0 open cases"
    assert links["/cases/?q=a&b"] == f"{HOSTILE}: 1 open cases"
    widths = [
        float(rect.attrib["width"])
        for rect in root.iter(f"{SVG}rect")
        if rect.attrib["class"] == "chart-info"
    ]
    # One beside fifteen hundred is seen; none is not.
    assert widths[0] == 0
    assert 0 < widths[1] < widths[2]
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert "1,500" in texts
    assert any(str(text).endswith("…") for text in texts)


def test_parts_differ_by_pattern_and_add_up() -> None:
    root = ElementTree.fromstring(stacked())  # noqa: S314 - our own drawing
    patterns = [node.attrib["id"] for node in root.iter(f"{SVG}pattern")]
    assert patterns == ["risk-0", "risk-1", "risk-2"]
    drawn = [
        (rect.attrib["fill"], float(rect.attrib["y"]), float(rect.attrib["height"]))
        for rect in root.iter(f"{SVG}rect")
        if rect.attrib.get("class") == "chart-part"
    ]
    assert [fill for fill, _y, _h in drawn] == ["url(#risk-0)", "url(#risk-2)"]
    (_a, low, _b), (_c, high, height) = drawn
    assert low == pytest.approx(high + height)
    labels = [a.attrib["aria-label"] for a in root.iter(f"{SVG}a")]
    assert "06-09h: 4 orders" in labels
    # An empty bar opens nothing.
    assert not any("09-12h" in label for label in labels)


def test_a_line_has_gaps_where_nothing_is_known() -> None:
    root = ElementTree.fromstring(lined())  # noqa: S314 - our own drawing
    first, second = (
        node.attrib["d"]
        for node in root.iter(f"{SVG}path")
        if node.attrib["class"].startswith("chart-line")
    )
    assert (first.count("M"), first.count("L")) == (2, 1)
    assert second == "M0 0"
    text = root.find(f"{SVG}desc")
    assert text is not None
    assert "2 at last, at most 4 at 08h" in str(text.text)


@pytest.mark.parametrize(
    ("values", "top"),
    [([], 1), ([0], 1), ([1], 1), ([7], 8), ([11], 20), ([9999], 10000)],
)
def test_the_top_is_a_round_number(values: list[float], top: float) -> None:
    assert top_of(values) == top
