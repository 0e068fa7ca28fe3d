"""Any text as the reply to any kind of question: read without raising, as codes that were offered or as none.

The first byte chooses the question, the second how often the rest is repeated; the rest is the reply. What is read is
also remembered and cut, as an interview would.
"""

from __future__ import annotations

import json

from simulator.battery_reply import FAULTS, BatteryEntry, read_battery
from simulator.engines.openai_wire import decode_reply, read_reply
from simulator.errors import EngineError
from simulator.markers import Markers, strip_thinking
from simulator.messages import Message, Request, ShownOption
from simulator.parsing import DETAILS, parse
from simulator.presentation import Presentation
from simulator.reply_text import clean
from simulator.store.records import ANSWER_STATUSES

LONGEST = 4_000

AGREE = ("Strongly agree", "Agree", "Neither agree nor disagree", "Disagree", "Strongly disagree")
OPTIONS: tuple[tuple[ShownOption, ...], ...] = (
    (ShownOption("1", 1, "Yes"), ShownOption("2", 2, "No")),
    tuple(ShownOption(str(n), n, str(n)) for n in range(1, 11)),
    tuple(ShownOption("ABCDE"[n], 5 - n, text) for n, text in enumerate(AGREE)),
    (ShownOption("a", 1, "Ja"), ShownOption("b", 2, "Nein"), ShownOption("c", 9, "Weiß nicht", missing="dont_know")),
    (ShownOption("I", 1, "是"), ShownOption("II", 2, "否"), ShownOption("III", 3, "不知道", missing="dont_know")),
    (ShownOption("0", -7, "None of it"), ShownOption("10", 10, "All of it"), ShownOption("5", 5, "")),
    (),
)
FORMATS = ("single", "multiple", "scale", "open")
MARKERS = (Markers(), Markers("", "", ""), Markers("回答：", "理由：", "质问："))
QUESTION = "Do you agree?\n1. Yes\n2. No"


def question(choice: int) -> Presentation:
    """One of the kinds of question there are."""
    options = OPTIONS[choice % len(OPTIONS)]
    form = FORMATS[choice // len(OPTIONS) % len(FORMATS)] if options else "open"
    markers = MARKERS[choice // 28 % len(MARKERS)]
    picks = 2 if form == "multiple" and choice % 2 else None
    asked = (Message("user", QUESTION),)
    return Presentation("q", 0, QUESTION, asked, options, form, "en", "label", picks, None, 0, markers)


def check_reading(text: str, asked: Presentation) -> None:
    """What is read is a status with a reason, and codes only of options that were offered."""
    reading = parse(text, asked)
    assert reading.status in ANSWER_STATUSES
    assert reading.detail in DETAILS, reading
    offered = {option.code: option.missing for option in asked.options}
    assert set(reading.codes) <= offered.keys()
    assert len(set(reading.codes)) == len(reading.codes)
    if asked.format != "multiple":
        assert len(reading.codes) <= 1
    if reading.status == "answered":
        assert bool(reading.codes) != bool(reading.text)
    assert parse(text, asked) == reading


def check_battery(text: str, asked: Presentation) -> None:
    """The same text as the reply to a battery: a reading for every item, of codes offered; faults of known kinds."""
    entries = [BatteryEntry(number, "q", asked.options, asked.format, asked.max_picks) for number in (1, 2, 3, 7)]
    read = read_battery(text, entries, asked.language)
    offered = {option.code for option in asked.options}
    assert len(read.readings) == len(entries)
    assert all(set(reading.codes) <= offered and reading.status in ANSWER_STATUSES for reading in read.readings)
    assert set(read.faults) <= set(FAULTS)


def check(data: bytes) -> None:
    """See the module."""
    choice, times = (*data[:2], 0, 0)[:2]
    text = _with_surrogates(data[2:]) if times % 2 else data[2:].decode("utf-8", "replace")
    text = (text * (times if times > 200 else 1))[:LONGEST]
    check_reading(text, question(choice))
    check_battery(text, question(choice))
    assert strip_thinking(strip_thinking(text)) == strip_thinking(text)
    assert clean(text) == clean(text)
    check_wire(data[2:])


def _with_surrogates(content: bytes) -> str:
    """Lone surrogates included, which a scripted engine can hand on."""
    return content.decode("utf-8", "surrogateescape")


def check_wire(content: bytes) -> None:
    """The same bytes as a server's whole reply, and as the text inside one."""
    request = Request(messages=(Message("user", "1. Yes\n2. No"),), top_logprobs=content[0] % 3 if content else None)
    whole = {"choices": [{"message": {"content": content.decode("latin-1")}, "logprobs": None}]}
    for body in (content, json.dumps(whole).encode()):
        for dialect in ("openai", "vllm"):
            try:
                completion = read_reply(decode_reply(body), request, "m", dialect)  # type: ignore[arg-type]
            except EngineError:
                continue
            completion.text.encode()  # what goes into the next prompt is UTF-8


REPLIES = (
    "1",
    "2. No",
    "(B) Disagree, because I think so",
    "My answer is 3 out of 10.",
    '{"answer": [1, 2]}',
    '{"answer": [[[["1"]]]]}',
    '```json\n{"choice": "A", "reason": "x"}\n```',
    "<think>1 or 2?</think>**Answer:** 2\nExplanation: it is so",
    "Answer: 1\nExplanation: 2\nAnswer: 1",
    "\\boxed{\\text{A}}",
    "1, 3 and 5",
    "- A\n- B\n",
    "I would choose option 2, not 1.",
    "As an AI language model I can't say.",
    "Ich weiß nicht",
    "我选择 是",
    "それは 1 番だと思います",
    "Some people choose 1, others 2",
    "Strongly agree",
    "1 = not at all, 10 = very much: 7",
    "1\n2\n3\n4",
    "1. 2\n2. 1\n3. 3.5\n7. 2",
    "| 1 | 2 |\n| 2 | Yes |",
    '{"1": 2, "7": [1]}',
    "from 1 to 10: between 2 and 3",
)
SEEDS = [bytes([choice, 0]) + reply.encode() for choice in (0, 1, 2, 8, 16, 30, 27) for reply in REPLIES]
SEEDS += [bytes([9, 254]) + reply.encode() for reply in REPLIES]
SEEDS.append(
    b'\0\0{"choices":[{"index":0,"message":{"content":"1"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}'
)
WORDS = [
    *("Answer:", "Explanation:", "<think>", "</think>", "<answer>", "</answer>", "\\boxed{", "```json", '{"answer":'),
    *("option ", "I would choose ", "my answer is ", "not ", " or ", " to ", " and ", "because", "instead of", "n't"),
    *("as an AI", "I don't know", "sorry", "some ", "others", "out of", "between ", "from ", "scale", "Strongly agree"),
    *("是", "否", "选择", "番", "回答：", "。", "、", "\u200b", "\u202e", "\ufdfa", "İ", "ß", "\x00", "\u2028"),
    *('"choices"', '"message"', '"content"', '"logprobs"', '"refusal"', '"index"', '"usage"', "NaN", "1e999", "null"),
]
