"""Known-truth judges: they err as often as planted, agree as much as derived, and write what a reader can read."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from scipy.stats import binomtest

from simulator.engines.base import Engine
from simulator.engines.factory import make_engine
from simulator.engines.synthetic_fault_phrases import ENGLISH
from simulator.engines.synthetic_judge import SyntheticJudge, true_label
from simulator.engines.synthetic_judge_phrases import JUDGE_PHRASES
from simulator.engines.synthetic_judge_truth import (
    KnownJudge,
    expected_agreement,
    expected_fault_rate,
    judge_parameter_table,
    known_judge_from_options,
)
from simulator.errors import EngineRefused, RunSpecError
from simulator.messages import Judged, Request, ShownOption

SOUND = "Answer: 3\nExplanation: My reason is nature."
FAULTY = f"Answer: 3\nExplanation: My reason is nature. {ENGLISH.opposite[0]}"
PASS_OR_FAULT = (ShownOption("Yes", 0, "pass"), ShownOption("No", 1, "fault"))
STANCES = (
    *(ShownOption("ABCD"[code - 1], code - 1, str(code)) for code in range(1, 5)),
    ShownOption("E", 4, "abstain"),
)
N = 4000


def judged(number: int = 0, **changes: Any) -> Judged:
    facts = {
        "run_seed": 7,
        "judge": "one",
        "rubric": "insensitivity",
        "criterion": "cv",
        "repeat": 0,
        "respondent_id": f"r{number:04d}",
        "exchange": 1,
        "text": FAULTY,
        "labels": PASS_OR_FAULT,
        "item_id": "q1",
        "format": "single",
        "codes": (3,),
    }
    return Judged(**(facts | changes))


def stance(number: int = 0, **changes: Any) -> Judged:
    return judged(number, **({"criterion": "stance", "rubric": "stance", "labels": STANCES, "text": SOUND} | changes))


def write(engine: Engine, facts: Judged, **request: Any) -> str:
    return asyncio.run(engine.complete(Request((), judged=facts, **request))).text


def labels(judge: KnownJudge, facts: Iterable[Judged]) -> list[str]:
    engine = SyntheticJudge(judge)
    return [engine.verdict(one).text for one in facts]


def has_share(found: list[str], label: str, share: float) -> bool:
    return binomtest(found.count(label), len(found), share).pvalue > 0.001


# Errors as planted ----------------------------------------------------------------------------------------------------


def test_sensitivity_and_specificity_are_shares_of_faulty_and_sound_replies() -> None:
    judge = KnownJudge(sensitivity=0.7, specificity=0.85)
    assert has_share(labels(judge, (judged(n) for n in range(N))), "fault", 0.7)
    assert has_share(labels(judge, (judged(n, text=SOUND) for n in range(N))), "fault", 0.15)


def test_each_criterion_may_have_a_share_of_its_own() -> None:
    judge = KnownJudge(sensitivity={"cv": 0.6, "ff": 1.0}, specificity=1.0)
    assert has_share(labels(judge, (judged(n) for n in range(N))), "fault", 0.6)
    false = f"Answer: 3\nExplanation: {ENGLISH.untrue[1]}"
    assert set(labels(judge, (judged(n, text=false, criterion="ff") for n in range(100)))) == {"fault"}
    assert judge.rates("ir").sensitivity == 0.9  # the default, where the table says nothing


@pytest.mark.parametrize("repeatability", [0.0, 0.6, 1.0])
def test_repeats_share_draws_and_keep_the_rates(repeatability: float) -> None:
    judge = KnownJudge(sensitivity=0.7, repeatability=repeatability)
    runs = [labels(judge, (judged(n, repeat=repeat) for n in range(N))) for repeat in range(3)]
    assert all(has_share(run, "fault", 0.7) for run in runs)
    alone = 0.7**2 + 0.3**2
    for (first, second), shared in zip(
        combinations(runs, 2), (repeatability, repeatability, repeatability**2), strict=True
    ):
        same = sum(a == b for a, b in zip(first, second, strict=True))
        assert binomtest(same, N, min(1.0, shared + (1 - shared) * alone)).pvalue > 0.001


def test_the_label_shown_first_is_chosen_in_the_share_of_position_bias() -> None:
    judge = KnownJudge(sensitivity=1.0, specificity=1.0, position_bias=0.3)
    assert labels(judge, (judged(n, labels=PASS_OR_FAULT[::-1]) for n in range(N))) == ["fault"] * N
    assert has_share(labels(judge, (judged(n) for n in range(N))), "fault", 0.7)
    rotated = (judged(n, labels=PASS_OR_FAULT[:: 1 if n % 2 else -1]) for n in range(N))
    assert has_share(labels(judge, rotated), "fault", expected_fault_rate(judge, "cv", 1.0))


@pytest.mark.parametrize(("always", "label"), [("no", "fault"), ("Yes", "pass"), ("fault", "fault"), ("pass", "pass")])
def test_a_constant_judge_says_one_label_whatever_it_reads(always: str, label: str) -> None:
    judge = KnownJudge(always=always, position_bias=0.5)
    facts = [judged(n, text=text, labels=PASS_OR_FAULT[::-1]) for n in range(20) for text in (SOUND, FAULTY)]
    assert set(labels(judge, facts)) == {label}
    assert expected_fault_rate(judge, "cv", 0.1) == float(label == "fault")
    assert set(labels(KnownJudge(always="2"), (stance(n) for n in range(5)))) == {"2"}
    with pytest.raises(EngineRefused, match="always 'no', which this criterion does not offer; offered: 1, 2"):
        labels(KnownJudge(always="no"), [stance()])


def test_replies_in_a_language_the_judge_does_not_read_are_judged_by_chance() -> None:
    judge = KnownJudge(sensitivity=1.0, specificity=1.0, languages=("en",))
    assert set(labels(judge, (judged(n, language="en-GB") for n in range(50)))) == {"fault"}
    assert has_share(labels(judge, (judged(n, language="zh") for n in range(N))), "fault", 0.5)


def test_stance_errors_are_spread_evenly_and_abstention_has_its_share() -> None:
    judge = KnownJudge(accuracy=0.8, abstain=0.1)
    found = labels(judge, (stance(n) for n in range(N)))
    for label, share in {"3": 0.72, "abstain": 0.1, "1": 0.06, "2": 0.06, "4": 0.06}.items():
        assert has_share(found, label, share), label
    undecided = labels(judge, (stance(n, codes=()) for n in range(N)))
    for label, share in {"abstain": 0.8, "1": 0.05, "4": 0.05}.items():
        assert has_share(undecided, label, share), label


def test_what_is_true_of_a_stance() -> None:
    assert true_label(stance(codes=(2,))) == "2"
    assert true_label(stance(codes=())) == "abstain"
    assert true_label(stance(codes=(98,))) == "abstain"  # an offered "don't know" is no label of the rubric


def test_verdicts_depend_on_their_names_and_on_nothing_else() -> None:
    facts = [judged(n, repeat=repeat) for n in range(50) for repeat in range(2)]
    judge = KnownJudge(sensitivity=0.5)
    assert labels(judge, facts) == labels(judge, facts[::-1])[::-1]
    rotated = [replace(one, labels=PASS_OR_FAULT[::-1]) for one in facts]
    assert labels(judge, facts) == labels(judge, rotated)
    for change in ({"judge": "two"}, {"run_seed": 8}, {"exchange": 2}):
        assert labels(judge, facts) != labels(judge, [replace(one, **change) for one in facts])


# Agreement as derived -------------------------------------------------------------------------------------------------


def kappa(ratings: list[list[str]]) -> float:
    """Fleiss' kappa written out from its definition, in exact counts."""
    n_raters, n_units = len(ratings), len(ratings[0])
    counts = [Counter(rating[unit] for rating in ratings) for unit in range(n_units)]
    pairs = n_raters * (n_raters - 1)
    observed = sum(sum(n * (n - 1) for n in count.values()) / pairs for count in counts) / n_units
    shares = Counter(label for rating in ratings for label in rating)
    expected = sum((n / (n_raters * n_units)) ** 2 for n in shares.values())
    return (observed - expected) / (1 - expected)


@pytest.mark.parametrize("repeats", [1, 3])
def test_agreement_of_a_panel_follows_from_its_parameters(repeats: int) -> None:
    panel = {"one": KnownJudge(sensitivity=0.9, specificity=0.95), "two": KnownJudge(sensitivity=0.6, specificity=0.8)}
    share, n = 0.3, 20_000
    texts = [FAULTY if number < share * n else SOUND for number in range(n)]
    ratings = [
        labels(judge, (judged(number, judge=name, repeat=repeat, text=text) for number, text in enumerate(texts)))
        for name, judge in panel.items()
        for repeat in range(repeats)
    ]
    expected = expected_agreement(list(panel.values()), "cv", share, repeats=repeats)
    # The standard error of a kappa of about .5 over 20,000 replies is below .008.
    assert kappa(ratings) == pytest.approx(expected.kappa, abs=0.025)
    rates = [expected_fault_rate(judge, "cv", share) for judge in panel.values()]
    assert sum(rating.count("fault") for rating in ratings) / len(ratings) / n == pytest.approx(
        sum(rates) / 2, abs=0.01
    )


def test_agreement_by_hand() -> None:
    # Perfect judges agree; judges who toss a coin agree by chance; one who repeats a coin with share r has kappa r.
    assert expected_agreement([KnownJudge(1.0, 1.0)] * 2, "cv", 0.2).kappa == pytest.approx(1)
    coin = KnownJudge(0.5, 0.5, repeatability=0.4)
    assert expected_agreement([coin, coin], "cv", 0.2).kappa == pytest.approx(0)
    assert expected_agreement([coin], "cv", 0.2, repeats=2).kappa == pytest.approx(0.4)
    # Two judges, sensitivity .8, specificity .9, half faulty: agree in (.8^2 + .2^2 + .9^2 + .1^2) / 2 = .75; chance
    # agreement with .45 faults is .45^2 + .55^2 = .505.
    same = expected_agreement([KnownJudge(0.8, 0.9)] * 2, "cv", 0.5)
    assert same.observed == pytest.approx(0.75)
    assert same.kappa == pytest.approx((0.75 - 0.505) / 0.495)
    assert math.isnan(expected_agreement([KnownJudge(always="no")] * 2, "cv", 0.5).kappa)
    with pytest.raises(ValueError, match="two raters"):
        expected_agreement([coin], "cv", 0.2)
    with pytest.raises(ValueError, match="position bias"):
        expected_agreement([KnownJudge(position_bias=0.1)] * 2, "cv", 0.2)


# Words ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", sorted(JUDGE_PHRASES))
def test_a_verdict_is_written_in_the_format_asked_for(language: str) -> None:
    engine = SyntheticJudge(KnownJudge(1.0, 1.0))
    facts = judged(language=language, rationale_marker="Reasons:", verdict_marker="Result:")
    first, second = write(engine, facts).split("\n")
    assert first.removeprefix("Reasons: ") in JUDGE_PHRASES[language].faulty
    assert second == "Result: No"
    first, second = write(engine, replace(facts, is_label_first=True, text=SOUND)).split("\n")
    assert first == "Yes"
    assert second.removeprefix("Reasons: ") in JUDGE_PHRASES[language].sound


def test_no_sentence_of_a_judge_holds_a_verdict() -> None:
    verdicts = {"yes", "no", "ja", "nein", "はい", "いいえ"}
    for language, phrases in JUDGE_PHRASES.items():
        for sentence in (text for texts in phrases for text in texts):
            words = [word.strip(".,").casefold() for word in sentence.split()]
            assert not verdicts & set(words), sentence
            assert all(len(word) > 1 for word in words), sentence
        assert len({text for texts in phrases for text in texts}) == sum(map(len, phrases))
        assert not any("no" in text.casefold() for text in phrases.sound) or language != "en"
        assert not any(word in text for text in phrases.prose for word in "是否")


def test_prose_and_refusals_have_their_shares_and_a_new_try_draws_again() -> None:
    engine = SyntheticJudge(KnownJudge(unreadable=0.2, refusal=0.1))
    facts = [judged(n) for n in range(1500)]
    texts = [write(engine, one) for one in facts]
    words = JUDGE_PHRASES["en"]
    assert binomtest(sum(text in words.prose for text in texts), 1500, 0.2).pvalue > 0.001
    assert binomtest(sum(text in words.refusals for text in texts), 1500, 0.1).pvalue > 0.001
    lost = [one for one, text in zip(facts, texts, strict=True) if text in words.prose]
    again = sum(write(engine, replace(one, try_number=1)) in words.prose for one in lost)
    assert 0 < again < len(lost) / 2
    assert {write(engine, one, choices=("Yes", "No")) for one in facts} == {"Yes", "No"}


def test_what_it_cannot_judge_is_refused_and_says_what_to_do() -> None:
    with pytest.raises(EngineRefused, match="use it as a judge"):
        asyncio.run(SyntheticJudge().complete(Request(())))
    with pytest.raises(EngineRefused, match="not of 'politeness'; judge by another engine"):
        write(SyntheticJudge(), judged(criterion="politeness"))


def test_parameters_are_checked_and_listed() -> None:
    engine = make_engine("synthetic_judge", {"sensitivity": {"cv": 0.7}, "languages": ["en"]}, seed=3)
    assert isinstance(engine, SyntheticJudge)
    assert engine.judge == KnownJudge(sensitivity={"cv": 0.7}, languages=("en",))
    assert engine.model != SyntheticJudge().model
    for options, message in (
        ({"sensitivty": 0.7}, "sensitivty: is no parameter of known-truth judges; did you mean 'sensitivity'"),
        ({"specificity": {"xx": 0.7}}, r"specificity\.xx: is no name known here; allowed: iu, qc"),
        ({"accuracy": 1.2}, r"accuracy: is 1\.2; give a number from 0 to 1"),
        ({"languages": "en"}, "languages: is 'en'; give a list"),
        ({"always": 3}, "always: is 3; give a label"),
        ({"unreadable": 0.6, "refusal": 0.5}, r"sum to 1\.1"),
        ({"base_url": "x"}, "is an option of engine 'openai_compatible'"),
    ):
        with pytest.raises(RunSpecError, match=message):
            make_engine("synthetic_judge", options, seed=0)
    with pytest.raises(RunSpecError, match="is no parameter"):
        known_judge_from_options({"base_url": "x"})
    assert next(name for name, *_ in judge_parameter_table()) == "sensitivity"
