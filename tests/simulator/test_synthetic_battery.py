"""Known-truth batteries: a line answers as its item would alone; planted faults are found at their planted rates."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2_contingency, chisquare

from simulator.battery_reply import BatteryEntry, BatteryReading, read_battery
from simulator.engines.synthetic import SyntheticEngine
from simulator.engines.synthetic_battery import FORMS, battery_distributions
from simulator.engines.synthetic_list_faults import LIST_FAULTS
from simulator.engines.synthetic_truth import KnownTruth
from simulator.errors import RunSpecError
from simulator.markers import Markers
from simulator.messages import Asked, Message, Request, ShownOption
from simulator.option_labels import LABEL_SETS, label_at
from simulator.parsing import parse
from simulator.presentation import Presentation
from surveys.values import VALUE_CODES

TEXTS = ("Not at all like me", "Not like me", "Hardly like me", "Somewhat like me", "Like me", "Very much like me")
N_LISTS = 1500


def options_with(label_set: str = "numbers") -> tuple[ShownOption, ...]:
    return tuple(ShownOption(label_at(label_set, place), place + 1, text) for place, text in enumerate(TEXTS))


def battery_of(n_items: int, respondent: int, label_set: str = "numbers", **facts: Any) -> Asked:
    """A battery of one-value items put to one of many respondents who all have the same persona."""
    items = tuple(
        (
            number,
            Asked(
                run_seed=7,
                respondent_id=f"r{respondent:04d}",
                persona_id="p",
                strategy="city",
                attributes={"country": "DE"},
                item_id=f"q{number}",
                format="single",
                options=options_with(label_set),
                dimensions=(VALUE_CODES[number % len(VALUE_CODES)],),
                **facts,
            ),
        )
        for number in range(1, n_items + 1)
    )
    return listing(items)


def listing(items: tuple[tuple[int, Asked], ...]) -> Asked:
    return replace(items[0][1], protocol="battery", battery=items)


def said(engine: SyntheticEngine, asked: Asked, seed: int = 3) -> str:
    return asyncio.run(engine.complete(Request((Message("user", "?"),), seed=seed, asked=asked))).text


def presented(item: Asked) -> Presentation:
    return Presentation("q", 0, "?", (), item.options, item.format, "en", "label", None, None, 0, Markers())


def read(engine: SyntheticEngine, asked: Asked) -> BatteryReading:
    entries = [BatteryEntry(n, item.item_id, item.options, item.format, item.max_picks) for n, item in asked.battery]
    return read_battery(said(engine, asked), entries, asked.language, asked.answer_format)


def codes_of(engine: SyntheticEngine, n_items: int, n_lists: int = N_LISTS) -> np.ndarray[Any, Any]:
    """The codes of every list and line; every line must have one."""
    return np.array([[only.codes[0] for only in read(engine, battery_of(n_items, n)).readings] for n in range(n_lists)])


def exactly(engine: SyntheticEngine, asked: Asked) -> list[tuple[float, ...]]:
    items = [item for _, item in asked.battery]
    own = [engine.true_distribution(item) for item in items]
    return [one.shares for one in battery_distributions(items, own, engine.truth.battery_straightlining)]


def fits(codes: np.ndarray[Any, Any], shares: tuple[float, ...]) -> bool:
    """Chi-square at one in a thousand, over the options that at least five are expected to choose."""
    expected = np.array(shares) * len(codes)
    counts = np.array([np.count_nonzero(codes == code) for code in range(1, len(shares) + 1)], dtype=float)
    kept = expected >= 5
    counts, expected = np.append(counts[kept], counts[~kept].sum()), np.append(expected[kept], expected[~kept].sum())
    kept = expected > 0
    return bool(chisquare(counts[kept], expected[kept] * counts.sum() / expected.sum()).pvalue > 0.001)


def test_a_line_is_distributed_as_the_item_in_an_interview() -> None:
    engine = SyntheticEngine(KnownTruth(acquiescence=0.1, first_option=0.1))
    codes = codes_of(engine, 4)
    for place, shares in enumerate(exactly(engine, battery_of(4, 0))):
        alone = Counter[int]()
        for n in range(N_LISTS):
            item = battery_of(4, n).battery[place][1]
            # Another seed, as another call has; the same answers would prove less.
            item = battery_of(4, n).battery[place][1]
            alone[parse(said(engine, item, seed=11 + place), presented(item)).codes[0]] += 1
        assert fits(codes[:, place], shares)
        table: Any = [
            [np.count_nonzero(codes[:, place] == c) for c in sorted(alone)],
            [alone[c] for c in sorted(alone)],
        ]
        assert chi2_contingency(table).pvalue > 0.001


def test_no_line_depends_on_what_else_is_listed() -> None:
    engine = SyntheticEngine(KnownTruth(refusal=0.1, unreadable=0.1, list_faults={"decimal": 0.2}, verbosity=0.6))
    for respondent in range(20):
        whole = battery_of(9, respondent)
        lines = said(engine, whole).split("\n")
        assert len(lines) == 9
        for place, entry in enumerate(whole.battery):
            assert said(engine, listing((entry,))) == lines[place]
        assert said(engine, listing(whole.battery[::-1])).split("\n") == lines[::-1]
        assert said(engine, listing(whole.battery[4:7])).split("\n") == lines[4:7]


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_lines_repeat_the_line_above_as_often_as_planted(share: float) -> None:
    engine = SyntheticEngine(KnownTruth(battery_straightlining=share))
    codes = codes_of(engine, 4)
    shares = exactly(engine, battery_of(4, 0))
    own = [engine.true_distribution(item).shares for _, item in battery_of(4, 0).battery]
    for place in range(4):
        assert fits(codes[:, place], shares[place])
        if place:
            # A line is like the one above by repeating it, or by chance.
            chance = sum(above * mine for above, mine in zip(shares[place - 1], own[place], strict=True))
            expected = share + (1 - share) * chance
            found = float(np.mean(codes[:, place] == codes[:, place - 1]))
            assert abs(found - expected) < 4 * math.sqrt(expected * (1 - expected) / N_LISTS)


def test_wholly_straightlined_lists_have_one_answer_and_none_planted_leave_the_truth() -> None:
    codes = codes_of(SyntheticEngine(KnownTruth(battery_straightlining=1.0)), 5, 50)
    assert (codes == codes[:, :1]).all()
    assert len(set(codes[:, 0])) > 1
    engine = SyntheticEngine()
    asked = battery_of(3, 0)
    assert exactly(engine, asked) == [engine.true_distribution(item).shares for _, item in asked.battery]


def test_nonresponse_is_not_repeated_and_stays_where_it_is() -> None:
    engine = SyntheticEngine(KnownTruth(battery_straightlining=1.0, refusal=0.3))
    lists = [read(engine, battery_of(6, n)).readings for n in range(300)]
    refused = np.array([[reading.status == "refused" for reading in readings] for readings in lists])
    assert np.abs(refused.mean(axis=0) - 0.3).max() < 4 * math.sqrt(0.3 * 0.7 / 300)
    distribution = battery_distributions(
        [item for _, item in battery_of(6, 0).battery],
        [engine.true_distribution(item) for _, item in battery_of(6, 0).battery],
        1.0,
    )
    assert all(sum(one.shares) + one.refused == pytest.approx(1) for one in distribution)


SHARES = {"missing": 0.04, "repeated": 0.05, "out_of_range": 0.06, "decimal": 0.07, "other_digits": 0.08}
SHARES |= {"unreadable": 0.09}


@pytest.mark.parametrize("answer_format", ["label", "explained"])
@pytest.mark.parametrize("language", ["en", "de", "zh", "ja"])
def test_planted_faults_are_found_at_their_rates_and_touch_no_other_line(language: str, answer_format: str) -> None:
    faulty = SyntheticEngine(KnownTruth(list_faults=SHARES, verbosity=0.5))
    sound = SyntheticEngine(KnownTruth(verbosity=0.5))
    found = Counter[str]()
    n_lists, n_items = 60, 40
    for n in range(n_lists):
        asked = battery_of(n_items, n, language=language, answer_format=answer_format)
        reading, truth = read(faulty, asked), read(sound, asked)
        assert not truth.faults
        found.update(reading.faults)
        for one, other in zip(reading.readings, truth.readings, strict=True):
            assert one.status == "unparsed" or one.codes == other.codes
    assert set(SHARES) == set(LIST_FAULTS)
    for kind, share in SHARES.items():
        n_lines = n_lists * n_items
        assert abs(found[kind] / n_lines - share) < 4 * math.sqrt(share * (1 - share) / n_lines), kind
    assert set(found) == {*SHARES, "wrong_length"}


@pytest.mark.parametrize("label_set", LABEL_SETS)
@pytest.mark.parametrize("answer_format", ["label", "explained"])
def test_whatever_the_labels_every_line_is_read_as_it_was_meant(label_set: str, answer_format: str) -> None:
    engine = SyntheticEngine(KnownTruth(verbosity=1.0))
    plain = SyntheticEngine(KnownTruth(verbosity=0.0))
    forms = set()
    for n in range(60):
        asked = battery_of(30, n, label_set, answer_format=answer_format)
        dressed, bare = read(engine, asked), read(plain, replace(asked, answer_format="label"))
        assert [one.codes for one in dressed.readings] == [one.codes for one in bare.readings]
        assert not dressed.faults
        assert all(one.status == "answered" for one in dressed.readings)
        forms.add(said(engine, asked)[:2])
    assert len(forms) == len({form[:2] for form in (form.format(n=1, said="") for form in FORMS[1:])})


def test_what_is_left_unread_is_as_rare_again_when_asked_again() -> None:
    share = 0.3
    engine = SyntheticEngine(KnownTruth(list_faults={"missing": 0.1, "decimal": 0.1, "repeated": 0.1}))
    n_left, n_items = [0, 0, 0], 40
    for n in range(60):
        items = battery_of(n_items, n).battery
        for attempt in range(3):
            items = tuple((number, replace(item, try_number=attempt)) for number, item in items)
            readings = read(engine, listing(items)).readings
            items = tuple(entry for entry, one in zip(items, readings, strict=True) if one.status == "unparsed")
            n_left[attempt] += len(items)
            if not items:
                break
    for attempt, left in enumerate(n_left):
        expected = share ** (attempt + 1)
        assert abs(left / (60 * n_items) - expected) < 4 * math.sqrt(expected * (1 - expected) / (60 * n_items))


def test_a_battery_plants_nothing_in_interviews_and_records_without_one_keep_their_name() -> None:
    planted = KnownTruth(battery_straightlining=0.5, list_faults={"missing": 0.5})
    alone = battery_of(1, 0).battery[0][1]
    # Without the truth's name, which differs, an interview's reply is the same.
    assert said(SyntheticEngine(planted), alone) == said(SyntheticEngine(), alone)
    assert planted.fingerprint != KnownTruth().fingerprint
    assert KnownTruth(battery_straightlining=0.0, list_faults={}).fingerprint == KnownTruth().fingerprint


def test_shares_of_faults_that_leave_no_sound_line_over_are_refused() -> None:
    with pytest.raises(RunSpecError, match=r"list_faults: sum to 1\.2"):
        KnownTruth(list_faults={"missing": 0.6, "decimal": 0.6})
    with pytest.raises(RunSpecError, match=r"list_faults\.lost: is no name known here"):
        KnownTruth(list_faults={"lost": 0.1})


def test_open_items_and_several_picks_stand_in_a_list_too() -> None:
    engine = SyntheticEngine(KnownTruth(verbosity=0.0))
    (_, first), (_, second), (_, third) = battery_of(3, 0).battery
    several = replace(second, format="multiple", dimensions=())
    open_item = replace(third, format="open", options=(), dimensions=())
    asked = listing(((1, first), (2, several), (3, open_item)))
    readings = read(engine, asked).readings
    assert [one.status for one in readings] == ["answered"] * 3
    assert readings[2].text
    assert read(engine, listing(((2, several),))).readings[0].codes == readings[1].codes
