"""The portraits asked in four languages: an answer is read as what it says, a language changes nobody's values."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.battery_reply import BatteryEntry, read_battery
from simulator.conditions import Condition
from simulator.parsing import parse
from simulator.presentation import Presentation, present, shown_options
from simulator.store.reader import Reader
from surveys.catalog import find_instrument
from voxpop.running import launch
from voxpop.spec import make_spec

SURVEY = find_instrument("portrait-values")
LANGUAGES = SURVEY.languages
REPLIES = {
    "en": ("{text}", "{text}.", "Answer: {text}", "My answer is: {text}.", "{label}. {text}", "{label}"),
    "zh": ("{text}", "{text}。", "回答：{text}", "我的回答是：{text}", "{label}. {text}", "选择{label}"),
    "de": (
        "{text}",
        "{text}.",
        "Antwort: {text}",
        "Meine Antwort lautet: {text}",
        "{label}. {text}",
        "Antwort: {label}",
    ),
    "ja": ("{text}", "{text}。", "回答：{text}", "私の答えは「{text}」です。", "{label}. {text}", "回答：{label}"),
}
SENTENCES = {
    "en": "I would say that this person is {lower}, because that is how I live.",
    "de": "Ich würde sagen, die Person ist {lower}, denn so lebe ich.",
    "ja": "この人は私に{lower}と思います。",
}


def presented(language: str) -> Presentation:
    """The first portrait as it is put in this language, answers labelled 1 to 6."""
    item, condition = SURVEY.items[0], Condition(strategy="basic", language=language)
    return present(SURVEY, item, condition, "", shown_options(item, condition, 3, "r0000", SURVEY), (), 0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_is_read_back_to_its_code(language: str) -> None:
    presentation = presented(language)
    assert len(presentation.options) == 6
    for option in presentation.options:
        for reply in REPLIES[language]:
            said = reply.format(text=option.text, label=option.label)
            reading = parse(said, presentation)
            assert (reading.status, reading.codes) == ("answered", (option.code,)), (said, reading)


@pytest.mark.parametrize("language", list(SENTENCES))
def test_an_answer_inside_a_sentence_is_never_taken_for_the_one_it_contains(language: str) -> None:
    """ "Not at all like me" holds "like me", "Mir sehr ähnlich" holds "ähnlich": the whole answer counts."""
    presentation = presented(language)
    for option in presentation.options:
        lower = option.text[0].lower() + option.text[1:]
        reading = parse(SENTENCES[language].format(lower=lower), presentation)
        assert reading.codes == (option.code,), (option.text, reading)


def test_a_chinese_answer_inside_a_sentence_is_read_or_left_but_not_mistaken() -> None:
    """The shortest answer is also how "people like me" begins, so it needs a label or a mark of its own."""
    presentation = presented("zh")
    for option in presentation.options:
        reading = parse(f"我觉得这个人{option.text}，因为我也是这样生活的。", presentation)
        assert reading.codes == ((option.code,) if len(option.text) > 2 else ()), (option.text, reading)
    assert parse("像我这样的人很难说清楚。", presentation).codes == ()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("line", ["{n}. {text}", "{n}. {label}", "{n}. {label}. {text}", "{n}：{text}"])
def test_a_list_of_57_answers_is_read_whole(language: str, line: str) -> None:
    options = presented(language).options
    entries = [BatteryEntry(n, item.id, options, "scale", None) for n, item in enumerate(SURVEY.items, 1)]
    chosen = [options[n * 5 % 6] for n in range(len(entries))]
    lines = [line.format(n=n, label=option.label, text=option.text) for n, option in enumerate(chosen, 1)]
    reading = read_battery("\n".join(lines), entries, language)
    assert [one.codes for one in reading.readings] == [(option.code,) for option in chosen]
    assert not any(reading.faults.values())


def test_the_same_people_give_the_same_answers_in_every_language(tmp_path: Path) -> None:
    """Known truth: with the same seed, 57 answers of every respondent are read as the same codes in all languages."""
    answers = {}
    for language in LANGUAGES:
        record = tmp_path / f"{language}.sqlite"
        population = {"n": 6, "strategies": ["basic", "value-anchor", "named"]}
        asking = {"language": language, "answer_format": "explained"}
        launch(make_spec({"seed": 3, "survey": SURVEY.id, "population": population, "asking": asking}), record)
        with Reader(record) as reader:
            assert reader.progress().by_status == {"answered": 6 * 57}
            answers[language] = {(row.respondent, row.item): row.codes for row in reader.answers()}
    assert len(set(answers["en"].values())) >= 5
    assert all(answers[language] == answers["en"] for language in LANGUAGES)
