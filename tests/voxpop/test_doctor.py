"""voxpop doctor: every capability tried for real, and what fails named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from commandline import Cli
from servers.fixture import LoopbackServer

ALL = {
    "answer", "sampling", "seed", "top_logprobs", "prompt_logprobs", "structured_choice", "beam_search",
    "assistant_prefix", "raw_completion",
}  # fmt: skip


def checked(cli: Cli, server: LoopbackServer, dialect: str) -> tuple[int, dict[str, dict[str, Any]]]:
    place = ("--engine", "openai_compatible", "--base-url", server.base_url, "--model", server.model)
    told = cli("doctor", *place, "--set", f"engine.dialect={dialect}", "--json")
    return told.status, {check["check"].partition(": ")[2]: check for check in json.loads(told.out)["checks"]}


def test_a_server_that_can_do_everything(cli: Cli, loopback_server: LoopbackServer) -> None:
    status, found = checked(cli, loopback_server, "vllm")
    assert status == 0
    assert {name for name in ALL if found[name]["works"]} == ALL


def test_what_the_dialect_does_not_have_is_not_tried(cli: Cli, loopback_server: LoopbackServer) -> None:
    status, found = checked(cli, loopback_server, "openai")
    assert status == 0
    untried = {name for name in ALL if found[name]["works"] is None}
    assert untried == {"prompt_logprobs", "beam_search", "assistant_prefix", "raw_completion"}
    assert found["prompt_logprobs"]["detail"] == "not declared, so not tried"


@pytest.mark.parametrize(
    ("options", "failing", "told"),
    [
        ({"scores": False}, "prompt_logprobs", "choose the probe 'text', or 'token-logit' without probe.exact_labels"),
        ({"most_logprobs": 4}, "top_logprobs", "set probe.top_logprobs to what it gives"),
        ({"given_logprobs": 2}, "top_logprobs", "set probe.top_logprobs = 2"),
        ({"beams": False}, "beam_search", "Beam search is not supported"),
    ],
)
def test_what_does_not_work_is_named(
    options: dict[str, Any], failing: str, told: str, cli: Cli, loopback_server: LoopbackServer
) -> None:
    loopback_server.control(**options)
    status, found = checked(cli, loopback_server, "vllm")
    assert status == 4
    assert {name for name in ALL if found[name]["works"] is False} == {failing}
    assert told in found[failing]["detail"]
