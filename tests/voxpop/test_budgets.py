"""Runs that a budget stops: at the limit and not one call later, everything recorded, and gone on with as if never
stopped.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from commandline import SURVEY, Cli
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorded_tables import rows_of
from servers.fixture import LoopbackServer

import voxpop as vp
from simulator.engines.base import Capability
from simulator.engines.synthetic import synthetic_from_options
from simulator.errors import EngineUnreachable, MissingCapability, RunSpecError
from simulator.messages import Completion, Request
from simulator.store.reader import Reader
from voxpop.running import Carried, launch, resume
from voxpop.spec import RunSpec, make_spec

TABLES = ("condition", "item", "respondent", "exchange", "answer", "interview")


def spec(**changes: Any) -> RunSpec:
    data: dict[str, Any] = {
        "name": "limited",
        "seed": 5,
        "survey": {"limit": 8},
        "population": {"n": 4, "strategies": ["city", "generated"]},
        "asking": {"answer_format": "explained"},
        "engine": {"name": "synthetic", "unreadable": 0.3},
        "fieldwork": {"concurrency": 3},
    }
    return make_spec({**data, **changes})


def contents(record: Path) -> dict[str, list[tuple[Any, ...]]]:
    return rows_of(record, TABLES)


class Reporting:
    """Known-truth respondents behind a server that counts: one token for each word, replies as long as `long` says."""

    name, model = "reporting", "counts-words"

    def __init__(self, *, unreadable: float = 0.3, long: int | None = None, fails: bool = False) -> None:
        self._inner = synthetic_from_options({"unreadable": unreadable}, seed=5)
        self.capabilities = self._inner.capabilities
        self.calls = self.tokens = self.in_flight = self.most_in_flight = 0
        self._long, self._fails = long, fails

    async def complete(self, request: Request) -> Completion:
        self.calls += 1
        number = self.calls
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await asyncio.sleep(0)
        self.in_flight -= 1
        if self._fails and number % 20 == 0:
            raise EngineUnreachable("gone for a moment")
        found = await self._inner.complete(request)
        prompt = sum(len(message.content.split()) + 4 for message in request.messages)
        completion = len(found.text.split())
        if self._long is not None and number > 20:
            completion = self._long
        self.tokens += prompt + completion
        return replace(found, prompt_tokens=prompt, completion_tokens=completion)

    async def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    record = tmp_path_factory.mktemp("whole") / "record.sqlite"
    launch(spec(), record)
    return record


def calls_in(record: Path) -> int:
    with Reader(record) as reader:
        return reader.calls().n_calls


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limits=st.lists(st.integers(1, 12), min_size=1, max_size=6), concurrency=st.sampled_from([1, 2, 64]))
def test_a_run_stopped_again_and_again_is_at_each_limit_and_ends_as_a_whole_one(
    whole: Path, tmp_path: Path, limits: list[int], concurrency: int
) -> None:
    # Limits so small fall between a persona's writing and its first question, and between two tries of one item.
    record = tmp_path / "record.sqlite"
    limit = limits[0]
    fieldwork = {"concurrency": concurrency}
    carried = launch(spec(budget={"calls": limit}, fieldwork=fieldwork), record, replace=True)
    for more in limits[1:]:
        if limit >= calls_in(whole):
            break
        assert carried.outcome.stopped_by == f"calls: {limit} of {limit} used"
        assert calls_in(record) == limit
        limit += more
        carried = resume(record, overrides=[("budget.calls", limit)])
    assert calls_in(record) == min(limit, calls_in(whole))
    assert resume(record, overrides=["budget.calls=none"]).outcome.is_complete
    assert contents(record) == contents(whole)


@pytest.mark.parametrize("concurrency", [1, 64])
def test_no_call_is_begun_beyond_the_limit_however_many_interviewers(tmp_path: Path, concurrency: int) -> None:
    engine, record = Reporting(), tmp_path / "record.sqlite"
    limited = spec(population={"n": 80}, budget={"calls": 301}, fieldwork={"concurrency": concurrency})
    carried = launch(limited, record, engine=engine)
    assert engine.calls == calls_in(record) == 301
    assert 0.9 * concurrency < engine.most_in_flight <= concurrency
    assert carried.outcome.stopped_by == "calls: 301 of 301 used"
    with Reader(record) as reader:
        last = reader.sessions()[-1]
    assert (last.outcome, last.detail) == ("budget", "calls: 301 of 301 used")


def test_a_limit_that_is_just_enough_does_not_stop_a_run(whole: Path, tmp_path: Path) -> None:
    enough = calls_in(whole)
    assert launch(spec(budget={"calls": enough}), tmp_path / "record.sqlite").outcome.is_complete
    assert not launch(spec(budget={"calls": enough - 1}), tmp_path / "short.sqlite").outcome.is_complete


def test_failed_calls_count_as_calls_and_as_nothing_else(tmp_path: Path) -> None:
    engine, record = Reporting(fails=True), tmp_path / "record.sqlite"
    launch(spec(population={"n": 40}, budget={"calls": 100, "tokens": 10**9}), record, engine=engine)
    with Reader(record) as reader:
        found = reader.calls()
    assert engine.calls == found.n_calls == 100
    assert found.failures == {"unreachable": 5}
    assert found.prompt_tokens + found.completion_tokens == engine.tokens


@pytest.mark.parametrize("concurrency", [1, 64])
@pytest.mark.parametrize("kind", ["tokens", "cost"])
def test_tokens_and_cost_stay_within_their_limit_where_max_tokens_bounds_a_reply(
    tmp_path: Path, kind: str, concurrency: int
) -> None:
    engine, record = Reporting(), tmp_path / "record.sqlite"
    budget = {"tokens": 60_000} if kind == "tokens" else {"cost": 0.06, "price_in": 1.0, "price_out": 1.0}
    limited = spec(
        population={"n": 80, "strategies": ["city"]},
        survey={},
        settings={"max_tokens": 60},
        budget=budget,
        fieldwork={"concurrency": concurrency},
    )
    carried = launch(limited, record, engine=engine)
    with Reader(record) as reader:
        found = reader.calls()
    assert found.prompt_tokens + found.completion_tokens == engine.tokens <= 60_000
    # Used up but for less than one more call may need; nothing was given away because others were in flight.
    assert engine.tokens > 60_000 * 0.97
    assert carried.outcome.stopped_by is not None
    assert carried.outcome.stopped_by.startswith(f"{kind}: ")
    assert 0.9 * concurrency < engine.most_in_flight <= concurrency


def test_replies_longer_than_all_before_overshoot_by_their_excess_and_no_more(tmp_path: Path) -> None:
    # What cannot be guaranteed, at its size: without max_tokens, the calls in flight when replies suddenly grow.
    engine = Reporting(unreadable=0.0, long=5_000)
    limited = spec(
        population={"n": 80, "strategies": ["city"]}, budget={"tokens": 40_000}, fieldwork={"concurrency": 16}
    )
    launch(limited, tmp_path / "record.sqlite", engine=engine)
    assert 40_000 < engine.tokens < 40_000 + 16 * 5_000


def test_an_engine_without_token_counts_is_told_after_one_call(tmp_path: Path, cli: Cli) -> None:
    told = cli("run", "--n", "50", "--set", "budget.tokens=100000", "--name", "silent", "-q")
    assert told.status == 2
    assert "need an engine that reports tokens" in told.message()
    assert calls_in(tmp_path / "runs" / "silent" / "record.sqlite") == 1


def test_a_server_that_stops_reporting_ends_the_run_with_what_it_answered(tmp_path: Path) -> None:
    class Forgetful(Reporting):
        async def complete(self, request: Request) -> Completion:
            is_silent = self.calls == 29
            found = await super().complete(request)
            return replace(found, prompt_tokens=None) if is_silent else found

    engine, record = Forgetful(), tmp_path / "record.sqlite"
    limited = spec(population={"n": 40}, budget={"tokens": 10**8}, fieldwork={"concurrency": 8})
    with pytest.raises(MissingCapability, match="gave a reply without"):
        launch(limited, record, engine=engine)
    assert calls_in(record) == engine.calls < 30 + 8


def test_wall_time_lets_calls_in_flight_finish_and_is_counted_anew_by_resume(tmp_path: Path) -> None:
    class Slow(Reporting):
        async def complete(self, request: Request) -> Completion:
            await asyncio.sleep(0.05)
            return await super().complete(request)

    engine, record = Slow(), tmp_path / "record.sqlite"
    limited = spec(population={"n": 40}, budget={"wall_seconds": 0.2}, fieldwork={"concurrency": 8})
    carried = launch(limited, record, engine=engine)
    assert carried.outcome.stopped_by is not None
    assert carried.outcome.stopped_by.startswith("wall time: 0 of 0.2 s used")
    before = calls_in(record)
    assert before == engine.calls > 8
    carried = resume(record, engine=Slow())
    assert carried.outcome.stopped_by is not None
    assert calls_in(record) > before


@pytest.mark.parametrize("n_unusable", [1, 2, 4])
def test_unusable_personas_are_paid_for_and_counted_across_sessions(tmp_path: Path, n_unusable: int) -> None:
    class Clumsy(Reporting):
        async def complete(self, request: Request) -> Completion:
            found = await super().complete(request)
            asked = request.asked
            assert asked is not None
            unusable = asked.format == "persona" and asked.respondent_id == "r0001" and asked.try_number < n_unusable
            return replace(found, texts=("No.",)) if unusable else found

    design = {"population": {"n": 3, "strategies": ["generated"]}, "survey": {"limit": 2}, "asking": {"max_tries": 1}}
    design["fieldwork"] = {"concurrency": 1}
    one, record = Clumsy(), tmp_path / "record.sqlite"
    # Three tries each bring nothing at once; a later pass goes on with the fourth.
    assert launch(spec(**design), tmp_path / "whole.sqlite", engine=one).outcome.is_complete
    assert one.calls == calls_in(tmp_path / "whole.sqlite") == 3 * (1 + 2) + n_unusable
    engines, limit = [Clumsy()], 1
    carried = launch(spec(**design, budget={"calls": 1}), record, engine=engines[0])
    while not carried.outcome.is_complete:
        assert calls_in(record) == limit == sum(engine.calls for engine in engines)
        limit += 1
        engines.append(Clumsy())
        carried = resume(record, engine=engines[-1], overrides=[("budget.calls", limit)])
    assert limit == one.calls
    left, right = contents(record), contents(tmp_path / "whole.sqlite")
    assert left == right


def http_spec(server: LoopbackServer, **changes: Any) -> RunSpec:
    engine = {"name": "openai_compatible", "base_url": server.base_url, "model": server.model}
    data = {"engine": engine, "population": {"n": 12, "strategies": ["city"]}, "name": "http"}
    return spec(**{**data, **changes})


def carried_out(spec: RunSpec, record: Path) -> tuple[Carried, Any]:
    carried = launch(spec, record)
    with Reader(record) as reader:
        return carried, reader.calls()


@pytest.mark.parametrize("concurrency", [1, 16])
def test_a_real_server_sees_exactly_the_calls_of_the_budget(
    loopback_server: LoopbackServer, tmp_path: Path, concurrency: int
) -> None:
    limited = http_spec(loopback_server, budget={"calls": 41}, fieldwork={"concurrency": concurrency})
    carried, found = carried_out(limited, tmp_path / "record.sqlite")
    assert loopback_server.seen()["chat_requests"] == found.n_calls == 41
    assert carried.outcome.stopped_by == "calls: 41 of 41 used"


def test_tries_repeated_within_a_call_are_one_call(loopback_server: LoopbackServer, tmp_path: Path) -> None:
    loopback_server.fault("503", times=3)
    limited = http_spec(loopback_server, budget={"calls": 20}, fieldwork={"concurrency": 1})
    _, found = carried_out(limited, tmp_path / "record.sqlite")
    assert found.n_calls == 20
    assert loopback_server.seen()["chat_requests"] == 23
    with Reader(tmp_path / "record.sqlite") as reader:
        assert sum(row.attempts for row in reader.exchanges()) == 23


def test_a_real_server_is_paid_within_a_limit_on_cost(loopback_server: LoopbackServer, tmp_path: Path) -> None:
    limited = http_spec(
        loopback_server,
        settings={"max_tokens": 4},
        budget={"cost": 0.02, "price_in": 2.0, "price_out": 8.0},
        fieldwork={"concurrency": 8},
        survey={},
    )
    carried, found = carried_out(limited, tmp_path / "record.sqlite")
    cost = (found.prompt_tokens * 2.0 + found.completion_tokens * 8.0) / 1e6
    assert 0.018 < cost <= 0.02
    assert carried.outcome.stopped_by is not None
    assert carried.outcome.stopped_by.startswith("cost: 0.0")


# ---- the command line ------------------------------------------------------------------------------------------------


def test_what_is_said_of_a_spent_budget_and_how_to_go_on(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SURVEY, encoding="utf-8")
    run = ("run", "--survey", "mine.toml", "--n", "10", "--strategies", "basic", "--name", "few", "-q")
    told = cli(*run, "--set", "budget.calls=9")
    assert told.status == 3
    assert told.message() == (
        "stopped by its budget (calls: 9 of 9 used); 10 interviews are open, and all that was answered is recorded; "
        "go on with voxpop resume few --set budget.calls=18"
    )
    assert "calls: 9 of 9 used" in told.out
    assert "stopped by its budget: calls: 9 of 9 used" in told.out
    status = cli("status", "few", "--json")
    assert status.status == 3
    found = json.loads(status.out)
    assert found["budget"] == {"calls": {"used": 9, "limit": 9}}
    assert found["ended"] == "stopped by its budget: calls: 9 of 9 used"
    assert found["go_on_with"] == "voxpop resume few --set budget.calls=18"
    assert cli("resume", "few", "-q", "--set", "budget.calls=18").status == 3
    again = cli("resume", "few", "-q", "--json")  # the higher limit holds
    assert again.status == 3
    assert "calls: 18 of 18 used" in str(again.error()["message"])
    last = json.loads(again.out)["sessions"][-1]
    assert (last["outcome"], last["changes"]) == ("budget", {"budget.calls": 18})
    assert cli("resume", "few", "-q", "--set", "budget.calls=none").status == 0
    done = json.loads(cli("status", "few", "--json").out)
    assert (done["ended"], done["go_on_with"], done["budget"]) == ("ended complete", None, {})


@pytest.mark.parametrize(
    "change", ["asking.style=plain", "seed=3", "engine.model=other", "population.n=5", "name=x", "engine.unreadable=1"]
)
def test_what_could_change_an_answer_cannot_be_set_on_resume(cli: Cli, change: str) -> None:
    cli("run", "--n", "3", "--set", "budget.calls=9", "--name", "few", "-q")
    told = cli("resume", "few", "--set", change)
    assert told.status == 2
    assert f"--set {change.partition('=')[0]}: " in told.message()
    assert "budget.calls" in told.message()
    assert "fieldwork.concurrency" in told.message()
    assert "engine.base_url" not in told.message()  # the known-truth engine has no address


def test_an_address_may_change_and_is_recorded(loopback_server: LoopbackServer, tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    launch(http_spec(loopback_server, budget={"calls": 10}), record)
    other = loopback_server.base_url.replace("127.0.0.1", "localhost")
    carried = resume(record, overrides=[f"engine.base_url={other}", "engine.timeout_seconds=9", "budget.calls=12"])
    assert carried.outcome.stopped_by == "calls: 12 of 12 used"
    with Reader(record) as reader:
        changes = reader.sessions()[-1].changes
    assert changes == {"engine.base_url": other, "engine.timeout_seconds": 9, "budget.calls": 12}
    with pytest.raises(RunSpecError, match=r"engine\.base_url, engine\.api_key_env"):
        resume(record, overrides=["engine.model=another"])


def test_an_address_with_a_password_is_refused_and_leaves_no_trace(
    loopback_server: LoopbackServer, tmp_path: Path
) -> None:
    record = tmp_path / "record.sqlite"
    launch(http_spec(loopback_server, budget={"calls": 10}), record)
    with pytest.raises(RunSpecError, match="carries credentials"):
        resume(record, overrides=["engine.base_url=http://me:canary-7f3a@127.0.0.1:9/v1"])
    assert b"canary-7f3a" not in record.read_bytes()


def test_from_python_a_run_goes_on_with_a_higher_limit(tmp_path: Path) -> None:
    population = vp.Population.city("US", n=4)
    run = vp.simulate(population=population, record=tmp_path / "r.sqlite", budget={"calls": 50}, survey="civic-topics")
    assert run.status()["calls"] == 50
    run = vp.resume(run, budget={"calls": 90}, fieldwork={"concurrency": 2})
    assert run.status()["calls"] == 90
    with pytest.raises(RunSpecError, match=r"--set asking\.style"):
        vp.resume(run, asking={"style": "plain"})


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        ({"cost": 5}, "budget.cost: a limit on cost needs prices; give budget.price_in and budget.price_out"),
        ({"cost": 5, "price_in": 1}, "budget.cost: a limit on cost needs prices"),
        ({"calls": 0}, "budget.calls: found 0; give a number greater than 0"),
        ({"tokens": -1}, "budget.tokens: found -1"),
        ({"wall_seconds": float("inf")}, "budget.wall_seconds: found inf; give a number that is finite"),
        ({"call": 5}, "budget.call: unknown key; did you mean 'calls'?"),
    ],
)
def test_a_budget_that_cannot_be_meant_is_a_fault_of_the_spec(budget: dict[str, Any], message: str) -> None:
    with pytest.raises(RunSpecError) as caught:
        make_spec({"budget": budget})
    assert message in str(caught.value)


def test_every_engine_declares_what_may_change_among_its_options() -> None:
    from simulator.engines.factory import ENGINE_OPTIONS, changeable_options

    fixed = {"model", "dialect", "capabilities", "extra_body", "chat_model", "replies", "record", "setting_names"}
    for name in ENGINE_OPTIONS:
        assert not fixed & set(changeable_options(name))
    assert {"base_url", "api_key_env", "timeout_seconds"} <= set(changeable_options("openai_compatible"))
    assert Capability.SEED in synthetic_from_options({}, seed=1).capabilities
