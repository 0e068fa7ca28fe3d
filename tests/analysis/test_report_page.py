"""The page of a report: one document that needs nothing else, and in which no text can do anything."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from durability.nasty_texts import NASTY

from analysis.figure_intervals import interval_plot
from analysis.figures import svg_text
from analysis.report import Fact, Figure, Points, Report, Section
from analysis.report_cells import Column, Missing, Published
from analysis.report_html import letter, page
from analysis.report_tables import Table
from analysis.sums import Estimate
from analysis.visible_text import safe
from simulator.errors import ReportError

VOID = {"meta", "img", "br"}
TAGS = """html head title style body main h1 h2 p a div dl dt dd nav ol ul li section table caption thead tbody tr th td
figure figcaption strong span sup code details summary footer"""
ALLOWED = {*VOID, *TAGS.split()}


class Reader(HTMLParser):
    """Reads a page strictly: every tag known, every tag closed in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), attrs
        assert not any(name.startswith("on") for name in names), attrs
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def figure(text: str = "a") -> Figure:
    frame = pd.DataFrame(
        {"row": [text, "b"], "arm": ["x", "x"], "value": [1.0, 2.0], "low": [0.5, 1.5], "high": [2, 3]}
    )
    return Figure("dots", text, interval_plot(frame, xlabel=text), text, text, text, text)


def report(text: str = "a") -> Report:
    table = Table("cells", text, (Column("x", text), Column("y")), [(text, Missing(text)), ("t", 1.0)], note=text)
    sections = (Section("one", text, (text, Points((text,)), table, figure(text))),)
    return Report(text, (text,), (text,), (Fact(text, text),), sections)


def made(one: Report) -> str:
    return page(one, lambda at: svg_text(at.drawing))


@pytest.fixture(scope="module")
def nasty_page() -> str:
    return made(report(" ".join(NASTY)))


def test_nasty_texts_stay_texts_wherever_they_stand(nasty_page):
    found = read(nasty_page)
    assert "script" not in [tag for tag, _ in found.tags]
    said = " ".join(found.texts)
    for text in NASTY:
        for word in safe(text).split():
            if not re.search("[`\ufffe\uffff]", word):
                assert word in said, repr(word)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff]", nasty_page)


def test_the_page_fetches_nothing_and_runs_nothing(nasty_page):
    found = read(nasty_page)
    for tag, attributes in found.tags:
        for name in ("src", "href", "action", "srcset", "style", "data"):
            value = attributes.get(name)
            if value is None:
                continue
            assert (tag, name) in {("img", "src"), ("a", "href")}
            assert value.startswith(("data:image/svg+xml;base64,", "#", "tables/")), value[:60]
    style = nasty_page[nasty_page.index("<style>") : nasty_page.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    policy = next(at["content"] for tag, at in found.tags if tag == "meta" and "http-equiv" in at)
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_every_link_leads_to_an_anchor_and_every_figure_has_words(nasty_page):
    found = read(nasty_page)
    ids = [str(at["id"]) for _, at in found.tags if "id" in at]
    assert len(ids) == len(set(ids))
    links = [str(at["href"]) for tag, at in found.tags if tag == "a"]
    assert {link.removeprefix("#") for link in links if link.startswith("#")} <= set(ids)
    assert all(at["alt"] for tag, at in found.tags if tag == "img")
    scopes = [at.get("scope") for tag, at in found.tags if tag == "th"]
    assert set(scopes) == {"col", "row"}
    assert "lang" in dict(found.tags)["html"]


def test_marks_reasons_and_intervals_have_their_legend():
    rows = [
        ("EVI", Estimate(0.8, 0.7, 0.9, 20), Published(0.58, "misprint", 0.85)),
        ("IDV", Missing("nobody answered"), Published(1.1, "figure", is_comparable=False)),
        ("IVR", Missing("nobody answered"), Missing("not printed")),
    ]
    table = Table("t", "T", (Column("dimension"), Column("own"), Column("published")), rows)
    said = "".join(read(made(Report("r", ("l",), ("m",), (Fact("a", "b"),), (Section("s", "S", (table,)),)))).texts)
    for text in (
        "0.80 [0.70, 0.90]",
        "[lower, upper]: 95 % interval",
        "† misprint",
        "§ figure",
        "(1.10)",
        "(in brackets)",
    ):
        assert text in said
    assert "suspicious" not in said
    assert said.count("a – nobody answered") == 1
    assert "b – not printed" in said


def test_footnotes_do_not_run_out_of_signs():
    assert [letter(place) for place in (0, 25, 26, 27, 701, 702)] == ["a", "z", "aa", "ab", "zz", "aaa"]


@pytest.mark.parametrize(
    ("missing", "fault"),
    [
        ("title", "no title"),
        ("limits", "no limits"),
        ("facts", "no facts"),
        ("lead", "no lead"),
    ],
)
def test_a_report_says_what_it_is_and_what_it_is_not(missing, fault):
    whole = {"title": "t", "lead": ("l",), "limits": ("m",), "facts": (Fact("a", "b"),)}
    with pytest.raises(ReportError, match=fault):
        Report(**{**whole, missing: ()}, sections=(Section("s", "S", ("p",)),))


def test_an_id_is_used_once():
    table = Table("s", "T", (Column("a"),), [])
    with pytest.raises(ReportError, match="used twice"):
        Report("t", ("l",), ("m",), (Fact("a", "b"),), (Section("s", "S", (table,)),))
    with pytest.raises(ReportError, match="small letters"):
        Section("../up", "S", ())
