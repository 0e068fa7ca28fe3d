"""A record answers again: the same texts, the same failures, and nothing where the question is another one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.conditions import Condition
from simulator.engines.base import Capability
from simulator.engines.replay import ReplayEngine
from simulator.errors import (
    EngineError,
    EngineRefused,
    EngineThrottled,
    EngineUnreachable,
    MalformedCompletion,
    StoreCorrupt,
    StoreError,
)
from simulator.messages import Asked, Completion, Message, Request, TokenAlternatives, hash_messages
from simulator.positions import positions_to_json
from simulator.store.records import ConditionRow, ExchangeRow, ItemRow, RespondentRow, RunRow, TurnRows
from simulator.store.writer import Writer

POSITION = TokenAlternatives("1", -0.25, (("1", -0.25), ("2", -1.5)))
PROMPT = (Message("system", "You are Söñke 宋."), Message("user", "Which?"))


def request(respondent: str = "r0001", item: str = "q1", try_number: int = 0, **demands: Any) -> Request:
    asked = Asked(7, respondent, "p", "basic", {}, item, "single", (), try_number=try_number)
    return Request(PROMPT, asked=asked, **demands)


def row(number: int, item: int | None, try_number: int, completion: str | None, **more: Any) -> ExchangeRow:
    fixed = {"respondent": 1, "condition": 0, "remembered": (), "order": None, "labels": None}
    named = {"number": number, "item": item, "try_number": try_number, "completion": completion}
    return ExchangeRow(**fixed, **named, **({"prompt_hash": hash_messages(PROMPT)} | more))


ROWS = [
    row(0, None, 2, "You are a baker.", role="generator"),
    row(1, 0, 0, "mumble"),
    row(2, 0, 1, "1", samples=("2", "1"), positions=positions_to_json([POSITION]), prompt_tokens=9, attempts=2),
    row(3, 1, 0, None, error_kind="unreachable", error="http://h: nothing there; start it", attempts=5),
    row(4, 2, 0, None, error_kind="refused", error="too long; ask less"),
    row(5, 3, 0, None, error_kind="throttled", error="slow down; wait"),
    row(6, 4, 0, None, error_kind="malformed", error="no JSON; look"),
    row(7, 5, 0, "\ud83d broken \x00 text"),
]


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "run.sqlite"
    condition = Condition("basic", probe="token-logit", samples=3)
    items = [ItemRow(position, f"q{position + 1}", {}, "hash") for position in range(7)]
    run = RunRow("first", 7, {}, {}, {}, "hash", 2)
    with Writer.create(path, run, [ConditionRow(0, condition.as_json())], items, version="0") as writer:
        writer.append_respondents([RespondentRow(1, "p", 0, "basic", {}, {}, 1.0, None)])
        for exchange in ROWS:
            writer.append_turn(TurnRows((exchange,), None))
    return path


def ask(record: Path, asked: Request, **options: Any) -> Completion:
    async def talk() -> Completion:
        engine = ReplayEngine(record, **options)
        try:
            return await engine.complete(asked)
        finally:
            await engine.close()

    return asyncio.run(talk())


def test_a_try_comes_back_as_it_was(record: Path) -> None:
    completion = ask(record, request(try_number=1, samples=3, top_logprobs=2))
    assert completion.texts == ("1", "2", "1")
    assert completion.positions == (POSITION,)
    assert (completion.prompt_tokens, completion.attempts, completion.model) == (9, 2, "replay of first")
    assert ask(record, request()).text == "mumble"
    assert ask(record, request(item="q6")).text == "\ud83d broken \x00 text"


def test_a_written_persona_comes_back_whichever_try_wrote_it(record: Path) -> None:
    asked = Asked(7, "r0001", "p", "generated", {}, "", "persona", (), try_number=0)
    assert ask(record, Request(PROMPT, asked=asked)).text == "You are a baker."


@pytest.mark.parametrize(
    ("item", "error"),
    [("q2", EngineUnreachable), ("q3", EngineRefused), ("q4", EngineThrottled), ("q5", MalformedCompletion)],
)
def test_a_recorded_failure_fails_again_word_for_word(item: str, error: type[EngineError], record: Path) -> None:
    with pytest.raises(error) as raised:
        ask(record, request(item=item))
    stored = ROWS[int(item[1]) + 1]
    assert (str(raised.value), raised.value.kind, raised.value.attempts) == (
        stored.error,
        stored.error_kind,
        stored.attempts,
    )


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (request("r0000"), "has no reply in the record"),
        (request("somebody"), "has no reply in the record"),
        (request(item="q7"), "has no reply in the record"),
        (request(try_number=2), "has no reply in the record"),
        (request(item="q99"), "is not in the recorded instrument"),
        (request(samples=2), "has 1 samples in the record, not 2"),
        (request(top_logprobs=2), "no log probabilities in the record"),
        (replace(request(), messages=(Message("user", "Which one?"),)), "another prompt"),
        (replace(request(), asked=None), "names no respondent and item"),
    ],
)
def test_what_the_record_does_not_hold_is_refused_by_name(asked: Request, words: str, record: Path) -> None:
    with pytest.raises(EngineRefused, match=words) as raised:
        ask(record, asked)
    assert not raised.value.fatal
    if asked.asked is not None:
        assert asked.asked.respondent_id in str(raised.value)
        assert asked.asked.item_id in str(raised.value)


def test_another_prompt_is_replayed_only_on_demand(record: Path) -> None:
    other = replace(request(), messages=(Message("user", "Which one?"),))
    assert ask(record, other, verify_prompt=False).text == "mumble"


def test_declares_what_the_run_used(record: Path) -> None:
    engine = ReplayEngine(record)
    asyncio.run(engine.close())
    assert engine.capabilities == {Capability.SEED, Capability.SAMPLING, Capability.TOP_LOGPROBS}


def test_a_file_that_is_no_record_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "notes.txt"
    wrong.write_text("not a record", encoding="utf-8")
    with pytest.raises(StoreCorrupt):
        ReplayEngine(wrong)
    with pytest.raises(StoreError):
        ReplayEngine(tmp_path / "nothing.sqlite")
