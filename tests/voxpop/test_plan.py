"""What is foreseen against what a run then really needs: calls exactly, tokens within ten percent."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commandline import Cli
from hypothesis import given
from hypothesis import strategies as st
from servers.fixture import LoopbackServer

from simulator.errors import EngineUnreachable, MissingCapability, RunSpecError
from simulator.messages import Message
from simulator.store.progress import CallCounts
from simulator.store.reader import Reader
from voxpop.call_bounds import call_bounds, remembered_turns
from voxpop.extrapolation import spread_over, total
from voxpop.forecast import forecast
from voxpop.pilot import RuleEngine
from voxpop.planning import make_design
from voxpop.running import launch
from voxpop.spec import RunSpec, make_spec
from voxpop.token_rule import prompt_tokens, tokens_in

SKIPPING = """
id = "skipping"
title = "Skipping"
[[items]]
id = "has"
format = "single"
text = "Do you have a garden?"
options = [{code = 1, text = "Yes"}, {code = 2, text = "No"}]
[[items]]
id = "big"
format = "open"
text = "How big is it?"
show_if = [{item = "has", codes = [1]}]
[[items]]
id = "want"
format = "open"
text = "Would you like one?"
show_if = [{item = "has", codes = [2]}]
"""


def spec(**changes: Any) -> RunSpec:
    data: dict[str, Any] = {"name": "planned", "seed": 3, "survey": {"limit": 10}}
    data["population"] = {"n": 40, "strategies": ["city", "named"]}
    return make_spec({**data, **changes})


def over_http(server: LoopbackServer, **changes: Any) -> RunSpec:
    return spec(engine={"name": "openai_compatible", "base_url": server.base_url, "model": server.model}, **changes)


def needed(planned: RunSpec, record: Path, engine: Any = None) -> CallCounts:
    launch(planned, record, engine=engine)
    with Reader(record) as reader:
        return reader.calls()


DESIGNS: dict[str, dict[str, Any]] = {
    "plain": {"survey": {"limit": 30}},
    "explained, generated": {
        "asking": {"answer_format": "explained"},
        "population": {"n": 30, "strategies": ["city", "generated"]},
    },
    "memory arms": {"arms": {"memory": ["none", "full", "random-prune"]}, "survey": {"limit": 25}},
    "within, two styles": {"arms": {"style": ["plain", "research"]}, "design": "within", "survey": {"limit": 20}},
    "one wording each": {
        "survey": {"instrument": "civic-topics", "wordings": "random", "limit": 60},
        "population": {"n": 30, "strategies": ["city"]},
    },
    "samples": {"probe": {"samples": 3}, "survey": {"limit": 12}},
}


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS)
def test_calls_are_foreseen_exactly_and_tokens_by_the_rule_of_its_own(design: str, tmp_path: Path) -> None:
    # The server here counts by the very rule: what remains is the carrying over from some interviews to all.
    planned = spec(**DESIGNS[design])
    plan = forecast(planned)
    used = needed(planned, tmp_path / "record.sqlite", RuleEngine(planned.seed))
    assert plan["calls"] == plan["calls_least"] == plan["calls_expected"] == used.n_calls
    assert plan["prompt_tokens"] == pytest.approx(used.prompt_tokens, rel=0.03)
    assert plan["completion_tokens"] == pytest.approx(used.completion_tokens, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("design", [name for name in DESIGNS if name != "explained, generated"])
def test_a_pilot_foresees_what_a_real_server_then_counts_in_its_own_way(
    design: str, loopback_server: LoopbackServer, tmp_path: Path
) -> None:
    # This server counts words and four for each message: nothing that we would foresee without asking it.
    planned = over_http(loopback_server, **DESIGNS[design])
    plan = forecast(planned, pilot=8)
    assert loopback_server.seen()["chat_requests"] == plan["pilot"]["calls"]
    used = needed(planned, tmp_path / "record.sqlite")
    assert plan["calls"] == used.n_calls
    assert plan["prompt_tokens"] == pytest.approx(used.prompt_tokens, rel=0.1)
    assert plan["completion_tokens"] == pytest.approx(used.completion_tokens, rel=0.1)
    low, high = plan["intervals"]["prompt_tokens"]
    assert low < high < 1.3 * low


def test_a_pilot_of_everybody_is_exact(loopback_server: LoopbackServer, tmp_path: Path) -> None:
    planned = over_http(loopback_server, population={"n": 5, "strategies": ["city"]}, survey={"limit": 6})
    plan = forecast(planned, pilot=5)
    used = needed(planned, tmp_path / "record.sqlite")
    assert (plan["calls"], plan["prompt_tokens"], plan["completion_tokens"]) == (
        used.n_calls,
        used.prompt_tokens,
        used.completion_tokens,
    )


def test_a_pilot_tells_of_asking_again_and_of_the_time_a_call_takes(loopback_server: LoopbackServer) -> None:
    loopback_server.control(latency_seconds=0.05)
    planned = over_http(loopback_server, population={"n": 30, "strategies": ["city"]}, survey={"limit": 4})
    plan = forecast(planned, pilot=6, latency_seconds=77)
    assert plan["pilot"]["asked_again_share"] == 0
    assert plan["seconds"] >= 30 * 4 * 0.05 / 30
    assert plan["seconds"] < 30 * 4 * 7 / 30


def test_what_cannot_be_piloted_says_so(loopback_server: LoopbackServer) -> None:
    with pytest.raises(MissingCapability, match="does not report them; plan without --pilot"):
        forecast(spec(), pilot=4)
    with pytest.raises(RunSpecError, match="--pilot 3: too few to carry over to 40"):
        forecast(spec(), pilot=3)
    gone = spec(engine={"name": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "model": "m"})
    with pytest.raises(EngineUnreachable):
        forecast(make_spec({**gone.as_json(), "engine": {**gone.as_json()["engine"], "max_attempts": 1}}), pilot=4)
    limited = over_http(loopback_server, budget={"calls": 9}, fieldwork={"concurrency": 1})
    with pytest.raises(RunSpecError, match=r"none of 4 interviews came to its end \(calls: 9 of 9 used\)"):
        forecast(limited, pilot=4)
    assert loopback_server.seen()["chat_requests"] == 9


def test_skip_rules_and_tries_are_said_as_bounds(tmp_path: Path) -> None:
    survey = tmp_path / "skipping.toml"
    survey.write_text(SKIPPING, encoding="utf-8")
    planned = spec(survey={"instrument": str(survey)}, asking={"max_tries": 2})
    plan = forecast(planned)
    assert (plan["calls_least"], plan["calls"], plan["calls_most"]) == (40, 120, 240)
    assert "skip rules take away up to 80" in plan["calls_note"]
    used = needed(planned, tmp_path / "record.sqlite", RuleEngine(planned.seed))
    assert plan["calls_least"] <= used.n_calls <= plan["calls"]
    assert plan["calls_expected"] == pytest.approx(used.n_calls, rel=0.01)  # one of the two is always left out
    assert plan["prompt_tokens"] == pytest.approx(used.prompt_tokens, rel=0.05)


def test_a_persona_to_be_written_is_one_call_and_at_most_three() -> None:
    bounds = call_bounds(make_design(spec(population={"n": 10, "strategies": ["generated"]}, survey={"limit": 4})))
    assert bounds == (40, 10, 0, 40 * 2 + 10 * 2)


def test_the_plan_says_where_the_budget_will_not_do(cli: Cli) -> None:
    budget = ("budget.calls=500", "budget.tokens=1000", "budget.cost=0.01", "budget.price_in=1", "budget.price_out=2")
    told = cli("plan", "--n", "20", *(part for one in (*budget, "budget.wall_seconds=1") for part in ("--set", one)))
    assert told.status == 0
    assert "budget.calls = 500 will not do: about 1,140 is foreseen" in told.out
    for kind in ("tokens", "cost", "wall_seconds"):
        assert f"budget.{kind} = " in told.out
    just = json.loads(cli("plan", "--n", "20", "--set", "budget.calls=1140", "--json").out)
    assert just["warnings"] == ["budget.calls = 1,140 may not do if replies have to be asked for again"]
    assert json.loads(cli("plan", "--n", "20", "--set", "budget.calls=5000", "--json").out)["warnings"] == []


def test_the_prices_of_the_budget_are_those_of_the_plan() -> None:
    plan = forecast(spec(budget={"price_in": 2.0, "price_out": 8.0}))
    assert plan["cost"] == pytest.approx((plan["prompt_tokens"] * 2 + plan["completion_tokens"] * 8) / 1e6, rel=1e-3)
    assert forecast(spec())["cost"] is None


# ---- carrying over ---------------------------------------------------------------------------------------------------


@given(st.integers(0, 60), st.none() | st.integers(0, 60))
def test_turns_remembered_are_counted_as_the_memory_grows(n_items: int, bound: int | None) -> None:
    class Fake:
        order = tuple(range(n_items))
        memory_length = bound

    counted = sum(min(place, n_items if bound is None else bound) for place in range(n_items))
    assert remembered_turns(Fake()) == counted  # type: ignore[arg-type]


def test_a_total_is_exact_along_a_line_and_covers_the_truth_around_it() -> None:
    rng = np.random.default_rng(4)
    sizes = rng.integers(0, 15, 200).astype(float)
    line = 1000 + 70 * sizes
    few = spread_over([(size,) for size in sizes], 6)
    assert total(line[few], sizes[few], sizes).value == pytest.approx(line.sum())
    covered = 0
    for _ in range(400):
        seen = line + rng.normal(0, 80, 200)
        chosen = rng.choice(200, 8, replace=False)
        estimate = total(seen[chosen], sizes[chosen], sizes)
        covered += estimate.low <= seen.sum() <= estimate.high
    assert 0.92 <= covered / 400 <= 0.98
    assert total(line, sizes, sizes) == (line.sum(), line.sum(), line.sum())
    assert math.isnan(total([5.0], [0.0], [0.0] * 9).low)


@given(st.integers(1, 60), st.integers(1, 60))
def test_places_are_spread_evenly_and_never_twice(n_all: int, n: int) -> None:
    places = spread_over([(float(place),) for place in range(n_all)], n)
    assert len(set(places)) == len(places) == min(n, n_all)
    gaps = np.diff([-1, *places, n_all])
    assert gaps.max() <= 2 * math.ceil(n_all / len(places)) + 1


# ---- the rule --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("Do you agree?", 4),  # Do| you| agree|?
        ("1. Not at all like me\n2. Not like me\n", 14),
        ("In 1984, 250,000 people", 10),  # In| |198|4|,| |250|,|000| people
    ],
)
def test_short_english_texts_are_cut_as_byte_pair_tokenizers_cut_them(text: str, tokens: int) -> None:
    # Counted by hand along the cl100k_base pattern; every piece here is one token of it.
    assert tokens_in(text) == pytest.approx(tokens, abs=1)


def test_long_foreign_words_and_east_asian_characters_cost_more() -> None:
    assert tokens_in("Selbstverständlichkeit", "de") > 3
    assert tokens_in("uninteresting", "en") < 1.5
    assert tokens_in("非常不同意", "zh") == pytest.approx(5 * 0.83)
    assert prompt_tokens([Message("user", "Do you agree?")] * 2) == 3 + 2 * (4 + 4)


@given(st.text(max_size=300), st.sampled_from(["en", "de", "zh", "ja", "xx"]))
def test_any_text_has_a_finite_count_no_larger_than_its_bytes(text: str, language: str) -> None:
    assert 0 <= tokens_in(text, language) <= max(len(text.encode("utf-8", "surrogatepass")), 1)


def test_plan_takes_the_engine_as_run_does_and_foresees_the_same(cli: Cli, loopback_server: LoopbackServer) -> None:
    given = ["--strategies", "city", "--n", "12", "--engine", "openai_compatible", "--model", loopback_server.model]
    given += ["--base-url", loopback_server.base_url]
    foreseen = json.loads(cli("plan", *given, "--pilot", "4", "--json").out)
    status = json.loads(cli("run", *given, "--name", "same", "--json", "--quiet").out)
    assert foreseen["calls"] == status["calls"] == 12 * 57
    assert foreseen["prompt_tokens"] == pytest.approx(status["prompt_tokens"], rel=0.1)
    assert foreseen["completion_tokens"] == pytest.approx(status["completion_tokens"], rel=0.1)
