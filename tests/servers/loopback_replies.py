"""What the loopback server says: a pure function of the request body, so that every test can foresee it.

It answers the question it is shown: it finds the offered labels in the last user message and draws one of them from a
hash of the prompt (and of the seed, and of the sample's number unless the temperature is 0). Where that message asks
for the answers of several respondents, it draws for each of them and numbers the lines; a battery it answers item by
item. Explanations and lists of
twenty tokens carry a stamp made from messages and seed, by which a test finds out whose reply it was. Knows no HTTP.
"""

from __future__ import annotations

import json
import math
import re
from hashlib import blake2b
from typing import Any

from loopback_batteries import entries_in, list_reply

OPTION_LINE = re.compile(r"^[ \t]*(?:[-*•][ \t]*)?[(\[]?([A-Za-z]{1,4}|\d{1,3})[)\].:]+(?:[ \t]+(\S.*))?$")
RANGE = re.compile(r"(-?\d+)\D{1,80}?\bto\b\D{0,80}?(-?\d+)")
MARKERS = re.compile(r'"(\w+:)".*?"(\w+:)"', re.DOTALL)
TOKEN = re.compile(r"\s*\S+")
SENTENCES = ("It fits how I see things.", "I have thought so for years.", "That is how I was brought up.")
RARE = ("And", "For", "With", "You")
FILLERS = ("The", "I", " ", "My", "As", "Answer", "\n", "**", "It", "We", "So", "Well", "On", "In", "To", "But", *RARE)
STAMPED_LIST = 20
SEVERAL = re.compile(r"answers of (\d+) respondents|(\d+)位受访者|Antworten von (\d+) Befragten|(\d+)人の回答者")


def unit(*names: object) -> float:
    """One number in [0, 1) from a hash of the names."""
    digest = blake2b("\x1f".join(map(str, names)).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "little") >> 11) * 2.0**-53


def prompt_of(body: dict[str, Any]) -> str:
    """What the draw depends on; the order of a message's keys is the client's business."""
    parts = [part for message in body["messages"] for part in (message["role"], message["content"])]
    return blake2b("\x1e".join([str(body.get("model")), *parts]).encode(), digest_size=16).hexdigest()


def stamp(messages: list[dict[str, str]], seed: int | None) -> str:
    """Sixteen hexadecimal digits that only this prompt with this seed has."""
    parts = [part for message in messages for part in (message["role"], message["content"])]
    return blake2b("\x1e".join([str(seed), *parts]).encode(), digest_size=8).hexdigest()


def offered(text: str) -> list[tuple[str, str]]:
    """The (label, text) pairs of the last run of two or more option lines."""
    runs: list[list[tuple[str, str]]] = [[]]
    for line in text.splitlines():
        match = OPTION_LINE.match(line)
        if match:
            runs[-1].append((match.group(1), (match.group(2) or "").strip()))
        elif line.strip() and runs[-1]:
            runs.append([])
    listed = [run for run in runs if len(run) >= 2]
    return listed[-1] if listed else []


def choices_of(body: dict[str, Any]) -> list[str] | None:
    """The strings a structured choice allows, in either dialect."""
    structured = body.get("structured_outputs") or {}
    if "choice" in structured:
        return list(structured["choice"])
    schema = ((body.get("response_format") or {}).get("json_schema") or {}).get("schema") or {}
    allowed: list[str] | None = (schema.get("properties") or {}).get("choice", {}).get("enum")
    return allowed


def candidates(body: dict[str, Any]) -> list[str]:
    """What the reply is drawn from."""
    allowed = choices_of(body)
    if allowed:
        return allowed
    users = [message["content"] for message in body["messages"] if message["role"] == "user"]
    question = users[-1] if users else ""
    labels = [label for label, _ in offered(question)]
    if labels:
        return labels
    found = RANGE.search(question)
    if found and 0 < int(found.group(2)) - int(found.group(1)) <= 100:
        return [str(number) for number in range(int(found.group(1)), int(found.group(2)) + 1)]
    return ["I see it this way.", "I would rather not go into detail.", "That depends on the day."]


def dressed(body: dict[str, Any], text: str) -> str:
    """The text in the answer format that the system message asks for, if it quotes two markers such as "Answer:"."""
    system = " ".join(message["content"] for message in body["messages"] if message["role"] == "system")
    asked = MARKERS.search(system)
    if not asked:
        return text
    sentence = SENTENCES[int(unit(text, system) * len(SENTENCES))]
    return f"{asked.group(1)} {text}\n{asked.group(2)} {sentence} Stamp {stamp(body['messages'], body.get('seed'))}."


def n_listed(body: dict[str, Any]) -> int:
    """For how many respondents the last user message asks for an answer; 0 where it does not ask for a list."""
    users = [message["content"] for message in body["messages"] if message["role"] == "user"]
    found = SEVERAL.search(users[-1]) if users and offered(users[-1]) else None
    return int(next(filter(None, found.groups()))) if found else 0


def listed(body: dict[str, Any], drawn_from: list[str], prompt: str, sample: int) -> str:
    """A numbered list of labels, each drawn by itself."""
    draws = [unit(prompt, body.get("seed"), sample, place) for place in range(n_listed(body))]
    return "\n".join(f"{place}: {drawn_from[int(draw * len(drawn_from))]}" for place, draw in enumerate(draws, 1))


def battery_of(body: dict[str, Any], prompt: str, sample: int) -> str:
    """The reply to a battery, each item drawn by itself; "" where none was put."""
    users = [message["content"] for message in body["messages"] if message["role"] == "user"]
    if not users or not entries_in(users[-1]):
        return ""
    return list_reply(users[-1], lambda number: unit(prompt, body.get("seed"), sample, "battery", number))


def shares(prompt: str, drawn_from: list[str]) -> list[float]:
    """The probability of each candidate: 0.9 between them, the rest on fillers."""
    weights = [0.05 + unit(prompt, candidate) for candidate in drawn_from]
    return [0.9 * weight / sum(weights) for weight in weights]


def pick(body: dict[str, Any], prompt: str, probabilities: list[float], sample: int) -> int:
    """The index drawn for one sample; the likeliest at temperature 0."""
    if body.get("temperature") == 0:
        return max(range(len(probabilities)), key=probabilities.__getitem__)
    point = unit(prompt, body.get("seed"), sample) * sum(probabilities)
    for index, probability in enumerate(probabilities):
        point -= probability
        if point < 0:
            return index
    return len(probabilities) - 1


def position(tokens: list[tuple[str, float]], own: tuple[str, float], top: int, mark: str) -> dict[str, Any]:
    """One generated position in the server's wire shape; a list of twenty ends with the stamp."""
    ranked = sorted(tokens, key=lambda pair: -pair[1])[:top]
    if top == STAMPED_LIST:
        ranked[-1] = (f"#{mark}", ranked[-1][1])
    listed = [{"token": token, "logprob": math.log(share), "bytes": list(token.encode())} for token, share in ranked]
    return {"token": own[0], "logprob": math.log(own[1]), "top_logprobs": listed}


def logprobs_of(
    body: dict[str, Any], text: str, drawn_from: list[str], probabilities: list[float], index: int
) -> dict[str, Any]:
    """The log probabilities of every position of `text`: real ones where the drawn candidate stands."""
    top = body.get("top_logprobs") or 0
    mark = stamp(body["messages"], body.get("seed")) if top == STAMPED_LIST else ""
    rest = [(token, 0.1 * 0.5 ** (rank + 1)) for rank, token in enumerate(FILLERS)]
    real = position(
        [*zip(drawn_from, probabilities, strict=True), *rest], (drawn_from[index], probabilities[index]), top, mark
    )
    if text == drawn_from[index]:
        return {"content": [real]}
    before, found, after = text.partition(f" {drawn_from[index]}")
    content = [position([(token, 0.9), *rest], (token, 0.9), top, mark) for token in TOKEN.findall(before)]
    if found:
        content += [position([(" ", 0.9), *rest], (" ", 0.9), top, mark), real]
    content += [position([(token, 0.9), *rest], (token, 0.9), top, mark) for token in TOKEN.findall(after)]
    return {"content": content}


def reply(body: dict[str, Any]) -> dict[str, Any]:
    """A whole chat completion for `body`."""
    drawn_from, prompt = candidates(body), prompt_of(body)
    probabilities = shares(prompt, drawn_from)
    wrapped = bool(body.get("response_format"))
    choices = []
    for sample in range(body.get("n") or 1):
        index = pick(body, prompt, probabilities, sample)
        text = json.dumps({"choice": drawn_from[index]}) if wrapped else drawn_from[index]
        if battery := battery_of(body, prompt, sample):
            text = battery
        elif n_listed(body):
            text = listed(body, drawn_from, prompt, sample)
        elif choices_of(body) is None:
            text = dressed(body, text)
        choice: dict[str, Any] = {"index": sample, "finish_reason": "stop", "logprobs": None}
        choice["message"] = {"role": "assistant", "content": text, "refusal": None}
        if body.get("logprobs"):
            choice["logprobs"] = logprobs_of(body, text, drawn_from, probabilities, index)
        choices.append(choice)
    prompt_tokens = sum(message["content"].count(" ") + 5 for message in body["messages"])
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": len(choices)}
    usage["total_tokens"] = sum(usage.values())
    return {
        "id": "chatcmpl-" + blake2b(json.dumps(body).encode(), digest_size=16).hexdigest(),
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "system_fingerprint": "fp_" + stamp(body["messages"], body.get("seed")),
        "choices": choices,
        "usage": usage,
    }
