"""Known-truth respondents: what they answer is what they were told to be, and every reader can read it."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare, spearmanr

from simulator.engines.base import Capability, Engine
from simulator.engines.synthetic import SyntheticEngine, synthetic_from_options
from simulator.engines.synthetic_answers import affirming_code, graded_probabilities
from simulator.engines.synthetic_phrases import PHRASES
from simulator.engines.synthetic_picks import count_probabilities, picked_shares
from simulator.engines.synthetic_truth import KnownTruth, parameter_table
from simulator.errors import EngineRefused, RunSpecError
from simulator.markers import Markers
from simulator.messages import Asked, RememberedAnswer, Request, ShownOption
from simulator.option_labels import LABEL_SETS, label_at
from simulator.parsing import parse
from simulator.presentation import Presentation
from surveys.values import HUMAN_MEANS, VALUE_CODES

LIKENESS = (
    "Not like me at all",
    "Not like me",
    "A little like me",
    "Moderately like me",
    "Like me",
    "Very much like me",
)
SIX = tuple(ShownOption(str(code), code, text) for code, text in enumerate(LIKENESS, start=1))
YES_NO = (ShownOption("1", 1, "Yes", stance="supports"), ShownOption("2", 2, "No", stance="opposes"))
FLAT = KnownTruth(
    discrimination=2.5,
    mean_rating=0,
    hierarchy=0,
    hierarchy_noise=0,
    person_spread=0,
    level_spread=0,
    item_spread=0,
    wording_spread=0,
)
"""Everybody is in the middle of every scale."""


def ask(person: int = 0, item: str = "pv01", **changes: Any) -> Asked:
    facts = {
        "run_seed": 7,
        "respondent_id": f"r{person:04d}",
        "persona_id": f"p{person}",
        "strategy": "city",
        "attributes": {},
        "item_id": item,
        "format": "scale",
        "options": SIX,
        "dimensions": ("SDT",),
    }
    return Asked(**(facts | changes))


def ask_stance(person: int = 0, item: str = "q1", **changes: Any) -> Asked:
    return ask(person, item, **({"format": "single", "options": YES_NO, "dimensions": (), "topic": "t"} | changes))


def reply(engine: SyntheticEngine, asked: Asked, **request: Any) -> Any:
    return asyncio.run(engine.complete(Request((), asked=asked, **request)))


def replies(engine: SyntheticEngine, asked: list[Asked], **request: Any) -> list[str]:
    async def all_of_them() -> list[str]:
        return [(await engine.complete(Request((), asked=one, **request))).text for one in asked]

    return asyncio.run(all_of_them())


def presented(asked: Asked) -> Presentation:
    return Presentation(
        asked.item_id, 0, "Question?", (), asked.options, asked.format, asked.language, asked.answer_format,
        asked.max_picks, None, 0, Markers(),
    )  # fmt: skip


# What is planted ------------------------------------------------------------------------------------------------------


def test_answers_are_drawn_from_the_true_distribution() -> None:
    truth = KnownTruth(
        verbosity=0, acquiescence=0.05, first_option=0.08, last_option=0.04, extremity=0.06, assimilation=0.1,
        label_preference={"3": 0.05}, refusal=0.03, unreadable=0.04, person_spread=0,
    )  # fmt: skip
    engine = SyntheticEngine(truth)
    memory = (RememberedAnswer(1, "a", (2,)), RememberedAnswer(2, "b", (2,)), RememberedAnswer(3, "c", (9,)))
    shown = tuple(option._replace(label=str(place)) for place, option in enumerate(reversed(SIX), start=1))
    asked = ask(options=shown, remembered=memory)
    true = engine.true_distribution(asked)
    counts: Counter[str] = Counter()
    for text in replies(engine, [replace(asked, try_number=number) for number in range(20_000)]):
        refused = text in PHRASES["en"].refusals
        counts["refused" if refused else "unreadable" if text in PHRASES["en"].evasions else text] += 1
    expected = [*true.shares, true.refused, true.unreadable]
    observed = [counts[option.label] for option in shown] + [counts["refused"], counts["unreadable"]]
    assert sum(observed) == 20_000
    assert chisquare(observed, np.array(expected) * 20_000).pvalue > 0.001


def test_biases_mix_with_content_in_their_shares() -> None:
    content = graded_probabilities(0.0, 6, 2.5)
    memory = (RememberedAnswer(1, "a", (2,)), RememberedAnswer(2, "b", (9,)), RememberedAnswer(3, "c", (1, 2)))
    truth = replace(FLAT, acquiescence=0.1, first_option=0.05, last_option=0.02, assimilation=0.12, refusal=0.2)
    true = SyntheticEngine(truth).true_distribution(ask(remembered=memory))
    # One of the three remembered answers can be repeated here: 0.04 of the 0.12 finds something to repeat.
    left = 1 - 0.1 - 0.05 - 0.02 - 0.04
    expected = [left * p for p in content]
    expected[0] += 0.05
    expected[5] += 0.02 + 0.1
    expected[1] += 0.04
    assert true.answered == pytest.approx(expected)
    assert true.refused == pytest.approx(0.2)
    assert sum(true.shares) + true.refused + true.unreadable == pytest.approx(1)


def test_extremity_takes_the_end_on_the_persons_side() -> None:
    truth = replace(FLAT, mean_rating=-0.5, extremity=0.3)
    true = SyntheticEngine(truth).true_distribution(ask())
    assert true.shares[0] == pytest.approx(0.3 + 0.7 * graded_probabilities(-0.5, 6, 2.5)[0])
    stance = SyntheticEngine(truth).true_distribution(ask_stance())
    assert stance == SyntheticEngine(replace(truth, extremity=0)).true_distribution(ask_stance())


def test_a_preferred_label_is_chosen_wherever_it_stands() -> None:
    engine = SyntheticEngine(replace(FLAT, topic_spread=0, topic_person_spread=0, label_preference={"B": 0.4}))
    shown = (YES_NO[1]._replace(label="A"), YES_NO[0]._replace(label="B"))
    assert engine.true_distribution(ask_stance(options=shown)).shares == pytest.approx((0.3, 0.7))
    assert engine.true_distribution(ask_stance()).shares == pytest.approx((0.5, 0.5))


def test_offered_missing_categories_take_their_shares() -> None:
    engine = SyntheticEngine(replace(FLAT, dont_know=0.1, refusal=0.2))
    offered = (
        *SIX,
        ShownOption("7", 7, "Don't know", missing="dont_know"),
        ShownOption("8", 8, "No answer", missing="refused"),
    )
    true = engine.true_distribution(ask(options=offered))
    assert true.shares[6:] == pytest.approx((0.8 * 0.1, 0.2))
    assert (sum(true.shares), true.refused) == (pytest.approx(1), 0)


def test_graded_response_model_by_hand() -> None:
    # Two categories at 1 logit above the threshold; symmetric scale of three.
    assert graded_probabilities(0.5, 2, 2.0)[1] == pytest.approx(1 / (1 + math.exp(-1)))
    low, middle, high = graded_probabilities(0.0, 3, 1.0)
    assert low == pytest.approx(high) == pytest.approx(1 / (1 + math.e))
    assert middle == pytest.approx(1 - 2 * low)


def test_reverse_keyed_items_mirror_the_scale() -> None:
    engine = SyntheticEngine(replace(FLAT, mean_rating=0.9))
    forward, backward = (engine.true_distribution(ask(key=key)).shares for key in (1, -1))
    assert forward == pytest.approx(backward[::-1])


def test_uncontroversial_topics_find_support() -> None:
    engine = SyntheticEngine(KnownTruth())
    topics = [ask_stance(topic=f"t{n}", topic_attributes={"controversial": False}) for n in range(50)]
    assert min(engine.true_distribution(asked).shares[0] for asked in topics) > 0.8
    contested = [engine.true_distribution(replace(asked, topic_attributes={})).shares[0] for asked in topics]
    assert min(contested) < 0.3
    assert max(contested) > 0.7


@pytest.mark.parametrize(
    ("texts", "affirming"),
    [
        (("Yes", "No"), 1),
        (("Nein", "Ja"), 2),
        (("否", "是"), 2),
        (("はい", "いいえ"), 1),
        (LIKENESS, 6),
        (("Strongly agree", "Agree", "Disagree", "Strongly disagree"), 1),
        (("Stimme nicht zu", "Stimme eher zu", "Stimme zu"), 3),
        (("非常不同意", "不同意", "同意", "非常同意"), 4),
        (("red", "green"), None),
        (("1", "2", "3"), None),
    ],
)
def test_which_option_affirms(texts: tuple[str, ...], affirming: int | None) -> None:
    assert affirming_code([ShownOption(str(n), n, text) for n, text in enumerate(texts, start=1)]) == affirming


# Who they are ---------------------------------------------------------------------------------------------------------


def profiles(truth: KnownTruth, n: int, attributes: Mapping[str, Any] | None = None, **changes: Any) -> np.ndarray:
    engine = SyntheticEngine(truth)
    return np.array([engine.latent_profile(ask(person, attributes=attributes or {}, **changes)) for person in range(n)])


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_personal_variation_follows_the_circle(strength: float) -> None:
    found = np.corrcoef(profiles(KnownTruth(circumplex_strength=strength, level_spread=0), 2000).T)
    steps = np.subtract.outer(np.arange(19), np.arange(19))
    planted = np.where(steps == 0, 1.0, strength * np.cos(2 * np.pi * steps / 19))
    # Four standard errors of a correlation of zero.
    assert np.abs(found - planted).max() < 4 / math.sqrt(2000)


def test_person_and_level_spread_are_standard_deviations() -> None:
    found = profiles(KnownTruth(person_spread=0.5, level_spread=0.3), 2000)
    assert found.std(axis=0).mean() == pytest.approx(math.hypot(0.5, 0.3), rel=0.05)


def test_an_anchor_is_a_cosine_on_the_circle() -> None:
    plain, anchored = (profiles(KnownTruth(persona_effect=0.8), 1, facts)[0] for facts in ({}, {"anchor": "TR"}))
    place = VALUE_CODES.index("TR")
    assert anchored - plain == pytest.approx(0.8 * np.cos(2 * np.pi * (np.arange(19) - place) / 19))


def test_later_parameters_leave_earlier_truths_their_names() -> None:
    # As in records made before there were phases and blank respondents.
    assert KnownTruth().fingerprint == "533e9073"
    assert KnownTruth(acquiescence=0.1).fingerprint == "39da7ca5"
    assert KnownTruth(anchor_phase=1).fingerprint != KnownTruth(blank_spread=0).fingerprint != "533e9073"


def test_an_item_follows_the_value_it_measures_and_no_other() -> None:
    truth = replace(FLAT, discrimination=3.5)
    for value in VALUE_CODES:
        asked = ask(dimensions=(value,), attributes={"anchor": value})
        # An anchor raises its own value by 1 point: thresholds lie 3, 2, 1, 0 and -1 below it.
        reached = [1 / (1 + math.exp(-3.5 * below)) for below in (3, 2, 1, 0, -1)]
        expected = -np.diff([1.0, *reached, 0.0])
        assert SyntheticEngine(truth).true_distribution(asked).shares == pytest.approx(expected)


def test_a_phase_moves_the_peak_along_the_circle() -> None:
    truth = KnownTruth(persona_effect=0.8, anchor_phase=2.5)
    plain, anchored = (profiles(truth, 1, facts)[0] for facts in ({}, {"anchor": "UNN"}))
    steps = np.arange(19) - VALUE_CODES.index("UNN") - 2.5
    assert anchored - plain == pytest.approx(0.8 * np.cos(2 * np.pi * steps / 19))


def test_who_is_told_nothing_can_lack_what_is_personal() -> None:
    truth = KnownTruth(blank_spread=0)
    assert np.ptp(profiles(truth, 20), axis=0).max() == 0
    assert np.array_equal(profiles(truth, 20, {"age": 45}), profiles(KnownTruth(), 20, {"age": 45}))
    wide = profiles(KnownTruth(blank_spread=2, person_spread=0.5, level_spread=0.3), 2000)
    assert wide.std(axis=0).mean() == pytest.approx(2 * math.hypot(0.5, 0.3), rel=0.05)
    engine = SyntheticEngine(truth)
    shares = [
        engine.true_distribution(ask(person, dimensions=(), topic=topic)).shares
        for topic in ("trams", None)
        for person in range(5)
    ]
    assert len(set(shares)) == 2


def test_age_and_gender_shift_their_poles() -> None:
    def shift(facts: dict[str, Any]) -> dict[str, float]:
        both = (profiles(KnownTruth(age_effect=0.1, gender_effect=0.2), 1, one)[0] for one in ({}, facts))
        plain, shifted = both
        return dict(zip(VALUE_CODES, shifted - plain, strict=True))

    assert shift({"age": 65})["TR"] == pytest.approx(0.2)
    assert shift({"age": 65})["SDT"] < -0.15
    assert shift({"age": "60-70"}) == shift({"age": 65})
    assert shift({"gender": "female"})["BED"] == pytest.approx(0.2)
    assert shift({"gender": "male"})["BED"] == pytest.approx(-0.2)
    assert set(shift({"gender": "non-binary"}).values()) == {0}


def test_groups_are_stable_and_as_far_apart_as_planted() -> None:
    truth = KnownTruth(person_spread=0, level_spread=0, place_effect=0.3, name_effect=0)
    cities = [{"country": f"c{n}", "region": f"r{n}", "city": f"t{n}"} for n in range(400)]
    found = np.array([profiles(truth, 1, facts)[0] for facts in cities])
    assert found.std(axis=0).mean() == pytest.approx(0.3, rel=0.1)
    assert np.array_equal(profiles(truth, 2, cities[0])[0], profiles(truth, 2, cities[0], run_seed=8)[1])


def test_the_shared_hierarchy_is_near_the_human_one_but_not_the_same() -> None:
    means = profiles(KnownTruth(), 300).mean(axis=0)
    assert 0.75 < spearmanr(means, [HUMAN_MEANS[code] for code in VALUE_CODES]).statistic < 0.97


def test_generated_personas_differ_more() -> None:
    plain, told = (profiles(KnownTruth(), 500, strategy=name).std(axis=0).mean() for name in ("city", "generated"))
    assert told > 1.4 * plain


# Draws ----------------------------------------------------------------------------------------------------------------


def test_draws_do_not_depend_on_order_or_on_other_respondents() -> None:
    asked = [ask(person, f"i{item}") for person in range(20) for item in range(10)]
    forward, backward = SyntheticEngine(), SyntheticEngine()
    assert replies(forward, asked) == replies(backward, asked[::-1])[::-1]
    assert replies(SyntheticEngine(seed=1), asked) != replies(forward, asked)


def test_samples_are_independent_draws_and_the_first_is_the_single_one() -> None:
    engine = SyntheticEngine(KnownTruth(verbosity=0))
    many = reply(engine, ask(), samples=4000)
    assert many.texts[0] == reply(engine, ask()).text
    counts = Counter(many.texts)
    expected = np.array(engine.true_distribution(ask()).shares)
    likely = expected > 0.002
    observed = np.array([counts[option.label] for option in SIX])
    assert (
        chisquare(observed[likely], observed[likely].sum() * expected[likely] / expected[likely].sum()).pvalue > 0.001
    )


def test_an_unreadable_reply_is_drawn_anew_at_the_next_try() -> None:
    engine = SyntheticEngine(KnownTruth(unreadable=0.5))
    lost = [
        asked for asked in (ask(person) for person in range(200)) if reply(engine, asked).text in PHRASES["en"].evasions
    ]
    again = replies(engine, [replace(asked, try_number=1) for asked in lost])
    assert 0.3 < sum(text in PHRASES["en"].evasions for text in again) / len(lost) < 0.7


# Token probabilities and structured choice ----------------------------------------------------------------------------


@pytest.mark.parametrize("answer_format", ["label", "explained"])
def test_spellings_of_a_label_sum_to_its_probability(answer_format: str) -> None:
    truth = KnownTruth(refusal=0.1, unreadable=0.05, off_mass=0.02, first_option=0.1)
    engine = SyntheticEngine(truth)
    for person in range(30):
        asked = ask(person, answer_format=answer_format)
        completion = reply(engine, asked, top_logprobs=50)
        assert "".join(position.token for position in completion.positions) == completion.text
        found = next(position for position in completion.positions if len(position.top) > 1)
        masses = dict.fromkeys((option.label for option in SIX), 0.0)
        for token, logprob in found.top:
            if token.strip() in masses:
                masses[token.strip()] += math.exp(logprob)
        assert sum(math.exp(logprob) for _, logprob in found.top) == pytest.approx(1)
        off = 1 - sum(masses.values())
        assert off == pytest.approx(0.15 + 0.85 * 0.02)
        answered = engine.true_distribution(asked).answered
        assert [mass / (1 - off) for mass in masses.values()] == pytest.approx(answered)
        assert dict(found.top)[found.token] == found.logprob


def test_fewer_alternatives_are_the_likeliest_ones() -> None:
    found = reply(SyntheticEngine(), ask(), top_logprobs=3).positions[0].top
    assert len(found) == 3
    assert [logprob for _, logprob in found] == sorted((logprob for _, logprob in found), reverse=True)


def test_structured_choice_returns_exactly_one_of_the_choices() -> None:
    engine = SyntheticEngine(KnownTruth(refusal=0.5, unreadable=0.4))
    for choices in (tuple(option.label for option in SIX), LIKENESS, tuple(f"{o.label}. {o.text}" for o in SIX)):
        texts = replies(engine, [ask(person) for person in range(200)], choices=choices)
        assert set(texts) <= set(choices)
        assert len(set(texts)) > 2


# Several picks --------------------------------------------------------------------------------------------------------

QUALITIES = tuple(ShownOption(str(n), n, f"quality {n}") for n in range(1, 8))


@pytest.mark.parametrize("most", [None, 2])
def test_picks_follow_their_true_shares(most: int | None) -> None:
    engine = SyntheticEngine(KnownTruth(first_option=0.1))
    asked = ask(format="multiple", options=QUALITIES, dimensions=(), max_picks=most)
    texts = replies(engine, [replace(asked, try_number=number) for number in range(6000)])
    picked = [parse(text, presented(asked)).codes for text in texts]
    assert max(map(len, picked)) <= (most or 7)
    assert min(map(len, picked)) >= 1
    counts = Counter(code for codes in picked for code in codes)
    for option, share in zip(QUALITIES, engine.true_distribution(asked).shares, strict=True):
        assert counts[option.code] / 6000 == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / 6000))


def test_pick_probabilities_by_hand() -> None:
    # Two options, one pick: either alone; both (then either with one half); none (then in proportion).
    shares = picked_shares({1: 0.5, 2: 0.25}, 1)
    assert shares[1] == pytest.approx(0.5 * 0.75 + 0.125 / 2 + 0.375 * 2 / 3)
    assert sum(shares.values()) == pytest.approx(1)
    assert count_probabilities([0.5, 0.5]) == pytest.approx([0.25, 0.5, 0.25])


# Words ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", sorted(PHRASES))
@pytest.mark.parametrize("answer_format", ["label", "explained"])
def test_every_readable_form_is_read_and_no_other(language: str, answer_format: str) -> None:
    engine = SyntheticEngine(KnownTruth(verbosity=0.8, refusal=0.2, unreadable=0.2))
    for label_set in LABEL_SETS:
        shown = tuple(option._replace(label=label_at(label_set, place)) for place, option in enumerate(SIX))
        for person in range(60):
            asked = ask(person, options=shown, language=language, answer_format=answer_format)
            text = reply(engine, asked).text
            reading = parse(text, presented(asked))
            if text in PHRASES[language].refusals:
                assert reading.status == "refused", text
            elif text in PHRASES[language].evasions:
                assert reading.status == "unparsed", text
            else:
                quiet = replace(asked, answer_format="label")
                plain = SyntheticEngine(replace(engine.truth, verbosity=0))
                wanted = next(option for option in shown if option.label == reply(plain, quiet).text)
                assert (reading.status, reading.codes) == ("answered", (wanted.code,)), text


@pytest.mark.parametrize("language", sorted(PHRASES))
def test_every_template_can_be_filled(language: str) -> None:
    phrases = PHRASES[language]
    assert len(phrases.values) == 19 == len(set(phrases.values))
    for template in (*phrases.reasons, *phrases.closings, *phrases.opinions, *phrases.portraits):
        assert not any(sign.isdigit() for sign in template.format(v=phrases.values[0], w=phrases.values[1]))
    assert (
        len(set(replies(SyntheticEngine(), [ask(n, answer_format="explained", language=language) for n in range(80)])))
        > 40
    )


def test_open_items_and_personas_get_sentences() -> None:
    engine = SyntheticEngine()
    opinion = ask(format="open", options=(), dimensions=())
    assert parse(reply(engine, opinion).text, presented(opinion)).status == "answered"
    assert reply(engine, replace(opinion, format="persona")).text.startswith("You ")
    assert len({reply(engine, ask(n, format="persona", options=())).text for n in range(40)}) > 20


# The border -----------------------------------------------------------------------------------------------------------


def test_it_is_an_engine_and_says_what_it_can_do() -> None:
    engine = SyntheticEngine()
    assert isinstance(engine, Engine)
    assert {Capability.TOP_LOGPROBS, Capability.STRUCTURED_CHOICE} <= engine.capabilities
    assert engine.model != SyntheticEngine(KnownTruth(refusal=0.1)).model
    completion = reply(engine, ask())
    assert (completion.latency_seconds, completion.prompt_tokens) == (None, None)


def test_a_request_without_facts_is_refused() -> None:
    with pytest.raises(EngineRefused, match="facts"):
        asyncio.run(SyntheticEngine().complete(Request(())))


def test_options_are_checked_all_at_once() -> None:
    with pytest.raises(RunSpecError) as caught:
        synthetic_from_options({"aquiescence": 0.1, "refusal": 1.5, "label_preference": {"A": "much"}, "world": 1.5}, 0)
    message = str(caught.value)
    assert "did you mean 'acquiescence'?" in message
    assert "refusal: is 1.5; give a number from 0 to 1" in message
    assert "label_preference.A" in message
    assert "world" in message
    with pytest.raises(RunSpecError, match=r"sum to 1\.2"):
        synthetic_from_options({"first_option": 0.7, "label_preference": {"A": 0.5}}, 0)
    assert synthetic_from_options({"acquiescence": 0.1}, 3).truth == KnownTruth(acquiescence=0.1)


def test_every_parameter_is_documented_and_biases_are_off() -> None:
    rows = {row[0]: row for row in parameter_table()}
    assert list(rows) == [field.name for field in fields(KnownTruth)]
    assert all(about and unit for _, _, unit, about in rows.values())
    biases = (
        "acquiescence",
        "first_option",
        "last_option",
        "extremity",
        "assimilation",
        "dont_know",
        "refusal",
        "unreadable",
    )
    assert {rows[name][1] for name in biases} == {"0"}


def test_a_style_shifts_stances_as_far_as_planted() -> None:
    plain, shifted, by_language = (
        synthetic_from_options(truth, seed=7)
        for truth in ({}, {"style_shift": {"one-shot": 0.7}}, {"language_shift": {"de": 0.7}})
    )
    base = ask()
    assert shifted.true_distribution(replace(base, style="default")) == plain.true_distribution(base)
    moved = shifted.true_distribution(replace(base, style="one-shot"))
    assert moved == by_language.true_distribution(replace(base, language="de"))
    assert moved != plain.true_distribution(base)


def test_approval_of_an_action_follows_its_stance_as_far_as_it_is_linked() -> None:
    action = ask(is_action=True)
    for link in (1.0, 0.0, -1.0):
        engine = synthetic_from_options({"action_link": link, "item_spread": 0.0}, seed=7)
        same, other = (engine.true_distribution(replace(action, key=key)).shares for key in (1, -1))
        # At 0, an action and its opposite are approved of alike; below it, as its opposite would be.
        assert (same == other) == (link == 0.0)
        if link == -1.0:
            assert other == synthetic_from_options({"item_spread": 0.0}, seed=7).true_distribution(action).shares
        question = ask()
        plain = synthetic_from_options({"item_spread": 0.0}, seed=7)
        assert engine.true_distribution(question) == plain.true_distribution(question)
