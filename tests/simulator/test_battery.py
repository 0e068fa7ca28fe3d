"""A battery as pure steps and as a graph: what is listed together, what is asked again, how the list is worded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personas.persona import Persona
from simulator.conditions import Condition, MemoryPolicy, Protocol
from simulator.engines.scripted import ScriptedEngine
from simulator.errors import EngineError, EngineRefused, EngineUnreachable
from simulator.graphs.battery import conduct
from simulator.graphs.respondent import Services
from simulator.interview import NOT_SHOWN, Interview
from simulator.messages import Completion, Request, Settings
from simulator.protocols.battery import BatteryStand, count_lists
from simulator.protocols.battery_recorded import rebuild_battery_stand
from simulator.rebuild import rebuild_exchanges
from simulator.store.records import AnswerRow, TurnRows
from surveys.instrument import Block, Instrument, Item, ResponseFormat, ResponseOption, ShowIf

YES_NO = (ResponseOption(1, {"en": "Yes"}), ResponseOption(2, {"en": "No"}))
COLORS = tuple(ResponseOption(code, {"en": name}) for code, name in ((1, "Red"), (2, "Green"), (3, "Blue")))
BATTERY = Condition("basic", memory=MemoryPolicy("none"), protocol=Protocol("battery", "battery"))
Rules = dict[int, tuple[ShowIf, ...]]


def survey(n: int = 6, rules: Rules | None = None, **changes: Any) -> Instrument:
    items = tuple(
        Item(
            id=f"q{number}",
            text={"en": f"Is statement {number} true?"},
            format=ResponseFormat.SINGLE,
            options=YES_NO,
            show_if=(rules or {}).get(number, ()),
        )
        for number in range(1, n + 1)
    )
    return replace(Instrument(id="small", title={"en": "Small"}, items=items), **changes)


def interview(of: Instrument, condition: Condition = BATTERY, order: Sequence[int] = ()) -> Interview:
    return Interview(
        number=3,
        persona=Persona("basic-0001", "basic", {"en": "You live in Flagstaff."}),
        condition_id=0,
        condition=condition,
        instrument=of,
        order=tuple(order or range(len(of.items))),
        memory_length=0,
        run_seed=11,
    )


def sized(size: int) -> Condition:
    return replace(BATTERY, protocol=Protocol("battery", "battery", battery_size=size))


class Conducted:
    """An interview carried out to its end or to a failure, with what was asked and stored."""

    def __init__(
        self, who: Interview, reply: Callable[[Request], str | Completion], earlier: Sequence[TurnRows] = ()
    ) -> None:
        self.who, self.requests, self.turns = who, list[Request](), list(earlier)

        def answer(request: Request) -> str | Completion:
            self.requests.append(request)
            return reply(request)

        services = Services(who, ScriptedEngine(answer), self.turns.append)
        stand = rebuild_battery_stand(who, earlier) if earlier else BatteryStand()
        self.stand, self.failure = asyncio.run(conduct(services, stand))

    @property
    def listed(self) -> list[list[int]]:
        """The numbers of every list that was put."""
        return [[number for number, _ in battery(request)] for request in self.requests]

    @property
    def answers(self) -> dict[str, AnswerRow]:
        items = self.who.instrument.items
        return {items[answer.item].id: answer for turn in self.turns for answer in turn.answers}

    @property
    def statuses(self) -> dict[str, str]:
        return {item_id: answer.status for item_id, answer in self.answers.items()}


def battery(request: Request) -> tuple[tuple[int, Any], ...]:
    assert request.asked is not None
    return request.asked.battery


def prompt(request: Request) -> str:
    return request.messages[-1].content


def saying(label: str, *, but: dict[int, str] | None = None) -> Callable[[Request], str]:
    """Every item answered with `label`, some otherwise; "" leaves out the line."""

    def reply(request: Request) -> str:
        lines = [(number, (but or {}).get(number, label)) for number, _ in battery(request)]
        return "\n".join(f"{number}. {text}" for number, text in lines if text)

    return reply


# ---- what is listed together -----------------------------------------------------------------------------------------


def test_all_items_are_one_list_in_the_order_of_the_respondent() -> None:
    done = Conducted(interview(survey(), order=(4, 2, 0, 5, 3, 1)), saying("2"))
    assert done.listed == [[1, 2, 3, 4, 5, 6]]
    assert [asked.item_id for _, asked in battery(done.requests[0])] == ["q5", "q3", "q1", "q6", "q4", "q2"]
    lines = [line for line in prompt(done.requests[0]).split("\n") if "statement" in line]
    assert lines[0] == "1. Is statement 5 true?"
    assert lines[5] == "6. Is statement 2 true?"
    assert {(answer.status, answer.codes, answer.exchange) for answer in done.answers.values()} == {
        ("answered", (2,), 1)
    }
    assert done.stand.n_answered == 6


@pytest.mark.parametrize(("size", "lists"), [(1, 7), (2, 4), (3, 3), (7, 1), (9, 1)])
def test_a_battery_has_a_size_and_numbers_go_on(size: int, lists: int) -> None:
    done = Conducted(interview(survey(7), sized(size)), saying("1"))
    assert len(done.listed) == lists == count_lists(done.who, with_rules=True)
    assert [number for numbers in done.listed for number in numbers] == [1, 2, 3, 4, 5, 6, 7]


def test_an_item_waits_for_the_answer_that_decides_about_it() -> None:
    """q3 needs q2 and q5 needs q3, so three lists; q4 needs another answer to q2 and is hidden."""
    rules = {3: (ShowIf("q2", (1,)),), 4: (ShowIf("q2", (2,)),), 5: (ShowIf("q3", (1,)),)}
    done = Conducted(interview(survey(6, rules)), saying("1"))
    assert done.listed == [[1, 2, 6], [3], [5]]
    assert done.statuses["q4"] == "not_applicable"
    assert done.answers["q4"].reason == NOT_SHOWN
    assert (done.stand.n_answered, done.stand.n_hidden) == (5, 1)


def test_what_depends_on_a_hidden_or_unanswered_item_is_hidden() -> None:
    rules = {3: (ShowIf("q2", (1,)),), 5: (ShowIf("q3", (1,), negate=True),), 6: (ShowIf("q1", (2,), negate=True),)}
    done = Conducted(interview(survey(6, rules)), saying("1", but={1: "9", 2: "2"}))
    assert done.listed == [[1, 2, 4], [1], [1]]
    hidden = [item_id for item_id, status in done.statuses.items() if status == "not_applicable"]
    assert sorted(hidden) == ["q3", "q5", "q6"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.booleans()), max_size=8), st.integers(0, 4))
def test_whatever_the_rules_every_item_ends_as_in_an_interview(pairs: list[tuple[int, int, bool]], size: int) -> None:
    """Items are hidden exactly where the answers before them hide them, and no list holds what it decides about."""
    rules: Rules = {}
    for item, other, negate in pairs:
        if other < item:
            rules[item + 1] = (*rules.get(item + 1, ()), ShowIf(f"q{other + 1}", (1,), negate))
    truth = {f"q{number}": 1 + (number * number) % 2 for number in range(1, 9)}
    shown: dict[str, int] = {}
    for number in range(1, 9):
        holds = [
            rule.item_id in shown and (shown[rule.item_id] in rule.codes) != rule.negate
            for rule in rules.get(number, ())
        ]
        if all(holds):
            shown[f"q{number}"] = truth[f"q{number}"]

    def reply(request: Request) -> str:
        ids = {asked.item_id for _, asked in battery(request)}
        assert not any(rule.item_id in ids for item_id in ids for rule in rules.get(int(item_id[1:]), ()))
        return "\n".join(f"{number}. {truth[asked.item_id]}" for number, asked in battery(request))

    done = Conducted(interview(survey(8, rules), sized(size)), reply)
    assert {item_id: row.codes[0] for item_id, row in done.answers.items() if row.codes} == shown
    assert len(done.answers) == 8
    least, most = (count_lists(done.who, with_rules=with_rules) for with_rules in (False, True))
    assert least <= len(done.listed) <= most


def test_rules_that_refer_to_one_another_show_nothing() -> None:
    rules = {2: (ShowIf("q3", (1,)),), 3: (ShowIf("q2", (1,)),)}
    done = Conducted(interview(survey(3, rules)), saying("1"))
    assert done.listed == [[1]]
    assert done.statuses == {"q1": "answered", "q2": "not_applicable", "q3": "not_applicable"}


# ---- what is asked again ---------------------------------------------------------------------------------------------


def test_what_was_read_is_kept_and_the_rest_asked_again_under_its_numbers() -> None:
    unread: list[dict[int, str]] = [{2: "9", 4: "", 5: "1 or 2"}, {4: "maybe"}, {}]

    def reply(request: Request) -> str:
        assert request.asked is not None
        return saying("1", but=unread[request.asked.try_number])(request)

    done = Conducted(interview(survey()), reply)
    assert done.listed == [[1, 2, 3, 4, 5, 6], [2, 4, 5], [4]]
    assert set(done.statuses.values()) == {"answered"}
    assert {item_id: row.exchange for item_id, row in done.answers.items()} == {
        "q1": 1, "q3": 1, "q6": 1, "q2": 2, "q5": 2, "q4": 3,
    }  # fmt: skip
    # Each call is handed over with what it brought, as soon as it came.
    assert [len(turn.answers) for turn in done.turns] == [3, 2, 1]
    assert [turn.exchanges[0].try_number for turn in done.turns] == [0, 1, 2]
    assert [[one.number for one in turn.exchanges[0].listed] for turn in done.turns] == done.listed


def test_after_the_last_try_what_is_unreadable_has_its_reason() -> None:
    done = Conducted(interview(survey(4)), saying("1", but={2: "7", 3: ""}))
    assert done.listed == [[1, 2, 3, 4], [2, 3], [2, 3]]
    assert done.statuses == {"q1": "answered", "q4": "answered", "q2": "unparsed", "q3": "unparsed"}
    assert done.answers["q2"].reason.startswith("out_of_range")
    assert done.answers["q3"].reason.startswith("missing")
    assert {done.answers[item_id].exchange for item_id in ("q2", "q3")} == {3}


def test_a_refusal_of_the_list_is_one_of_every_item() -> None:
    done = Conducted(interview(survey(3)), lambda _: "I'm sorry, but I can't answer these questions.")
    assert done.listed == [[1, 2, 3]]
    assert set(done.statuses.values()) == {"refused"}
    told = Completion(("",), "m", refusal="policy")
    assert set(Conducted(interview(survey(3)), lambda _: told).statuses.values()) == {"refused"}


def test_a_reply_that_cannot_be_placed_shifts_nothing() -> None:
    done = Conducted(interview(survey(5)), lambda _: "1\n2\n1\n2")
    assert done.listed == [[1, 2, 3, 4, 5]] * 3
    assert set(done.statuses.values()) == {"unparsed"}
    assert done.answers["q1"].reason == "wrong_length: 4 answers without numbers for 5 items"


def test_a_failed_call_leaves_the_items_open_and_the_same_try_follows() -> None:
    who, calls = interview(survey(4)), iter(range(9))

    def reply(request: Request) -> str:
        if next(calls) == 1:
            raise EngineUnreachable("gone", attempts=5)
        return saying("1", but={2: ""} if len(battery(request)) == 4 else {})(request)

    first = Conducted(who, reply)
    assert isinstance(first.failure, EngineError)
    assert sorted(first.statuses) == ["q1", "q3", "q4"]
    on = Conducted(who, reply, first.turns)
    assert on.listed == [[2]]
    assert on.requests == first.requests[1:]  # the very call that failed, seed and prompt
    assert [turn.exchanges[0].number for turn in on.turns] == [1, 2, 3]
    assert set(on.statuses.values()) == {"answered"}


def test_a_call_that_the_server_refuses_is_an_error_of_every_item() -> None:
    def reply(_request: Request) -> str:
        raise EngineRefused("too long a prompt", fatal=False)

    done = Conducted(interview(survey(3)), reply)
    assert done.failure is None
    assert set(done.statuses.values()) == {"error"}
    assert "too long a prompt" in done.answers["q2"].reason


# ---- how the list is worded ------------------------------------------------------------------------------------------


def test_the_prompt_of_a_battery_whole() -> None:
    done = Conducted(interview(survey(3)), saying("1"))
    system, user = done.requests[0].messages
    assert system.role == "system"
    assert "You live in Flagstaff." in system.content
    assert "numbered list that has one line for each item" in system.content
    assert user.content == (
        "Please answer every item of this list.\n\n"
        "Options for every item:\n1. Yes\n2. No\n\n"
        "1. Is statement 1 true?\n2. Is statement 2 true?\n3. Is statement 3 true?"
    )


def test_options_stand_beneath_items_that_do_not_share_them() -> None:
    small = survey(3)
    items = (*small.items[:2], replace(small.items[2], format=ResponseFormat.MULTIPLE, options=COLORS, max_picks=2))
    shown = prompt(Conducted(interview(replace(small, items=items)), saying("1")).requests[0])
    assert shown.endswith(
        "1. Is statement 1 true?\n1. Yes\n2. No\n\n2. Is statement 2 true?\n1. Yes\n2. No\n\n"
        "3. Is statement 3 true?\nYou may choose up to 2 options.\n1. Red\n2. Green\n3. Blue"
    )


def test_orders_of_their_own_stand_beneath_the_items_even_where_chance_makes_them_alike() -> None:
    for number in range(12):
        who = replace(interview(survey(2), replace(BATTERY, option_order="random-per-item")), number=number)
        done = Conducted(who, saying("1"))
        assert "Options for every item" not in prompt(done.requests[0])
        assert all(one.is_verbatim for one in rebuild_exchanges(who, done.turns))


def test_instructions_stand_where_they_apply() -> None:
    blocks = (Block("a", instruction={"en": "Think of today."}), Block("b", instruction={"en": "Think of tomorrow."}))
    small = survey(4, blocks=blocks)
    items = tuple(replace(item, block="a" if place < 2 else "b") for place, item in enumerate(small.items))
    items = (*items[:3], replace(items[3], instruction={"en": "Take your time."}))
    done = Conducted(interview(replace(small, items=items)), saying("1", but={2: ""}))
    assert prompt(done.requests[0]).split("\n\n")[2:] == [
        "Think of today.",
        "1. Is statement 1 true?",
        "2. Is statement 2 true?",
        "Think of tomorrow.",
        "3. Is statement 3 true?",
        "4. Take your time.\nIs statement 4 true?",
    ]
    assert prompt(done.requests[1]).split("\n\n")[1:] == [
        "Think of today.",
        "2. Is statement 2 true?\n1. Yes\n2. No",
    ]


REMINDERS = [
    ("never", 0.0, False),
    ("always", 1.0, True),
    ("at-zero-temperature", 1.0, False),
    ("at-zero-temperature", 0.0, True),
]


@pytest.mark.parametrize(("reminder", "temperature", "is_reminded"), REMINDERS)
def test_a_reminder_stands_where_the_condition_wants_it(reminder: Any, temperature: float, is_reminded: bool) -> None:
    condition = replace(BATTERY, reminder=reminder, settings=Settings(temperature=temperature))
    done = Conducted(interview(survey(3), condition), saying("1", but={2: ""}))
    found = ["keep to the format" in prompt(request) for request in done.requests]
    assert found == [False, is_reminded, is_reminded]


def test_every_try_has_a_seed_and_a_prompt_of_its_own() -> None:
    done = Conducted(interview(survey(4)), lambda _: "")
    assert len({request.seed for request in done.requests}) == len(done.requests) == 3


# ---- rebuilt from what is stored -------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.lists(st.sampled_from(["1", "2", "", "9", "either 1 or 2"]), min_size=7, max_size=7), max_size=9),
    st.integers(0, 3),
    st.sampled_from(["fixed", "reversed", "random", "random-per-item"]),
    st.sampled_from(["numbers", "letters", "random"]),
)
def test_an_interview_cut_off_anywhere_goes_on_as_if_it_had_not(
    script: list[list[str]], size: int, order: Any, labels: Any
) -> None:
    rules = {3: (ShowIf("q2", (1,)),), 6: (ShowIf("q3", (1, 2)), ShowIf("q1", (2,), negate=True))}
    small = survey(7, rules)
    items = tuple(replace(item, options=COLORS) if place == 4 else item for place, item in enumerate(small.items))
    condition = replace(sized(size), option_order=order, labels=labels)
    who = interview(replace(small, items=items), condition, order=(6, 0, 1, 4, 2, 3, 5))

    def reply(request: Request) -> str:
        """The same to the same call, whenever it is made."""
        assert request.seed is not None
        row = script[request.seed % len(script)] if script else ["1"] * 7
        lines = []
        for number, asked in battery(request):
            said = row[number - 1]
            code = int(said) if said in ("1", "2") else None
            label = next((option.label for option in asked.options if option.code == code), said)
            lines.append(f"{number}. {label}" if label else "")
        return "\n".join(lines)

    whole = Conducted(who, reply)
    assert sorted(whole.statuses) == [f"q{number}" for number in range(1, 8)]
    assert all(one.is_verbatim for one in rebuild_exchanges(who, whole.turns))
    for cut in range(1, len(whole.turns)):
        assert Conducted(who, reply, whole.turns[:cut]).turns == whole.turns
