"""The arrays that `response_styles` and `memory_assimilation` take, out of a record.

Only answered items count; what was asked again counts once, as it was read in the end. Knows the record through its
reader and no engine.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.store.reader import Reader
from simulator.store.records import AnswerRow, ExchangeRow
from surveys.instrument import Item, ResponseFormat
from surveys.serialize import item_from_json

Numbers = npt.NDArray[np.int64]


class YesNoAnswers(NamedTuple):
    """Answers to items with one supporting and one opposing option, (n_answers,): affirmed (0/1), and about what.

    The affirming option is the one with the lowest code ("Yes" in all our surveys).
    """

    affirmed: npt.NDArray[np.float64]
    supports_when_affirmed: npt.NDArray[np.bool_]
    topics: npt.NDArray[np.str_]
    respondents: Numbers


class ShownPositions(NamedTuple):
    """Single choices under a random order, (n_answers,): place among the substantive options (from 0), their number.

    Scales (`is_scale`) are only shown forwards or backwards, other lists in any order.
    """

    position: Numbers
    n_options: Numbers
    respondents: Numbers
    is_scale: npt.NDArray[np.bool_]


class RememberedAnswers(NamedTuple):
    """What `memory_assimilation` takes: (n, p), (n, p) and (n, p, p), rows in the order of `respondents`."""

    codes: npt.NDArray[np.float64]
    option_sets: Numbers
    remembered: npt.NDArray[np.bool_]
    respondents: Numbers


def yes_no_answers(reader: Reader) -> YesNoAnswers:
    """Every answered item whose two options take opposite sides on a topic."""
    items = _items(reader)
    rows = []
    for answer in reader.answers():
        item = items[answer.item]
        sides = {option.code: option.stance for option in item.substantive_options}
        if (
            answer.status != "answered"
            or item.topic is None
            or sorted(map(str, sides.values())) != ["opposes", "supports"]
        ):
            continue
        yes = min(sides)
        rows.append((answer.codes[0] == yes, sides[yes] == "supports", item.topic, answer.respondent))
    affirmed, supports, topics, respondents = _columns(rows, 4)
    return YesNoAnswers(
        np.array(affirmed, float), np.array(supports, bool), np.array(topics, str), np.array(respondents, np.int64)
    )


def shown_positions(reader: Reader) -> ShownPositions:
    """Every answered single choice whose exchange stored an order; options that give no answer do not count."""
    items = _items(reader)
    orders = {
        (row.respondent, row.number, item): order
        for row in reader.exchanges()
        for item, order in _orders_shown(row)
        if order is not None
    }
    rows = []
    for answer in reader.answers():
        item = items[answer.item]
        order = None if answer.exchange is None else orders.get((answer.respondent, answer.exchange, answer.item))
        if order is None or not _is_single(item, answer):
            continue
        substantive = {option.code for option in item.substantive_options}
        shuffled = [code for code in order if code in substantive]
        rows.append((shuffled.index(answer.codes[0]), len(shuffled), answer.respondent, _is_scale(item)))
    place, count, respondents, is_scale = _columns(rows, 4)
    return ShownPositions(
        np.array(place, np.int64), np.array(count, np.int64), np.array(respondents, np.int64), np.array(is_scale, bool)
    )


def _orders_shown(row: ExchangeRow) -> list[tuple[int | None, tuple[int, ...] | None]]:
    """Item and the order its options were shown in, for every item of the exchange."""
    if not row.listed:
        return [(row.item, row.order)]
    return [(one.item, row.order if one.order is None else one.order) for one in row.listed]


def remembered_answers(reader: Reader, *, condition: int | None = None) -> RememberedAnswers:
    """Every answer in the order it was given, and which earlier ones were in memory; of one condition if given.

    Whoever was given items as a list remembered none of them, and is left out.
    """
    items = _items(reader)
    sets: dict[tuple[int, ...], int] = {}
    set_of = [sets.setdefault(tuple(sorted(option.code for option in item.options)), len(sets)) for item in items]
    answers: dict[int, dict[int, AnswerRow]] = defaultdict(dict)
    for answer in reader.answers():
        if answer.exchange is not None:
            answers[answer.respondent][answer.exchange] = answer
    memories: dict[int, dict[int, tuple[int, ...]]] = defaultdict(dict)
    for row in reader.exchanges():
        if not row.listed and (condition is None or row.condition == condition):
            memories[row.respondent][row.number] = row.remembered
    respondents = sorted(number for number in answers if memories.get(number))
    n, p = len(respondents), max((len(answers[number]) for number in respondents), default=0)
    table = RememberedAnswers(
        np.full((n, p), np.nan), np.full((n, p), -1), np.zeros((n, p, p), bool), np.array(respondents, np.int64)
    )
    for k, number in enumerate(respondents):
        place_of = {exchange: place for place, exchange in enumerate(sorted(answers[number]))}
        for exchange, place in place_of.items():
            answer = answers[number][exchange]
            table.option_sets[k, place] = set_of[answer.item]
            if _is_single(items[answer.item], answer):
                table.codes[k, place] = answer.codes[0]
            kept = [place_of[earlier] for earlier in memories[number][exchange] if earlier in place_of]
            table.remembered[k, place, kept] = True
    return table


def _is_scale(item: Item) -> bool:
    scores = [option.score for option in item.substantive_options]
    return item.format is ResponseFormat.SCALE or (None not in scores and len(set(scores)) == len(scores))


def _is_single(item: Item, answer: AnswerRow) -> bool:
    closed = item.format in (ResponseFormat.SINGLE, ResponseFormat.SCALE)
    return closed and answer.status == "answered" and len(answer.codes) == 1


def _items(reader: Reader) -> list[Item]:
    return [item_from_json(row.content) for row in reader.items()]


def _columns(rows: list[tuple[Any, ...]], n: int) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True)) if rows else [()] * n
