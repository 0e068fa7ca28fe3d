"""The wordings of the portraits and the civic topics: keyed and balanced as documented, readable, and nobody else's."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from published_texts import inventory_sentences, near_pairs, published_questions, words

from personas.catalogs import catalog
from surveys.catalog import catalog_names, find_instrument
from surveys.check import check_instrument, check_warnings
from surveys.instrument import Instrument, Item
from surveys.loader import instrument_from_toml
from surveys.values import VALUE_CODES, VALUE_OF_ITEM, VALUES

FRAMES = ("It is important to this person ", "This person ", "For this person, ")
GENDERED = {"he", "him", "his", "himself", "she", "her", "hers", "herself", "man", "woman", "men", "women"}
NEGATIONS = {"not", "no", "never", "none", "nobody", "nothing", "nowhere", "neither", "nor", "without", "cannot"}
STOPWORDS = {
    *("a", "an", "and", "are", "as", "at", "be", "by", "do", "does", "for", "from", "have", "how", "i", "in", "is"),
    *("it", "it's", "of", "on", "or", "other", "others", "out", "own", "than", "that", "the", "their", "them", "they"),
    *("this", "to", "what", "who", "whom", "with", "you", "your", "more", "most", "not", "one", "people", "person"),
    "important",
}
AREAS = {
    "life and health",
    "law and order",
    "economy",
    "science and technology",
    "environment",
    "culture",
    "speech",
    "migration",
    "education",
    "defense",
}

# The vocabulary by which the value anchors of Lee et al. (2019) name each goal. An item that used it would measure
# an anchored persona's echo of the prompt rather than its values.
ANCHOR_WORDS = {
    "SDT": ("think for", "thinking for"),
    "SDA": ("constrain", "choosing"),
    "ST": ("excit", "novelt"),
    "HE": ("pleasure",),
    "AC": ("ambitio", "doing well"),
    "POD": ("authority", "comply"),
    "POR": ("power", "belongings"),
    "FAC": ("public image", "shame"),
    "SEP": ("safe",),
    "SES": ("safe", "stability of"),
    "TR": ("custom",),
    "COR": ("rules and", "laws"),
    "COI": ("irritat", "annoy"),
    "HUM": ("modest", "publicity"),
    "BED": ("reliab",),
    "BEC": ("caring", "care for"),
    "UNC": ("justice", "weak"),
    "UNN": ("care for nature", "nature"),
    "UNT": ("disagree", "accept"),
}

# What a wording must mention so that it is understood alone.
TOPIC_WORDS = {
    "legal-abortion": r"abortion|pregnanc",
    "assisted-dying": r"(ill|patient|incurable).*(die|dying|death|end)|(die|dying|death).*(ill|patient|legal)",
    "childhood-vaccine-mandate": r"vaccin.*(parent|child)|(parent|child).*vaccin|measles",
    "death-penalty": r"death|execut|capital punishment",
    "legal-cannabis": r"cannabis",
    "legal-sex-work": r"sex|brothel",
    "police-face-recognition": r"police.*fac(e|ial)|fac(e|ial).*police",
    "gun-control": r"\bguns?\b|rifle",
    "wealth-tax": r"(tax|levy).*(fortune|wealth|rich|own)|(fortune|wealth|rich).*(tax|levy|rate)",
    "basic-income": r"income|state.*(pay|money)|money.*state",
    "higher-retirement-age": r"retire|pension|seventy|sixty",
    "military-service": r"armed forces|military|soldier|army",
    "social-media-age-limit": r"social (media|network)",
    "gm-crops": r"(modif|gene).*(crop|plant|food)|(crop|plant|food).*(modif|gene)",
    "nuclear-power": r"nuclear",
    "carbon-tax": r"carbon|(tax|climate).*(air|flight|gasoline)|(air|flight|gasoline|car).*(tax|climate)",
    "animal-testing": r"animal|monkey|mice",
    "same-sex-marriage": r"marri|marry|wedding",
    "gender-quotas": r"(women|female).*(board|job|position|post|parliament)|(quota|board|job|parlia|position).*women",
    "religious-dress": r"religio|faith",
    "hate-speech-laws": r"hat(e|red)|insult",
    "false-news-removal": r"(false|untrue).*news|news.*(false|untrue)",
    "labor-immigration": r"(foreign|abroad|immigra)",
    "regularization": r"undocumented|permission|illegal|without papers|unlawful|residence permit|within the law",
    "free-university": r"universit",
    "school-phone-ban": r"(smart)?phone",
    "clean-drinking-water": r"water",
    "literacy": r"read",
    "fire-safety": r"fire|emergency exit",
    "rabies-vaccination": r"rabies",
    "drunk-driving": r"drunk|alcohol",
    "disaster-warning": r"storm|flood|disaster",
    "hospital-hygiene": r"hospital|surg|operation",
    "blood-donation": r"blood",
    "food-labels": r"food",
    "public-parks": r"park",
}


def content_words(text: str) -> set[str]:
    return set(words(text)) - STOPWORDS


def english(instrument: Instrument) -> list[str]:
    return [item.text["en"] for item in instrument.items]


@pytest.fixture(scope="module")
def portraits() -> Instrument:
    return find_instrument("portrait-values")


@pytest.fixture(scope="module")
def civic() -> Instrument:
    return find_instrument("civic-topics")


@pytest.fixture(scope="module")
def page() -> str:
    return (Path(__file__).resolve().parents[2] / "docs" / "instruments.md").read_text(encoding="utf-8")


def originals(civic: Instrument, controversial: bool) -> list[Item]:
    kind = {topic.id: topic.attributes["controversial"] for topic in civic.topics}
    return [item for item in civic.items if item.wording == 0 and kind[item.topic or ""] is controversial]


def yes_supports(item: Item) -> bool:
    return item.option(1).stance == "supports"


@pytest.mark.parametrize("name", catalog_names())
def test_the_instrument_is_faultless_and_states_where_it_comes_from(name: str) -> None:
    instrument = find_instrument(name)
    assert check_instrument(instrument) == []
    assert list(check_warnings(instrument)) == []
    assert instrument.licence == "MIT"
    assert instrument.source.startswith("voxpop authors")
    assert instrument.instruction["en"]


@pytest.mark.parametrize("name", catalog_names())
def test_no_wording_occurs_twice(name: str) -> None:
    seen = Counter(" ".join(words(text)) for text in english(find_instrument(name)))
    assert [text for text, n in seen.items() if n > 1] == []


@pytest.mark.parametrize("name", ["portrait-values", "civic-topics"])
def test_every_wording_is_one_tidy_sentence(name: str) -> None:
    mark = {"portrait-values": ".", "civic-topics": "?"}[name]
    for text in english(find_instrument(name)):
        assert re.fullmatch(r"[A-Z][A-Za-z' ,-]+[.?]", text), text
        assert text.endswith(mark), text
        assert "  " not in text, text


class TestPortraits:
    def test_items_are_numbered_and_keyed_as_published(self, portraits: Instrument) -> None:
        # Key of the 57-item questionnaire (Schwartz & Cieciuch 2022): three items for each of 19 values.
        assert [item.id for item in portraits.items] == [f"pv{n:02d}" for n in range(1, 58)]
        assert {item.id: item.dimensions for item in portraits.items} == {
            f"pv{n:02d}": (code,) for n, code in VALUE_OF_ITEM.items()
        }
        assert not any(item.reverse_keyed for item in portraits.items)

    def test_values_stand_in_circle_order_with_their_poles(self, portraits: Instrument) -> None:
        assert tuple(dimension.code for dimension in portraits.dimensions) == VALUE_CODES
        for dimension, value in zip(portraits.dimensions, VALUES, strict=True):
            assert dimension.title["en"] == value.name
            assert tuple(dimension.attributes["poles"]) == value.poles
            assert 4 <= len(dimension.attributes["definition"]["en"].split()) <= 15

    def test_answers_run_from_unlike_to_like(self, portraits: Instrument) -> None:
        first = portraits.items[0].options
        assert [option.code for option in first] == [1, 2, 3, 4, 5, 6]
        assert [first[0].text["en"], first[5].text["en"]] == ["Not at all like me", "Very much like me"]
        assert all(item.options == first for item in portraits.items)

    def test_each_value_has_one_goal_one_habit_one_situation(self, portraits: Instrument) -> None:
        frames: dict[str, list[int]] = defaultdict(list)
        for item in portraits.items:
            opening = [n for n, frame in enumerate(FRAMES) if item.text["en"].startswith(frame)]
            assert len(opening) == 1, item.text["en"]
            frames[item.dimensions[0]] += opening
        assert {code: sorted(found) for code, found in frames.items()} == {code: [0, 1, 2] for code in VALUE_CODES}

    def test_no_sentence_form_occurs_twice_in_a_row(self, portraits: Instrument) -> None:
        forms = [next(n for n, f in enumerate(FRAMES) if i.text["en"].startswith(f)) for i in portraits.items]
        assert not any(form == following for form, following in pairwise(forms))

    def test_length(self, portraits: Instrument) -> None:
        lengths = [len(text.split()) for text in english(portraits)]
        assert (min(lengths), max(lengths)) >= (10, 10)
        assert max(lengths) <= 22

    def test_no_portrait_has_a_gender_or_a_negation(self, portraits: Instrument) -> None:
        for text in english(portraits):
            assert not set(words(text)) & (GENDERED | NEGATIONS), text
            assert "n't" not in text, text

    def test_no_portrait_joins_two_ideas(self, portraits: Instrument) -> None:
        joined = [text for text in english(portraits) if re.search(r"\b(and|or)\b", text)]
        # One noun phrase each; anything else with a conjunction needs a look before it is added here.
        assert joined == [
            "For this person, the rules of a workplace or school are there to be followed.",
            "It is important to this person that wild plants and animals have room to thrive.",
        ]

    def test_no_portrait_speaks_the_language_of_its_anchor(self, portraits: Instrument) -> None:
        assert set(ANCHOR_WORDS) == set(VALUE_CODES)
        for item in portraits.items:
            text = item.text["en"].lower()
            assert not [stem for stem in ANCHOR_WORDS[item.dimensions[0]] if stem in text], text

    def test_portraits_share_hardly_a_word_with_our_own_anchor_personas(self, portraits: Instrument) -> None:
        anchors = {row["name"]: content_words(row["text"]["en"]) for row in catalog("anchors.toml").rows}
        for item in portraits.items:
            shared = content_words(item.text["en"]) & anchors[item.dimensions[0]]
            assert len(shared) <= 1, (item.text["en"], shared)

    def test_no_portrait_resembles_a_published_one(self, portraits: Instrument, shared_data: Path) -> None:
        published = inventory_sentences(shared_data, {"PVQ40"})
        assert len(published) > 80
        for text in english(portraits):
            body = content_words(text.removeprefix(FRAMES[0]).removeprefix(FRAMES[2]))
            for other in published:
                shared = body & content_words(other)
                assert len(shared) < max(2, 0.5 * len(body)), (text, other)


class TestCivicTopics:
    def test_both_kinds_of_topic_over_all_areas(self, civic: Instrument) -> None:
        kinds = Counter(topic.attributes["controversial"] for topic in civic.topics)
        assert kinds[True] >= 22
        assert kinds[False] >= 8
        assert {topic.attributes["area"] for topic in civic.topics} == AREAS
        contested = {topic.attributes["area"] for topic in civic.topics if topic.attributes["controversial"]}
        assert contested == AREAS

    def test_each_topic_says_what_supporting_it_means(self, civic: Instrument) -> None:
        for topic in civic.topics:
            position = topic.attributes["position"]
            assert re.fullmatch(r"[A-Z][^.?!]+\.", position), position
            assert not set(words(position)) & NEGATIONS - {"without", "no"}, position
        assert len({topic.title["en"] for topic in civic.topics}) == len(civic.topics)

    def test_questions_per_topic_and_their_ids(self, civic: Instrument) -> None:
        found: dict[str, list[str]] = defaultdict(list)
        for item in civic.items:
            if item.wording == 0:
                found[item.topic or ""].append(item.id)
        assert set(found) == {topic.id for topic in civic.topics}
        for topic, ids in found.items():
            assert 4 <= len(ids) <= 5
            assert ids == [f"{topic}-{n}" for n in range(1, len(ids) + 1)]

    def test_each_question_has_five_paraphrases_with_the_stance_of_the_original(self, civic: Instrument) -> None:
        groups: dict[str, list[Item]] = defaultdict(list)
        for item in civic.items:
            groups[item.question_id].append(item)
        for question, items in groups.items():
            assert [item.wording for item in items] == [0, 1, 2, 3, 4, 5]
            assert [item.id for item in items] == [question] + [f"{question}~{n}" for n in range(1, 6)]
            assert all(item.options == items[0].options for item in items)
            assert all(item.topic == items[0].topic for item in items)

    def test_yes_and_no_take_opposite_sides(self, civic: Instrument) -> None:
        for item in civic.items:
            assert [option.text["en"] for option in item.options] == ["Yes", "No"]
            assert {option.stance for option in item.options} == {"supports", "opposes"}

    def test_yes_supports_about_two_thirds_of_controversial_questions(self, civic: Instrument) -> None:
        questions = originals(civic, controversial=True)
        share = sum(map(yes_supports, questions)) / len(questions)
        assert 0.60 <= share <= 0.72

    def test_yes_supports_nine_in_ten_uncontroversial_questions(self, civic: Instrument) -> None:
        questions = originals(civic, controversial=False)
        share = sum(map(yes_supports, questions)) / len(questions)
        assert 0.85 <= share <= 0.95

    def test_controversial_topics_have_questions_in_both_directions(self, civic: Instrument) -> None:
        directions: dict[str, set[bool]] = defaultdict(set)
        for item in originals(civic, controversial=True):
            directions[item.topic or ""].add(yes_supports(item))
        assert all(found == {True, False} for found in directions.values())

    def test_length(self, civic: Instrument) -> None:
        assert [text for text in english(civic) if not 8 <= len(text.split()) <= 25] == []

    def test_no_double_negatives(self, civic: Instrument) -> None:
        for text in english(civic):
            assert sum(word in NEGATIONS for word in words(text)) <= 1, text
            assert "n't" not in text, text

    def test_no_wording_names_a_country(self, civic: Instrument) -> None:
        # Apart from the first word, a capital would be a proper name.
        for text in english(civic):
            assert not re.search(r"(?<=[a-z,] )[A-Z]", text), text

    def test_wordings_of_a_question_differ_in_more_than_a_word(self, civic: Instrument) -> None:
        groups: dict[str, list[list[str]]] = defaultdict(list)
        for item in civic.items:
            groups[item.question_id].append(words(item.text["en"]))
        for wordings in groups.values():
            for one, two in combinations(wordings, 2):
                changed = max((Counter(one) - Counter(two)).total(), (Counter(two) - Counter(one)).total())
                assert changed >= 3, (one, two)

    def test_each_wording_names_its_topic(self, civic: Instrument) -> None:
        """A reader of the wording alone must be able to tell the topic: it has the words that only this topic uses."""
        assert set(TOPIC_WORDS) == {topic.id for topic in civic.topics}
        lost = [i.text["en"] for i in civic.items if not re.search(TOPIC_WORDS[i.topic or ""], i.text["en"].lower())]
        assert lost == []


def test_the_near_duplicate_search_finds_a_copy() -> None:
    ours = ["Should cities have parks that everyone can visit?", "Should old trees be felled?"]
    theirs = ["Do towns need parks?", "should cities have a park that everyone can visit?"]
    assert near_pairs(ours, theirs, 0.9) == [(ours[0], theirs[1])]


def test_no_wording_is_copied_from_published_questions(
    portraits: Instrument, civic: Instrument, shared_data: Path
) -> None:
    published = published_questions(shared_data) + inventory_sentences(shared_data)
    assert len(published) > 3000
    assert near_pairs(english(portraits) + english(civic), published, 0.9) == []


class TestThePage:
    def test_its_numbers_are_those_of_the_catalog(self, page: str, portraits: Instrument, civic: Instrument) -> None:
        rows = dict(re.findall(r"^\| ([a-z ]+) \| (.+) \|$", page, flags=re.MULTILINE))
        questions = len({item.question_id for item in civic.items})
        kinds = Counter(topic.attributes["controversial"] for topic in civic.topics)
        attitudes = len(find_instrument("social-attitudes").items)
        assert rows["questions"] == f"{len(portraits.items)} | {questions} | {attitudes}"
        assert rows["items in all"] == f"{len(portraits.items)} | {len(civic.items)} | {attitudes}"
        assert rows["wordings per question"] == f"1 | {len(civic.items) // questions} | 1"
        assert f"{kinds[True]} controversial and {kinds[False]} uncontroversial topics" in rows["groups"]
        shares = [100 * np.mean([yes_supports(item) for item in originals(civic, kind)]) for kind in (True, False)]
        sentence = f"{shares[0]:.0f} % of the controversial and {shares[1]:.0f} % of the uncontroversial questions"
        assert sentence in page

    def test_its_example_for_licensed_originals_loads(self, page: str) -> None:
        example = re.findall(r"```toml\n(.+?)```", page, flags=re.DOTALL)
        assert len(example) == 1
        loaded = instrument_from_toml(example[0], "docs/instruments.md")
        assert loaded.item("pv01").dimensions == ("SDT",)
