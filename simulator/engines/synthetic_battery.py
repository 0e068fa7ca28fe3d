"""What a battery brings from known-truth respondents: a list, its planted faults, and what its lines do to each other.

Every line says what the same respondent would say in an interview without memory, except that a share
`battery_straightlining` of the answers repeats the answer of the line above; which line that is, is all that an answer
takes from the rest of the list. A line in `list_faults` is spoilt in one way, whatever it would have said. Knows no
person and no draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from simulator.engines.synthetic_list_faults import LIST_FAULTS
from simulator.engines.synthetic_question import TrueDistribution
from simulator.messages import Asked, ShownOption

FORMS = ("{n}. {said}", "{n}) {said}", "{n}: {said}", "**{n}.** {said}", "- {n}: {said}", "Item {n}: {said}")
"""How models number a list. The first is what is asked for; a share `verbosity` of lists takes one of the others."""

OTHER_DIGITS = tuple(
    str.maketrans("0123456789", "".join(chr(zero + digit) for digit in range(10))) for zero in (0xFF10, 0x0660, 0x0966)
)
"""Our digits as full-width, Arabic-Indic and Devanagari ones."""


class Line(NamedTuple):
    """One line of a list before its fault: the item and its number, the label chosen, and what is said."""

    number: int
    item: Asked
    label: str
    said: str


def after_line_above(codes: tuple[int, ...], above: tuple[int, ...], item: Asked, repeats: bool) -> tuple[int, ...]:
    """The codes that a line chooses: its own, or those of the line above where it `repeats` that and can.

    A line that chooses nothing stays so; several picks are neither repeated nor replaced.
    """
    can = bool(codes) and len(above) == 1 and item.format != "multiple" and above[0] in _codes(item.options)
    return above if repeats and can else codes


def battery_distributions(
    items: Sequence[Asked], own: Sequence[TrueDistribution], straightlining: float
) -> tuple[TrueDistribution, ...]:
    """The exact distribution of every line of a list that asks `items` in this order, `own` each by itself.

    Over all draws, those of the lines above included; faults of the list left out.
    """
    found: list[TrueDistribution] = []
    above: dict[int, float] = {}
    for item, alone in zip(items, own, strict=True):
        shares = alone.shares
        offered = [option.code for option in item.options]
        is_single = item.format != "multiple" and bool(offered)
        if is_single:
            readable = 1 - alone.refused - alone.unreadable
            reach = straightlining * sum(above.get(code, 0.0) for code in offered)
            shares = tuple(
                (1 - reach) * share + readable * straightlining * above.get(code, 0.0)
                for share, code in zip(shares, offered, strict=True)
            )
        found.append(alone._replace(shares=shares))
        above = dict(zip(offered, shares, strict=True)) if is_single else {}
    return tuple(found)


def number_form(u: float, verbosity: float) -> str:
    """How a list is numbered."""
    return FORMS[0] if u >= verbosity else FORMS[1 + int(u / verbosity * (len(FORMS) - 1))]


def fault_of(u: float, shares: Mapping[str, float]) -> str | None:
    """The fault that a uniform number falls on, in the order in which the kinds are declared; None for none."""
    for kind in LIST_FAULTS:
        u -= shares.get(kind, 0.0)
        if u < 0:
            return kind
    return None


def written(line: Line, form: str, fault: str | None, evasion: str, u: float) -> list[str]:
    """The lines of text that a line becomes: none where it is missing, two where it is repeated.

    `evasion` is said in place of an answer that cannot be read; `u` picks among ways to commit one fault. An open item
    has no faults but to be missing; where labels are no numbers, a decimal is one all the same.
    """
    if fault == "missing":
        return []
    if not line.item.options:
        fault = None
    said = line.said
    if fault == "unreadable":
        said = evasion
    elif fault == "out_of_range":
        said = _outside(line.item.options, u)
    elif fault == "decimal":
        said = f"{_number(line)}.{(0, 5)[int(u * 2)]}"
    text = form.format(n=line.number, said=said)
    if fault == "other_digits":
        text = text.translate(OTHER_DIGITS[int(u * len(OTHER_DIGITS))])
    if fault == "repeated":
        return [form.format(n=line.number, said=label) for label in _two(line.item.options, line.label)]
    return [text]


def _codes(options: Sequence[ShownOption]) -> set[int]:
    return {option.code for option in options}


def _outside(options: Sequence[ShownOption], u: float) -> str:
    """A number that no option has: one above the highest label, or one below the lowest."""
    labels = [int(option.label) for option in options if option.label.isdecimal()] or [0]
    return str(max(labels) + 1 if u < 0.5 or min(labels) == 0 else min(labels) - 1)


def _number(line: Line) -> str:
    """The label chosen, or the first there is, as a number; 1 where labels are none."""
    label = line.label or line.item.options[0].label
    return label if label.isdecimal() else "1"


def _two(options: Sequence[ShownOption], label: str) -> tuple[str, str]:
    """A label and another one."""
    labels = [option.said for option in options]
    place = labels.index(label) if label in labels else 0
    return labels[place], labels[(place + 1) % len(labels)]
