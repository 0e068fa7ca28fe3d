"""Items worded by sex: read, checked, kept, narrowed; instruments without them stay what they were."""

from __future__ import annotations

import pytest

from surveys.check import check_source, check_warnings
from surveys.instrument import Instrument, Item, ResponseFormat, ResponseOption
from surveys.loader import instrument_from_toml, parse_toml
from surveys.serialize import instrument_to_json, instrument_to_toml
from surveys.variants import in_form, select
from voxpop.surveying import item_lines

SURVEY = """
id = "kite"
title = {en = "Kites", de = "Drachen"}
[option_sets.like]
options = [{code = 1, text = {en = "no", de = "nein"}}, {code = 2, text = {en = "yes", de = "ja"}}]
[[items]]
id = "k1"
options = "like"
[items.forms]
female = {en = "She builds kites.", de = "Sie baut Drachen."}
male = {en = "He builds kites.", de = "Er baut Drachen."}
[[items]]
id = "k2"
options = "like"
text = {en = "They fly kites.", de = "Drachen steigen lassen."}
forms = {female = {en = "She flies kites.", de = "Sie laesst Drachen steigen."}}
paraphrases = [{en = "They let kites fly.", de = "Drachen fliegen lassen."}]
[[items]]
id = "k3"
options = "like"
text = {en = "Kites are toys.", de = "Drachen sind Spielzeug."}
"""


def survey(text: str = SURVEY) -> Instrument:
    return instrument_from_toml(text, "kite.toml")


@pytest.mark.parametrize(
    ("form", "english", "german"),
    [
        ("female", ["She builds kites.", "She flies kites."], "Sie baut Drachen."),
        ("male", ["He builds kites.", "They fly kites."], "Er baut Drachen."),
        ("", ["She builds kites.", "They fly kites."], "Sie baut Drachen."),
    ],
)
def test_a_form_is_worded_where_it_has_a_wording_and_neutrally_elsewhere(
    form: str, english: list[str], german: str
) -> None:
    whole = survey()
    expected = [*english, "They let kites fly.", "Kites are toys."]
    assert [whole.item_text(item, "en", form) for item in whole.items] == expected
    assert whole.item_text(whole.items[0], "de", form) == german
    worded = in_form(whole, form)
    assert [item.text["en"] for item in worded.items] == expected
    assert not worded.has_forms
    assert [(item.id, item.options, item.question_id) for item in worded.items] == [
        (item.id, item.options, item.question_id) for item in whole.items
    ]


def test_forms_survive_toml_and_make_another_hash() -> None:
    whole = survey()
    assert survey(instrument_to_toml(whole)) == whole
    assert whole.items[1].forms == {"female": {"en": "She flies kites.", "de": "Sie laesst Drachen steigen."}}
    other = survey(SURVEY.replace("She flies", "She steers"))
    assert other.content_hash != whole.content_hash


def test_an_instrument_without_forms_says_nothing_of_them() -> None:
    options = (ResponseOption(1, {"en": "no"}), ResponseOption(2, {"en": "yes"}))
    plain = Instrument("plain", {"en": "Plain"}, (Item("q", {"en": "So?"}, ResponseFormat.SINGLE, options),))
    assert "forms" not in str(instrument_to_json(plain)) + instrument_to_toml(plain)
    # The hash of this instrument before items had forms.
    assert plain.content_hash == "e78ad9d8d53678bd61b47aafba2a21b3b05367998828b8015be3e13f63e5402e"
    assert in_form(plain, "female") is plain


def test_selected_languages_hold_for_forms_too() -> None:
    german = select(survey(), languages=["de"])
    assert german.items[0].forms == {"female": {"de": "Sie baut Drachen."}, "male": {"de": "Er baut Drachen."}}
    assert german.item_text(german.items[0], "de", "male") == "Er baut Drachen."


FEMALE = 'female = {en = "She builds kites.", de = "Sie baut Drachen."}\n'
MALE = 'male = {en = "He builds kites.", de = "Er baut Drachen."}\n'


@pytest.mark.parametrize(
    ("old", "new", "place", "what", "remedy"),
    [
        (FEMALE, "", "item 'k1', forms", "there is no female wording, and no text in its place", "give forms.female"),
        (FEMALE + MALE, "", "item 'k1', text", "is missing", "give it a text"),
        (MALE, MALE.replace("male", "mael"), "item 'k1', forms, key 'mael'", "is not known", "did you mean 'male'"),
        (', de = "Er baut Drachen."', "", "item 'k1', forms, male", "has no text in 'de'", "translate it"),
        ('en = "He builds kites."', 'en = " "', "item 'k1', forms, male", "the text in 'en' is empty", "write it"),
        ("forms = {female", 'forms = "female"\nnote = {x', "item 'k2', forms", "found 'female' (a string)", "a table"),
        ("They let kites fly", "She flies kites", "question 'k2'", "have the same text in 'en'", "reword"),
    ],
)
def test_a_fault_in_forms_is_named_with_place_and_remedy(
    old: str, new: str, place: str, what: str, remedy: str
) -> None:
    broken = SURVEY.replace(old, new)
    assert broken != SURVEY
    faults = check_source(parse_toml(broken, "kite.toml"))
    found = [fault for fault in faults if fault.place == place and what in fault.what and remedy in fault.remedy]
    assert found, faults


def test_items_without_a_text_are_not_taken_for_twins() -> None:
    assert check_warnings(survey()) == []
    twins = SURVEY.replace("Kites are toys.", "She builds kites.")
    assert [fault.what for fault in check_warnings(survey(twins))] == ["2 items have the same text: k1, k3"]


def test_both_wordings_are_shown() -> None:
    whole = survey()
    lines = item_lines(whole, whole.items[1]).split("\n")
    assert lines[:2] == ["  k2  They fly kites.", "      female: She flies kites."]
