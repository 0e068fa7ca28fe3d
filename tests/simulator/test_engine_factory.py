"""Engines by name and options, as a run specification gives them."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path
from typing import Any

import pytest

from simulator.engines.base import Engine
from simulator.engines.factory import ENGINE_OPTIONS, make_engine
from simulator.engines.openai_compatible import OpenAICompatibleEngine
from simulator.errors import RunSpecError


def test_makes_each_engine_that_needs_no_file(tmp_path: Path) -> None:
    script = tmp_path / "replies.toml"
    script.write_text('replies = ["1"]\n', encoding="utf-8")
    chat = "langchain_core.language_models.fake_chat_models:FakeListChatModel(responses=['1'])"
    made = {
        "openai_compatible": {
            "model": "m",
            "base_url": "http://127.0.0.1:9/v1",
            "timeout_seconds": 5,
            "dialect": "vllm",
        },
        "synthetic": {},
        "scripted": {"replies": str(script)},
        "langchain_model": {"chat_model": chat, "capabilities": ["sampling"]},
    }
    for name, options in made.items():
        engine = make_engine(name, options, seed=1)
        assert isinstance(engine, Engine)
        assert engine.name == name
        asyncio.run(engine.close())


def test_replies_may_stand_in_the_spec_itself() -> None:
    for replies in (["1"], {"q1": "1", "*": ["2", "3"]}):
        assert make_engine("scripted", {"replies": replies, "capabilities": ["seed"]}, seed=1).name == "scripted"


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("openai-compatible", {}, "did you mean 'openai_compatible'?"),
        (
            "gpt",
            {},
            "openai_compatible, synthetic, synthetic_judge, scripted, replay, vllm_inprocess, langchain_model",
        ),
        ("openai", {}, "did you mean 'openai_compatible'?"),
        ("synthetic", {"model": "m"}, "model: is an option of engine 'openai_compatible'; choose that engine"),
        ("scripted", {"replies": ["1"], "record": "x"}, "record: is an option of engine 'replay'"),
        ("openai_compatible", {}, "model: is missing"),
        ("openai_compatible", {"model": "m", "timeout": 3}, "did you mean 'timeout_seconds'?"),
        ("openai_compatible", {"model": "m", "api_key": "sk-1"}, "api_key_env, not the key"),
        ("openai_compatible", {"model": 3}, "model: cannot be a int"),
        ("openai_compatible", {"model": "m", "concurrency": True}, "concurrency: cannot be a bool"),
        ("openai_compatible", {"model": "m", "capabilities": ["flying"]}, "'flying' is none"),
        ("openai_compatible", {"model": "m", "dialect": "x"}, "there are vllm, openai"),
        ("replay", {"verify_prompt": 1}, "record: is missing"),
        ("scripted", {"replies": []}, "not empty"),
        ("scripted", {"replies": "no/such/file.toml"}, "no/such/file.toml"),
        ("langchain_model", {"chat_model": "nothing"}, "langchain"),
        ("vllm_inprocess", {}, "model: is missing"),
        ("vllm_inprocess", {"model": ""}, "needs a model"),
        ("vllm_inprocess", {"model": "m", "base_url": "http://x"}, "is an option of engine 'openai_compatible'"),
        ("synthetic", {"no_such_parameter": 1}, "no_such_parameter"),
    ],
)
def test_every_mistake_says_what_is_allowed(name: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(RunSpecError) as raised:
        make_engine(name, options, seed=1)
    assert words in str(raised.value)
    assert "sk-1" not in str(raised.value)


def test_several_mistakes_come_at_once() -> None:
    with pytest.raises(RunSpecError) as raised:
        make_engine("openai_compatible", {"modle": "m", "concurrency": "many"}, seed=1)
    assert len(raised.value.faults) == 3


def test_every_option_is_one_that_the_engine_takes() -> None:
    taken = set(inspect.signature(OpenAICompatibleEngine).parameters)
    assert set(ENGINE_OPTIONS["openai_compatible"]) <= taken
    # What is left over are the parts that tests replace, and the policy as an object.
    assert taken - set(ENGINE_OPTIONS["openai_compatible"]) == {"retry", "sleep", "clock", "jitter"}
