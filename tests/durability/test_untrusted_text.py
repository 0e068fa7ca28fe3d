"""What a server says and a table holds, followed to every place where it comes out: it is kept, and it does nothing.

Replies and respondents' attributes are written to do harm in a terminal, a page, a database, a spreadsheet, a line
format. They come from a real server over a connection and a real file, and are read back by other programs' readers.
"""

from __future__ import annotations

import csv
import html
import json
import os
import re
import sqlite3
import struct
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pyarrow.parquet
import pyreadstat
import pytest
from commandline import Cli
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nasty_texts import LONG_LINE, NASTY
from servers.fixture import LoopbackServer

import voxpop as vp
from analysis.spreadsheet import guard, unguard
from analysis.visible_text import safe
from simulator.store.reader import Reader
from surveys.toml_text import toml_string
from voxpop.export import read_export
from voxpop.terminal import json_text

SURVEY = """
id = "nasty"
title = {title}
instruction = {title}
[[items]]
id = "why"
format = "open"
text = {title}
[[items]]
id = "weight"
format = "single"
text = {title}
options = [{{code = 1, text = {title}}}, {{code = 2, text = "No"}}]
"""
SPEC = """
name = "nasty"
survey = "s.toml"
[population]
strategies = ["table"]
path = "people.csv"
template = "You say {{note}}"
[asking]
max_tries = 1
[memory]
kind = "full"
[engine]
name = "openai_compatible"
model = "loopback-model"
base_url = "{url}"
"""
# A respondent table is text in cells: it drops empty ones, and a NUL cannot be in a prompt's file.
IN_TABLE = tuple(text for text in NASTY if text.strip())


@pytest.fixture
def nasty(cli: Cli, loopback_server: LoopbackServer) -> Cli:
    """A run over every nasty text: respondents carry them, the survey holds many, the server answers with them."""
    title = toml_string(" ".join(text.replace("\x00", "") for text in NASTY[:24]))
    Path("s.toml").write_text(SURVEY.format(title=title), encoding="utf-8")
    assert tomllib.loads(Path("s.toml").read_text(encoding="utf-8"))["id"] == "nasty"
    with Path("people.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["note", "=1+1"])
        table.writerows([text, text] for text in IN_TABLE)
    spec = SPEC.format(url=loopback_server.base_url).replace("{{note}}", "{note}")
    Path("n.toml").write_text(spec + 'columns = ["=1+1"]\n', encoding="utf-8")
    Path("n.toml").write_text(spec.replace("[asking]", 'columns = ["=1+1"]\n[asking]'), encoding="utf-8")
    loopback_server.control(texts=[*NASTY, "half \ud800 a pair", "1", LONG_LINE])
    told = cli("run", "n.toml", "--quiet")
    assert (told.status, told.err) == (0, ""), told
    check_plain(told.out)
    return cli


def replies(record: Path) -> set[str]:
    with Reader(record) as reader:
        return {row.completion for row in reader.exchanges() if row.completion is not None}


RECORD = Path("runs/nasty/record.sqlite")
REORDERING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def check_plain(text: str) -> None:
    """No character that a terminal would obey, beside line ends and tabs."""
    assert not re.search(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{REORDERING}\ud800-\udfff]", text)


# ---- the record ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_record_holds_every_text_to_the_character(nasty: Cli) -> None:
    said = replies(RECORD)
    assert said <= {*NASTY, "half \ufffd a pair", "1", LONG_LINE}
    assert len(said) > 60
    with Reader(RECORD) as reader:
        noted = [str(row.attributes["note"]) for row in reader.respondents()]
        texts = [row.persona_texts["en"] for row in reader.respondents()]
        assert reader.search("DROP TABLE") or "'); DROP TABLE answer; --" not in said
        assert {hit.completion for hit in reader.search("click")} == said & {NASTY[3]}
        assert reader.progress().n_answers == 2 * len(IN_TABLE)
    assert noted == [shown_number(text) for text in IN_TABLE]
    for text, note in zip(texts, noted, strict=True):
        assert note.strip() in text
    connection = sqlite3.connect(RECORD)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def shown_number(text: str) -> str:
    """The column is one of texts, so nothing in it became a number."""
    return text


# ---- terminal --------------------------------------------------------------------------------------------------------

OUR_COLORS = re.compile("\x1b\\[[0-9;]*m")
OUR_BAR = re.compile("\x1b\\[(?:\\?25[lh]|[0-9]*[AGK]|2K|1A)")
VERBS = (
    "show nasty",
    "show nasty r0000 --prompts",
    "show nasty r0001 r0002",
    "show nasty --grep click",
    "status nasty",
    "compare nasty --resamples 9",
    "compare nasty --items --resamples 9",
    "analyze nasty distributions",
    "analyze nasty statuses",
    "survey show s.toml",
    "survey check s.toml",
    "population n.toml",
    "plan n.toml",
)


@pytest.mark.slow
def test_every_verb_shows_them_for_what_they_are(nasty: Cli) -> None:
    everyone = [f"show nasty r{number:04d}" for number in range(len(IN_TABLE))]
    for typed in (*VERBS, *everyone):
        for verb in (typed, f"{typed} --json"):
            told = nasty(*verb.split())
            assert (told.status, told.err) == (0, ""), verb
            check_plain(told.out)
    held = json.loads(nasty("show", "nasty", "--persona", persona_of("=1+1"), "--json").out)
    assert held["attributes"]["note"] == "=1+1"


def persona_of(note: str) -> str:
    with Reader(RECORD) as reader:
        return next(row.persona_id for row in reader.respondents() if row.attributes["note"] == note)


def on_a_terminal(*typed: str) -> str:
    """All that a terminal of 100 columns is sent."""
    import fcntl
    import termios

    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    command = [sys.executable, "-m", "voxpop", *typed]
    environment = {**os.environ, "TERM": "xterm-256color"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as running:
        os.close(theirs)
        sent = b""
        with suppress(OSError):  # how Linux reports that the other end has closed
            while part := os.read(ours, 65536):
                sent += part
    os.close(ours)
    assert running.returncode == 0
    return sent.decode()


@pytest.mark.slow
def test_a_terminal_is_sent_no_sequence_but_our_colors(nasty: Cli) -> None:
    for typed in VERBS[:5]:
        text = on_a_terminal(*typed.split())
        assert OUR_COLORS.search(text) or typed.startswith("status")
        check_plain(OUR_COLORS.sub("", text).replace("\r\n", "\n"))
    whole = on_a_terminal("run", "n.toml", "--replace")
    assert "answers" in whole
    check_plain(OUR_BAR.sub("", OUR_COLORS.sub("", whole)).replace("\r\n", "\n").replace("\r", ""))


def test_a_log_on_a_pipe_is_plain(cli: Cli, loopback_server: LoopbackServer) -> None:
    loopback_server.control(texts=list(NASTY), latency_seconds=0.01)
    Path("s.toml").write_text(SURVEY.format(title='"T"'), encoding="utf-8")
    server = ("--engine", "openai_compatible", "--model", "loopback-model", "--base-url", loopback_server.base_url)
    told = cli("run", "--survey", "s.toml", "--n", "4", "--name", "x", *server)
    assert told.status in (0, 3)
    check_plain(told.out + told.err)


@given(st.text(st.characters()))
def test_any_text_is_shown_plain_and_told_apart(text: str) -> None:
    check_plain(safe(text))
    check_plain(json_text({text: text}))
    assert json.loads(json_text({"x": text})) == {"x": text}


# ---- notebooks -------------------------------------------------------------------------------------------------------


class Page(__import__("html.parser", fromlist=["HTMLParser"]).HTMLParser):  # type: ignore[misc]
    """Collects the elements, attributes and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.slow
def test_a_notebook_shows_tables_as_text(nasty: Cli) -> None:
    run = vp.open_run("nasty")
    frame = run.answers(attributes=True)
    with pd.option_context("display.max_rows", None, "display.max_columns", None, "display.max_colwidth", 200):
        page = Page(frame._repr_html_())
    assert page.elements <= {"div", "style", "table", "thead", "tbody", "tr", "th", "td", "p"}
    assert page.attributes <= {"scoped", "border", "class", "style"}
    assert "<script>alert(1)</script>" in page.texts
    transcript = run.transcript("r0000")
    for shown in (transcript, vp.compare(run, resamples=9)):
        assert not hasattr(shown, "_repr_html_")
        assert not hasattr(shown, "_repr_markdown_")
        check_plain(str(shown))
        check_plain(repr(shown))


# ---- exports ---------------------------------------------------------------------------------------------------------

BY_LINE = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029\r]")


@pytest.fixture(autouse=True)
def long_cells() -> Iterator[None]:
    """The standard library reads cells of any length only when it is told to."""
    before = csv.field_size_limit(2**30)
    yield
    csv.field_size_limit(before)


def export(cli: Cli, name: str, *more: str) -> Path:
    told = cli("export", "nasty", name, *more)
    assert (told.status, told.err) == (0, ""), told
    return Path(name)


def open_answers(frame: pd.DataFrame) -> dict[str, str]:
    """Respondent → text of the open answer, as far as there is one."""
    rows = frame[(frame["item"] == "why") & (frame["status"] == "answered")]
    return dict(zip(rows["respondent"].astype(str), rows["text"], strict=True))


@pytest.mark.slow
def test_every_format_gives_the_texts_back(nasty: Cli) -> None:
    meant = open_answers(vp.open_run("nasty").answers())
    assert len(meant) > 30
    notes = dict(zip((f"r{number:04d}" for number in range(len(IN_TABLE))), IN_TABLE, strict=True))

    parquet = pyarrow.parquet.read_table(export(nasty, "a.parquet")).to_pandas()
    assert open_answers(parquet) == meant
    assert dict(zip(parquet["respondent"], parquet["attr_note"], strict=True)) == notes

    content = export(nasty, "a.jsonl").read_text(encoding="utf-8")
    assert not BY_LINE.search(content)
    lines = [json.loads(line) for line in content.splitlines()]
    assert len(lines) == len(parquet)
    assert {one["respondent"]: one["attr_note"] for one in lines} == notes
    assert open_answers(pd.DataFrame(lines)) == meant

    for name, options in (("a.csv", ()), ("w.csv", ("--format", "csv-wide"))):
        path = export(nasty, name, *options)
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        for cell in (*header, *(cell for row in rows for cell in row)):
            check_cell(cell)
        column = header.index("attr_note")
        assert {row[0]: unguard(row[column]) for row in rows} == notes
        assert "attr_=1+1" in header
        own = read_export(path, *(["csv-wide"] if options else []))
        read = open_answers(own) if not options else dict(zip(own["respondent"], own["why"], strict=True))
        assert {name: read[name] for name in meant} == meant


FORMULA = re.compile("[=+@＝＋－＠﹦﹢﹣﹫\t\r\n]|-(?![0-9]+(?:\\.[0-9]+)?$)")


def check_cell(cell: str) -> None:
    """No cell begins like a formula, also when a program has dropped what has no shape before it."""
    bare = re.sub("^[\x00-\x20\x7f-\xa0\xad\u061c\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]+", "", cell)
    assert not FORMULA.match(cell), cell[:60]
    assert not FORMULA.match(bare), cell[:60]


@pytest.mark.slow
def test_spss_gives_them_back_as_far_as_spss_can_hold_them(nasty: Cli) -> None:
    frame, meta = pyreadstat.read_sav(export(nasty, "a.sav"), user_missing=True)
    notes = [text.replace("\x00", "\u2400").rstrip(" ") for text in IN_TABLE]
    assert frame["attr_note"].tolist() == notes
    assert len(set(meta.column_names)) == len(meta.column_names)
    assert max(len(text.encode()) for text in frame["why"]) <= 32_000
    assert meta.file_label == "nasty"


@pytest.mark.slow
def test_an_item_called_like_a_column_of_ours_loses_neither(nasty: Cli) -> None:
    path = export(nasty, "w.csv", "--format", "csv-wide")
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert len(set(header)) == len(header)
    assert {"weight", "weight_2", "weight_2:status"} <= set(header)
    frame, _ = pyreadstat.read_sav(export(nasty, "a.sav"))
    assert {"weight", "weight_2"} <= set(frame.columns)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(NASTY))
def test_no_cell_begins_like_a_formula_and_every_one_comes_back(text: str) -> None:
    if not re.fullmatch("-[0-9]+(\\.[0-9]+)?", guard(text)):
        check_cell(guard(text))
    assert unguard(guard(text)) == text
    assert html.unescape(html.escape(text)) == text
