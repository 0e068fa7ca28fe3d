"""The Chinese, German and Japanese portraits: whole, in form, in script, and read back into English item by item."""

from __future__ import annotations

import csv
import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from published_texts import chinese_survey_questions

from personas.catalogs import catalog
from surveys.catalog import find_instrument
from surveys.instrument import Instrument, Item
from surveys.values import VALUE_CODES

TRANSLATIONS = ("zh", "de", "ja")
TABLE = Path(__file__).resolve().parents[2] / "surveys" / "catalog" / "portrait-values.backtranslation.csv"

FORMS: dict[str, dict[str, str]] = {
    "en": {"goal": "It is important to this person ", "situation": "For this person, ", "habit": "This person "},
    "zh": {"goal": "这个人觉得，", "situation": "对这个人来说，", "habit": "这个人"},
    "de": {"goal": "Dieser Person ist es wichtig, ", "situation": "Für diese Person ", "habit": "Diese Person "},
    "ja": {"goal": "この人は、", "situation": "この人にとって、", "habit": "この人は、"},
}
GOAL_ENDS = {"en": ".", "zh": "很重要。", "de": ".", "ja": "ことが大切だと思っている。"}
LENGTHS = {"zh": (15, 40), "de": (9, 20), "ja": (20, 52)}  # characters, words, characters
SCRIPTS = {
    # What legacy encodings hold: GB 2312 no traditional form, JIS X 0208 no simplified one.
    "zh": ("gb2312", r"[\u4e00-\u9fff，、。]+"),
    "de": ("latin-1", r"[A-Za-zÄÖÜäöüß ,]+\."),
    "ja": ("shift_jis", r"[\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff々、。]+"),
}
GENDERED = {
    "zh": r"(?<!其)他|她|它|男|女|先生",
    "de": r"\b(er|ihm|ihn|sie|ihr(e[mnrs]?)?|seine[mnrs]?|sein(?= [A-ZÄÖÜ])|Mann|Frau|Männer|Frauen)\b|[*:_]in",
    "ja": r"彼|男|女|おじ|おば",
}
NEGATIONS = {
    # Unfair treatment (pv05) is a word of the source.
    "zh": r"不(?!公平)|没|无|未|非|莫|勿",
    "de": r"\b(nicht|nichts|nie|niemals|niemand\w*|kein\w*|ohne|weder|noch)\b",
    "ja": r"(?<!少)ない|なく|なか|なけ|ぬ\b|ず(?=に|、|。)|ません",
}
# Function words of the anchors and of the frames, and nouns as general as "people".
STOPWORDS = {
    "zh": {"自己", "己的", "的人", "别人", "人人"},
    "de": {
        *("alle", "alles", "allem", "allen", "anderen", "andere", "auch", "dass", "denen", "durch", "einen", "eine"),
        *("haben", "jede", "jeder", "machen", "menschen", "sein", "selbst", "sich", "sind", "stehen", "und", "werden"),
    },
    "ja": {"人", "自分", "何", "人間", "他人"},
}
# The friend on whom dependability turns; the English items and their anchor share the word too.
SHARED_AS_IN_ENGLISH = {("pv27", "zh"), ("pv27", "de"), ("pv27", "ja"), ("pv55", "zh"), ("pv55", "de"), ("pv55", "ja")}


def runs(text: str) -> list[str]:
    """Unbroken stretches of Chinese characters."""
    return re.findall(r"[\u4e00-\u9fff]+", text)


def shared_in_chinese(one: str, two: str) -> set[str]:
    """Pairs of neighboring characters, the usual length of a word, that both texts have."""
    first, second = ({part[n : n + 2] for part in runs(text) for n in range(len(part) - 1)} for text in (one, two))
    return (first & second) - STOPWORDS["zh"]


def shared_in_german(one: str, two: str) -> set[str]:
    """Words of `one` that begin as a word of `two` does, over six letters or the whole of a shorter word."""
    first, second = (set(re.findall(r"\w{4,}", text.lower())) - STOPWORDS["de"] for text in (one, two))
    return {a for a in first for b in second if a[:6] == b[:6] or a.startswith(b)}


def shared_in_japanese(one: str, two: str) -> set[str]:
    """Runs of Chinese characters of `one` that hold, or are held by, one of `two`."""
    first, second = (set(runs(text)) - STOPWORDS["ja"] for text in (one, two))
    return {a for a in first for b in second if a in b or b in a}


SHARED: dict[str, Callable[[str, str], set[str]]] = {
    "zh": shared_in_chinese,
    "de": shared_in_german,
    "ja": shared_in_japanese,
}


@pytest.fixture(scope="module")
def portraits() -> Instrument:
    return find_instrument("portrait-values")


def read_table() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def form_of(text: str, language: str) -> str:
    """The sentence form a text has; goals before habits, which open as they do."""
    openings = FORMS[language]
    if text.startswith(openings["goal"]) and text.endswith(GOAL_ENDS[language]):
        return "goal"
    found = [form for form in ("situation", "habit") if text.startswith(openings[form])]
    assert len(found) == 1, text
    return found[0]


def body(item: Item, language: str) -> str:
    """An item without the words of its sentence form."""
    text = item.text[language]
    form = form_of(text, language)
    text = text.removeprefix(FORMS[language][form])
    return text.removesuffix(GOAL_ENDS[language]) if form == "goal" else text


class TestTheSurvey:
    def test_every_text_exists_in_four_languages(self, portraits: Instrument) -> None:
        assert portraits.languages == ("en", *TRANSLATIONS)
        texts = [portraits.title, portraits.instruction]
        texts += [part.title for part in (*portraits.dimensions, *portraits.blocks)]
        texts += [dimension.attributes["definition"] for dimension in portraits.dimensions]
        texts += [item.text for item in portraits.items]
        texts += [option.text for item in portraits.items for option in item.options]
        for text in texts:
            assert set(text) == {"en", *TRANSLATIONS}
            assert all(one.strip() == one and one for one in text.values()), text

    @pytest.mark.parametrize("language", TRANSLATIONS)
    def test_no_text_is_left_in_english_or_occurs_twice(self, portraits: Instrument, language: str) -> None:
        for texts in (
            [item.text for item in portraits.items],
            [option.text for option in portraits.items[0].options],
            [dimension.attributes["definition"] for dimension in portraits.dimensions],
        ):
            assert not {text["en"] for text in texts} & {text[language] for text in texts}
            assert len({text[language] for text in texts}) == len(texts)
        assert len({dimension.title[language] for dimension in portraits.dimensions}) == len(VALUE_CODES)

    @pytest.mark.parametrize("language", TRANSLATIONS)
    def test_no_two_portraits_are_near_twins(self, portraits: Instrument, language: str) -> None:
        for one, two in combinations([body(item, language) for item in portraits.items], 2):
            assert difflib.SequenceMatcher(None, one, two, autojunk=False).ratio() < 0.72, (one, two)

    def test_facets_of_a_value_share_their_title(self, portraits: Instrument) -> None:
        """ "Power: dominance" and "Power: resources" begin alike in every language, as values of one family."""
        families: dict[str, list[dict[str, str]]] = defaultdict(list)
        for dimension in portraits.dimensions:
            families[dimension.title["en"].partition(":")[0]].append(dict(dimension.title))
        assert {len(titles) for titles in families.values()} == {1, 2, 3}
        for titles in families.values():
            for language in TRANSLATIONS:
                assert len({re.split("[:：]", title[language])[0] for title in titles}) == 1, titles


@pytest.mark.parametrize("language", TRANSLATIONS)
class TestWording:
    def test_the_sentence_form_is_that_of_the_source(self, portraits: Instrument, language: str) -> None:
        for item in portraits.items:
            assert form_of(item.text[language], language) == form_of(item.text["en"], "en"), item.text[language]

    def test_length(self, portraits: Instrument, language: str) -> None:
        low, high = LENGTHS[language]
        for item in portraits.items:
            text = item.text[language]
            n = len(text.split()) if language == "de" else len(text)
            assert low <= n <= high, (n, text)

    def test_one_sentence_in_the_right_script_and_punctuation(self, portraits: Instrument, language: str) -> None:
        encoding, allowed = SCRIPTS[language]
        for item in portraits.items:
            text = item.text[language]
            text.encode(encoding)
            assert re.fullmatch(allowed, text), text
            assert text.count("。" if language != "de" else ".") == 1, text
            assert language != "ja" or re.search(r"[\u3041-\u3096]", text), text

    def test_the_frame_is_in_the_right_script_and_punctuation(self, portraits: Instrument, language: str) -> None:
        encoding, _ = SCRIPTS[language]
        texts = [portraits.title, portraits.instruction, *(option.text for option in portraits.items[0].options)]
        texts += [part.title for part in (*portraits.dimensions, *portraits.blocks)]
        texts += [dimension.attributes["definition"] for dimension in portraits.dimensions]
        for text in texts:
            text[language].encode(encoding)
            wrong = r"[\"'“”‘’]" if language == "de" else r"[A-Za-z,.:;!?()\"' ]"
            assert not re.search(wrong, text[language]), text[language]

    def test_nobody_has_a_gender(self, portraits: Instrument, language: str) -> None:
        for item in portraits.items:
            assert not re.search(GENDERED[language], item.text[language]), item.text[language]

    def test_nothing_is_negated(self, portraits: Instrument, language: str) -> None:
        for item in portraits.items:
            assert not re.search(NEGATIONS[language], item.text[language]), item.text[language]

    def test_no_portrait_speaks_the_language_of_its_anchor(self, portraits: Instrument, language: str) -> None:
        anchors = {row["name"]: row["text"][language] for row in catalog("anchors.toml").rows}
        sharing = set()
        for item in portraits.items:
            shared = SHARED[language](body(item, language), anchors[item.dimensions[0]])
            assert len(shared) <= 1, (item.text[language], shared)
            if shared:
                sharing.add((item.id, language))
        assert sharing == {pair for pair in SHARED_AS_IN_ENGLISH if pair[1] == language}

    def test_the_scale_has_two_plain_opposites_and_a_strong_form_of_each(
        self, portraits: Instrument, language: str
    ) -> None:
        strongly_not, plainly_not, little, some, plainly, strongly = (
            option.text[language] for option in portraits.items[0].options
        )
        core = {"zh": "像我", "de": "ähnlich", "ja": "似て"}[language]
        assert all(core in text for text in (strongly_not, plainly_not, little, some, plainly, strongly))
        denied = {"zh": "不", "de": "nicht", "ja": "ない"}[language]
        assert [denied in text for text in (strongly_not, plainly_not, little, some, plainly, strongly)] == (
            [True, True, False, False, False, False]
        )
        assert len(plainly) < min(map(len, (little, some, strongly)))
        assert len(plainly_not) < len(strongly_not)


def test_the_checks_of_vocabulary_find_what_they_look_for() -> None:
    assert shared_in_chinese("听从朋友的话", "不辜负朋友") == {"朋友"}
    assert shared_in_german("Ein glatter, reibungsloser Umgang", "ohne Reibung auskommen") == {"reibungsloser"}
    assert shared_in_german("Diese Befolgung", "dass andere folgen") == set()
    assert shared_in_japanese("法律を守る", "法や規則") == {"法律"}
    assert re.search(GENDERED["de"], "über seine Arbeit")
    assert re.search(GENDERED["de"], "jemand zu sein, auf den man zählt") is None
    assert re.search(GENDERED["zh"], "其他人") is None
    with pytest.raises(UnicodeEncodeError):
        "國".encode("gb2312")
    with pytest.raises(UnicodeEncodeError):
        "经".encode("shift_jis")


def test_no_chinese_portrait_resembles_a_published_question(portraits: Instrument, shared_data: Path) -> None:
    published = chinese_survey_questions(shared_data)
    assert len(published) > 70
    for item in portraits.items:
        for other in published:
            assert difflib.SequenceMatcher(None, item.text["zh"], other, autojunk=False).ratio() < 0.6, other


class TestBackTranslation:
    def test_every_wording_is_read_back_in_every_language(self, portraits: Instrument) -> None:
        wanted = ["instruction", *(f"likeness-{code}" for code in range(1, 7)), *(item.id for item in portraits.items)]
        found = Counter((row["item"], row["language"]) for row in read_table())
        assert found == Counter((name, language) for name in wanted for language in TRANSLATIONS)

    def test_what_differs_is_said(self) -> None:
        for row in read_table():
            assert row["verdict"] in {"same", "nuance", "adapted"}, row
            has_reason = len(row["note"].partition("Revised:")[0].split()) >= 3
            assert has_reason == (row["verdict"] != "same"), row
            assert row["note"] == "" or re.fullmatch(r".+\.", row["note"]), row

    def test_it_is_read_from_the_translation_and_not_copied_from_the_source(self, portraits: Instrument) -> None:
        english = {item.id: item.text["en"] for item in portraits.items}
        rows = [row for row in read_table() if row["item"] in english]
        copied = sum(row["back_translation"] == english[row["item"]] for row in rows)
        assert copied <= len(rows) / 5
        for row in rows:
            assert re.fullmatch(r"[A-Z][A-Za-z' ,-]+\.", row["back_translation"]), row

    def test_notes_quote_words_that_the_texts_have(self, portraits: Instrument) -> None:
        """A note that opens with a word of the language speaks of the item's wording as it stands now."""
        opening = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]+")
        checked = 0
        for row in read_table():
            quoted = opening.match(row["note"])
            if quoted and row["item"].startswith("pv"):
                text = portraits.item(row["item"]).text[row["language"]]
                stem = quoted[0].rstrip("すく") if row["language"] == "ja" else quoted[0]
                assert stem in text, row
                checked += 1
        assert checked >= 20
