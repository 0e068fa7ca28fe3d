"""Rows of the record for tests: hypothesis strategies for arbitrary ones, builders for plain ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from simulator.store.records import (
    ANSWER_STATUSES,
    AnswerRow,
    ConditionRow,
    ExchangeRow,
    InterviewRow,
    ItemRow,
    JudgementRow,
    JudgeRow,
    ListedRow,
    ProbedRow,
    ReferenceCellRow,
    ReferenceRow,
    RespondentRow,
    RubricRow,
    RunRow,
    TurnRows,
    VerdictRow,
)
from simulator.store.writer import Writer

INT64 = st.integers(-(2**63), 2**63 - 1)
SMALL = st.integers(0, 999_999)

# Lone surrogates and NUL included: whatever a Python string can hold.
any_text = st.text(st.characters(), max_size=30)
any_number = st.floats(allow_nan=False, allow_infinity=False)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | any_number | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=6,
)
any_object = st.dictionaries(any_text, any_json, max_size=3)
codes = st.lists(INT64, max_size=4).map(tuple)

runs = st.builds(
    RunRow,
    name=any_text,
    seed=INT64,
    spec=any_object,
    manifest=any_object,
    instrument=any_object,
    instrument_hash=any_text,
    n_respondents=SMALL,
)
conditions = st.builds(ConditionRow, id=SMALL, settings=any_object)
items = st.builds(ItemRow, position=SMALL, item_id=any_text, content=any_object, content_hash=any_text)
respondents = st.builds(
    RespondentRow,
    number=SMALL,
    persona_id=any_text,
    condition=SMALL,
    strategy=any_text,
    attributes=any_object,
    persona_texts=st.dictionaries(any_text, any_text, max_size=3),
    weight=st.floats(allow_nan=False, allow_infinity=False),
    memory_length=st.none() | SMALL,
    settings=st.none() | any_object,
)
listed = st.builds(ListedRow, SMALL, SMALL, st.none() | codes, st.none() | st.lists(any_text, max_size=4).map(tuple))
exchanges = st.builds(
    ExchangeRow,
    respondent=SMALL,
    number=SMALL,
    item=st.none() | SMALL,
    condition=SMALL,
    try_number=SMALL,
    remembered=st.lists(SMALL, max_size=4).map(tuple),
    order=st.none() | codes,
    labels=st.none() | st.lists(any_text, max_size=4).map(tuple),
    prompt_hash=st.integers(0, 2**64 - 1),
    completion=st.none() | any_text,
    samples=st.lists(any_text, max_size=3).map(tuple),
    positions=st.none() | any_text,
    finish_reason=st.none() | any_text,
    prompt_tokens=st.none() | SMALL,
    completion_tokens=st.none() | SMALL,
    latency_seconds=st.none() | st.floats(0, 1e6),
    attempts=SMALL,
    error_kind=st.none() | any_text,
    error=st.none() | any_text,
    settings=st.none() | any_object,
    role=st.sampled_from(["respondent", "generator"]),
    failed_tries=st.lists(any_text, max_size=3).map(tuple),
    listed=st.lists(listed, max_size=3).map(tuple),
    scored=st.none() | any_text,
)
shares = st.none() | st.dictionaries(INT64, st.floats(0, 1), max_size=4)
mass = st.none() | st.floats(0, 1)
probed = st.builds(ProbedRow, any_text, shares, mass, codes, any_text)
answers = st.builds(
    AnswerRow,
    respondent=SMALL,
    item=SMALL,
    exchange=st.none() | SMALL,
    status=st.sampled_from(ANSWER_STATUSES),
    codes=codes,
    text=st.none() | any_text,
    reason=any_text,
    probabilities=shares,
    option_mass=mass,
    truncated=codes,
    probed=st.lists(probed, max_size=3).map(tuple),
)
interviews = st.builds(
    InterviewRow,
    respondent=SMALL,
    disposition=st.sampled_from(["complete", "partial", "breakoff", "refused", "failed"]),
    n_items=SMALL,
    n_answered=SMALL,
)
verdicts = st.builds(
    VerdictRow,
    respondent=SMALL,
    exchange=SMALL,
    rubric=any_text,
    judge=any_text,
    repeat=SMALL,
    criterion=any_text,
    rationale=any_text,
    label=st.none() | any_text,
    status=any_text,
    completion=st.none() | any_text,
)
shares = st.dictionaries(INT64, any_number, min_size=1, max_size=4)
reference_cells = st.builds(
    ReferenceCellRow,
    item=any_text,
    country=any_text,
    group=any_text,
    shares=shares,
    n=st.none() | any_number,
    n_missing=st.none() | any_number,
    is_multiple=st.booleans(),
    note=any_text,
)
references = st.builds(
    ReferenceRow,
    id=any_text,
    title=any_text,
    source=any_text,
    cells=st.lists(reference_cells, max_size=4).map(tuple),
    year=st.none() | SMALL,
    licence=any_text,
    is_weighted=st.booleans(),
    notes=st.lists(any_text, max_size=3).map(tuple),
)
rubrics = st.builds(RubricRow, name=any_text, content_hash=any_text, content=any_object)
judges = st.builds(JudgeRow, name=any_text, content=any_object)
judgements = st.builds(
    JudgementRow,
    respondent=SMALL,
    exchange=SMALL,
    rubric=any_text,
    judge=any_text,
    repeat=SMALL,
    criterion=any_text,
    number=SMALL,
    try_number=SMALL,
    language=any_text,
    labels=st.lists(any_text, max_size=4).map(tuple),
    prompt_hash=st.integers(0, 2**63 - 1),
    completion=st.none() | any_text,
    finish_reason=st.none() | any_text,
    prompt_tokens=st.none() | SMALL,
    completion_tokens=st.none() | SMALL,
    latency_seconds=st.none() | st.floats(0, 1e6),
    attempts=SMALL,
    failed_tries=st.lists(any_text, max_size=3).map(tuple),
    error_kind=st.none() | any_text,
    error=st.none() | any_text,
)


@st.composite
def interviews_as_turns(draw: st.DrawFn, respondent: int = 0, n_items: int = 6) -> list[TurnRows]:
    """One interview as fieldwork writes it: persona call, re-asks, failed calls, skipped items, in order."""
    turns: list[TurnRows] = []
    if draw(st.booleans()):
        turns.append(TurnRows((draw(exchange_of(respondent, 0, None, draw(st.integers(0, 2)))),), None))
    number = 1
    for item in range(n_items):
        if draw(st.integers(0, 4)) == 0:
            turns.append(TurnRows((), AnswerRow(respondent, item, None, "not_applicable", reason="skipped")))
            continue
        for is_answered in [False] * draw(st.sampled_from([0, 0, 0, 1, 2])) + [True]:
            n_tries = draw(st.integers(1, 3))
            rows = tuple(draw(exchange_of(respondent, number + n, item, n)) for n in range(n_tries))
            number += n_tries
            turns.append(TurnRows(rows, draw(answer_to(respondent, item, number - 1)) if is_answered else None))
    return turns


@st.composite
def batteries_as_turns(draw: st.DrawFn, respondent: int = 0, n_items: int = 6) -> list[TurnRows]:
    """A battery as fieldwork writes it: what no list brought an answer to is listed again; calls fail now and then."""
    turns: list[TurnRows] = []
    left, number, try_number = draw(st.permutations(range(n_items))), 1, 0
    while left:
        listed = tuple(ListedRow(item + 1, item) for item in left)
        row = draw(exchange_of(respondent, number, left[0], try_number))
        row = replace(row, listed=listed)
        is_lost = draw(st.integers(0, 4)) == 4
        read = [] if is_lost else [item for item in left if not draw(st.booleans())]
        found = [draw(answer_to(respondent, item, number)) for item in read]
        turns.append(TurnRows((row,), found[0] if found else None, tuple(found[1:])))
        left = [item for item in left if item not in read]
        number, try_number = number + 1, draw(st.sampled_from([try_number, try_number + 1]))
    return turns


def exchange_of(respondent: int, number: int, item: int | None, try_number: int) -> st.SearchStrategy[ExchangeRow]:
    """Any exchange at this place."""
    place = {"respondent": respondent, "number": number, "item": item, "try_number": try_number, "listed": ()}
    return exchanges.map(lambda row: ExchangeRow(**_fields(row) | place))


def answer_to(respondent: int, item: int, exchange: int) -> st.SearchStrategy[AnswerRow]:
    """Any answer read from this exchange."""
    return answers.map(
        lambda row: AnswerRow(**_fields(row) | {"respondent": respondent, "item": item, "exchange": exchange})
    )


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


# ---- plain rows ------------------------------------------------------------------------------------------------------


def plain_items(n_items: int) -> list[ItemRow]:
    """Yes/no items on one topic."""
    options = [{"code": 1, "text": {"en": "Yes"}}, {"code": 2, "text": {"en": "No"}}]
    content = {"text": {"en": "Is it so?"}, "format": "single", "topic": "matters", "options": options}
    return [ItemRow(n, f"item-{n}", {"id": f"item-{n}"} | content, "hash") for n in range(n_items)]


def plain_run(n_respondents: int) -> RunRow:
    """A run with nothing special about it."""
    return RunRow("plain", 7, {"n": 1}, {"voxpop": "0"}, {"id": "plain"}, "hash", n_respondents)


def plain_respondent(number: int, condition: int = 0) -> RespondentRow:
    """A respondent of strategy "city" (condition 0) or "basic" (others)."""
    strategy = "basic" if condition else "city"
    texts = {"en": f"You are person {number}."}
    return RespondentRow(number, f"p{number}", condition, strategy, {"city": "Cairo"}, texts, 1.0, None)


def plain_turn(respondent: int, item: int, code: int = 1, completion: str = "1. Yes, I think so") -> TurnRows:
    """One question, one readable reply."""
    number = item + 1
    exchange = ExchangeRow(respondent, number, item, 0, 0, (), None, None, 5, completion)
    return TurnRows((exchange,), AnswerRow(respondent, item, number, "answered", (code,)))


def plain_writer(path: Path, n_respondents: int = 2, n_items: int = 3, **options: Any) -> Writer:
    """A new record with two conditions and no respondent yet."""
    arms = [ConditionRow(0, {"strategy": "city", "language": "en"}), ConditionRow(1, {"strategy": "basic"})]
    return Writer.create(path, plain_run(n_respondents), arms, plain_items(n_items), **options)


def fill_plain(writer: Writer, n_respondents: int, n_items: int) -> None:
    """Every respondent answers every item; odd ones belong to condition 1."""
    writer.append_respondents(plain_respondent(n, n % 2) for n in range(n_respondents))
    for respondent in range(n_respondents):
        for item in range(n_items):
            writer.append_turn(plain_turn(respondent, item, code=1 + (respondent + item) % 2))
        writer.append_interview(InterviewRow(respondent, "complete", n_items, n_items))
