"""The interview as a graph: order, skip rules, memory, asking again, failures, and prompts rebuilt from what is
stored.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from personas.persona import Persona
from simulator.conditions import Condition, MemoryPolicy
from simulator.engines.scripted import ScriptedEngine
from simulator.errors import EngineError, EngineRefused, EngineUnreachable
from simulator.graphs.respondent import Services, conduct, respondent_graph
from simulator.interview import Interview, Progress, disposition
from simulator.messages import Completion, Request, Settings
from simulator.rebuild import rebuild_exchanges, rebuild_progress
from simulator.store.records import TurnRows
from surveys.instrument import Instrument, Item, ResponseFormat, ResponseOption, ShowIf

YES_NO = (ResponseOption(1, {"en": "Yes"}), ResponseOption(2, {"en": "No"}))


def instrument(n: int = 6, rules: dict[int, tuple[ShowIf, ...]] | None = None) -> Instrument:
    items = tuple(
        Item(
            id=f"q{number}",
            question_id=f"q{number}",
            text={"en": f"Is statement {number} true?"},
            format=ResponseFormat.SINGLE,
            options=YES_NO,
            show_if=(rules or {}).get(number, ()),
        )
        for number in range(1, n + 1)
    )
    return Instrument(id="small", title={"en": "Small"}, items=items)


def interview(survey: Instrument, condition: Condition | None = None, length: int | None = None) -> Interview:
    return Interview(
        number=3,
        persona=Persona("basic-0001", "basic", {"en": "You live in Flagstaff."}),
        condition_id=0,
        condition=condition or Condition("basic", memory=MemoryPolicy("full")),
        instrument=survey,
        order=tuple(range(len(survey.items))),
        memory_length=length,
        run_seed=11,
    )


def run(
    who: Interview, reply: Callable[[Request], str | Completion], progress: Progress | None = None
) -> tuple[list[TurnRows], Progress, EngineError | None]:
    turns: list[TurnRows] = []
    engine = ScriptedEngine(reply)
    final, failure = asyncio.run(conduct(Services(who, engine, turns.append), progress or Progress()))
    return turns, final, failure


def number_asked(request: Request) -> int:
    return int(re.findall(r"statement (\d+)", request.messages[-1].content)[-1])


def test_every_item_is_asked_once_in_order_and_answered() -> None:
    turns, final, failure = run(interview(instrument()), lambda request: "1" if number_asked(request) % 2 else "2")
    assert failure is None
    assert [turn.answer.item for turn in turns if turn.answer] == list(range(6))
    assert [turn.answer.codes for turn in turns if turn.answer] == [(1,), (2,)] * 3
    assert [row.number for turn in turns for row in turn.exchanges] == list(range(1, 7))
    assert final.n_answered == 6


def test_memory_is_what_was_asked_and_answered_before() -> None:
    seen: list[list[str]] = []

    def reply(request: Request) -> str:
        seen.append([message.content for message in request.messages])
        return "1"

    run(interview(instrument(3)), reply)
    assert [len(messages) for messages in seen] == [2, 4, 6]
    assert "statement 1" in seen[2][1]
    assert seen[2][2] == "1"
    assert "statement 2" in seen[2][3]


def test_random_prune_keeps_at_most_its_length_and_logs_what_it_kept() -> None:
    policy = MemoryPolicy("random-prune", 15)
    turns, _, _ = run(interview(instrument(20), Condition("basic", memory=policy), length=4), lambda _: "1")
    remembered = [turn.exchanges[0].remembered for turn in turns]
    assert [len(numbers) for numbers in remembered] == [0, 1, 2, 3, *([4] * 16)]
    for at, numbers in enumerate(remembered):
        assert list(numbers) == sorted(numbers)
        assert all(number <= at for number in numbers)
    # Once forgotten, never remembered again.
    for earlier, later in pairwise(remembered):
        assert set(later) - set(earlier) <= {max(later)}


def test_an_unreadable_reply_is_asked_again_and_leaves_no_memory() -> None:
    replies = iter(["perhaps", "hm", "2", "1", "1"])
    turns, final, _ = run(interview(instrument(3)), lambda _: next(replies))
    first = turns[0]
    assert [row.try_number for row in first.exchanges] == [0, 1, 2]
    assert first.answer is not None
    assert (first.answer.status, first.answer.codes, first.answer.exchange) == ("answered", (2,), 3)
    assert turns[1].exchanges[0].remembered == (3,)
    assert final.n_answered == 3


def test_tries_are_bounded_and_the_item_ends_unparsed() -> None:
    condition = Condition("basic", memory=MemoryPolicy("full"), max_tries=2)
    turns, final, _ = run(interview(instrument(2), condition), lambda _: "who knows")
    assert [len(turn.exchanges) for turn in turns] == [2, 2]
    assert {turn.answer.status for turn in turns if turn.answer} == {"unparsed"}
    assert final.n_answered == 0


def test_a_refusal_is_not_asked_again_and_not_remembered() -> None:
    turns, _, _ = run(interview(instrument(2)), lambda _: "I'm sorry, but I can't answer that.")
    assert [turn.answer.status for turn in turns if turn.answer] == ["refused", "refused"]
    assert turns[1].exchanges[0].remembered == ()


def test_skip_rules_hide_items_and_say_so() -> None:
    rules = {2: (ShowIf("q1", (1,)),), 3: (ShowIf("q1", (1,), negate=True),), 4: (ShowIf("q2", (1, 2)),)}
    turns, final, _ = run(interview(instrument(4, rules)), lambda _: "2")
    by_item = {turn.answer.item: turn.answer for turn in turns if turn.answer}
    assert [by_item[item].status for item in range(4)] == ["answered", "not_applicable", "answered", "not_applicable"]
    assert by_item[1].exchange is None
    assert by_item[1].reason.startswith("not_shown")
    assert (final.n_hidden, final.n_answered) == (2, 2)


def test_an_unreachable_engine_leaves_the_item_open() -> None:
    def reply(request: Request) -> str:
        if number_asked(request) == 3:
            raise EngineUnreachable("no connection", attempts=5)
        return "1"

    turns, final, failure = run(interview(instrument(4)), reply)
    assert isinstance(failure, EngineUnreachable)
    assert turns[-1].answer is None
    assert (turns[-1].exchanges[0].error_kind, turns[-1].exchanges[0].attempts) == ("unreachable", 5)
    assert final.place == 2


def test_a_rejected_request_is_an_error_and_the_interview_goes_on() -> None:
    def reply(request: Request) -> str:
        if number_asked(request) == 2:
            raise EngineRefused("too long", fatal=False)
        return "1"

    turns, _, failure = run(interview(instrument(3)), reply)
    assert failure is None
    assert [turn.answer.status for turn in turns if turn.answer] == ["answered", "error", "answered"]


def test_a_fatal_refusal_ends_everything() -> None:
    def reply(_: Request) -> str:
        raise EngineRefused("bad key", fatal=True)

    with pytest.raises(EngineRefused, match="bad key"):
        run(interview(instrument(3)), reply)


@pytest.mark.parametrize(
    "policy", [MemoryPolicy("full"), MemoryPolicy("none"), MemoryPolicy("window", 2), MemoryPolicy("random-prune", 15)]
)
@pytest.mark.parametrize("option_order", ["fixed", "random"])
def test_prompts_are_rebuilt_to_the_byte(policy: MemoryPolicy, option_order: str) -> None:
    """What the engine was sent equals what is rebuilt from the stored rows, unreadable tries and skips included."""
    condition = Condition(
        "basic",
        memory=policy,
        answer_format="explained",
        option_order=option_order,
        labels="random",
        settings=Settings(temperature=0),  # type: ignore[arg-type]
    )
    rules = {5: (ShowIf("q1", (1,)),), 6: (ShowIf("q1", (2,)),)}
    who = interview(instrument(9, rules), condition, length=3 if policy.kind == "random-prune" else None)
    if policy.kind == "window":
        who = replace(who, memory_length=2)
    sent: list[tuple[tuple[str, str], ...]] = []

    def reply(request: Request) -> str:
        sent.append(request.messages)
        assert request.asked is not None
        if number_asked(request) == 4 and request.asked.try_number == 0:
            return "I wonder."
        label = request.asked.options[number_asked(request) % 2].label
        return f"Answer: {label}\nExplanation: Because it is so. And more."

    turns, final, _ = run(who, reply)
    rebuilt = rebuild_exchanges(who, turns)
    assert [exchange.presentation.messages for exchange in rebuilt] == sent
    assert all(exchange.is_verbatim for exchange in rebuilt)
    assert rebuild_progress(who, turns) == final


@pytest.mark.parametrize("cut", range(1, 12))
def test_an_interview_goes_on_from_any_turn_as_if_never_stopped(cut: int) -> None:
    rules = {5: (ShowIf("q1", (1,)),), 6: (ShowIf("q1", (2,)),), 7: (ShowIf("q6", (1,)),)}
    condition = Condition("basic", memory=MemoryPolicy("random-prune", 15), option_order="random")
    who = interview(instrument(12, rules), condition, length=3)

    def reply(request: Request) -> str:
        assert request.asked is not None
        if number_asked(request) in (4, 9) and request.asked.try_number == 0:
            return "I wonder."
        return request.asked.options[0].label

    whole, final, _ = run(who, reply)
    kept = whole[:cut]
    rest, resumed, _ = run(who, reply, rebuild_progress(who, kept))
    assert [*kept, *rest] == whole
    assert resumed == final


def test_the_graph_has_the_two_nodes_of_the_decision() -> None:
    assert {"ask", "remember"} <= set(respondent_graph().get_graph().nodes)


def test_dispositions_follow_the_share_answered() -> None:
    assert [disposition(10, n) for n in (10, 9, 8, 5, 4, 0)] == [
        "complete",
        "complete",
        "partial",
        "partial",
        "breakoff",
        "refused",
    ]
    assert disposition(0, 0) == "complete"
