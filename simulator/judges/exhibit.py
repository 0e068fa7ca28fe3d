"""What a judge may be shown of one reply: question, options, reply, persona and memory, as plain data.

Made from a rebuilt exchange. Knows no rubric: what of it a judge sees is the rubric's to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from simulator.interview import Interview
from simulator.messages import ShownOption
from simulator.option_orders import is_ordered
from simulator.presentation import Presentation, question_text
from simulator.rebuild import RebuiltExchange, rebuild_exchanges
from simulator.reply_text import whole_reply
from simulator.store.records import AnswerRow, TurnRows
from simulator.styles import style_named


class Recalled(NamedTuple):
    """An earlier turn that the respondent had in memory."""

    request: str
    answer: str


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One reply put before judges.

    `options` are as the respondent saw them (order, labels, wording); `codes_in_order` the codes of the substantive
    ones in the item's own order; `told` is how the respondent was told to answer; `codes` how the reply was read.
    """

    respondent: int
    respondent_id: str
    exchange: int
    item_id: str
    format: str
    language: str
    question: str
    options: tuple[ShownOption, ...]
    codes_in_order: tuple[int, ...]
    is_ordered: bool
    reply: str
    persona: str = ""
    memory: tuple[Recalled, ...] = ()
    told: str = ""
    answer_format: str = "label"
    max_picks: int | None = None
    codes: tuple[int, ...] = ()


def exhibits_of(interview: Interview, turns: Sequence[TurnRows]) -> Iterator[Exhibit]:
    """Every reply of one interview that an answer was read from, in the order given; none of a battery, whose replies
    answer many items at once.
    """
    if interview.condition.protocol.is_battery:
        return
    rebuilt = rebuild_exchanges(interview, turns)
    kept = {one.row.number: Recalled(one.kept.request, one.kept.answer) for one in rebuilt if one.kept is not None}
    answers = {turn.answer.exchange: turn.answer for turn in turns if turn.answer is not None}
    for exchange in rebuilt:
        answer = answers.get(exchange.row.number)
        if answer is not None and exchange.row.completion is not None:
            memory = tuple(kept[number] for number in exchange.row.remembered)
            yield _exhibit(interview, exchange, answer, memory)


def _exhibit(
    interview: Interview, exchange: RebuiltExchange, answer: AnswerRow, memory: tuple[Recalled, ...]
) -> Exhibit:
    item, presentation = interview.instrument.items[answer.item], exchange.presentation
    return Exhibit(
        respondent=interview.number,
        respondent_id=interview.respondent_id,
        exchange=exchange.row.number,
        item_id=item.id,
        format=presentation.format,
        language=presentation.language,
        question=question_text(interview.instrument, item, presentation.language),
        options=presentation.options,
        codes_in_order=tuple(option.code for option in item.substantive_options),
        is_ordered=bool(item.options) and is_ordered(item),
        reply=whole_reply(exchange.presentation.prefix, exchange.row.completion or ""),
        persona=interview.persona_text,
        memory=memory,
        told=_told(interview, presentation),
        answer_format=presentation.answer_format,
        max_picks=item.max_picks,
        codes=answer.codes,
    )


def _told(interview: Interview, presentation: Presentation) -> str:
    """The instruction on the form of the answer, as it stood in the system message."""
    wording = style_named(interview.condition.style).wording(presentation.language)
    markers = wording.markers
    return wording.answering[presentation.answer_format].format(answer=markers.answer, explanation=markers.explanation)
