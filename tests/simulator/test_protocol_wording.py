"""Wordings of protocols: complete in every language, checked when read, and what each step says."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import RunSpecError
from simulator.protocols.steps import country_name
from simulator.protocols.wording import BUILT_IN, load_wording, register_wording, wording_from_data


def data_of(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("simulator.protocols") / "catalog" / f"{name}.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_protocol_is_worded_in_four_languages(name: str) -> None:
    wording = load_wording(name)
    assert set(wording.languages) == {"en", "zh", "de", "ja"}
    assert register_wording(wording.as_json()).as_json() == wording.as_json()
    texts = [text for one in wording.languages.values() for text in (one.system, one.reminder, *one.steps.values())]
    worded = [text for text in texts if re.sub(r"\{\w+\}|\W", "", text)]
    assert len(set(worded)) == len(worded) >= 4 * 3


@pytest.mark.parametrize(
    ("name", "path", "value", "words"),
    [
        ("critique-single", ("protocol",), "critic", "allowed: battery, critique-single, critique-list"),
        ("critique-single", ("en", "revise"), "Again!", "placeholder {asked} is missing"),
        ("critique-single", ("en", "draft"), "{asked} {n}", "unknown placeholder {n}"),
        ("critique-single", ("en", "vote"), "Which?", "placeholder {candidates} is missing"),
        ("critique-single", ("en", "system"), "{country}", "placeholder {answering} is missing"),
        ("critique-single", ("en", "critique"), "{asked", "broken braces"),
        ("critique-single", ("en", "forms"), {"a": "{asked}"}, "en.forms: unknown key"),
        ("critique-single", ("en", "answering"), {"label": "x"}, "key 'explained' is missing"),
        ("critique-list", ("zh", "reminder"), 3, "zh.reminder: is int"),
        ("average-person", ("en", "forms"), {}, "en.forms"),
        ("average-person", ("en", "forms"), {"survey": "{asked}"}, "differ between languages"),
        ("average-person", ("title",), "mine", "title: unknown key"),
        ("battery", ("en", "item"), "{number} {question}", "placeholder {options} is missing"),
        ("battery", ("en", "list"), "{items}", "placeholder {options} is missing"),
        ("battery", ("de", "options"), "{options} {country}", "unknown placeholder {country}"),
        ("battery", ("en", "system"), "{answering}", "en.system: unknown key"),
        ("battery", ("ja", "answering"), {"label": "x"}, "ja.answering: key 'explained' is missing"),
    ],
)
def test_faults_are_named(name: str, path: tuple[str, ...], value: Any, words: str) -> None:
    data = data_of(name)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(RunSpecError) as caught:
        wording_from_data("mine", data)
    assert words in str(caught.value)


def test_a_list_may_say_how_many(tmp_path: Path) -> None:
    data = data_of("critique-list")
    data["en"]["critique"] = "All {n} of them, in {country}?"
    assert wording_from_data("mine", data).in_language("en").steps["critique"].startswith("All {n}")


def test_languages_are_never_mixed() -> None:
    with pytest.raises(RunSpecError, match="no wording in language 'fr'"):
        load_wording("critique-single").in_language("fr")


def test_countries_have_names_and_what_is_unknown_stays() -> None:
    assert country_name("CN", "zh") == "中国"
    assert country_name("US", "fr") == "United States"
    assert country_name("Freedonia", "en") == "Freedonia"
