"""The built-in survey of social attitudes: coverage, coding, wording in two languages, and nobody else's sentences."""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from published_texts import (
    chinese_survey_questions,
    inventory_sentences,
    near_pairs,
    published_questions,
    survey_questions,
    words,
)

from simulator.option_orders import is_ordered
from surveys.catalog import find_instrument
from surveys.instrument import Instrument, Item, ResponseFormat

DIMENSIONS = ("EVI", "IDV", "IVR", "LTO", "MAS", "PDI", "TDI", "UAI", "USI")
AGREEING = ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree")
AGREEING_IN_CHINESE = ("非常不同意", "不同意", "既不同意也不反对", "同意", "非常同意")
COUNTS = {"two": "两", "three": "三", "four": "四", "five": "五"}
NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5}
NEGATIONS = {"not", "no", "never", "none", "nobody", "nothing", "neither", "nor", "without", "cannot"}
LATIN = re.compile(r"[A-Za-z]")
ASCII_PUNCTUATION = re.compile(r"[,.;:!?()\"']")

# Reviewed: a conjunction in a statement that does not join two ideas.
JOINED: set[str] = set()
# Reviewed: "or" that names the two sides of a choice or the two directions of a change, never two subjects.
CHOICES = {
    "work-safe-or-risky",
    "politics-single-leader",
    "tradition-past-or-future",
    "diversity-number-of-immigrants",
    "environment-or-growth",
    "law-punishments",
    "law-freedom-or-security",
    "science-distant-benefit",
    "leisure-duty-or-pleasure",
    "civic-in-trouble",
    "children-field-of-study",
}
# Reviewed: "and" between the two ends of a difference or of a choice.
PAIRED = {"work-money-or-free-time", "work-income-differences"}
COUNTRIES = re.compile(
    r"\b(America|American|US|USA|United States|China|Chinese|Germany|Japan|Congress|Senate|Communist|Republican|"
    r"Democrat|Christian|Muslim|Buddhist|church|mosque|temple)\b|美国|中国|国会|人大|党|教会|清真寺|寺庙|居委会"
)


@pytest.fixture(scope="module")
def survey() -> Instrument:
    return find_instrument("social-attitudes")


@pytest.fixture(scope="module")
def page() -> str:
    return (Path(__file__).resolve().parents[2] / "docs" / "instruments.md").read_text(encoding="utf-8")


def is_agreement(item: Item) -> bool:
    return item.options[0].text["en"] == AGREEING[0]


def of_format(survey: Instrument, form: ResponseFormat) -> list[Item]:
    return [item for item in survey.items if item.format is form]


def option_texts(item: Item, language: str) -> list[str]:
    return [option.text[language] for option in item.options]


class TestCoverage:
    def test_items_topics_and_formats(self, survey: Instrument) -> None:
        assert len(survey.items) >= 96
        topics = Counter(item.topic for item in survey.items)
        assert len(topics) == len(survey.topics) >= 12
        assert min(topics.values()) >= 8
        formats = Counter(item.format for item in survey.items)
        assert formats[ResponseFormat.MULTIPLE] >= 10
        assert formats[ResponseFormat.SCALE] >= 15
        agreeing = Counter(len(item.options) for item in survey.items if is_agreement(item))
        assert min(agreeing[4], agreeing[5]) >= 10
        assert sum(agreeing.values()) <= len(survey.items) / 2
        unordered = [i for i in of_format(survey, ResponseFormat.SINGLE) if not is_ordered(i)]
        assert len(unordered) >= 5

    def test_nine_dimensions_in_both_directions(self, survey: Instrument) -> None:
        assert tuple(dimension.code for dimension in survey.dimensions) == DIMENSIONS
        directions = Counter((code, item.reverse_keyed) for item in survey.items for code in item.dimensions)
        for code in DIMENSIONS:
            assert directions[code, False] + directions[code, True] >= 8, code
            assert directions[code, True] >= 2, code
            assert directions[code, False] >= 2, code

    def test_each_item_has_a_topic_in_its_name_and_one_or_two_dimensions(self, survey: Instrument) -> None:
        for item in survey.items:
            assert item.topic
            assert item.id.startswith(f"{item.topic}-")
            assert 1 <= len(item.dimensions) <= 2, item.id

    def test_each_dimension_spans_topics(self, survey: Instrument) -> None:
        found: dict[str, set[str | None]] = defaultdict(set)
        for item in survey.items:
            for code in item.dimensions:
                found[code].add(item.topic)
        assert min(len(topics) for topics in found.values()) >= 3


class TestCoding:
    def test_codes_count_the_options(self, survey: Instrument) -> None:
        for item in survey.items:
            assert [option.code for option in item.options] == list(range(1, len(item.options) + 1)), item.id
            assert all(option.missing is None and option.stance is None for option in item.options)

    def test_ordered_answers_have_rising_scores(self, survey: Instrument) -> None:
        for item in of_format(survey, ResponseFormat.SINGLE):
            if is_ordered(item):
                assert [option.score for option in item.options] == [option.code for option in item.options], item.id

    def test_unordered_answers_say_what_a_choice_speaks_for(self, survey: Instrument) -> None:
        unordered = [item for item in survey.items if not is_ordered(item)]
        for item in unordered:
            scores = [option.score for option in item.options]
            assert set(scores) == {-1, 0, 1}, item.id
            assert not item.reverse_keyed
            if item.format is ResponseFormat.SINGLE:
                # So that the mean of raw codes, which published maps are made of, rises with the dimension.
                assert scores == sorted(scores), item.id
            else:
                counts = Counter(scores)
                assert abs(counts[1] - counts[-1]) <= 1, item.id

    def test_scales_run_from_1_to_10_and_name_their_ends_alone(self, survey: Instrument) -> None:
        for item in of_format(survey, ResponseFormat.SCALE):
            assert [option.code for option in item.options] == list(range(1, 11)), item.id
            for language in survey.languages:
                texts = option_texts(item, language)
                assert texts[1:-1] == [str(number) for number in range(2, 10)]
                assert not texts[0].isdigit()
                assert not texts[-1].isdigit()

    def test_agreement_is_worded_alike_everywhere(self, survey: Instrument) -> None:
        for item in filter(is_agreement, survey.items):
            for language, five in (("en", AGREEING), ("zh", AGREEING_IN_CHINESE)):
                expected = five if len(item.options) == 5 else five[:2] + five[3:]
                assert tuple(option_texts(item, language)) == expected, item.id

    def test_the_number_of_picks_is_the_one_that_both_languages_name(self, survey: Instrument) -> None:
        for item in of_format(survey, ResponseFormat.MULTIPLE):
            found = re.search(r"Choose up to (\w+)\.$", item.text["en"])
            assert found, item.id
            assert NUMBERS[found[1]] == item.max_picks
            assert item.text["zh"].endswith(f"最多选{COUNTS[found[1]]}项。"), item.id
            assert item.max_picks < len(item.options)

    def test_a_man_and_a_woman_are_measured_by_mirrored_scores(self, survey: Instrument) -> None:
        man, woman = (survey.item(f"gender-qualities-of-a-{one}") for one in ("man", "woman"))
        assert [option.text for option in man.options] == [option.text for option in woman.options]
        assert [option.score for option in man.options] == [-(option.score or 0) for option in woman.options]


class TestWording:
    def test_both_languages_are_whole(self, survey: Instrument) -> None:
        assert survey.languages == ("en", "zh")
        titles = [survey.title, survey.instruction]
        titles += [part.title for part in (*survey.topics, *survey.dimensions)]
        texts = titles + [item.text for item in survey.items]
        texts += [option.text for item in survey.items for option in item.options]
        for text in texts:
            assert set(text) == {"en", "zh"}
            assert text["en"].isascii(), text
            assert not LATIN.search(text["zh"]), text
            assert not ASCII_PUNCTUATION.search(text["zh"]), text
            assert text["zh"].isdigit() or re.search(r"[\u4e00-\u9fff]", text["zh"]), text

    def test_languages_offer_the_same_options_in_the_same_order(self, survey: Instrument) -> None:
        """A wording that recurs in one language recurs in the other, and its code with it."""
        pairs: dict[str, set[str]] = defaultdict(set)
        for item in survey.items:
            for option in item.options:
                pairs[option.text["en"]].add(option.text["zh"])
        # "Not at all" and "A little" answer "how much" in English; Chinese repeats what is measured.
        several = {english: chinese for english, chinese in pairs.items() if len(chinese) > 1}
        assert set(several) <= {"Not at all", "A little", "A fair amount", "A great deal"}, several

    def test_no_wording_occurs_twice_in_either_language(self, survey: Instrument) -> None:
        for language in survey.languages:
            seen = Counter(item.text[language] for item in survey.items)
            assert [text for text, n in seen.items() if n > 1] == []
            for item in survey.items:
                assert len(set(option_texts(item, language))) == len(item.options)

    def test_statements_are_agreed_with_and_questions_answered(self, survey: Instrument) -> None:
        for item in survey.items:
            english, chinese = item.text["en"], item.text["zh"]
            assert re.fullmatch(r"[A-Z][A-Za-z' ,:?.-]+[.?]", english), english
            asked = english.removesuffix(re.search(r"( Choose up to \w+\.)?$", english)[0])  # type: ignore[index]
            assert asked.endswith("." if is_agreement(item) else "?"), english
            assert (("？" in chinese) == (not is_agreement(item))) and chinese[-1] in "。？", chinese
            assert 5 <= len(english.split()) <= 25, english
            assert 8 <= len(chinese) <= 50, chinese

    def test_a_statement_holds_one_idea_and_at_most_one_negation(self, survey: Instrument) -> None:
        for item in filter(is_agreement, survey.items):
            text = item.text["en"]
            assert not re.search(r"\b(and|or)\b", text) or item.id in JOINED, text
            assert sum(word in NEGATIONS for word in words(text)) <= 1, text

    def test_a_question_joins_nothing_but_the_sides_of_a_choice(self, survey: Instrument) -> None:
        asked = [item for item in survey.items if not is_agreement(item)]
        joined = {item.id for item in asked if re.search(r"\bor\b", item.text["en"])}
        assert joined == CHOICES
        assert {item.id for item in asked if re.search(r"\band\b", item.text["en"])} == PAIRED

    def test_nobody_is_asked_about_a_life_they_may_not_have(self, survey: Instrument) -> None:
        """No item presupposes own children, a spouse, a job, a faith, or a country and its institutions."""
        for item in survey.items:
            for text in (item.text["en"], item.text["zh"], *option_texts(item, "en"), *option_texts(item, "zh")):
                assert not re.search(r"\b(your|my)\b|您的|我的|您家|我家", text), text
                assert not COUNTRIES.search(text), text

    def test_no_sentence_is_a_published_one(self, survey: Instrument, shared_data: Path) -> None:
        published = [
            *published_questions(shared_data),
            *inventory_sentences(shared_data),
            *survey_questions(shared_data),
        ]
        assert len(published) > 8000
        assert near_pairs([item.text["en"] for item in survey.items], published, 0.7) == []
        chinese = chinese_survey_questions(shared_data)
        assert len(chinese) > 70
        for item in survey.items:
            for other in chinese:
                alike = difflib.SequenceMatcher(None, item.text["zh"], other, autojunk=False).ratio()
                assert alike < 0.65, (item.text["zh"], other)


class TestThePage:
    def test_its_table_counts_the_catalog(self, survey: Instrument, page: str) -> None:
        section = page[page.index("## social-attitudes") : page.index("## Loading the licensed originals")]
        rows = [row.strip("| ").split(" | ") for row in section.splitlines() if row.startswith("| ")]
        counts = {row[0]: row[1:] for row in rows}
        topics = [topic.id for topic in survey.topics]
        for code in DIMENSIONS:
            measured = [item for item in survey.items if code in item.dimensions]
            by_topic = Counter(item.topic for item in measured)
            expected = [str(by_topic[topic] or "") for topic in topics]
            total, reversed_ = str(len(measured)), str(sum(item.reverse_keyed for item in measured))
            assert [cell.strip() for cell in counts[code]] == [*expected, total, reversed_], code
        per_topic = Counter(item.topic for item in survey.items)
        assert counts["items"][: len(topics)] == [str(per_topic[topic]) for topic in topics]

    def test_the_note_on_the_translation_names_items_that_exist(self, survey: Instrument, page: str) -> None:
        note = page[page.index("### The Chinese wording") : page.index("### What it is not")]
        named = re.findall(r"`([a-z]+-[a-z-]+)`", note)
        assert len(named) >= 20
        assert set(named) <= set(survey.index)
        for chinese in re.findall(r"“(.+?)”", note):
            texts = [item.text["zh"] for item in survey.items]
            texts += [option.text["zh"] for item in survey.items for option in item.options]
            texts += [part.title["zh"] for part in survey.dimensions]
            assert any(chinese in text for text in texts), chinese
