"""What is asked at both steps and how the replies are read: numbered blocks from the writer, four checks of the critic.

Pure functions: they know no engine and no graph. Action A is always that of the item's lower pole. After Shen et al.
2025; what the paper leaves open is said where it is decided.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from simulator.markers import strip_thinking
from simulator.messages import Message
from simulator.scenarios.wording import AskedItem, ScenarioWording
from surveys.instrument import Instrument
from surveys.scenario_check import scenario_faults
from surveys.scenarios import Scenario

N_SCENARIOS = 10
"""How many situations are asked for, as published."""
WRITER_TRIES = 2
CHECKS = ("Q1", "Q2", "Q3", "Q4")

Dropped = Literal["incomplete", "faulty", "bad_json", "no_answer", "checks_failed", "call_failed"]
"""Why something that was written is not kept: a block without all three texts, one that breaks a limit that can be
counted, a critic's reply that is no JSON, one that leaves a check open, a check answered with no, a failed call."""

_HEADING = re.compile(
    r"^[ \t*#>_-]*(?P<kind>situation|action[ _]?a|action[ _]?b)[ _]?(?P<number>\d{1,4})[*_ \t]*[:.)][*_]*",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTES = "\"'“”„‘’`* \t"


class Blocks(NamedTuple):
    """What a writer's reply holds: complete blocks by their number, and how many were begun and not complete."""

    scenarios: tuple[Scenario, ...]
    n_incomplete: int


class Checked(NamedTuple):
    """What a critic said: the checks that failed, or why its reply cannot be used (`dropped` None: kept)."""

    dropped: Dropped | None
    failed: tuple[str, ...] = ()


def writer_messages(wording: ScenarioWording, item: AskedItem, n: int = N_SCENARIOS) -> tuple[Message, ...]:
    """What the writer is asked for one item."""
    task = wording.writer.task.format(n=n, **_item_facts(item))
    return (Message("system", wording.writer.system.format(value=item.value)), Message("user", task))


def critic_messages(wording: ScenarioWording, item: AskedItem, scenario: Scenario) -> tuple[Message, ...]:
    """What the critic is asked about one scenario."""
    texts = {"situation": scenario.situation, "action_a": scenario.action_low, "action_b": scenario.action_high}
    task = wording.critic.task.format(**texts, **_item_facts(item))
    return (Message("system", wording.critic.system.format(value=item.value)), Message("user", task))


def _item_facts(item: AskedItem) -> dict[str, str]:
    answers = {"answer_a": item.answer_low, "answer_b": item.answer_high}
    return {"question": item.question, "value": item.value, **answers}


def read_blocks(reply: str, item_id: str, source: str = "") -> Blocks:
    """The numbered blocks of a writer's reply, put together by their number, in the order of the numbers.

    A text goes on to the next heading or an empty line. Of a text that comes twice the first counts. A block without
    all three texts is dropped and counted. Ids are `ITEM.NUMBER`.
    """
    text = strip_thinking(reply)
    headings = list(_HEADING.finditer(text))
    bounds = [*(heading.start() for heading in headings), len(text)]
    found: dict[int, dict[str, str]] = {}
    for place, heading in enumerate(headings, start=1):
        said = text[heading.end() : bounds[place]].strip().partition("\n\n")[0]
        kind = heading["kind"].lower().replace(" ", "").replace("_", "")
        found.setdefault(int(heading["number"]), {}).setdefault(kind, " ".join(said.strip(_QUOTES).split()))
    complete = {
        number: parts
        for number, parts in sorted(found.items())
        if all(parts.get(kind) for kind in ("situation", "actiona", "actionb"))
    }
    scenarios = (
        Scenario(f"{item_id}.{number}", item_id, parts["situation"], parts["actiona"], parts["actionb"], source)
        for number, parts in complete.items()
    )
    return Blocks(tuple(scenarios), len(found) - len(complete))


def fuller(one: Blocks | None, other: Blocks) -> Blocks:
    """The reply with more complete blocks, the later one of equals: what there is when nothing more is asked."""
    return other if one is None or len(other.scenarios) >= len(one.scenarios) else one


def without_faults(scenarios: Iterable[Scenario], instrument: Instrument) -> tuple[Scenario, ...]:
    """The scenarios that keep every limit which can be counted; of two with one situation, the first."""
    kept: list[Scenario] = []
    for scenario in scenarios:
        if not scenario_faults([*kept, scenario], instrument):
            kept.append(scenario)
    return tuple(kept)


def read_checks(reply: str) -> Checked:
    """What a critic's reply says: one JSON object, prose or a code fence around it allowed, yes or no for each check.

    A reply without such an object is `bad_json`; one that leaves a check out, or says neither yes nor no, `no_answer`.
    """
    data = _first_object(strip_thinking(reply))
    if data is None:
        return Checked("bad_json")
    said = {str(key).strip().upper(): _yes_or_no(value) for key, value in data.items()}
    if any(said.get(check) is None for check in CHECKS):
        return Checked("no_answer")
    failed = tuple(check for check in CHECKS if not said[check])
    return Checked("checks_failed" if failed else None, failed)


def _first_object(text: str) -> dict[str, object] | None:
    """The first JSON object that begins anywhere in the text."""
    decoder = json.JSONDecoder()
    for start in re.finditer(r"\{", text):
        try:
            data, _ = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(data, dict):
            return data
    return None


def _yes_or_no(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    word = str(value).strip(" .!\"'").casefold()
    return {"yes": True, "no": False}.get(word)
