"""Figures: texts cover neither each other nor leave the paper, arms are told apart without color, bytes stay."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest
from durability.nasty_texts import NASTY
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from value_figures import anchor_figure, circles_figure, ranking_figure, signs_figure

from analysis.figure_intervals import Band, curve_plot, interval_plot, measure_panels
from analysis.figure_maps import circle_plot, labelled_map
from analysis.figure_matrix import value_matrix
from analysis.figure_shares import distribution_multiples, profile_bars
from analysis.figures import COLORS, HATCHES, MARKERS, in_house_style, label, looks, png_bytes, svg_text
from simulator.errors import ReportError
from surveys.values import VALUES

LONG = "A rather long name of an arm, as studies have them"
CHINESE = "您对邻居的信任程度"
TOUCHING_PIXELS = 0.5


def estimates(rows: list[str], arms: list[str]) -> pd.DataFrame:
    drawn = np.random.default_rng(1).normal(size=(len(rows) * len(arms)))
    frame = pd.DataFrame([(row, arm) for row in rows for arm in arms], columns=["row", "arm"])
    return frame.assign(value=drawn, low=drawn - 0.3, high=drawn + 0.4, b0=-0.1, b1=0.1)


def shares(rows: list[str], parts: list[str], kind: tuple[str, str]) -> pd.DataFrame:
    drawn = np.random.default_rng(2).dirichlet(np.ones(len(parts)), size=len(rows))
    table = [(row, part, drawn[i, j], 1 / len(parts)) for i, row in enumerate(rows) for j, part in enumerate(parts)]
    return pd.DataFrame(table, columns=[*kind, "share", "chance"])


def interval_figure() -> Figure:
    frame = estimates(["EVI", LONG, CHINESE, "USI"], ["city", LONG, "people"])
    frame.loc[2, ["value", "low", "high"]] = np.nan
    frame.loc[4, ["low", "high"]] = np.nan
    return interval_plot(frame, xlabel="distance", band=Band("b0", "b1", "noise"), reference=0, hollow=["people"])


def panel_figure() -> Figure:
    frame = estimates(["none", "without memory", LONG], ["diversity", "divergence from people (nats)"])
    return measure_panels(frame.rename(columns={"arm": "measure"}), baseline="none")


def curve_figure() -> Figure:
    frame = estimates([str(n) for n in (1, 2, 5, 10, 20, 50, 100)], ["city", "named"])
    return curve_plot(frame.assign(x=frame["row"].astype(int)), xlabel="respondents", ylabel="distance", reference=0)


def profile_figure() -> Figure:
    return profile_bars(shares(["US", LONG, CHINESE], ["18 to 29", "30 to 49", "50 and over"], ("row", "part")))


def likert_figure() -> Figure:
    parts = ["strongly disagree", "disagree", "neither", "agree", "strongly agree"]
    return profile_bars(shares(["people", "city"], parts, ("row", "part")), chance=None, is_diverging=True)


def multiples_figure() -> Figure:
    items = [f"item {number}: {LONG}" for number in range(9)] + [CHINESE * 3]
    frames = [
        shares(items, ["1", "2", "3", "4", "5", "6"], ("item", "option")).assign(arm=arm) for arm in ("people", "city")
    ]
    frame = pd.concat(frames, ignore_index=True)
    return distribution_multiples(frame.assign(low=frame["share"] * 0.9, high=frame["share"]), reference="people")


def map_points(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "label": [f"Model-{number} {('US', 'China')[number % 2]}" for number in range(n)],
            "x": rng.normal(size=n),
            "y": rng.normal(size=n) * 0.6,
            "group": [("people", "models")[number > 1] for number in range(n)],
            "width": 0.5,
            "height": 0.3,
            "angle_degrees": rng.uniform(0, 180, n),
        }
    )


def map_figure(n: int = 14, seed: int = 5) -> Figure:
    points = map_points(n, seed)
    points.loc[n - 1, "label"] = CHINESE
    arrows = [(points["label"][1], points["label"][0]), ("absent", points["label"][0])]
    return labelled_map(points, arrows=arrows, xlabel="first", ylabel="second", hollow=["people"])


def circle_figure() -> Figure:
    turn = np.linspace(0, 2 * np.pi, len(VALUES), endpoint=False)
    people = pd.DataFrame({"label": [value.name for value in VALUES], "x": np.cos(turn), "y": np.sin(turn)})
    shift = np.random.default_rng(4).normal(scale=0.12, size=(len(VALUES), 2))
    return circle_plot(people.assign(x=people["x"] + shift[:, 0], y=people["y"] + shift[:, 1]), people, name="model")


def matrix_figure() -> Figure:
    table = np.corrcoef(np.random.default_rng(6).normal(size=(19, 60)))
    table[3, 4] = np.nan
    names = [value.name for value in VALUES]
    return value_matrix(table, names, [value.code for value in VALUES], name="Correlations", is_diverging=True)


def small_matrix_figure() -> Figure:
    return value_matrix([[0, 0.2], [0.9, 0]], ["city", LONG], ["city", LONG], name="Distance")


DRAWN = [
    interval_figure,
    panel_figure,
    curve_figure,
    profile_figure,
    likert_figure,
    multiples_figure,
    map_figure,
    circle_figure,
    matrix_figure,
    small_matrix_figure,
    circles_figure,
    ranking_figure,
    signs_figure,
    anchor_figure,
]


def text_boxes(figure: Figure) -> list[tuple[str, Any]]:
    """Every text that is seen, with its box in pixels."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    in_house_style(figure.draw)(renderer)
    found = []
    for text in figure.findobj(Text):
        if not text.get_visible() or not text.get_text().strip():
            continue
        axes = text.axes
        if axes is not None and not axes.get_visible():
            continue
        found.append((text.get_text(), Text.get_window_extent(text, renderer)))
    seen = [(text, box) for text, box in found if not _is_outside_its_axis(text, box, figure)]
    return seen


def _is_outside_its_axis(text: str, box: Any, figure: Figure) -> bool:
    """Ticks beyond the ends of an axis exist without being drawn."""
    for axes in figure.axes:
        for axis, low, high in ((axes.xaxis, *axes.get_xlim()), (axes.yaxis, *axes.get_ylim())):
            for tick in axis.get_major_ticks():
                for one in (tick.label1, tick.label2):
                    is_this = one.get_text() == text and np.allclose(one.get_window_extent().bounds, box.bounds)
                    at = tick.get_loc()
                    if is_this and not min(low, high) - 1e-9 <= at <= max(low, high) + 1e-9:
                        return True
    return False


@pytest.mark.parametrize("draw", DRAWN, ids=lambda draw: draw.__name__)
def test_no_text_covers_another_or_leaves_the_paper(draw):
    figure = draw()
    boxes = text_boxes(figure)
    assert len(boxes) > 4
    for (one, first), (other, second) in combinations(boxes, 2):
        width = min(first.x1, second.x1) - max(first.x0, second.x0)
        height = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert width <= TOUCHING_PIXELS or height <= TOUCHING_PIXELS, f"{one!r} covers {other!r}"
    paper = figure.bbox
    for text, box in boxes:
        assert box.x0 >= -1, text
        assert box.y0 >= -1, text
        assert box.x1 <= paper.width + 1, text
        assert box.y1 <= paper.height + 1, text


def test_the_test_for_covered_texts_finds_one():
    figure = Figure()
    figure.text(0.5, 0.5, "one")
    figure.text(0.51, 0.5, "two")
    (_, first), (_, second) = text_boxes(figure)
    assert first.overlaps(second)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.integers(6, 24), st.integers(0, 1000))
def test_labels_of_a_map_cover_no_other_label(n, seed):
    points = map_points(n, seed)
    figure = labelled_map(points, xlabel="first", ylabel="second")
    names = set(points["label"])
    boxes = [box for text, box in text_boxes(figure) if text in names]
    assert len(boxes) == n
    for first, second in combinations(boxes, 2):
        width = min(first.x1, second.x1) - max(first.x0, second.x0)
        height = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert width <= TOUCHING_PIXELS or height <= TOUCHING_PIXELS


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000))
def test_labels_of_circles_side_by_side_cover_no_other_label(seed):
    names = {value.code for value in VALUES}
    boxes = [box for text, box in text_boxes(circles_figure(seed)) if text in names]
    assert len(boxes) == 4 * len(names)
    for first, second in combinations(boxes, 2):
        width = min(first.x1, second.x1) - max(first.x0, second.x0)
        height = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert width <= TOUCHING_PIXELS or height <= TOUCHING_PIXELS


@pytest.mark.parametrize("draw", DRAWN, ids=lambda draw: draw.__name__)
def test_the_same_data_give_the_same_bytes(draw):
    first, second = draw(), draw()
    assert svg_text(first) == svg_text(second)
    assert png_bytes(first) == png_bytes(second)
    assert "<text" not in svg_text(first), "texts are outlines"


def test_drawing_leaves_the_settings_of_matplotlib_alone():
    before = dict(matplotlib.rcParams)
    png_bytes(interval_figure())
    assert dict(matplotlib.rcParams) == before


def test_arms_are_told_apart_without_color():
    found = looks([str(number) for number in range(14)])
    assert len({(look.marker, look.is_filled) for look in found.values()}) == 14
    assert len(set(COLORS)) == len(set(MARKERS)) == len(set(HATCHES)) == 7
    with pytest.raises(ReportError, match="15 arms"):
        looks([str(number) for number in range(15)])


def test_any_text_can_be_drawn_and_is_drawn_as_text():
    rows = [(text, NASTY[place % 14], 1.0, 0.0, 2.0) for place, text in enumerate(NASTY)]
    frame = pd.DataFrame(rows, columns=["row", "arm", "value", "low", "high"])
    figure = interval_plot(frame, xlabel=" ".join(NASTY))
    assert svg_text(figure).startswith("<?xml")
    shown = {text.get_text() for text in figure.axes[0].get_yticklabels()}
    assert "\\x1b[31mred\\x1b[0m" in shown
    assert "<script>alert(1)</script>" in shown


def test_what_no_font_has_is_a_square_and_control_characters_are_visible():
    assert label("a\U0010fffdb") == "a□b"
    assert label("\x1b[31m") == "\\x1b[31m"
    assert label("$x^2$ and $") == "$x^2$ and $"
    assert label("word " * 100, 20).count("\n") == 2
    assert label("word " * 100, 20).endswith("…")


def test_a_diverging_bar_lies_around_the_middle_of_its_parts():
    frame = pd.DataFrame({"row": ["a"] * 3, "part": ["no", "so", "yes"], "share": [0.2, 0.4, 0.4]})
    figure = profile_bars(frame, chance=None, is_diverging=True)
    edges = [(round(bar.get_x(), 6), round(bar.get_width(), 6)) for bar in figure.axes[0].patches]
    assert edges == [(-40, 20), (-20, 40), (20, 40)]


def test_ticks_by_chance_stand_where_chance_would_divide_the_bar():
    frame = pd.DataFrame({"row": ["a"] * 3, "part": list("xyz"), "share": [0.2, 0.4, 0.4], "chance": [0.3, 0.3, 0.4]})
    (ticks,) = profile_bars(frame).axes[0].collections
    assert sorted(round(segment[0][0], 6) for segment in ticks.get_segments()) == [30, 60]
