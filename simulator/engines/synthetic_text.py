"""How a known-truth respondent puts an answer into words.

Knows which label was chosen and which values rank high in the profile, and nothing of how either came about.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simulator.engines.synthetic_logprobs import LabelText
from simulator.engines.synthetic_phrases import PHRASES, Phrases
from simulator.messages import Request

SEPARATOR = ", "


class Words(NamedTuple):
    """Uniform numbers that put one reply into words: as drawn, for its form, and for its reason."""

    drawn: float
    form: float
    reason: float


def spoken(language: str) -> str:
    """What is spoken when asked in `language` (a tag such as "de" or "zh-CN"): English where there are no words."""
    for tag in (language, language.partition("-")[0].lower()):
        if tag in PHRASES:
            return tag
    return "en"


def phrases_for(language: str) -> Phrases:
    """The words of `language`, or of the language spoken in its place."""
    return PHRASES[spoken(language)]


def pick(texts: Sequence[str], u: float) -> str:
    """The text at the fraction `u` (0 <= u < 1) of the list."""
    return texts[int(u * len(texts))]


def in_words(templates: Sequence[str], phrases: Phrases, ranking: Sequence[int], u: float) -> str:
    """A sentence about two of the four highest values of `ranking`; template and values follow from `u`."""
    first = int(u * 4)
    rest = u * 4 - first
    step = int(rest * 3)
    rest = rest * 3 - step
    valued = phrases.values[ranking[first]], phrases.values[ranking[(first + 1 + step) % 4]]
    sentence = pick(templates, rest).format(v=valued[0], w=valued[1])
    return sentence[:1].upper() + sentence[1:]


def reason_in_words(phrases: Phrases, ranking: Sequence[int], u: float) -> str:
    """A reason out of the four highest values of `ranking`, in half of the cases with a closing sentence."""
    reason = in_words(phrases.reasons, phrases, ranking, u)
    rest = u * 4096.0 % 1.0
    if rest >= 0.5:
        return reason
    return joined((reason, pick(phrases.closings, rest * 2)))


def joined(sentences: Sequence[str]) -> str:
    """Sentences one after the other; Chinese and Japanese put no blank between them."""
    return "".join(f"{sentence}{'' if sentence.endswith('。') else ' '}" for sentence in sentences).rstrip()


def written_label(label: str, text: str, u: float, verbosity: float) -> str:
    """The chosen label, in a share `verbosity` of cases dressed up in a way that every reader understands."""
    if u >= verbosity:
        return label
    form = int(u / verbosity * 4)
    dressed = (f"{label}.", f"({label})", f"{label}. {text}", f"{label} - {text}")
    # Inside a numbered scale the text is the label again.
    return dressed[form] if text not in ("", label) else dressed[form % 2]


def explained(phrases: Phrases, written: str, reason: str) -> str:
    """The written answer and its reason, each after its marker."""
    return f"{phrases.answer}{written}\n{phrases.explanation}{reason}"


def goes_on(request: Request) -> bool:
    """Whether a reply goes on from what stands before it: its own beginning, or the slot of a text to be completed."""
    return request.is_raw or request.assistant_prefix is not None


def after_marker(reply: LabelText, marker: str) -> LabelText:
    """A reply without the answer marker that it begins with."""
    if reply.prefix == marker.rstrip():
        return reply._replace(prefix="")
    if not reply.prefix and reply.label.startswith(marker):
        return reply._replace(label=reply.label.removeprefix(marker))
    return reply


def matching_choice(choices: tuple[str, ...], label: str, text: str, words: float) -> str:
    """The permitted reply that means this option: its label, its text, or a choice that begins with its label."""
    for meant in (label, text):
        if meant in choices:
            return meant
    for choice in choices:
        if choice.startswith((f"{label}.", f"{label} ", f"{label})")):
            return choice
    return pick(choices, words)
