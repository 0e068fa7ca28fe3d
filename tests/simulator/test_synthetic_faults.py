"""Planted faults: as many as asked for, independent of each other and of the choice, and each read off its text."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from simulator.engines.synthetic import SyntheticEngine, synthetic_from_options
from simulator.engines.synthetic_fault_phrases import BANKS, FAULT_PHRASES, FAULTS
from simulator.engines.synthetic_faults import (
    Explained,
    draw_faults,
    expected_fault_shares,
    explained_with_faults,
    planted_faults,
)
from simulator.engines.synthetic_phrases import PHRASES
from simulator.engines.synthetic_text import explained, joined, written_label
from simulator.engines.synthetic_truth import KnownTruth
from simulator.errors import RunSpecError
from simulator.markers import Markers
from simulator.messages import Asked, Request, ShownOption
from simulator.option_labels import LABEL_SETS, label_at
from simulator.parsing import Reading, parse
from simulator.presentation import Presentation

LANGUAGES = sorted(PHRASES)
TEXTS = ("Not at all", "A little", "Rather", "Very much", "Entirely")
SHARES = {"iu": 0.1, "qc": 0.15, "rp": 0.2, "cv": 0.25, "ff": 0.3, "ir": 0.35}


def ask(person: int = 0, **changes: Any) -> Asked:
    label_set = changes.pop("label_set", "numbers")
    facts = {
        "run_seed": 7,
        "respondent_id": f"r{person:04d}",
        "persona_id": f"p{person}",
        "strategy": "city",
        "attributes": {},
        "item_id": "q1",
        "format": "single",
        "options": tuple(
            ShownOption(label_at(label_set, place), place + 1, text, place + 1.0) for place, text in enumerate(TEXTS)
        ),
        "answer_format": "explained",
    }
    return Asked(**(facts | changes))


def replies(engine: SyntheticEngine, asked: list[Asked], **request: Any) -> list[str]:
    async def all_of_them() -> list[str]:
        return [(await engine.complete(Request((), asked=one, **request))).text for one in asked]

    return asyncio.run(all_of_them())


def reading(text: str, asked: Asked) -> Reading:
    shown = Presentation(
        asked.item_id, 0, "Question?", (), asked.options, asked.format, asked.language, asked.answer_format,
        asked.max_picks, None, 0, Markers(),
    )  # fmt: skip
    return parse(text, shown)


def sentences(language: str) -> Iterator[str]:
    for fields in BANKS.values():
        for field in fields:
            yield from getattr(FAULT_PHRASES[language], field)


# How many ------------------------------------------------------------------------------------------------------------


def test_every_fault_has_the_share_that_was_planted_and_none_depends_on_another() -> None:
    engine = SyntheticEngine(KnownTruth(fault_shares=SHARES))
    n = 6000
    found = [planted_faults(text, "en") for text in replies(engine, [ask(person) for person in range(n)])]
    for code, share in SHARES.items():
        assert binomtest(sum(code in one for one in found), n, share).pvalue > 0.001, code
    for first, second in combinations(SHARES, 2):
        both = sum({first, second} <= one for one in found)
        assert binomtest(both, n, SHARES[first] * SHARES[second]).pvalue > 0.001, (first, second)


def test_expected_shares_count_replies_that_state_no_preference() -> None:
    truth = KnownTruth(fault_shares=SHARES, refusal=0.1, unreadable=0.15)
    expected = expected_fault_shares(truth)
    assert expected["iu"] == pytest.approx(0.25 + 0.75 * 0.1)
    assert expected["cv"] == pytest.approx(0.75 * 0.25)
    found = [planted_faults(text) for text in replies(SyntheticEngine(truth), [ask(n) for n in range(6000)])]
    for code, share in expected.items():
        assert binomtest(sum(code in one for one in found), 6000, share).pvalue > 0.001, code


def test_faults_leave_the_choice_alone() -> None:
    asked = [ask(person) for person in range(300)]
    sound = replies(SyntheticEngine(KnownTruth()), asked)
    faulty = replies(SyntheticEngine(KnownTruth(fault_shares={"cv": 1.0, "ff": 1.0, "ir": 1.0})), asked)
    assert [reading(text, one).codes for text, one in zip(sound, asked, strict=True)] == [
        reading(text, one).codes for text, one in zip(faulty, asked, strict=True)
    ]
    assert all(planted_faults(text) == frozenset() for text in sound)


def test_only_free_explained_replies_carry_faults() -> None:
    engine = SyntheticEngine(KnownTruth(fault_shares=dict.fromkeys(FAULTS, 1.0)))
    asked = [ask(person) for person in range(50)]
    assert all(planted_faults(text) == set(FAULTS) for text in replies(engine, asked))
    assert not any(map(planted_faults, replies(engine, asked, choices=tuple("12345"))))
    assert not any(map(planted_faults, replies(engine, asked, top_logprobs=5)))
    assert not any(map(planted_faults, replies(engine, [replace(one, answer_format="label") for one in asked])))


def test_a_fault_is_drawn_anew_when_an_item_is_asked_again() -> None:
    engine = SyntheticEngine(KnownTruth(fault_shares={"iu": 0.5}))
    first = [planted_faults(text) for text in replies(engine, [ask(n) for n in range(400)])]
    again = [planted_faults(text) for text in replies(engine, [ask(n, try_number=1) for n in range(400)])]
    same = sum(a == b for a, b in zip(first, again, strict=True))
    assert binomtest(same, 400, 0.5).pvalue > 0.001


def test_unknown_faults_and_impossible_shares_are_named() -> None:
    with pytest.raises(RunSpecError, match=r"fault_shares\.xx: is no name known here; allowed: iu, qc, rp, cv, ff, ir"):
        synthetic_from_options({"fault_shares": {"xx": 0.1}}, seed=0)
    with pytest.raises(RunSpecError, match=r"fault_shares\.ff: is 1\.5; give a number from 0 to 1"):
        synthetic_from_options({"fault_shares": {"ff": 1.5}}, seed=0)
    with pytest.raises(RunSpecError, match=r"fault_shares: is 0\.1; give a table"):
        synthetic_from_options({"fault_shares": 0.1}, seed=0)


# Read off the text ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sound_text_is_taken_for_a_faulty_one(language: str) -> None:
    phrases = PHRASES[language]
    reasons = {
        template.format(v=v, w=w) for template in phrases.reasons for v in phrases.values for w in phrases.values
    }
    for reason in reasons:
        for closing in phrases.closings:
            assert not planted_faults(explained(phrases, "3", joined((reason, closing))))
    for template in (*phrases.opinions, *phrases.portraits):
        assert not any(planted_faults(template.format(v=v, w=w)) for v in phrases.values for w in phrases.values)


def test_every_sentence_belongs_to_one_fault_in_one_language() -> None:
    every = [(language, text) for language in LANGUAGES for text in sentences(language)]
    assert len({text for _, text in every}) == len(every)
    for language, text in every:
        assert len(planted_faults(text)) == 1
        assert planted_faults(text) == planted_faults(text, language)
        for other in LANGUAGES:
            assert other == language or not planted_faults(text, other)
    for language in LANGUAGES:
        for text in (*PHRASES[language].refusals, *PHRASES[language].evasions):
            assert planted_faults(text) == {"iu"}


@given(
    language=st.sampled_from(LANGUAGES),
    faults=st.dictionaries(st.sampled_from(list(FAULTS)), st.floats(0, 1, exclude_max=True)),
    kind=st.sampled_from(["single", "scale", "multiple"]),
    label_set=st.sampled_from(LABEL_SETS),
    place=st.integers(0, len(TEXTS) - 1),
    words=st.floats(0, 1, exclude_max=True),
)
def test_exactly_the_planted_faults_are_found(
    language: str, faults: dict[str, float], kind: str, label_set: str, place: int, words: float
) -> None:
    asked = ask(language=language, format=kind, label_set=label_set)
    label, phrases = asked.options[place].label, PHRASES[language]
    written = written_label(label, TEXTS[place], words, 0.8)
    reason = joined((phrases.reasons[0].format(v=phrases.values[0], w=phrases.values[1]), phrases.closings[-1]))
    text = explained_with_faults(asked, Explained(label, written, reason), faults)
    assert planted_faults(text) == planted_faults(text, language) == frozenset(faults)
    if not faults:
        assert text == explained(phrases, written, reason)


def test_draws_have_names_of_their_own() -> None:
    seen = []
    draw_faults(dict.fromkeys(FAULTS, 1.0), lambda *names: seen.append(names) or 0.5)
    assert len(set(seen)) == len(seen) == 2 * len(FAULTS)
    assert draw_faults({}, lambda *_: pytest.fail("nothing is drawn where nothing is planted")) == {}


# Read by the reader of replies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("label_set", LABEL_SETS)
@pytest.mark.parametrize("kind", ["single", "scale", "multiple"])
def test_what_the_reader_makes_of_faulty_replies(language: str, label_set: str, kind: str) -> None:
    asked = ask(language=language, format=kind, label_set=label_set)
    phrases = PHRASES[language]
    reason = phrases.reasons[0].format(v=phrases.values[0], w=phrases.values[1])
    fractions = [step / 12 for step in range(12)]
    for option in asked.options:
        reply = Explained(option.label, option.label, reason)
        for code, u in ((code, u) for code in FAULTS for u in fractions):
            text = explained_with_faults(asked, reply, {code: u})
            found = reading(text, asked)
            if code in ("rp", "cv", "ff", "ir"):
                assert (found.status, found.codes) == ("answered", (option.code,)), text
            elif code == "qc":
                assert found.status == "unparsed", text
            elif u >= 0.5:
                assert found.status in ("unparsed", "dont_know", "refused"), text
            else:
                assert found.status != "answered" or found.codes == (option.code,), text
