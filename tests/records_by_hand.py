"""A small record in which every kind of item and answer occurs once, for tests that work out results by hand."""

from __future__ import annotations

from pathlib import Path

from simulator.conditions import Condition, MemoryPolicy
from simulator.messages import Settings
from simulator.store.records import (
    AnswerRow,
    ConditionRow,
    ExchangeRow,
    InterviewRow,
    ItemRow,
    RespondentRow,
    RunRow,
    TurnRows,
)
from simulator.store.writer import Writer
from surveys.instrument import Block, Instrument, Item, ResponseFormat, ResponseOption, Topic
from surveys.serialize import instrument_to_json, item_to_json

YES_NO = (
    ResponseOption(1, {"en": "Yes", "de": "Ja"}, stance="supports"),
    ResponseOption(2, {"en": "No", "de": "Nein"}, stance="opposes"),
)
SCALE = (
    *(ResponseOption(code, {"en": f"{code}", "de": f"{code}"}) for code in range(1, 6)),
    ResponseOption(9, {"en": "Don't know", "de": "Weiß nicht"}, missing="dont_know"),
)
MEDIA = tuple(
    ResponseOption(code, {"en": english, "de": english})
    for code, english in enumerate(("Paper", "Television", "Radio"), start=1)
)


def _item(item_id: str, item_format: ResponseFormat, options: tuple[ResponseOption, ...], **more: object) -> Item:
    fields: dict[str, object] = {"question_id": item_id, "block": "b1"} | more
    return Item(item_id, {"en": f"={item_id}?", "de": f"{item_id}?"}, item_format, options, **fields)  # type: ignore[arg-type]


INSTRUMENT = Instrument(
    id="by-hand",
    title={"en": "By hand", "de": "Von Hand"},
    languages=("en", "de"),
    blocks=(Block("b1"),),
    topics=(Topic("tax", {"en": "Taxes", "de": "Steuern"}),),
    items=(
        _item("tax-1", ResponseFormat.SINGLE, YES_NO, topic="tax", dimensions=("SEC", "UNI")),
        _item("tax-1~1", ResponseFormat.SINGLE, YES_NO, topic="tax", question_id="tax-1", wording=1),
        _item("mood", ResponseFormat.SCALE, SCALE, reverse_keyed=True),
        _item("media", ResponseFormat.MULTIPLE, MEDIA, max_picks=2),
        _item("why", ResponseFormat.OPEN, ()),
    ),
)

CONDITIONS = (
    Condition("city", population="town", memory=MemoryPolicy("window", 3), settings=Settings(temperature=0.7)),
    Condition("basic", language="de"),
)

RESPONDENTS = (
    RespondentRow(0, "p0", 0, "city", {"city": "Cairo", "age": 30}, {"en": "You live in Cairo."}, 1.0, 3),
    RespondentRow(1, "p1", 1, "basic", {"city": "Köln"}, {}, 3.0, None),
    RespondentRow(2, "p2", 0, "city", {"city": "=1+1", "age": 71}, {}, 0.5, 3),
)


def _answer(respondent: int, item: int, status: str, *codes: int, **more: object) -> TurnRows:
    fields: dict[str, object] = {"exchange": item + 1, "reason": "label"} | more
    answer = AnswerRow(respondent, item, status=status, codes=codes, **fields)  # type: ignore[arg-type]
    if answer.exchange is None:
        return TurnRows((), answer)
    failed = {"error_kind": "refused", "error": "too long"} if status == "error" else {}
    completion = None if failed else f"reply {item}"
    row = ExchangeRow(respondent, item + 1, item, respondent % 2, 0, (), None, None, 1, completion, **failed)  # type: ignore[arg-type]
    return TurnRows((row,), answer)


TURNS = (
    _answer(0, 0, "answered", 1, probabilities={1: 0.75, 2: 0.25}, option_mass=0.9),
    _answer(0, 1, "answered", 1),
    _answer(0, 2, "answered", 4),
    _answer(0, 3, "answered", 1, 3),
    _answer(0, 4, "answered", text="because = 1\x00\n"),
    _answer(1, 0, "answered", 2),
    _answer(1, 1, "answered", 2),
    _answer(1, 2, "dont_know", 9),
    _answer(1, 3, "answered", 3),
    _answer(1, 4, "answered", text="half \ud800 a pair"),
    _answer(2, 0, "error"),
    _answer(2, 1, "answered", 1),
    _answer(2, 2, "unparsed", reason="no label"),
    _answer(2, 3, "refused"),
    _answer(2, 4, "not_applicable", exchange=None, reason="skipped"),
)


def write_by_hand(path: Path, n_respondents: int = 3) -> None:
    """Write the record, or the part of it that concerns the first respondents."""
    data = instrument_to_json(INSTRUMENT)
    run = RunRow("by-hand", 7, {}, {}, data, INSTRUMENT.content_hash, n_respondents)
    arms = [ConditionRow(number, condition.as_json()) for number, condition in enumerate(CONDITIONS)]
    items = [ItemRow(n, item.id, item_to_json(item), "hash") for n, item in enumerate(INSTRUMENT.items)]
    with Writer.create(path, run, arms, items) as writer:
        writer.append_respondents(RESPONDENTS[:n_respondents])
        for turn in TURNS:
            if turn.answer is not None and turn.answer.respondent < n_respondents:
                writer.append_turn(turn)
        for number in range(n_respondents):
            writer.append_interview(InterviewRow(number, "complete", 5, 4))
