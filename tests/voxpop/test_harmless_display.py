"""Text that would move the cursor, change colors, reorder or inject: every verb shows it for what it is.

Surveys, respondent tables and replies are written by others. Whatever they hold, the output holds no control character
but line ends and tabs, no reordering character, and markup as it was written.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from commandline import Cli, Told

from analysis.visible_text import safe
from voxpop.terminal import json_text

MARKUP = "[red]alarm[/red] [link=file:///etc/passwd]here[/link] [/] <script>alert(1)</script> <b>&amp;"
CONTROL = "\x1b[2J\x1b]0;title\x07\x9b31m\x00\x08\r\x7f\x85\u202e\u2066\u2028"
LONG = "Donaudampfschifffahrt" * 60
NASTY = f"Do you agree {MARKUP} {CONTROL} {LONG}?"
SEEN = ("[red]alarm[/red]", "[link=file:///etc/passwd]here[/link]", "<script>alert(1)</script>", "<b>&amp;")

SPEC = """
name = "nasty"
survey = "s.toml"
design = "within"
[population]
strategies = ["table"]
path = "people.csv"
template = "You are {name}. {note}"
n = 3
[asking]
answer_format = "explained"
[arms]
memory = ["none", "full"]
[engine]
name = "scripted"
"""


def quoted(text: str) -> str:
    """As a TOML string."""
    return json.dumps(text).replace("\x7f", "\\u007f")


@pytest.fixture
def nasty(cli: Cli) -> Cli:
    """A survey, a table, a script and a complete run in the current folder, all full of it."""
    options = f'options = [{{code = 1, text = {quoted("Yes " + MARKUP + CONTROL)}}}, {{code = 2, text = "No"}}]'
    items = "".join(
        f'[[items]]\nid = "q{number}"\ntopic = "t"\nformat = "single"\n'
        f"text = {quoted(f'{number} {NASTY}')}\n{options}\n"
        for number in (1, 2)
    )
    topic = f'[[topics]]\nid = "t"\ntitle = {quoted("A topic " + MARKUP + CONTROL)}\n'
    head = f'id = "mine"\ntitle = {quoted("Mine " + NASTY)}\ninstruction = {quoted(NASTY)}\nsource = {quoted(NASTY)}\n'
    Path("s.toml").write_text(head + topic + items, encoding="utf-8")
    note = (MARKUP + CONTROL.replace("\r", "").replace("\x00", "") + LONG).replace('"', "'")
    Path("people.csv").write_text(
        "name,note\n" + "".join(f'"[bold]{name}[/bold]","{note}"\n' for name in "ABC"), encoding="utf-8", newline=""
    )
    Path("my.toml").write_text(SPEC, encoding="utf-8")
    reply = f"Answer: 1\nExplanation: because {NASTY}"
    Path("replies.json").write_text(json.dumps({"items": {"q1": reply, "q2": f"{MARKUP}{CONTROL}"}}), encoding="utf-8")
    return cli


def run(cli: Cli, *typed: str) -> Told:
    return cli("run", "my.toml", "--set", "engine.replies=replies.json", *typed)


def check_harmless(text: str) -> None:
    for character in text:
        assert character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp"), repr(character)
        assert unicodedata.bidirectional(character) not in (
            "RLO",
            "LRO",
            "RLE",
            "LRE",
            "PDF",
            "RLI",
            "LRI",
            "FSI",
            "PDI",
        )


def squeezed(text: str) -> str:
    """Without what a table or a panel puts between the pieces of a long line."""
    return "".join(character for character in text if not character.isspace() and character not in "│┃|╭╮╰╯─")


def texts_in(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from texts_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from texts_in(value)


SHOWN_BEFORE = {
    "survey show s.toml": SEEN,
    "survey show s.toml --topic t": SEEN,
    "survey check s.toml": (),
    "population my.toml": ("[bold]A[/bold]", *SEEN),
    "plan my.toml": (),
}
SHOWN_AFTER = {
    "status nasty": (),
    "show nasty": ("[bold]A[/bold]",),
    "show nasty r0000": ("[bold]A[/bold]", *SEEN),
    "show nasty r0000 --prompts": ("[bold]A[/bold]", *SEEN),
    "show nasty r0000 r0001": SEEN,
    "show nasty r0000 r0001 r0002": SEEN,
    "show nasty --grep alarm": ("[bold]A[/bold]",),
    "show nasty --status unparsed": ("[bold]A[/bold]",),
    "compare nasty": (),
    "compare nasty --by memory --items": (),
    "compare nasty --by memory": (),
    "analyze nasty distributions": SEEN,
    "analyze nasty statuses": (),
}


SHOWN_JUDGED = {
    "show nasty r0000": ("[bold]A[/bold]", *SEEN),
    "show nasty r0000 --judge [b]j[/b]": SEEN,
    "show nasty r0000 --prompts": SEEN,
    "judge nasty --rubric mine.toml --judges [b]j[/b]=scripted:judged.json -q": (),
    "judge show-rubric mine.toml": SEEN,
}


def check_shown(cli: Cli, cases: dict[str, tuple[str, ...]]) -> None:
    for typed, seen in cases.items():
        told = cli(*typed.split())
        assert (told.status, told.err) == (0, ""), typed
        check_harmless(told.out)
        for part in seen:
            assert squeezed(part) in squeezed(told.out), typed
        as_json = cli(*typed.split(), "--json")
        assert (as_json.status, as_json.err) == (0, ""), typed
        check_harmless(as_json.out)
        held = "\n".join(texts_in(json.loads(as_json.out)))
        for part in seen:
            assert part in held, typed


def test_before_a_run(nasty: Cli) -> None:
    check_shown(nasty, SHOWN_BEFORE)
    shown = list(texts_in(json.loads(nasty("survey", "show", "s.toml", "--json").out)))
    assert NASTY in shown
    assert f"1 {NASTY}" in shown


def test_a_run_and_after_it(nasty: Cli) -> None:
    told = run(nasty)
    assert (told.status, told.err) == (0, "")
    check_harmless(told.out)
    check_shown(nasty, SHOWN_AFTER)
    replies = [
        call["reply"]
        for turn in json.loads(nasty("show", "nasty", "r0000", "--json").out)["turns"]
        for call in turn["calls"]
    ]
    assert replies[0] == f"Answer: 1\nExplanation: because {NASTY}"
    assert f"{MARKUP}{CONTROL}" in replies


def test_what_judges_say_and_rubrics_hold(nasty: Cli) -> None:
    assert run(nasty).status == 0
    text = f"languages = ['en']\nbased_on = 'insensitivity'\nid = 'mine'\ntitle = {quoted(NASTY)}\n"
    names = ("title", "definition", "question")
    nasty_texts = "".join(f"{name} = {quoted(f'{name} {NASTY}')}\n" for name in names)
    labels = 'labels = [{id = "yes", text = "Yes"}, {id = "no", text = "No"}]\n'
    marks = 'verdict_marker = "Verdict:"\nrationale_marker = "Reasons:"\n'
    Path("mine.toml").write_text(f"{text}{marks}[[criteria]]\nid = 'c'\n{nasty_texts}{labels}", encoding="utf-8")
    Path("judged.json").write_text(json.dumps({"items": {"*": [NASTY, f"Reasons: {NASTY}\nVerdict: No"]}}))
    judged = nasty(
        *[
            "judge",
            "nasty",
            "--rubric",
            "mine.toml",
            "--judges",
            "[b]j[/b]=scripted:judged.json",
            "--sample",
            "all",
            "-q",
        ]
    )
    assert (judged.status, judged.err) == (0, "")
    check_harmless(judged.out)
    check_shown(nasty, SHOWN_JUDGED)


OUR_COLORS = re.compile("\x1b\\[[0-9;]*m")


def on_a_terminal(*typed: str) -> str:
    """What a terminal is sent; the colors that rich sets are left out."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "voxpop", *typed]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as running:
        os.close(theirs)
        sent = b""
        with suppress(OSError):  # how Linux reports that the other end has closed
            while part := os.read(ours, 65536):
                sent += part
    os.close(ours)
    assert running.returncode == 0
    text = sent.decode()
    assert OUR_COLORS.search(text)
    return OUR_COLORS.sub("", text).replace("\r\n", "\n")


@pytest.mark.slow
def test_on_a_terminal_with_colors(nasty: Cli) -> None:
    assert run(nasty).status == 0
    for typed in (("show", "nasty", "r0000", "--prompts"), ("survey", "show", "s.toml")):
        text = on_a_terminal(*typed)
        check_harmless(text)
        for part in SEEN:
            assert squeezed(part) in squeezed(text)


def test_an_exported_table_keeps_the_text_and_a_status_line_does_not_obey_it(nasty: Cli) -> None:
    assert run(nasty).status == 0
    told = nasty("export", "nasty", "[red]out.csv")
    assert (told.status, told.err) == (0, "")
    assert "[red]out.csv" in told.out


def test_errors_are_as_harmless(nasty: Cli) -> None:
    for typed in (
        ("status", NASTY),
        ("run", "--survey", NASTY),
        ("run", "--set", f"survey.items=[{quoted(NASTY)}]"),
        ("run", "--set", f"engine.name={quoted(NASTY)}"),
        ("run", "--set", f"{NASTY}=3"),
        ("run", "--strategies", NASTY),
        ("compare", "nasty", "--by", NASTY),
        ("survey", "show", "s.toml", "--topic", NASTY),
        ("run", f"--{NASTY}"),
        (NASTY,),
        ("run", "my.toml", "--set", f"engine.replies={quoted(NASTY)}"),
    ):
        told = nasty(*(part.replace("\x00", "") for part in typed))
        assert (told.status, told.out) == (2, ""), typed
        check_harmless(told.err)
        assert told.err.startswith("voxpop: ")
        as_json = nasty(*(part.replace("\x00", "") for part in typed), "--json")
        check_harmless(as_json.err)
        assert as_json.error()["message"]


def test_a_survey_full_of_faults_is_as_harmless(cli: Cli) -> None:
    Path("s.toml").write_text(
        f"id = {quoted(NASTY)}\n{quoted(NASTY)} = 3\n[[items]]\nid = {quoted(NASTY)}\nformat = {quoted(NASTY)}\n",
        encoding="utf-8",
    )
    told = cli("survey", "check", "s.toml")
    assert (told.status, told.err) == (2, "")
    check_harmless(told.out)
    assert squeezed("[red]alarm[/red]") in squeezed(told.out)
    check_harmless(cli("survey", "check", "s.toml", "--json").out)
    check_harmless(cli("survey", "show", "s.toml").err)


def test_safe_keeps_language_and_shows_the_rest() -> None:
    for text in ("Grüße, 你好, こんにちは, שלום, مرحبا", "क्षि", "👩‍👩‍👧", "a\u200db", "tab\tline\n"):
        assert safe(text) == text
    assert safe("\x1b[31m\x9b\x00\u202e\u2028\ud800") == "\\x1b[31m\\x9b\\x00\\u202e\\u2028\\ud800"
    assert json.loads(json_text({"a": CONTROL + "\ud800é"})) == {"a": CONTROL + "\ud800é"}
    check_harmless(json_text({"a": CONTROL + "\ud800é"}))
