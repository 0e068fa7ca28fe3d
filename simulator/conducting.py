"""Which graph conducts an interview, from where its record left it; who was interviewed and how it ended, as rows.

The one place that knows the respondent's graph, that of the battery and those of the baselines. Knows no queue and no
budget.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from simulator.errors import EngineError
from simulator.graphs import baseline, battery, respondent
from simulator.graphs.respondent import Services
from simulator.interview import Interview, Progress, Seat, disposition
from simulator.protocols.baseline import at_the_start
from simulator.protocols.battery_recorded import rebuild_battery_stand
from simulator.rebuild import rebuild_progress, rebuild_stand
from simulator.store.records import ITEM_FORM, InterviewRow, RespondentRow, TurnRows


def respondent_rows(interview: Interview) -> list[RespondentRow]:
    """The record of who is interviewed: one, or everybody on the panel, who say whose panel it is, how many sit on it
    and which entry of its lists is theirs. Where items are worded by sex, the form stands among the attributes.
    """
    form = {ITEM_FORM: interview.item_form} if interview.item_form else {}
    if not interview.panel:
        return [_respondent_row(interview, interview.seats[0], form)]
    panel = {**form, "panel": interview.respondent_id, "panel_size": len(interview.panel)}
    return [
        _respondent_row(interview, seat, {**panel, "entry": place}) for place, seat in enumerate(interview.panel, 1)
    ]


def _respondent_row(interview: Interview, seat: Seat, facts: Mapping[str, Any]) -> RespondentRow:
    persona = seat.persona
    return RespondentRow(
        number=seat.number,
        persona_id=persona.id,
        condition=interview.condition_id,
        strategy=persona.strategy,
        attributes={**persona.attributes, **facts},
        persona_texts=dict(persona.texts),
        weight=persona.weight,
        memory_length=interview.memory_length,
        settings=None if interview.decoding is None else interview.decoding.as_json(),
    )


class Conducted(NamedTuple):
    """How everybody's interview ended, the first of a panel last; none where a failure broke it off."""

    endings: tuple[InterviewRow, ...]
    failure: EngineError | None = None


async def conduct(services: Services, turns: Sequence[TurnRows]) -> Conducted:
    """Go on with an interview after `turns`, to its end or to a failure."""
    protocol = services.interview.condition.protocol
    if protocol.is_baseline:
        return await _by_baseline(services, turns)
    if protocol.is_battery:
        return await _by_battery(services, turns)
    return await _in_person(services, turns)


async def _in_person(services: Services, turns: Sequence[TurnRows]) -> Conducted:
    interview = services.interview
    progress = rebuild_progress(interview, turns) if turns else Progress()
    progress, failure = await respondent.conduct(services, progress)
    if failure is not None:
        return Conducted((), failure)
    n_shown = len(interview.order) - progress.n_hidden
    return Conducted((_ending(interview.number, n_shown, progress.n_answered),))


async def _by_battery(services: Services, turns: Sequence[TurnRows]) -> Conducted:
    interview = services.interview
    stand, failure = await battery.conduct(services, rebuild_battery_stand(interview, turns))
    if failure is not None:
        return Conducted((), failure)
    return Conducted((_ending(interview.number, len(interview.order) - stand.n_hidden, stand.n_answered),))


async def _by_baseline(services: Services, turns: Sequence[TurnRows]) -> Conducted:
    interview = services.interview
    stand = rebuild_stand(interview, turns) if turns else at_the_start(interview)
    stand, failure = await baseline.conduct(services, stand)
    if failure is not None:
        return Conducted((), failure)
    n = len(interview.order)
    endings = [
        _ending(seat.number, n - done.n_hidden, done.n_answered)
        for seat, done in zip(interview.seats, stand.seats, strict=True)
    ]
    return Conducted(tuple(endings[::-1]))


def _ending(number: int, n_shown: int, n_answered: int) -> InterviewRow:
    return InterviewRow(number, disposition(n_shown, n_answered), n_shown, n_answered)
