"""Fills the generated blocks of docs/asking.md: a prompt as it is sent, memory as it changes, readings, detail codes.

Run `python docs/generators/asking.py` after changing presentation, memory, parsing or styles; a test compares the page
with what this makes. A block stands between `<!-- begin NAME -->` and `<!-- end NAME -->`.
"""

from __future__ import annotations

import re
from pathlib import Path

from simulator.conditions import Condition, MemoryPolicy
from simulator.memory import Remembered, forgotten, memory_length, remember, trim_answer
from simulator.option_labels import LABEL_SETS, label_at
from simulator.parsing import DETAILS, parse
from simulator.presentation import Presentation, example_options, present, shown_options
from simulator.styles import BUILT_IN, style_named
from surveys.catalog import find_instrument
from surveys.instrument import Instrument, Item, ResponseFormat, ResponseOption

PAGE = Path(__file__).resolve().parents[1] / "asking.md"
SEED = 11
RESPONDENT = "r0042"

AGREEMENT = tuple(
    ResponseOption(code, {"en": text})
    for code, text in enumerate(("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree"), 1)
)
ITEMS = (
    Item("parks", {"en": "The town should spend more on parks."}, ResponseFormat.SCALE, AGREEMENT),
    Item("trains", {"en": "Trains should run at night."}, ResponseFormat.SCALE, AGREEMENT),
)
INSTRUMENT = Instrument("town", {"en": "Life in town"}, ITEMS, instruction={"en": "How much do you agree?"})
CONDITION = Condition(
    "basic", style="citizen", answer_format="explained", option_order="random-per-item", labels="letters"
)
PERSONA = "You are 57 years old and live in Flagstaff, Arizona."
REPLY = "Answer: B\nExplanation: They are crowded at weekends. I walk there with my dog."

REPLIES = (
    "4. Agree",
    "**Answer:** 4\n**Explanation:** 5 would be too much.",
    '{"answer": 4}',
    "On a scale of 1 to 5, I'd say 4.",
    "I strongly agree.",
    "3 or 4",
    "Not 3.",
    "I somewhat agree.",
    "9",
    "I don't know.",
    "As an AI, I have no opinion.",
    "As an AI, I have no opinion, but I'd pick 4.",
    "<think>maybe 3?</think>4",
)
LISTS = (
    "1, 4 and 7",
    "1. Secure employment\n4. Clearly defined tasks",
    "Secure employment, high pay",
    "1, 1, 9, 4",
    "1, 2, 3, 4, 5",
    "1 to 3",
    "Some would choose 1, others 5.",
)
CHINESE_LISTS = (
    "1、4和7",
    "收入高，同事乐于助人",
    "一、三",
    "第一项和第三项",
    "回答：1、3\n解释：这2项比其他6项重要。",
)
SCALES = ("On a scale from 1 to 10, I'd say 7.", "Answer: 7 (1 being never, 10 being always)", "7/10", "7 or 8", "12")
CHINESE_SCALES = ("在1到10分中，我选7分", "10分制的8分", "七分", "有些人会选1，另一些人会选3", "作为AI，我没有立场。")
READINGS_HEAD = ("| reply | status | code | reason |", "|---|---|---|---|")


def _first_turn() -> tuple[Presentation, Remembered]:
    options = shown_options(ITEMS[0], CONDITION, SEED, RESPONDENT, INSTRUMENT)
    asked = present(INSTRUMENT, ITEMS[0], CONDITION, PERSONA, options, (), 0)
    answer = trim_answer(REPLY, CONDITION.answer_format, CONDITION.memory.keep, "en", asked.markers)
    return asked, Remembered(1, "parks", parse(REPLY, asked).codes, asked.question, answer)


def prompt() -> str:
    """The messages of a second question, with the first in memory."""
    _, turn = _first_turn()
    options = shown_options(ITEMS[1], CONDITION, SEED, RESPONDENT, INSTRUMENT)
    asked = present(INSTRUMENT, ITEMS[1], CONDITION, PERSONA, options, (turn,), 0)
    return "```text\n" + "\n\n".join(f"[{role}]\n{content}" for role, content in asked.messages) + "\n```"


def memory() -> str:
    """What one respondent remembers and has forgotten after each of eight items, item 3 being unreadable."""
    policy = MemoryPolicy("random-prune", 4)
    length = memory_length(policy, SEED, RESPONDENT)
    held: tuple[Remembered, ...] = ()
    readable: list[int] = []
    lines = [f"Length drawn for this respondent: {length} of 0..{policy.max_length}.", ""]
    lines += ["| after exchange | remembered | forgotten |", "|---|---|---|"]
    for number in range(1, 9):
        turn = None if number == 3 else Remembered(number, f"q{number}", (1,), "", "")
        held = remember(held, turn, policy, length, SEED, RESPONDENT, f"q{number}")
        readable += [number] if turn else []
        kept = ", ".join(str(one.exchange) for one in held) or "nothing"
        gone = ", ".join(map(str, forgotten(readable, held))) or "nothing"
        lines.append(f"| {number}{'' if turn else ' (unreadable)'} | {kept} | {gone} |")
    return "\n".join(lines)


def _read_replies(replies: tuple[str, ...], item: Item, instrument: Instrument, language: str = "en") -> list[str]:
    """Table rows: how each reply to an item is read, with numbers in file order."""
    condition = Condition("basic", language=language)
    options = shown_options(item, condition, SEED, RESPONDENT, instrument)
    asked = present(instrument, item, condition, PERSONA, options, (), 0)
    lines = []
    for reply in replies:
        reading = parse(reply, asked)
        codes = ", ".join(map(str, reading.codes)) or "none"
        shown = reply.replace("\n", "⏎")
        lines.append(f"| `{shown}` | {reading.status} | {codes} | {reading.reason} |")
    return lines


def readings() -> str:
    """How some replies to the first question are read."""
    return "\n".join([*READINGS_HEAD, *_read_replies(REPLIES, ITEMS[0], INSTRUMENT)])


def lists() -> str:
    """How some replies to two questions of a built-in survey are read: several answers, and a scale from 1 to 10."""
    survey = find_instrument("social-attitudes")
    rows = []
    for item_id, language, replies in (
        ("work-good-job", "en", LISTS),
        ("work-good-job", "zh", CHINESE_LISTS),
        ("family-divorce", "en", SCALES),
        ("family-divorce", "zh", CHINESE_SCALES),
    ):
        rows += _read_replies(replies, survey.item(item_id), survey, language)
    return "\n".join([*READINGS_HEAD, *rows])


def details() -> str:
    """The detail codes."""
    rows = [f"| `{code}` | {meaning} |" for code, meaning in DETAILS.items()]
    return "\n".join(["| detail code | what it says about the reply |", "|---|---|", *rows])


def forms() -> str:
    """What a respondent is sent under the styles that shape the conversation; the one text with a turn in memory."""
    parts = []
    for style in ("affirmative", "one-shot", "completion"):
        condition = Condition("basic", style=style, labels="letters")
        shown = [shown_options(item, condition, SEED, RESPONDENT, INSTRUMENT) for item in ITEMS]
        example = example_options(condition, SEED, RESPONDENT)
        first = present(INSTRUMENT, ITEMS[0], condition, PERSONA, shown[0], (), 0, example=example)
        memory = (Remembered(1, "parks", (4,), first.question, "D"),) if first.is_raw else ()
        asked = present(INSTRUMENT, ITEMS[1], condition, PERSONA, shown[1], memory, 0, example=example)
        parts.append(f"`{style}`:\n\n```text\n{_as_sent(asked)}\n```")
    return "\n\n".join(parts)


def _as_sent(asked: Presentation) -> str:
    """A prompt without its system message; the beginning of the reply as the last message."""
    if asked.is_raw:
        return "".join(content for _, content in asked.messages[1:])
    begun = [] if asked.prefix is None else [("assistant, begun", asked.prefix)]
    return "\n\n".join(f"[{role}]\n{content}" for role, content in (*asked.messages[1:], *begun))


def labels() -> str:
    """The label sets."""
    rows = [f"| `{name}` | {', '.join(label_at(name, index) for index in range(4))} … |" for name in LABEL_SETS]
    rows.append("| `plain` | no labels: a dash before each option, and its text is the answer |")
    return "\n".join(["| `labels` | shown |", "|---|---|", *rows])


def styles() -> str:
    """The built-in styles."""
    rows = [f"| `{n}` | {', '.join(sorted(style_named(n).wordings))} | {style_named(n).about} |" for n in BUILT_IN]
    return "\n".join(["| `style` | languages | is |", "|---|---|---|", *rows])


BLOCKS = {
    "prompt": prompt,
    "forms": forms,
    "memory": memory,
    "readings": readings,
    "lists": lists,
    "details": details,
    "labels": labels,
    "styles": styles,
}


def filled(text: str) -> str:
    """`text` with every block made anew; a block nobody makes, or that is not on the page, is an error."""
    for name, make in BLOCKS.items():
        found = list(re.finditer(f"<!-- begin {name} -->.*?<!-- end {name} -->", text, re.DOTALL))
        if len(found) != 1:
            raise ValueError(f"docs/asking.md: block {name!r} must stand there once")
        start, end = found[0].span()
        text = f"{text[:start]}<!-- begin {name} -->\n{make()}\n<!-- end {name} -->{text[end:]}"
    return text


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
