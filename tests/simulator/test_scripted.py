"""Written replies: by order, by item, by function, from a file; and scripts that do not keep what they declare."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from simulator.engines.base import Capability
from simulator.engines.scripted import ScriptedEngine, read_script, script_from_data
from simulator.errors import EngineRefused, EngineUnreachable, MalformedCompletion, RunSpecError
from simulator.messages import Asked, Completion, Message, Request, TokenAlternatives


def question(item: str = "q1", try_number: int = 0, **demands: Any) -> Request:
    asked = Asked(1, "r0000", "p", "basic", {}, item, "single", (), try_number=try_number)
    return Request((Message("user", item),), asked=asked, **demands)


def ask(engine: ScriptedEngine, *requests: Request) -> list[str]:
    async def talk() -> list[str]:
        return [(await engine.complete(request)).text for request in requests]

    return asyncio.run(talk())


def test_a_list_is_used_up_in_order() -> None:
    engine = ScriptedEngine(["a", "b"])
    assert ask(engine, question(), question()) == ["a", "b"]
    with pytest.raises(EngineRefused, match="all 2 scripted replies are used up") as raised:
        ask(engine, question())
    assert raised.value.fatal


def test_a_table_answers_by_item_and_try() -> None:
    engine = ScriptedEngine({"q1": ["mumble", "1"], "q2": "2", "*": "else"})
    requests = [question("q1"), question("q1", 1), question("q1", 5), question("q2"), question("q9")]
    assert ask(engine, *requests) == ["mumble", "1", "1", "2", "else"]


def test_a_table_without_the_item_says_which() -> None:
    with pytest.raises(EngineRefused, match=r"no reply to item 'q7'") as raised:
        ask(ScriptedEngine({"q1": "1"}), question("q7"))
    assert not raised.value.fatal


def test_an_exception_in_the_script_is_raised() -> None:
    engine = ScriptedEngine([EngineUnreachable("gone; come back", attempts=4), "1"])
    with pytest.raises(EngineUnreachable) as raised:
        ask(engine, question())
    assert raised.value.attempts == 4
    assert ask(engine, question()) == ["1"]


def test_one_string_is_no_script() -> None:
    with pytest.raises(RunSpecError, match="one string"):
        ScriptedEngine("abc")


def test_log_probabilities_are_cut_to_what_was_asked() -> None:
    position = TokenAlternatives("1", -0.1, (("1", -0.1),))
    written = Completion(("1", "2"), "m", positions=(position,))
    engine = ScriptedEngine({"*": written}, capabilities=Capability)

    async def talk() -> tuple[Completion, Completion]:
        return await engine.complete(question()), await engine.complete(question(samples=2, top_logprobs=1))

    plain, rich = asyncio.run(talk())
    assert (plain.texts, plain.positions) == (("1",), ())
    assert (rich.texts, rich.positions) == (("1", "2"), (position,))


@pytest.mark.parametrize(
    ("reply", "demands", "words"),
    [
        (Completion(("1",), "m"), {"samples": 2}, "2 samples were asked for and it has 1"),
        ("1", {"top_logprobs": 5}, "it has none"),
        ("maybe", {"choices": ("1", "2")}, "'maybe' is none of the choices"),
    ],
)
def test_a_script_that_breaks_its_declaration_is_found(reply: Any, demands: dict[str, Any], words: str) -> None:
    with pytest.raises(MalformedCompletion, match=words):
        ask(ScriptedEngine([reply], capabilities=Capability), question(**demands))


def test_scripts_come_from_toml_and_json(tmp_path: Path) -> None:
    toml = tmp_path / "script.toml"
    toml.write_text('[items]\nq1 = ["mumble", "1"]\n"*" = "2"\n', encoding="utf-8")
    data = tmp_path / "script.json"
    data.write_text(json.dumps({"replies": ["ä", "b"]}), encoding="utf-8")
    assert ask(ScriptedEngine(read_script(toml)), question("q1", 1), question("q5")) == ["1", "2"]
    assert ask(ScriptedEngine(read_script(data)), question()) == ["ä"]


@pytest.mark.parametrize("data", [None, [], {}, [1], ["a", 1], {"q": []}, {"q": [1]}, {"q": 1}, "abc", 3])
def test_data_that_is_no_script_is_refused(data: object) -> None:
    with pytest.raises(RunSpecError, match=r"^here: "):
        script_from_data(data, "here")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_bytes(b"\xff = ")
    strange = tmp_path / "strange.json"
    strange.write_text('{"answers": ["a"]}', encoding="utf-8")
    for path in (tmp_path / "nothing.toml", broken, tmp_path, strange):
        with pytest.raises(RunSpecError, match=path.name):
            read_script(path)
