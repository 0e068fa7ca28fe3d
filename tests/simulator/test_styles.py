"""Prompt styles: complete in four languages, checked when read, kept for the rest of a run."""

from __future__ import annotations

import pytest

from simulator.errors import RunSpecError
from simulator.styles import BUILT_IN, load_style, register_style, style_from_data, style_named

MINIMAL = {
    "en": {
        "system": "{persona}\n\n{instruction}\n\n{answering}",
        "request": "{question}\n{options}",
        "user": "{request}\n{hint}",
        "option": "{label}: {text}",
        "markers": {"answer": "Verdict:", "explanation": "Grounds:"},
        "answering": dict.fromkeys(("label", "explained", "structured"), "Go."),
        "hints": dict.fromkeys(("single", "multiple", "multiple_up_to", "open"), ""),
        "reminders": dict.fromkeys(("label", "explained", "structured"), "Again."),
    }
}


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_styles_are_complete_in_four_languages(name):
    style = load_style(name)
    assert set(style.wordings) == {"en", "de", "zh", "ja"}
    shapes = {
        language: [(key, sorted(value) if isinstance(value, dict) else None) for key, value in sorted(table.items())]
        for language, table in style.data.items()
        if isinstance(table, dict)
    }
    assert len({str(shape) for shape in shapes.values()}) == 1
    assert style.about


def test_markers_are_localized():
    markers = {language: wording.markers[:2] for language, wording in load_style("citizen").wordings.items()}
    assert markers == {
        "en": ("Answer:", "Explanation:"),
        "de": ("Antwort:", "Begründung:"),
        "zh": ("回答：", "解释："),
        "ja": ("回答：", "理由："),
    }


def test_an_unknown_style_names_what_there_is():
    with pytest.raises(RunSpecError, match=r"no prompt style 'citizn'; did you mean 'citizen'\? .*default, plain"):
        load_style("citizn")


def test_a_missing_file_says_so():
    with pytest.raises(RunSpecError, match=r"prompt style 'nowhere/mine.toml' cannot be read"):
        load_style("nowhere/mine.toml")


def test_a_users_file_is_read_and_kept_until_read_anew(tmp_path):
    path = tmp_path / "mine.toml"
    text = (
        '[en]\nsystem = "{persona} {instruction} {answering}"\nrequest = "{question} {options}"\n'
        'user = "{request} {hint}"\n'
        'option = "{label}={text}"\n[en.markers]\nanswer = "Verdict:"\nexplanation = "Grounds:"\n'
        '[en.answering]\nlabel = "a"\nexplained = "b"\nstructured = "c"\n'
        '[en.hints]\nsingle = ""\nmultiple = ""\nmultiple_up_to = ""\nopen = ""\n'
        '[en.reminders]\nlabel = "d"\nexplained = "e"\nstructured = "f"\n'
    )
    path.write_text(text)
    first = load_style(str(path))
    path.write_text(text.replace("{label}={text}", "{label}/{text}"))
    assert style_named(str(path)) is first
    assert load_style(str(path)).wording("en").option == "{label}/{text}"
    assert load_style(str(path)).content_hash != first.content_hash


def test_not_toml(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("[en\n")
    with pytest.raises(RunSpecError, match="is not valid TOML"):
        load_style(str(path))


def changed(**fields):
    return {"en": {**MINIMAL["en"], **fields}}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (changed(system="{persona} {answering}"), r"en\.system: placeholder \{instruction\} is missing"),
        (changed(option="{label}. {txt}"), r"unknown placeholder \{txt\}"),
        (changed(option="{label:>3}. {text}"), "format or conversion"),
        (changed(user="{request} {hint} {"), "broken braces"),
        (changed(option=3), r"en\.option: is int"),
        (changed(hint=""), r"en\.hint: unknown key"),
        (changed(hints={"single": ""}), r"key 'open' is missing"),
        (changed(markers={"answer": "A:", "explanation": "E:", "request": "Ask:"}), r"does not begin with 'Ask:'"),
        ({"en": {}}, "key 'system' is missing"),
        ({"about": "x"}, "no language"),
        ({"title": "x"}, "one table per language"),
    ],
)
def test_faulty_templates_are_named(data, message):
    with pytest.raises(RunSpecError, match=message):
        style_from_data("mine", data)


def test_a_style_comes_back_from_its_json():
    style = style_from_data("mine", MINIMAL)
    again = register_style(style.as_json())
    assert again.content_hash == style.content_hash
    assert style_named("mine") is again
