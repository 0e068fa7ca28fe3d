"""Request bodies against the published protocol, and replies that are not what they should be. No server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.engines.foreign_text import encodable, excerpt, shown_url
from simulator.engines.openai_wire import Dialect, decode_reply, read_reply, request_body
from simulator.errors import MalformedCompletion, MissingCapability
from simulator.messages import Completion, Message, Request, Settings

ASK = Request((Message("system", "Be brief."), Message("user", "Which?")))


def body(request: Request, dialect: Dialect = "openai", **options: Any) -> dict[str, Any]:
    return request_body(request, "m", dialect, **({"max_tokens_field": "max_tokens", "seeded": True} | options))


def reply(*contents: str, **choice: Any) -> dict[str, Any]:
    choices = [
        {"index": index, "finish_reason": "stop", "message": {"role": "assistant", "content": content}} | choice
        for index, content in enumerate(contents)
    ]
    return {"model": "m-0314", "choices": choices, "usage": {"prompt_tokens": 5, "completion_tokens": 1}}


def read(data: Any, request: Request = ASK, dialect: Dialect = "openai") -> Completion:
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return read_reply(decode_reply(content), request, "m", dialect, latency_seconds=0.1)


def test_a_plain_request_carries_nothing_that_was_not_asked_for() -> None:
    assert body(ASK) == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Which?"}],
    }


def test_settings_have_the_protocol_s_names() -> None:
    settings = Settings(temperature=0.0, top_p=0.5, max_tokens=7, stop=("\n",))
    sent = body(Request(ASK.messages, settings, seed=3, samples=2, top_logprobs=0))
    wanted = {"temperature": 0.0, "top_p": 0.5, "max_tokens": 7, "stop": ["\n"], "seed": 3, "n": 2}
    assert {key: sent[key] for key in wanted} == wanted
    assert sent["logprobs"] is True
    assert sent["top_logprobs"] == 0
    other = body(Request(ASK.messages, settings, seed=3), max_tokens_field="max_completion_tokens", seeded=False)
    assert other["max_completion_tokens"] == 7
    assert not {"max_tokens", "seed"} & set(other)


def test_a_structured_choice_in_either_dialect() -> None:
    request = Request(ASK.messages, choices=("A", "B"))
    assert body(request, "vllm")["structured_outputs"] == {"choice": ["A", "B"]}
    schema = body(request, "openai")["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"]["properties"]["choice"]["enum"] == ["A", "B"]
    assert schema["schema"]["additionalProperties"] is False


def test_log_probabilities_of_a_wrapped_choice_are_refused_where_they_would_mislead() -> None:
    request = Request(ASK.messages, choices=("A", "B"), top_logprobs=5)
    with pytest.raises(MissingCapability, match="dialect 'vllm'"):
        body(request, "openai")
    assert body(request, "vllm")["top_logprobs"] == 5


def test_a_prefix_and_a_beam_search_as_vllm_wants_them() -> None:
    sent = body(Request(ASK.messages, Settings(beams=4), samples=2, assistant_prefix="I choose"), "vllm")
    assert sent["messages"][-1] == {"role": "assistant", "content": "I choose"}
    assert (sent["add_generation_prompt"], sent["continue_final_message"]) == (False, True)
    assert (sent["use_beam_search"], sent["n"]) == (True, 4)


def test_one_beam_is_no_beam_search() -> None:
    assert not {"use_beam_search", "n"} & set(body(Request(ASK.messages, Settings(beams=1)), "vllm"))


def test_reads_texts_in_the_order_of_their_numbers() -> None:
    data = reply("first", "second", "third")
    data["choices"].reverse()
    completion = read(data, Request(ASK.messages, samples=2))
    assert completion.texts == ("first", "second")
    assert (completion.model, completion.prompt_tokens, completion.completion_tokens) == ("m-0314", 5, 1)
    assert (completion.latency_seconds, completion.finish_reason) == (0.1, "stop")


def test_what_a_server_leaves_out_stays_unknown() -> None:
    completion = read({"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": "many"}})
    assert (completion.model, completion.prompt_tokens, completion.finish_reason) == ("m", None, None)


def test_a_choice_is_unwrapped_and_checked() -> None:
    request = Request(ASK.messages, choices=("A", "B"))
    assert read(reply('{"choice": "B"}'), request).text == "B"
    assert read(reply("B"), request, "vllm").text == "B"
    for text in ("B", '{"choice": "C"}', '["B"]', "Well"):
        with pytest.raises(MissingCapability, match="ignore"):
            read(reply(text), request)
    cut = read(reply('{"cho', finish_reason="length"), request)
    assert cut.text == '{"cho'


def test_silence_with_a_reason_is_an_empty_text_and_without_one_a_fault() -> None:
    silent = {"message": {"content": None}}
    assert read(reply("", finish_reason="length", **silent)).text == ""
    refused = read(reply("", message={"content": None, "refusal": "No."}))
    assert (refused.text, refused.refusal) == ("", "No.")
    with pytest.raises(MalformedCompletion, match="missing"):
        read(reply("", **silent))


POSITION = {"token": "A", "logprob": -0.5, "top_logprobs": [{"token": "A", "logprob": -0.5}]}


def test_log_probabilities_come_over_as_they_are() -> None:
    position = POSITION | {"top_logprobs": [{"token": " B", "logprob": -9999.0}, {"token": "A", "logprob": 0.0}]}
    completion = read(reply("A", logprobs={"content": [position]}), Request(ASK.messages, top_logprobs=2))
    assert completion.positions == (("A", -0.5, ((" B", -9999.0), ("A", 0.0))),)


@pytest.mark.parametrize(
    "logprobs",
    [
        None,
        {},
        {"content": None},
        {"content": []},
        {"content": ["A"]},
        {"content": [{"logprob": -1.0}]},
        {"content": [POSITION | {"logprob": None}]},
        {"content": [POSITION | {"logprob": True}]},
        {"content": [POSITION | {"logprob": 0.7}]},
        {"content": [POSITION | {"logprob": float("nan")}]},
        {"content": [POSITION | {"top_logprobs": []}]},
        {"content": [POSITION | {"top_logprobs": [{"token": 5, "logprob": -1}]}]},
    ],
)
def test_log_probabilities_that_are_none_are_a_fault(logprobs: object) -> None:
    with pytest.raises(MalformedCompletion, match=r"log prob|likeliest"):
        read(reply("A", logprobs=logprobs), Request(ASK.messages, top_logprobs=1))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[" * 100000,
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"x"',
        b"7",
        b"{}",
        b'{"choices": {}}',
        b'{"choices": []}',
        b'{"choices": [1]}',
        b'{"choices": [{}]}',
        b'{"choices": [{"message": 1}]}',
        b'{"error": {"message": "no"}}',
    ],
    ids=lambda content: repr(content[:30]),
)
def test_what_is_no_completion_is_malformed(content: bytes) -> None:
    with pytest.raises(MalformedCompletion):
        read(content)


def test_fewer_samples_than_asked_for_are_a_fault() -> None:
    with pytest.raises(MalformedCompletion, match="3 samples were asked for and 2 came back"):
        read(reply("a", "b"), Request(ASK.messages, samples=3))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "content", "logprobs", "token", "logprob", "usage", "index", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(json_values)
def test_any_json_is_a_completion_or_malformed(data: object) -> None:
    try:
        completion = read(data, Request(ASK.messages, top_logprobs=2))
    except MalformedCompletion:
        return
    assert completion.texts[0] == "" or completion.positions


def test_lone_surrogates_become_something_utf8_can_hold() -> None:
    completion = read(b'{"choices": [{"message": {"content": "a\\ud83d b \\ud83d\\ude00"}}]}')
    assert completion.text == "a\ufffd b \U0001f600"


@given(st.text())
def test_encodable_text_is_left_alone(text: str) -> None:
    assert encodable(text) == text


@given(st.text(alphabet=st.characters(exclude_categories=[])), st.integers(5, 50))
def test_an_excerpt_is_one_short_printable_line(text: str, limit: int) -> None:
    shown = excerpt(text, limit=limit)
    assert len(shown) <= limit
    assert shown.isprintable()


@given(st.integers(0, 400), st.integers(1, 60))
def test_no_part_of_a_secret_survives_the_cut(start: int, limit: int) -> None:
    secret = "sk-QZXJQZXJQZXJ"
    shown = excerpt("." * start + secret + "." * 50 + secret, (secret,), limit=limit)
    assert "QZ" not in shown


def test_an_excerpt_cannot_steer_a_terminal() -> None:
    assert excerpt("\x1b[31mred\x1b[0m\r\nnext\u202e\x07") == "[31mred [0m next"


def test_a_shown_address_has_no_credentials() -> None:
    assert shown_url("https://me:secret@[::1]:8443/v1/?token=x#y") == "https://[::1]:8443/v1"
