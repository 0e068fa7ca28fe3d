"""The counters of a budget: never one call more than the limit, never a token more than what was foreseen."""

from __future__ import annotations

import multiprocessing
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.budget import (
    MARGIN,
    Budget,
    BudgetSpent,
    Count,
    Counters,
    Demand,
    Limits,
    Reservation,
    amount,
)

SMALL = Demand(prompt_bytes=400, max_tokens=10)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def spent(budget: Budget) -> float:
    return budget.counters.values[Count.PROMPT_SPENT] + budget.counters.values[Count.COMPLETION_SPENT]


def reserved(budget: Budget) -> float:
    return budget.counters.values[Count.PROMPT_RESERVED] + budget.counters.values[Count.COMPLETION_RESERVED]


demands = st.builds(
    Demand,
    prompt_bytes=st.integers(1, 20_000),
    samples=st.integers(1, 4),
    max_tokens=st.none() | st.integers(1, 500),
)
# A call asks to start, or one in flight comes back: which, what it needed in shares of its bound, whether it failed.
events = st.lists(
    st.tuples(st.just("ask"), demands)
    | st.tuples(st.just("back"), st.integers(0, 63), st.floats(0, 1), st.floats(0, 1), st.booleans()),
    max_size=120,
)


@given(events, st.integers(1, 40))
def test_never_one_call_more_than_the_limit_in_any_order(happens: list[Any], limit: int) -> None:
    budget, flying, begun = Budget(Limits(calls=limit)), list[Reservation](), 0
    for event in happens:
        if event[0] == "back":
            if flying:
                one = flying.pop(event[1] % len(flying))
                if event[4]:
                    budget.settle_failed(one)
                else:
                    budget.settle(one, 10, 1)
            continue
        if begun == limit:
            with pytest.raises(BudgetSpent, match=f"calls: {limit} of {limit} used"):
                budget.reserve(event[1])
            continue
        held = budget.reserve(event[1])
        assert held is not None  # calls never wait for each other
        flying.append(held)
        begun += 1
    assert budget.counters.values[Count.CALLS] == begun <= limit


@given(events, st.integers(1, 200_000), st.booleans())
def test_no_token_more_than_the_limit_where_replies_keep_within_their_bounds(
    happens: list[Any], limit: int, as_cost: bool
) -> None:
    # A price of one per token makes a limit on cost one on tokens.
    prices = {"price_in": 1e6, "price_out": 1e6}
    budget = Budget(Limits(cost=limit, **prices) if as_cost else Limits(tokens=limit))
    flying = list[Reservation]()
    for event in happens:
        if event[0] == "back":
            if flying:
                one = flying.pop(event[1] % len(flying))
                prompt, completion = int(one.prompt_tokens * event[2]), int(one.completion_tokens * event[3])
                if event[4]:
                    budget.settle_failed(one)
                else:
                    budget.settle(one, prompt, completion)
        else:
            try:
                held = budget.reserve(event[1])
            except BudgetSpent:
                held = None
            else:
                assert held is not None or flying, "a call that nothing stands in the way of must not wait"
            flying += [held] if held is not None else []
        assert spent(budget) + reserved(budget) <= limit * (1 + 1e-12)
    assert reserved(budget) == pytest.approx(sum(one.prompt_tokens + one.completion_tokens for one in flying))


@given(events, st.integers(1, 50_000), st.floats(1, 5))
def test_replies_beyond_every_bound_overshoot_by_no_more_than_their_own_excess(
    happens: list[Any], limit: int, factor: float
) -> None:
    budget, flying, excess = Budget(Limits(tokens=limit)), list[Reservation](), 0.0
    for event in happens:
        if event[0] == "ask":
            try:
                held = budget.reserve(event[1])
            except BudgetSpent:
                continue
            flying += [held] if held is not None else []
        elif flying:
            one = flying.pop(event[1] % len(flying))
            prompt = int(one.prompt_tokens * event[2] * factor)
            completion = int(one.completion_tokens * event[3] * factor) + 7
            budget.settle(one, prompt, completion)
            excess += max(prompt - one.prompt_tokens, 0) + max(completion - one.completion_tokens, 0)
        assert spent(budget) <= limit + excess + 1e-6


def test_the_first_call_goes_alone_where_tokens_count_and_the_others_wait_for_what_it_teaches() -> None:
    budget = Budget(Limits(tokens=100_000))
    first = budget.reserve(SMALL)
    assert first is not None
    assert first.prompt_tokens == 400  # nothing learnt: a token per byte
    assert budget.reserve(SMALL) is None
    budget.settle(first, 100, 4)
    second = budget.reserve(SMALL)
    assert second is not None
    assert second.prompt_tokens == pytest.approx(100 * MARGIN)
    assert second.completion_tokens == 10  # max_tokens, not what was seen
    assert budget.reserve(SMALL) is not None


def test_a_bound_is_the_largest_seen_and_its_margin_where_nothing_limits_a_reply() -> None:
    budget = Budget(Limits(tokens=100_000))
    open_ended = Demand(400, samples=2)
    first = budget.reserve(open_ended)
    assert first is not None
    assert first.completion_tokens == 0  # nobody knows; it goes alone
    budget.settle(first, 100, 60)
    second = budget.reserve(open_ended)
    assert second is not None
    assert second.completion_tokens == pytest.approx(60 * MARGIN)


def test_a_server_that_goes_beyond_max_tokens_once_is_believed_to_do_so_again() -> None:
    budget = Budget(Limits(tokens=100_000))
    first = budget.reserve(SMALL)
    assert first is not None
    budget.settle(first, 100, 40)
    second = budget.reserve(SMALL)
    assert second is not None
    assert second.completion_tokens == pytest.approx(40 * MARGIN)


def test_a_call_that_would_fit_alone_waits_and_one_that_never_fits_ends_it() -> None:
    budget = Budget(Limits(tokens=500))
    first = budget.reserve(SMALL)
    assert first is not None
    budget.settle(first, 100, 10)
    flying = [budget.reserve(SMALL) for _ in range(2)]  # 110 spent, 135 each may need
    assert all(one is not None for one in flying)
    assert budget.reserve(SMALL) is None
    for one in flying:
        assert one is not None
        budget.settle(one, 100, 10)
    last = budget.reserve(SMALL)  # 330 spent: one more fits
    assert last is not None
    budget.settle(last, 100, 10)
    with pytest.raises(BudgetSpent) as stopped:
        budget.reserve(SMALL)
    assert str(stopped.value) == "tokens: 440 of 500 used, and the next call may need 135"
    assert budget.stopped_by == str(stopped.value)


def test_a_failed_call_counts_as_a_call_and_frees_what_it_held() -> None:
    budget = Budget(Limits(calls=2, tokens=1000))
    one = budget.reserve(SMALL)
    assert one is not None
    budget.settle_failed(one)
    assert (budget.counters.values[Count.CALLS], spent(budget), reserved(budget)) == (1, 0, 0)
    two = budget.reserve(SMALL)
    assert two is not None
    budget.settle_failed(two)
    with pytest.raises(BudgetSpent, match="calls: 2 of 2"):
        budget.reserve(SMALL)


def test_a_reply_without_counts_stops_a_budget_of_tokens_before_the_next_call() -> None:
    budget = Budget(Limits(cost=5, price_in=1, price_out=1))
    one = budget.reserve(SMALL)
    assert one is not None
    budget.settle(one, None, None)
    assert budget.is_unreported
    with pytest.raises(BudgetSpent, match="not reported"):
        budget.reserve(SMALL)
    calls_only = Budget(Limits(calls=5))
    held = calls_only.reserve(SMALL)
    assert held is not None
    calls_only.settle(held, None, None)
    assert calls_only.reserve(SMALL) is not None


def test_wall_time_runs_from_the_start_of_the_session_on_the_clock_given() -> None:
    clock = Clock()
    budget = Budget(Limits(wall_seconds=60), clock=clock)
    clock.now += 59.9
    assert budget.reserve(SMALL) is not None
    clock.now += 0.1
    with pytest.raises(BudgetSpent, match="wall time: 60 of 60 s used"):
        budget.reserve(SMALL)
    with pytest.raises(BudgetSpent, match="wall time"):
        Budget(Limits(wall_seconds=60), clock=clock, started=clock.now - 61).reserve(SMALL)


def test_what_was_spent_before_counts_and_prices_are_per_million() -> None:
    limits = Limits(calls=10, tokens=5_000_000, cost=3.0, price_in=0.5, price_out=2.0, wall_seconds=10)
    clock = Clock()
    budget = Budget(limits, Counters().start_from(4, 2_000_000, 500_000), clock=clock)
    assert [str(use) for use in budget.uses()] == [
        "calls: 4 of 10 used",
        "tokens: 2,500,000 of 5,000,000 used",
        "cost: 2 of 3 used",
        "wall time: 0 of 10 s used",
    ]


@pytest.mark.parametrize(
    ("number", "said"), [(48200, "48,200"), (1.254, "1.25"), (0.00341, "0.00341"), (1234.5, "1,234"), (3.0, "3")]
)
def test_amounts_are_said_as_a_person_would(number: float, said: str) -> None:
    assert amount(number) == said


def spend(shared: Any, limits: Limits, seed: int, begun: Any) -> None:
    budget = Budget(limits, Counters(shared.get_obj(), shared.get_lock()))
    rng, n = random.Random(seed), 0
    while True:
        try:
            one = budget.reserve(SMALL)
        except BudgetSpent:
            begun.put(n)
            return
        if one is None:
            continue
        n += 1
        if rng.random() < 0.2:
            budget.settle_failed(one)
        else:
            budget.settle(one, rng.randint(50, 100), rng.randint(1, 10))


@pytest.mark.parametrize("limits", [Limits(calls=2000), Limits(tokens=60_000)], ids=["calls", "tokens"])
def test_processes_that_share_the_counters_stay_within_them_together(limits: Limits) -> None:
    context = multiprocessing.get_context("spawn")
    shared, begun = context.Array("d", len(Count)), context.Queue()
    workers = [context.Process(target=spend, args=(shared, limits, seed, begun)) for seed in range(3)]
    for worker in workers:
        worker.start()
    counts = [begun.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(30)
    budget = Budget(limits, Counters(shared.get_obj(), shared.get_lock()))
    assert sum(counts) == budget.counters.values[Count.CALLS]
    assert budget.counters.values[Count.IN_FLIGHT] == 0
    if limits.calls is not None:
        assert sum(counts) == limits.calls
    else:
        assert limits.tokens is not None
        assert limits.tokens - 300 < spent(budget) <= limits.tokens
