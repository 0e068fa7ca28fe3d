"""Faults planted in the replies of known-truth respondents, and read off a text again, exactly.

Six faults of Liu et al. 2025, drawn independently of each other and of the choice, each committed by a sentence of its
own. A reply that declines or evades states no preference and so carries `iu` by definition, planted or not. Knows no
judge and no record: only words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from string import Formatter
from typing import NamedTuple

from simulator.engines.synthetic_fault_phrases import BANKS, FAULT_PHRASES, FAULTS, FaultPhrases
from simulator.engines.synthetic_phrases import PHRASES
from simulator.engines.synthetic_text import explained, joined, phrases_for, pick, spoken
from simulator.engines.synthetic_truth import KnownTruth
from simulator.messages import Asked


class Explained(NamedTuple):
    """The parts of a fault-free explained reply: the label chosen (labels, joined), as written out, and the reason."""

    label: str
    written: str
    reason: str


def draw_faults(shares: Mapping[str, float], draw: Callable[[str, str], float]) -> dict[str, float]:
    """The faults of one reply; `draw(purpose, code)` gives a uniform number for each purpose and fault."""
    return {code: draw("fault words", code) for code in FAULTS if code in shares and draw("fault", code) < shares[code]}


def expected_fault_shares(truth: KnownTruth) -> dict[str, float]:
    """The exact share of each fault among the first explained replies to questions with options that offer no refusal.

    What an unreadable reply is answered with when asked again is another draw: among the last replies `iu` and `qc`
    are rarer, since these faults may be what made a reply unreadable.
    """
    lost = truth.refusal + truth.unreadable
    shares = {code: (1 - lost) * truth.fault_shares.get(code, 0.0) for code in FAULTS}
    return shares | {"iu": shares["iu"] + lost}


def explained_with_faults(asked: Asked, reply: Explained, faults: Mapping[str, float]) -> str:
    """The reply with exactly these faults: code → the fraction that picks its sentence."""
    faulty = FAULT_PHRASES[spoken(asked.language)]
    if "qc" in faults:
        reply = reply._replace(written=_misread(asked, reply.label, faulty, faults["qc"]))
    explanation = [pick(faulty.untrue, faults["ff"])] if "ff" in faults else []
    explanation.append(reply.reason)
    explanation += [pick(faulty.stray, faults["ir"])] if "ir" in faults else []
    explanation += [pick(faulty.opposite, faults["cv"])] if "cv" in faults else []
    opening = [pick(faulty.machine, faults["rp"])] if "rp" in faults else []
    return "\n".join((*opening, *_body(asked, reply._replace(reason=joined(explanation)), faulty, faults)))


def _body(asked: Asked, reply: Explained, faulty: FaultPhrases, faults: Mapping[str, float]) -> list[str]:
    """Answer and explanation behind their markers, or what `iu` makes of them.

    Without a preference nothing could be misread or contradicted: beside those faults only the markers are missing.
    """
    phrases, answer = phrases_for(asked.language), reply.written
    if "iu" in faults:
        u = faults["iu"] * 2
        if u < 1 or "qc" in faults or "cv" in faults:
            return [pick(faulty.formless, u % 1), answer, reply.reason]
        answer = pick(faulty.undecided, u % 1)
    return explained(phrases, answer, reply.reason).split("\n")


def _misread(asked: Asked, label: str, faulty: FaultPhrases, u: float) -> str:
    """An answer to a question of another type than the one asked."""
    if asked.format == "multiple":
        return pick(faulty.marks, u)
    offered = [option.said for option in asked.options if option.missing is None]
    if asked.format == "scale" or len(offered) < 2:
        return pick(faulty.other_scale, u)
    # Two neighbors, the chosen option among them.
    first = min(offered.index(label) if label in offered else 0, len(offered) - 2)
    return pick(faulty.several, u).format(a=offered[first], b=offered[first + 1])


def planted_faults(text: str, language: str | None = None) -> frozenset[str]:
    """The faults that a known-truth respondent's reply carries, from its text alone; exact.

    `language` (a tag such as "de" or "zh-CN") restricts the search to its sentences; None looks for those of all four.
    """
    known = None if language is None else spoken(language)
    reply = text.strip()
    found = {code for code, sentence in _sentences(known) if sentence in reply}
    if reply in _without_preference(known):
        found.add("iu")
    return frozenset(found)


@cache
def _sentences(language: str | None) -> tuple[tuple[str, str], ...]:
    """(fault, the words that give it away) of one language, or of all."""
    banks = FAULT_PHRASES.values() if language is None else [FAULT_PHRASES[language]]
    return tuple(found for bank in banks for found in _of_bank(bank))


def _of_bank(bank: FaultPhrases) -> Iterator[tuple[str, str]]:
    for code, fields in BANKS.items():
        for field in fields:
            for sentence in getattr(bank, field):
                yield code, _longest_fixed_part(sentence)


def _longest_fixed_part(template: str) -> str:
    return max((fixed for fixed, *_ in Formatter().parse(template)), key=len)


@cache
def _without_preference(language: str | None) -> frozenset[str]:
    every = PHRASES.values() if language is None else [PHRASES[language]]
    return frozenset(text for phrases in every for text in (*phrases.refusals, *phrases.evasions))
