"""What is put before a judge: a pure function of rubric, criterion, exhibit, language, labels shown and try number.

So a judge's prompt can be rebuilt to the byte from the record. Material stands between two lines of a fence that occurs
nowhere in it, so that nothing in a reply can end it. Knows no engine and no store.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.judges.exhibit import Exhibit
from simulator.judges.labels import OfferedLabel
from simulator.judges.rubric import Criterion, Rubric
from simulator.messages import Message, hash_messages


@dataclass(frozen=True, slots=True)
class JudgePrompt:
    """One judgement as it was asked for: the messages, the labels in the order shown, and a 63-bit hash."""

    messages: tuple[Message, ...]
    labels: tuple[OfferedLabel, ...]
    prompt_hash: int


def present_judgement(
    rubric: Rubric,
    criterion: Criterion,
    exhibit: Exhibit,
    language: str,
    labels: tuple[OfferedLabel, ...],
    try_number: int = 0,
) -> JudgePrompt:
    """The prompt of one judgement. From the second try on it ends with one line on the form of the reply."""
    frame = rubric.frame[language]
    sections = [material for shown in rubric.sees for material in _material(shown, exhibit, frame)]
    fence = _fence([text for _, text in sections])
    parts = [f"{heading}\n{fence}\n{text}\n{fence}" for heading, text in sections]
    parts.append(f"{frame['criterion'].format(title=criterion.title[language])}\n{criterion.definition[language]}")
    parts.append(criterion.question[language])
    if rubric.label_style == "letters":
        lines = [frame["choice"].format(label=label.mark, text=label.text) for label in labels]
        parts.append("\n".join([frame["choices"], *lines]))
    parts.append(_form("answering", rubric, language, labels))
    if try_number:
        parts.append(_form("reminders", rubric, language, labels))
    messages = (Message("system", frame["system"].strip().format(fence=fence)), Message("user", "\n\n".join(parts)))
    return JudgePrompt(messages, labels, hash_messages(messages))


def _form(key: str, rubric: Rubric, language: str, labels: Sequence[OfferedLabel]) -> str:
    frame = rubric.frame[language]
    template: str = frame[key][rubric.order][rubric.label_style]
    return template.format(
        rationale=rubric.rationale_marker[language],
        verdict=rubric.verdict_marker[language],
        labels=frame["between"]["labels"].join(label.mark for label in labels),
    )


def _material(shown: str, exhibit: Exhibit, frame: Any) -> Iterator[tuple[str, str]]:
    """Heading and text of what the judge is shown under this name; nothing where there is nothing."""
    if shown == "memory":
        asked, answered = frame["between"]["asked"], frame["between"]["answered"]
        turns = [f"{asked.format(text=one.request)}\n{answered.format(text=one.answer)}" for one in exhibit.memory]
        text = "\n\n".join(turns)
    elif shown == "options":
        text = _options(exhibit, frame)
    else:
        text = {"question": exhibit.question, "reply": exhibit.reply, "persona": exhibit.persona}[shown]
    if text.strip() or shown == "reply":
        yield frame[shown], text
    if shown == "options" and exhibit.told.strip():
        yield frame["told"], exhibit.told


def _options(exhibit: Exhibit, frame: Any) -> str:
    """What kind of answer was asked for, then the options as the respondent saw them."""
    kind = exhibit.format
    if kind == "multiple" and exhibit.max_picks is not None and exhibit.max_picks < len(exhibit.options):
        kind = "multiple_up_to"
    lines = [
        frame["choice"].format(label=option.label, text=option.text) if option.label else f"- {option.text}"
        for option in exhibit.options
    ]
    return "\n".join([frame["kinds"][kind].format(max_picks=exhibit.max_picks), *lines])


def _fence(texts: Sequence[str]) -> str:
    """The shortest run of at least three signs that occurs in none of the texts."""
    fence = "~~~"
    while any(fence in text for text in texts):
        fence += "~"
    return fence
