"""Replies as models write them, read as a careful person would read them: see the tables of written replies."""

from __future__ import annotations

import random
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.markers import Markers
from simulator.messages import ShownOption
from simulator.numerals import value_of, with_digits
from simulator.option_labels import LABEL_SETS, label_at
from simulator.parsing import DETAILS, opens_with_disclaimer, parse
from simulator.presentation import Presentation
from simulator.store.records import ANSWER_STATUSES

TABLES = ("parsing_cases.toml", "parsing_cases_lists.toml")
SETS = {
    name: given
    for table in TABLES
    for name, given in tomllib.loads(Path(__file__).with_name(table).read_text(encoding="utf-8"))["sets"].items()
}


def presentation_of(options, format="single", language="en", max_picks=None, question=None):
    lines = "\n".join(f"{option.label}. {option.text}" for option in options)
    return Presentation(
        item_id="q",
        item_position=0,
        question=question or f"Do you agree?\n\n{lines}",
        messages=(),
        options=tuple(options),
        format=format,
        language=language,
        answer_format="label",
        max_picks=max_picks,
        choices=None,
        prompt_hash=0,
        markers=Markers(),
    )


def presentation_of_set(name):
    given = SETS[name]
    codes = given.get("codes") or list(range(1, len(given["labels"]) + 1))
    missing = given.get("missing", {})
    options = [
        ShownOption(label, code, text, missing=missing.get(str(code)))
        for label, code, text in zip(given["labels"], codes, given["texts"], strict=True)
    ]
    return presentation_of(options, given["format"], given["language"], given.get("max_picks"))


CASES = [(name, case) for name, given in SETS.items() for case in given["cases"]]


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}-{i}" for i, (name, _) in enumerate(CASES)])
def test_written_reply(name, case):
    reading = parse(case["reply"], presentation_of_set(name))
    expected = (case.get("status", "answered"), tuple(case.get("codes", ())), case.get("text"), case["detail"])
    assert (reading.status, reading.codes, reading.text, reading.detail) == expected, reading.reason


def test_enough_replies_in_enough_languages():
    assert len(CASES) >= 450
    assert {SETS[name]["language"] for name, _ in CASES} >= {"en", "de", "zh", "ja", "es", "fr"}
    assert {case["detail"] for _, case in CASES} == set(DETAILS)


# --- properties ------------------------------------------------------------------------------------------------------

WORDS = [
    "Yes",
    "No",
    "Agree",
    "Disagree",
    "Strongly agree",
    "Very much like me",
    "Rather good",
    "非常同意",
    "同意",
    "Stimme zu",
]


@st.composite
def presentations(draw):
    texts = draw(st.lists(st.sampled_from(WORDS), min_size=2, max_size=6, unique=True))
    codes = draw(st.permutations(range(1, len(texts) + 1)))
    label_set = draw(st.sampled_from(LABEL_SETS))
    options = [
        ShownOption(label_at(label_set, i), code, text) for i, (code, text) in enumerate(zip(codes, texts, strict=True))
    ]
    return presentation_of(options, draw(st.sampled_from(["single", "scale", "multiple"])))


FORMS = [
    "{label}",
    "{label}.",
    "({label})",
    "[{label}]",
    "**{label}**",
    "{label}. {text}",
    "({label}) {text}",
    "{label}: {text}.",
    "{text}",
    '"{text}"',
    "Answer: {label}\nExplanation: It is what I think.",
    "Antwort: {label}\nBegründung: Weil es so ist.",
    "回答：{label}\n解释：我这样想。",
    "回答：{label}\n理由：そう思います。",
    "My answer is {label}.",
    "I would choose option {label}.",
    '{{"answer": "{label}"}}',
    "<think>maybe</think>{label}",
]


@settings(deadline=None)
@given(presentations(), st.data(), st.sampled_from(FORMS))
def test_every_offered_option_can_be_said(presentation, data, form):
    option = data.draw(st.sampled_from(presentation.options))
    reading = parse(form.format(label=option.label, text=option.text), presentation)
    assert reading.codes == (option.code,), reading.reason


@settings(deadline=None)
@given(presentations(), st.data())
def test_several_picks_come_back_in_order(presentation, data):
    picked = data.draw(st.lists(st.sampled_from(presentation.options), min_size=2, unique=True))
    several = presentation_of(presentation.options, "multiple")
    for joined in (", ".join(o.label for o in picked), "\n".join(f"- {o.label}. {o.text}" for o in picked)):
        assert parse(joined, several).codes == tuple(option.code for option in picked), joined
    assert parse(", ".join(o.label for o in picked), presentation_of(presentation.options)).codes == ()


PIECES = st.sampled_from(
    [
        *WORDS,
        "1",
        "2",
        "10",
        "A",
        "I",
        "not",
        "or",
        "answer is",
        "Answer:",
        "Explanation:",
        "{",
        "}",
        '"',
        "\n",
        " ",
        "<think>",
        "</think>",
        "I'm sorry",
        "\\boxed{",
        "，",
        "。",
        "some",
        "others",
        "選",
        "选择",
        "-",
        "/5",
        "[",
        "\ud800",
        "İ",
        "ß",
        "½",
        "三",
        "十",
        "第",
        "项",
        "分",
        "、",
        "10分制",
    ]
)


@settings(deadline=None)
@given(presentations(), st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=14).map("".join)))
def test_any_text_is_read_without_harm(presentation, text):
    reading = parse(text, presentation)
    assert reading.status in ANSWER_STATUSES
    assert set(reading.codes) <= {option.code for option in presentation.options}
    assert reading.detail in DETAILS
    assert (reading.status == "answered") == bool(reading.codes)
    assert parse(text, presentation) == reading


@pytest.mark.parametrize(
    "unit",
    [
        " ",
        "\n",
        "*",
        "(",
        "[",
        '"',
        "{",
        "a",
        "1",
        "1 ",
        "1,",
        "1-",
        "A ",
        "not ",
        "I ",
        "some ",
        "I would choose ",
        "Answer:",
        "<think>",
        "</think>",
        "agree ",
        "strongly ",
        "选",
        "我",
        "<",
        "- ",
        "the answer ",
        "1. Yes\n",
        "= ",
        "1 = ",
        "\\boxed{",
        "Yes No ",
        "well, ",
        "1 (",
        "I'm sorry ",
        "ich kann ",
        '{"answer":',
        '{"a":[',
        "option ",
        "一、",
        "第三项",
        "选三",
        "有人会选",
        "人会选1",
        "10分制",
        "满分10分，",
        "1 is ",
        "①",
        "older would ",
    ],
)
def test_long_replies_take_linear_time(unit):
    options = [ShownOption(str(i + 1), i + 1, text) for i, text in enumerate(WORDS[:6])]
    text = unit * (100_000 // len(unit))
    for format in ("single", "multiple", "open"):
        presentation = presentation_of(options if format != "open" else [], format)
        started = time.process_time()
        parse(text, presentation)
        # Half a second at most on an idle core; the square of 100,000 would take minutes.
        assert time.process_time() - started < 5, (unit, format)


def test_a_short_reply_is_read_quickly():
    presentation = presentation_of_set("agree")
    parse("4", presentation)
    started = time.process_time()
    for _ in range(200):
        parse("4", presentation)
    assert (time.process_time() - started) / 200 < 500e-6


def test_random_words_are_no_answers():
    """Prose without an answer must not be read as one: sentences that mention numbers, articles and pronouns."""
    prose = random.Random(3)
    subjects = ["I", "A neighbor", "My 2 sisters", "We", "In 1990 people", "About 3 of 4 families"]
    verbs = ["think a lot about", "have seen", "worry about", "care for", "spend 5 hours on"]
    objects = ["a hard question", "the 4 seasons", "plan B", "an A grade", "vitamin C", "2 or 3 things"]
    for _ in range(300):
        text = f"{prose.choice(subjects)} {prose.choice(verbs)} {prose.choice(objects)}."
        for name in ("agree", "letters", "roman", "lowercase", "zero"):
            assert parse(text, presentation_of_set(name)).codes == (), text


def numeral(number):
    """A whole number from 0 to 99 as Chinese writes it."""
    signs = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    if not tens:
        return signs[ones]
    return ("" if tens == 1 else signs[tens]) + "十" + (signs[ones] if ones else "")


def test_chinese_numerals_mean_their_number():
    assert [value_of(numeral(number)) for number in range(100)] == list(range(100))
    for number in range(1, 100):
        for form in ("{}", "我选{}.", "第{}项", "回答:{}", "{}分"):
            assert with_digits(form.format(numeral(number)), ()) == form.format(number)


@pytest.mark.parametrize(
    "words",
    [
        "一般来说",
        "十分同意",
        "三五个人",
        "一方面",
        "最多选三项",
        "第一, 我累了",
        "一, 因为公平",
        "二十多年",
        "三分之一",
    ],
)
def test_numerals_inside_words_and_counts_stay(words):
    assert with_digits(words, ()) == words


def test_numerals_that_options_are_worded_with_are_no_labels():
    options = [ShownOption(str(4 - code), code, text) for code, text in enumerate(["一", "二", "三"], 1)]
    assert parse("三", presentation_of(options, language="zh")).codes == (3,)


def test_disclaimers_are_recognized_at_the_opening():
    assert opens_with_disclaimer("As an AI language model, I would pick 3.")
    assert opens_with_disclaimer("作为一个人工智能，我选3")
    assert not opens_with_disclaimer("3. Explanation: " + "I work hard. " * 20 + "As an AI I add this.")
