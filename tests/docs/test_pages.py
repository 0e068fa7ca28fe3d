"""What the documentation names exists: pages, headings, commands with their options, targets, specs and surveys."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from generators import command_line

from simulator.judges.rubric_source import rubric_from_data
from surveys.importers import IMPORTERS
from surveys.loader import load_instrument
from voxpop.spec import RunSpec, make_spec

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```(?P<language>\w*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`(voxpop [^`]+)`")
WORDS = dict(command_line.commands())
GROUPS = {name.split()[0] for name in WORDS if " " in name}


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    return [found["body"] for found in FENCED.finditer(text_of(page)) if found["language"] == language]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    for target in LINK.findall(FENCED.sub("", text_of(page))):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        assert place.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(place), f"{page.name}: {target} (has {sorted(anchors(place))})"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_page_can_be_found_and_names_no_machine(page):
    text = text_of(page)
    assert text.startswith(("# ", "<!--")), "a page begins with its title"
    assert not re.search(r"/(?:work|tmp|root|home)/", text), "a page names a folder of some machine"
    if page.parent == ROOT / "docs":
        assert page.name == "index.md" or f"({page.name})" in text_of(ROOT / "docs" / "index.md")
    if page.parent == ROOT / "docs" / "decisions":
        assert f"(decisions/{page.name})" in text_of(ROOT / "docs" / "index.md")


def toml_blocks() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for number, body in enumerate(blocks(page, "toml")):
            yield f"{page.name}-{number}", body


@pytest.mark.parametrize(("name", "body"), list(toml_blocks()), ids=[name for name, _ in toml_blocks()])
def test_toml_is_readable(name, body, tmp_path):
    data = tomllib.loads(body)
    if "id" in data and isinstance(data.get("items"), list):
        path = tmp_path / "survey.toml"
        path.write_text(body, encoding="utf-8")
        assert load_instrument(path).items
    elif "criteria" in data:
        assert rubric_from_data(data, name).criteria
    elif data and set(data) <= set(RunSpec.model_fields):
        assert make_spec(data, source=name)


def command_lines() -> Iterator[tuple[str, str]]:
    """Every `voxpop ...` of a shell block or inline code, without comments and redirections."""
    for page in PAGES:
        lines = [line for block in (*blocks(page, "sh"), *blocks(page, "")) for line in block.splitlines()]
        lines += INLINE.findall(FENCED.sub("", text_of(page)))
        for line in lines:
            command = line.strip().removeprefix("$ ").removeprefix(".venv/bin/")
            if command.startswith("voxpop ") and "[" not in command and "..." not in command:
                yield page.name, re.split(r"\s(?:#|\||>|&&|<)\s", f"{command} ")[0].strip()


@pytest.mark.parametrize(("page", "line"), sorted(set(command_lines())))
def test_commands_exist_with_these_options(page, line):
    words = shlex.split(line, comments=True)[1:]
    if not words or words[0] in ("--help",):
        return
    if words[0] == "judge" and " ".join(words[:2]) not in WORDS:
        words.insert(1, "run")  # `voxpop judge RUN`
    depth = 2 if words[0] in GROUPS else 1
    name = " ".join(words[:depth])
    assert name in {*WORDS, *GROUPS}, f"{page}: {line}"
    if name not in WORDS or len(words) == depth:
        return  # a bare mention: `voxpop plan`
    # Parses the options and arguments, and runs nothing; an unknown option or a missing argument raises.
    WORDS[name].make_context(name, words[depth:])


def test_there_are_commands_to_check():
    assert len(set(command_lines())) > 40


def test_make_targets_exist():
    makefile = text_of(ROOT / "Makefile")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    named = {
        target for page in PAGES for target in re.findall(r"(?:^|`)make ([a-z][a-z-]*)", text_of(page), re.MULTILINE)
    }
    assert {"demo", "test", "check", "docs"} <= named
    assert named <= targets


def test_survey_formats_that_are_named_exist():
    named = {
        shlex.split(line)[3]
        for _, line in command_lines()
        if line.startswith("voxpop survey import ") and " FORMAT" not in line
    }
    assert {"csv", "valueconsistency"} <= named <= set(IMPORTERS)
