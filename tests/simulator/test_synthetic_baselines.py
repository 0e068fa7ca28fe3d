"""Known-truth baselines: the share of every option is what the declared diversity says, entry by entry."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import Any

import pytest

from simulator.engines.synthetic import SyntheticEngine
from simulator.engines.synthetic_baselines import CRITIQUES, diversity_of, somebody, typical
from simulator.engines.synthetic_truth import KnownTruth
from simulator.messages import Asked, Message, Request, Settings, ShownOption
from simulator.protocols.lists import list_entries

OPTIONS = tuple(ShownOption(str(code), code, text, float(code)) for code, text in enumerate("abcde", 1))
ASKED = Asked(
    run_seed=7,
    respondent_id="r0000",
    persona_id="p",
    strategy="city",
    attributes={"country": "CN"},
    item_id="q",
    format="single",
    options=OPTIONS,
    dimensions=("SDT",),
    protocol="critique-list",
    step="lister",
)
N = 3000


def said(engine: SyntheticEngine, asked: Asked, seed: int = 1, **more: Any) -> str:
    request = Request((Message("user", "?"),), Settings(), seed=seed, asked=asked, **more)
    return asyncio.run(engine.complete(request)).text


def expected(engine: SyntheticEngine, asked: Asked) -> dict[int, float]:
    """diversity * mean over people of the country + (1 - diversity) * typical, by the engine's own exact shares."""
    people = [replace(asked, persona_id=f"somebody {number}") for number in range(4 * N)]
    shares = [engine.true_distribution(person).shares for person in people]
    mean = {option.code: sum(one[place] for one in shares) / len(shares) for place, option in enumerate(asked.options)}
    alone = typical(asked, engine.questions).alone
    d = diversity_of(asked, engine.truth)
    return {code: d * mean[code] + (1 - d) * alone[code] for code in mean}


@pytest.mark.parametrize(("step", "diversity"), [("lister", 0.3), ("reviser", 0.3 + 0.4 * 0.7)])
def test_a_list_spreads_as_declared(step: str, diversity: float) -> None:
    engine = SyntheticEngine(KnownTruth(list_diversity=0.3, critique_gain=0.4, verbosity=0.0))
    asked = replace(ASKED, step=step, n_entries=N)
    assert diversity_of(asked, engine.truth) == pytest.approx(diversity)
    entries = list_entries(said(engine, asked), lambda text: text in "12345")
    assert len(entries) == N
    for code, share in expected(engine, asked).items():
        found = entries.count(str(code)) / N
        assert abs(found - share) < 4 * math.sqrt(max(share * (1 - share), 1e-3) / N)


def test_a_draft_spreads_less_than_its_revision() -> None:
    engine = SyntheticEngine(KnownTruth(draft_diversity=0.1, critique_gain=0.5))
    single = replace(ASKED, protocol="critique-single", step="respondent")
    assert diversity_of(single, engine.truth) == pytest.approx(0.1)
    assert diversity_of(replace(single, step="reviser"), engine.truth) == pytest.approx(0.55)


def test_the_average_person_has_one_answer_unless_diversity_is_declared() -> None:
    engine = SyntheticEngine(KnownTruth(verbosity=0.0))
    asked = replace(ASKED, protocol="average-person", step="respondent")
    mode = max(typical(asked, engine.questions).alone.items(), key=lambda pair: pair[1])[0]
    found = {said(engine, replace(asked, respondent_id=f"r{number}"), seed=number) for number in range(200)}
    assert found == {str(mode)}
    spread = SyntheticEngine(KnownTruth(verbosity=0.0, average_diversity=1.0))
    assert len({said(spread, replace(asked, respondent_id=f"r{n}"), seed=n) for n in range(200)}) > 1


def test_the_typical_person_is_another_one_elsewhere() -> None:
    """The truth is of the country: a large effect of places moves what is typical somewhere."""
    engine = SyntheticEngine(KnownTruth(place_effect=4.0))
    positions = {
        country: typical(replace(ASKED, attributes={"country": country}), engine.questions).position
        for country in ("US", "CN", "DE", "JP")
    }
    assert len(set(positions.values())) == 4


def test_nonresponse_stands_in_an_entry_not_in_place_of_the_list() -> None:
    engine = SyntheticEngine(KnownTruth(refusal=0.2, unreadable=0.1, verbosity=0.0))
    entries = list_entries(said(engine, replace(ASKED, n_entries=N)), lambda text: text in "12345")
    lost = sum(entry not in "12345" for entry in entries) / N
    assert len(entries) == N
    assert abs(lost - 0.3) < 4 * math.sqrt(0.3 * 0.7 / N)


def test_several_picks_are_listed_too() -> None:
    engine = SyntheticEngine(KnownTruth(list_diversity=0.0, verbosity=0.0))
    asked = replace(ASKED, format="multiple", dimensions=(), n_entries=50)
    entries = set(list_entries(said(engine, asked), lambda _text: True))
    picks = typical(asked, engine.questions).picks
    assert entries == {", ".join(str(code) for code, picked in picks.items() if picked)}


@pytest.mark.parametrize("language", ["en", "de", "zh", "ja"])
def test_critics_speak_the_language_and_votes_go_to_the_revision(language: str) -> None:
    engine = SyntheticEngine()
    critic = replace(ASKED, step="critic", options=(), format="open", language=language)
    assert {said(engine, critic, seed=seed) for seed in range(30)} == set(CRITIQUES[language])
    candidates = (ShownOption("1", 1, "first"), ShownOption("2", 2, "revised"))
    assert said(engine, replace(ASKED, step="voter", options=candidates)) == "2"


def test_entries_are_of_different_people() -> None:
    names = {somebody(ASKED, place).persona_id for place in range(10)}
    assert len(names | {somebody(replace(ASKED, item_id="other"), 0).persona_id}) == 11
