"""The parts of a prompt put one after the other: as messages of a chat, or as one text for a model to go on with.

Knows no item and no condition: a turn is what was asked and what was answered.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.messages import Message
from simulator.styles import Wording

Turns = Iterable[tuple[str, str]]

_FIRST_WIDE = "\u2e80"
"""From here on are the signs of Chinese and Japanese, which are written without blanks."""


def as_chat(system: Message, turns: Turns, asked: Message) -> tuple[Message, ...]:
    """System message, every turn as a user and an assistant message, the current question."""
    messages = [system]
    for request, answer in turns:
        messages += [Message("user", request), Message("assistant", answer)]
    return (*messages, asked)


def as_raw_text(wording: Wording, system: Message, turns: Turns, asked: Message) -> tuple[Message, ...]:
    """The same for a model without a chat template: contents that are one text when joined, up to the answer slot.

    Paragraphs are apart by an empty line; an answer stands in its slot, behind a blank where the writing has blanks.
    """
    messages = [Message("system", f"{system.content}\n\n")]
    for request, answer in turns:
        slot = with_slot(wording, request)
        messages += [Message("user", slot), Message("assistant", f"{gap_after(slot)}{answer}\n\n")]
    return (*messages, Message("user", with_slot(wording, asked.content)))


def with_slot(wording: Wording, asked: str) -> str:
    """What is asked, with the slot for the answer."""
    return wording.completion.format(user=asked, answer=wording.markers.answer)


def gap_after(text: str) -> str:
    """What stands between `text` and a word that follows it."""
    return "" if text[-1:] >= _FIRST_WIDE else " "
