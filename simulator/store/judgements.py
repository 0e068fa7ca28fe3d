"""What judges were asked and said, in the record: rubrics, judges, calls to them, verdicts. Knows no rubric's content.

A call and the verdict it led to are written together or not at all.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from simulator.errors import StoreError
from simulator.store.cells import (
    loaded_json,
    loaded_object,
    loaded_text,
    stored_json,
    stored_text,
    text_or_none,
    text_or_null,
)
from simulator.store.codec import Stored
from simulator.store.creation import insert_into
from simulator.store.faults import refusal
from simulator.store.records import JudgementRow, JudgeRow, RubricRow, VerdictKey, VerdictRow, respondent_name

_JUDGEMENT, VERDICT = insert_into("judgement", 20), insert_into("verdict", 10)
_REMEDIES = {
    "rubric": "give the changed rubric another id: verdicts by both would be taken for verdicts by one",
    "judge": "call this judge by another name",
}


def stored_rubric(row: RubricRow) -> Stored:
    """As table `rubric` has it."""
    return (stored_text(row.name), stored_text(row.content_hash), stored_json(row.content))


def loaded_rubric(stored: Stored) -> RubricRow:
    """As `stored_rubric` stored it."""
    name, content_hash, content = stored
    return RubricRow(loaded_text(name), loaded_text(content_hash), loaded_object(content))


def stored_judge(row: JudgeRow) -> Stored:
    """As table `judge` has it."""
    return (stored_text(row.name), stored_json(row.content))


def loaded_judge(stored: Stored) -> JudgeRow:
    """As `stored_judge` stored it."""
    return JudgeRow(loaded_text(stored[0]), loaded_object(stored[1]))


def stored_judgement(row: JudgementRow) -> Stored:
    """As table `judgement` has it; ValueError if `prompt_hash` is no unsigned 63-bit number."""
    if not 0 <= row.prompt_hash < 1 << 63:
        raise ValueError(f"prompt_hash {row.prompt_hash} is not in 0..2**63-1")
    return (
        row.respondent,
        row.exchange,
        stored_text(row.rubric),
        stored_text(row.judge),
        row.repeat,
        stored_text(row.criterion),
        row.number,
        row.try_number,
        stored_text(row.language),
        stored_json(row.labels),
        row.prompt_hash,
        text_or_null(row.completion),
        text_or_null(row.finish_reason),
        row.prompt_tokens,
        row.completion_tokens,
        row.latency_seconds,
        row.attempts,
        stored_json(row.failed_tries) if row.failed_tries else None,
        text_or_null(row.error_kind),
        text_or_null(row.error),
    )


def loaded_judgement(stored: Stored) -> JudgementRow:
    """As `stored_judgement` stored it."""
    respondent, exchange, rubric, judge, repeat, criterion, number, try_number, language, labels = stored[:10]
    prompt_hash, completion, finish_reason, prompt_tokens, completion_tokens, latency, attempts = stored[10:17]
    failed_tries, error_kind, error = stored[17:]
    return JudgementRow(
        respondent=respondent,
        exchange=exchange,
        rubric=loaded_text(rubric),
        judge=loaded_text(judge),
        repeat=repeat,
        criterion=loaded_text(criterion),
        number=number,
        try_number=try_number,
        language=loaded_text(language),
        labels=tuple(loaded_json(labels)),
        prompt_hash=prompt_hash,
        completion=text_or_none(completion),
        finish_reason=text_or_none(finish_reason),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        latency_seconds=latency,
        attempts=attempts,
        failed_tries=() if failed_tries is None else tuple(loaded_json(failed_tries)),
        error_kind=text_or_none(error_kind),
        error=text_or_none(error),
    )


def stored_verdict(row: VerdictRow) -> Stored:
    """As table `verdict` has it."""
    return (
        row.respondent,
        row.exchange,
        stored_text(row.rubric),
        stored_text(row.judge),
        row.repeat,
        stored_text(row.criterion),
        stored_text(row.rationale),
        text_or_null(row.label),
        stored_text(row.status),
        text_or_null(row.completion),
    )


def loaded_verdict(stored: Stored) -> VerdictRow:
    """As `stored_verdict` stored it."""
    respondent, exchange, rubric, judge, repeat, criterion, rationale, label, status, completion = stored
    return VerdictRow(
        respondent=respondent,
        exchange=exchange,
        rubric=loaded_text(rubric),
        judge=loaded_text(judge),
        repeat=repeat,
        criterion=loaded_text(criterion),
        rationale=loaded_text(rationale),
        label=text_or_none(label),
        status=loaded_text(status),
        completion=text_or_none(completion),
    )


def named_verdict(key: VerdictKey) -> str:
    """What to call a verdict in a message."""
    exchange = f"exchange {key.exchange} of {respondent_name(key.respondent)}"
    return f"the verdict of {key.judge!r} by {key.rubric!r}, {key.criterion!r}, repeat {key.repeat}, on {exchange}"


def add_named(connection: sqlite3.Connection, path: Path, table: str, stored: Stored) -> None:
    """Write a rubric or judge inside the open transaction; an equal one that is there is left alone.

    Raises StoreError if one of that name is there with other content.
    """
    found = connection.execute(f"SELECT * FROM {table} WHERE name = ?", stored[:1]).fetchone()
    if found is None:
        connection.execute(insert_into(table, len(stored)), stored)
    elif found != stored:
        what = f"{table} {loaded_text(stored[0])!r}"
        raise StoreError(f"{path}: {what} is recorded with other content than is given now; {_REMEDIES[table]}")


def add_judgement(
    connection: sqlite3.Connection, path: Path, what: str, judgement: Stored, verdict: Stored | None
) -> None:
    """Write a call, and its verdict if there is one, inside the open transaction; `what` names the call in a refusal.

    Raises StoreError, with nothing written, if either is there already.
    """
    written = None
    try:
        written = connection.execute(_JUDGEMENT, judgement).lastrowid
        if verdict is not None:
            connection.execute(VERDICT, verdict)
    except sqlite3.IntegrityError as error:
        if written is not None:
            connection.execute("DELETE FROM judgement WHERE rowid = ?", (written,))
        raise refusal(path, what, error) from error
