"""Probes where something is missing: each case is handled, or refused with a message that names the capability.

The server is a process of its own on loopback; what comes of it is read on the command line and in the record.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import Cli, Told
from servers.fixture import LoopbackServer

from simulator.store.reader import Reader

SURVEY = """
id = "mine"
title = "Mine"
[[items]]
id = "q1"
format = "single"
text = "Is it so?"
options = [{{code = 1, text = "{0}"}}, {{code = 2, text = "{1}"}}, {{code = 3, text = "Never"}}]
"""
TOKENS = ("--set", "probe.name=token-logit")
EXACT = (*TOKENS, "--set", "probe.exact_labels=true")
WHOLE = ("--set", "probe.name=sequence")
EVERY = ("--set", "probe.name=all", "--set", "probe.samples=2")
VLLM = ("--set", "engine.dialect=vllm")


def run(cli: Cli, server: LoopbackServer, *typed: str, texts: tuple[str, str] = ("Yes", "No")) -> Told:
    Path("s.toml").write_text(SURVEY.format(*texts), encoding="utf-8")
    place = ("--engine", "openai_compatible", "--base-url", server.base_url, "--model", server.model)
    return cli("run", "--survey", "s.toml", "--n", "6", *place, "--name", "asked", *typed)


def answers() -> list[dict[str, object]]:
    with Reader(Path("runs/asked/record.sqlite")) as reader:
        return [
            {"status": row.status, "reason": row.reason, "mass": row.option_mass, "truncated": row.truncated}
            | {"probabilities": row.probabilities, "probed": row.probed}
            for row in reader.answers()
        ]


CASES = {
    "the engine declares no scores": (
        {}, WHOLE, 2, ("the sequence probe needs the capability 'prompt_logprobs'", "'openai_compatible'"),
    ),
    "the engine declares no scores, exact labels": ({}, EXACT, 2, ("'prompt_logprobs'", "choose another engine")),
    "the server scores nothing": (
        {"scores": False}, (*VLLM, *WHOLE), 4,
        ("texts were to be scored", "the capability 'prompt_logprobs' is declared", "choose the probe 'text', or"),
    ),
    "the server scores nothing, all probes": (
        {"scores": False}, (*VLLM, *EVERY), 4, ("the capability 'prompt_logprobs' is declared",),
    ),
    "the server gives five": (
        {"given_logprobs": 5}, TOKENS, 4,
        ("the 20 likeliest tokens were asked for and a position has 5", "set probe.top_logprobs = 5",
         "probe.exact_labels = true"),
    ),
    "the server refuses more than five": (
        {"most_logprobs": 5}, TOKENS, 2, ("more than 5", "does not give 20 top_logprobs", "set probe.top_logprobs"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_missing_is_named_and_nothing_is_made_up(name: str, cli: Cli, loopback_server: LoopbackServer) -> None:
    options, typed, status, told = CASES[name]
    loopback_server.control(**options)
    found = run(cli, loopback_server, *typed)
    assert (found.status, found.out) == (status, "")
    for part in told:
        assert part in found.message()
    if Path("runs/asked/record.sqlite").exists():
        assert answers() == []
    assert loopback_server.seen()["chat_requests"] <= 9


@pytest.mark.parametrize("options", [{"given_logprobs": 5}, {"most_logprobs": 5}], ids=["gives five", "refuses more"])
def test_doing_what_the_message_says_helps(options: dict[str, int], cli: Cli, loopback_server: LoopbackServer) -> None:
    loopback_server.control(**options)
    assert run(cli, loopback_server, *TOKENS, "--set", "probe.top_logprobs=5").status == 0
    for row in answers():
        assert row["probabilities"] is not None
        assert sum(row["probabilities"].values()) == pytest.approx(1)  # type: ignore[attr-defined]


def test_an_option_outside_the_alternatives_is_marked(cli: Cli, loopback_server: LoopbackServer) -> None:
    assert run(cli, loopback_server, *TOKENS, "--set", "probe.top_logprobs=1").status == 0
    for row in answers():
        # The likeliest token and the one taken, where that is another: two of three options at most.
        missed = row["truncated"]
        assert row["probabilities"] is not None
        assert len(missed) in (1, 2)  # type: ignore[arg-type]
        assert all(row["probabilities"][code] == 0 for code in missed)  # type: ignore[index,attr-defined]
        assert row["mass"] < 0.9  # type: ignore[operator]


def test_an_empty_option_text_is_refused_before_anything_is_asked(cli: Cli, loopback_server: LoopbackServer) -> None:
    found = run(cli, loopback_server, *VLLM, *WHOLE, texts=("", "No"))
    assert found.status == 2
    assert "item 'q1', options, option 1: the text in 'en' is empty; write it" in found.err
    assert loopback_server.seen()["chat_requests"] == 0


@pytest.mark.parametrize("form", ["label-and-text", "text", "label"])
def test_an_option_that_begins_another_is_scored_to_its_end(
    form: str, cli: Cli, loopback_server: LoopbackServer
) -> None:
    typed = (*VLLM, *WHOLE, "--set", f"probe.sequence_form={form}")
    assert run(cli, loopback_server, *typed, texts=("Not", "Not sure")).status == 0
    rows = answers()
    assert len(rows) == 6
    for row in rows:
        assert sum(row["probabilities"].values()) == pytest.approx(1)  # type: ignore[attr-defined]
        assert not row["truncated"]


def test_options_that_read_alike_are_refused(cli: Cli, loopback_server: LoopbackServer) -> None:
    found = run(cli, loopback_server, *VLLM, *WHOLE, "--set", "probe.sequence_form=text", texts=("No", "No"))
    assert found.status == 2
    assert "2 options read 'no' in 'en'; reword one" in found.err
    assert loopback_server.seen()["chat_requests"] == 0


def test_labels_that_begin_alike_are_refused_unless_scored(cli: Cli, loopback_server: LoopbackServer) -> None:
    roman = ("--set", "asking.labels=roman")
    found = run(cli, loopback_server, *VLLM, *TOKENS, *roman)
    assert found.status == 2
    assert "cannot tell label 'I' from 'II' by one token" in found.message()
    assert "probe.exact_labels = true" in found.message()
    assert run(cli, loopback_server, *VLLM, *EXACT, *roman).status == 0
    assert all(row["probabilities"] is not None for row in answers())
