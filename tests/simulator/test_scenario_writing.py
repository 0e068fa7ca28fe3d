"""Scenario writing: what is asked, blocks and checks as they are read, and the two graphs with an engine that follows a
script. Nothing of ours is replaced.
"""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.engines.scripted import ScriptedEngine
from simulator.errors import EngineRefused, EngineUnreachable, RunSpecError
from simulator.messages import Request
from simulator.scenarios.calls import CallLog
from simulator.scenarios.making import Writing, make_scenarios
from simulator.scenarios.steps import critic_messages, read_blocks, read_checks, writer_messages
from simulator.scenarios.wording import asked_item, load_wording, wording_from_data
from surveys.catalog import find_instrument
from surveys.scenarios import Scenario, ScenarioSet, find_scenarios, scenarios_from_toml, scenarios_to_toml

SURVEY = find_instrument("social-attitudes")
ITEM = "law-cameras"
WORDING = load_wording("everyday")
YES = '{"Q1": "yes", "Q2": "yes", "Q3": "yes", "Q4": "yes"}'


def block(number: int, place: str = "") -> str:
    where = place or f"house number {number}"
    return (
        f"Situation_{number}: {{name}} sees workers put up a camera on a post in front of {where}.\n"
        f"ActionA_{number}: {{name}} asks the workers to take the camera down from the post again.\n"
        f"ActionB_{number}: {{name}} thanks the workers and offers them a cup of coffee each."
    )


def blocks(*numbers: int) -> str:
    return "\n\n".join(block(number) for number in numbers)


# ---- what is asked -------------------------------------------------------------------------------------------------


def test_the_writer_is_told_the_question_and_both_ends_of_its_scale():
    item = asked_item(SURVEY, SURVEY.item(ITEM))
    system, task = writer_messages(WORDING, item)
    assert (system.role, task.role) == ("system", "user")
    assert item.question in task.content
    assert "Person A answers: Never acceptable" in task.content
    assert "Person B answers: Always acceptable" in task.content
    for limit in ("10 situations", "10 to 30 words", "10 to 20 words", "{name}", "Situation_1", "ActionB_1"):
        assert limit in task.content
    assert "{{" not in task.content


def test_the_critic_is_shown_everything_that_it_judges():
    item = asked_item(SURVEY, SURVEY.item(ITEM))
    scenario = read_blocks(block(1), ITEM).scenarios[0]
    task = critic_messages(WORDING, item, scenario)[1].content
    for part in (item.question, "Uncertainty avoidance", scenario.situation, scenario.action_low, scenario.action_high):
        assert part in task
    assert json.loads(task[task.index('{"Q1') :]).keys() == {"Q1", "Q2", "Q3", "Q4"}


def test_lowest_and_highest_go_by_value_and_some_items_have_none():
    with pytest.raises(RunSpecError, match="'work-good-job' of social-attitudes has no two poles"):
        asked_item(SURVEY, SURVEY.item("work-good-job"))


def test_a_wording_may_be_a_file_and_every_fault_of_it_is_told(tmp_path):
    path = tmp_path / "mine.toml"
    task = "{question} {answer_a} {answer_b} {n}"
    check = "{question} {answer_a} {answer_b} {situation} {action_a} {action_b}"
    path.write_text(
        f'[writer]\nsystem = "W"\ntask = "{task}"\n[critic]\nsystem = "C"\ntask = "{check}"', encoding="utf-8"
    )
    item = asked_item(SURVEY, SURVEY.item(ITEM))
    said = writer_messages(load_wording(str(path)), item, 3)[1].content
    assert said == f"{item.question} Never acceptable Always acceptable 3"
    with pytest.raises(RunSpecError) as caught:
        wording_from_data("mine", {"writer": {"system": "W", "task": "{question} {n} {who}"}, "judge": {}})
    for part in ("placeholder {answer_a} is missing", "unknown placeholder {who}", "[critic]: is missing", "judge"):
        assert part in str(caught.value)


# ---- how replies are read ------------------------------------------------------------------------------------------


def test_blocks_are_put_together_by_their_number():
    read = read_blocks(blocks(1, 2), ITEM, "a model")
    assert [one.id for one in read.scenarios] == [f"{ITEM}.1", f"{ITEM}.2"]
    assert read.scenarios[1] == Scenario(
        f"{ITEM}.2",
        ITEM,
        "{name} sees workers put up a camera on a post in front of house number 2.",
        "{name} asks the workers to take the camera down from the post again.",
        "{name} thanks the workers and offers them a cup of coffee each.",
        "a model",
    )


def test_order_does_not_matter_and_what_is_incomplete_is_dropped():
    lines = blocks(1, 2, 3).replace("\n\n", "\n").splitlines()
    del lines[4]  # ActionA_2
    read = read_blocks("\n".join(reversed(lines)), ITEM)
    assert [one.id for one in read.scenarios] == [f"{ITEM}.1", f"{ITEM}.3"]
    assert read.n_incomplete == 1


@pytest.mark.parametrize(
    "reply",
    [
        block(7).replace("_7:", " 7:"),
        block(7).replace("ActionA", "Action A").replace("ActionB", "Action B"),
        "\n".join(f"**{line.partition(':')[0]}:** {line.partition(': ')[2]}" for line in block(7).splitlines()),
        "\n".join(f'- {line.partition(": ")[0]}: "{line.partition(": ")[2]}"' for line in block(7).splitlines()),
        f"<think>Situation_7: none yet.</think>Here they are:\n\n{block(7)}\n\nI hope that this helps.",
        block(7).replace("camera on", "camera\non"),
        f"{block(7)}\n\n{block(7, 'the old station')}",
        block(7).lower().replace("situation", "SITUATION"),
    ],
)
def test_a_block_is_read_however_it_is_dressed(reply):
    read = read_blocks(reply, ITEM)
    assert [one.situation.lower() for one in read.scenarios] == [
        "{name} sees workers put up a camera on a post in front of house number 7."
    ]
    assert read.scenarios[0].action_high.lower() == "{name} thanks the workers and offers them a cup of coffee each."
    assert read.n_incomplete == 0


@given(st.text())
def test_any_reply_can_be_read(reply):
    assert read_blocks(reply, ITEM).n_incomplete >= 0
    assert read_checks(reply).dropped in ("bad_json", "no_answer")


@pytest.mark.parametrize(
    ("reply", "dropped", "failed"),
    [
        (YES, None, ()),
        (f"```json\n{YES}\n```", None, ()),
        (f"Sure! {YES} Done.", None, ()),
        ('{"q1": "Yes.", "q2": true, "Q3": "YES", "Q4": "yes", "why": "fine"}', None, ()),
        ('{"Q1": "yes", "Q2": "no", "Q3": "yes", "Q4": "No"}', "checks_failed", ("Q2", "Q4")),
        ('{"Q1": "yes", "Q2": "yes", "Q3": "yes"}', "no_answer", ()),
        ('{"Q1": "yes", "Q2": "yes", "Q3": "yes", "Q4": "maybe"}', "no_answer", ()),
        ('{"Q1": "yes", "Q2": "yes", ', "bad_json", ()),
        ("yes, yes, yes, yes", "bad_json", ()),
        ("", "bad_json", ()),
    ],
)
def test_four_times_yes_is_kept(reply, dropped, failed):
    assert read_checks(reply) == (dropped, failed)


# ---- the graphs ----------------------------------------------------------------------------------------------------


def made(script, *, items=(ITEM,), log: CallLog | None = None, n: int = 10):
    """What comes of writing with a script, and the calls."""
    writing = Writing(SURVEY, tuple(items), WORDING, n=n, source="a script")
    log = log or CallLog()
    return asyncio.run(make_scenarios(writing, ScriptedEngine(script), log)), log.calls


def test_what_passes_all_four_checks_is_kept_and_the_rest_is_counted():
    script = {ITEM: blocks(*range(1, 11)), "*": YES}
    script |= {f"{ITEM}.2": YES.replace('"Q3": "yes"', '"Q3": "no"'), f"{ITEM}.5": "I cannot say.", f"{ITEM}.9": "{}"}
    (item,), calls = made(script)
    assert [one.id for one in item.scenarios] == [f"{ITEM}.{n}" for n in (1, 3, 4, 6, 7, 8, 10)]
    assert item.dropped == {"checks_failed": 1, "bad_json": 1, "no_answer": 1}
    assert item.failed_checks == {"Q3": 1}
    assert (item.n_begun, item.failure) == (10, None)
    assert item.n_begun == len(item.scenarios) + sum(item.dropped.values())
    assert [call.step for call in calls].count("writer") == 1
    assert len(calls) == 11


@pytest.mark.parametrize(
    ("replies", "kept", "n_calls"),
    [
        ([blocks(1, 2, 3), blocks(*range(1, 11))], 10, 2),
        ([blocks(1, 2, 3, 4), blocks(1, 2)], 4, 2),
        (["I would rather not.", blocks(1)], 1, 2),
        (["No.", "No."], 0, 2),
        ([blocks(*range(1, 13))], 12, 1),
    ],
)
def test_too_few_are_asked_for_once_more_then_the_fuller_reply_counts(replies, kept, n_calls):
    (item,), calls = made({ITEM: replies, "*": YES})
    assert len(item.scenarios) == kept
    assert sum(call.step == "writer" for call in calls) == n_calls


def test_what_breaks_a_limit_never_reaches_the_critic():
    named = block(2).replace("{name}", "Alex")
    brief = block(3).replace("asks the workers to take the camera down from the post again", "objects")
    again = block(4, "house number 1")
    (item,), calls = made({ITEM: "\n\n".join([block(1), named, brief, again]), "*": YES}, n=4)
    assert [one.id for one in item.scenarios] == [f"{ITEM}.1"]
    assert item.dropped == {"faulty": 3}
    assert sum(call.step == "critic" for call in calls) == 1


def test_what_is_kept_makes_a_sound_file():
    (item,), _ = made({ITEM: blocks(*range(1, 11)), "*": YES})
    written = ScenarioSet("mine", "Mine", "social-attitudes", item.scenarios)
    assert scenarios_from_toml(scenarios_to_toml(written), "mine.toml") == written


def test_a_failed_call_costs_its_item_or_its_scenario_and_nothing_else():
    script = {"science-fifty-years": blocks(1), "*": YES, ITEM: EngineRefused("too long", fatal=False)}
    script["science-fifty-years.1"] = EngineUnreachable("no connection")
    (first, second), calls = made(script, items=(ITEM, "science-fifty-years"), n=1)
    assert first.failure == "the writer's call failed (refused)"
    assert second.failure == "1 of 1 calls to the critic failed"
    assert second.dropped == {"call_failed": 1}
    assert {call.error_kind for call in calls} == {"refused", None, "unreachable"}
    assert all((call.reply is None) == (call.error is not None) for call in calls)


def test_an_engine_that_is_gone_ends_everything_and_what_came_is_kept(tmp_path):
    """The same order goes on where it was, from the log, and comes to what it would have come to."""
    n_calls = []

    def until(limit: int):
        def answer(request: Request) -> str:
            n_calls.append(request)
            if len(n_calls) > limit:
                raise EngineUnreachable("gone", ends_run=True)
            assert request.asked is not None
            return blocks(1, 2, 3) if request.asked.step == "writer" else YES

        return answer

    items = (ITEM, "science-fifty-years")
    uninterrupted, _ = made(until(1000), items=items, n=3)
    n_calls.clear()
    path = tmp_path / "calls.jsonl"
    with CallLog(path) as log, pytest.raises(EngineUnreachable, match="gone"):
        made(until(4), items=items, log=log, n=3)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"step": "wri')  # what a kill leaves
    n_calls.clear()
    with CallLog(path) as log:
        resumed, _ = made(until(1000), items=items, log=log, n=3)
    assert resumed == uninterrupted
    assert len(n_calls) == 8 - 4
    with CallLog(path) as log:
        assert sum(call.reply is not None for call in log.calls) == 8
        n_calls.clear()
        assert made(until(0), items=items, log=log, n=3)[0] == uninterrupted
    assert n_calls == []


def test_every_prompt_and_reply_is_in_the_log(tmp_path):
    path = tmp_path / "calls.jsonl"
    with CallLog(path) as log:
        made({ITEM: blocks(1), "*": YES}, log=log, n=1)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(line["step"], line["scenario"], line["reply"]) for line in lines] == [
        ("writer", "", blocks(1)),
        ("critic", f"{ITEM}.1", YES),
    ]
    item = asked_item(SURVEY, SURVEY.item(ITEM))
    for line, messages in zip(
        lines,
        (writer_messages(WORDING, item, 1), critic_messages(WORDING, item, read_blocks(block(1), ITEM).scenarios[0])),
        strict=True,
    ):
        assert [(one["role"], one["content"]) for one in line["messages"]] == list(messages)
    with CallLog(path) as log:
        assert [call.as_json() for call in log.calls] == lines


def test_another_file_is_no_log(tmp_path):
    path = tmp_path / "calls.jsonl"
    for text in ("[]\n", '{"step": "writer"}\n', "not JSON\n"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(RunSpecError, match="line 1 is no call of scenario writing"):
            CallLog(path)
        assert path.read_text(encoding="utf-8") == text


def test_the_built_in_scenarios_would_pass_what_can_be_counted():
    """As if a model had written them: none is lost on the way through reading and limits."""
    ours = find_scenarios("social-attitudes").of_item("law-keeping-rules")
    reply = "\n\n".join(
        f"Situation_{n}: {one.situation}\nActionA_{n}: {one.action_low}\nActionB_{n}: {one.action_high}"
        for n, one in enumerate(ours, start=1)
    )
    (item,), _ = made({"law-keeping-rules": reply, "*": YES}, items=("law-keeping-rules",), n=4)
    assert [one.situation for one in item.scenarios] == [one.situation for one in ours]
