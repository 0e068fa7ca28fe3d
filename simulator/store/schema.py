"""The tables of a record, described: generated from a migrated database, so that it cannot fall behind it.

Knows no rows. `schema_markdown` is what `docs/record.md` holds between its markers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from simulator.store.migrations import APPLICATION_ID, MIGRATIONS, migrate

TABLES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "migration": (
        "The steps that made this schema, in order; `PRAGMA user_version` is the last number.",
        {"number": "1, 2, ...", "name": "what the step did"},
    ),
    "run": (
        "One row: what was to be done.",
        {
            "id": "always 1",
            "name": "name of the run",
            "seed": "seed of every random stream",
            "spec": "JSON: the run specification as resolved",
            "manifest": "JSON: versions, engine, design; never a secret",
            "instrument": "JSON: the whole questionnaire",
            "instrument_hash": "SHA-256 of the questionnaire's canonical JSON",
            "n_respondents": "how many were drawn",
        },
    ),
    "session": (
        "One row for each time that somebody wrote to the record. Wall-clock times are here and nowhere else.",
        {
            "id": "1, 2, ...",
            "kind": "run, resume, judge or reference",
            "version": "version of voxpop",
            "started_at": "UTC, ISO 8601",
            "ended_at": "the same; NULL if it was killed or is still at work",
            "outcome": "how it ended, in a word; NULL likewise",
            "is_searchable": "1 if `exchange_fts` holds every completion",
            "detail": "why it ended as it did, in words; NULL if the outcome says it all",
            "changes": "JSON: what it did otherwise than the spec says (budget, fieldwork, address); NULL = nothing",
        },
    ),
    "condition": (
        "The experimental arms.",
        {"id": "0, 1, ...", "settings": "JSON: memory, style, order, labels, language, probe, engine settings"},
    ),
    "item": (
        "The items as asked.",
        {
            "position": "place in the instrument, from 0",
            "item_id": "id in the instrument",
            "content": "JSON: wording, options with their canonical codes, topic, dimensions",
            "content_hash": "hash of the content",
        },
    ),
    "respondent": (
        "A persona under one condition. Number 42 is called r0042.",
        {
            "number": "place in the drawn population, from 0",
            "persona_id": "the persona; the same under several conditions",
            "condition": "the arm",
            "strategy": "how the persona was drawn",
            "attributes": "JSON: the drawn facts, and `item_form` or the seat on a panel where there is one",
            "persona_texts": "JSON: description by language, as told under this arm",
            "weight": "final weight",
            "memory_length": "drawn bound of the memory; NULL = unbounded",
            "settings": "JSON: decoding settings drawn for this respondent, `not_applied` names what the engine cannot "
            "do; NULL = as the condition says",
        },
    ),
    "exchange": (
        "One call: what was asked and what came back. The prompt is rebuilt from persona, item, order, labels and what "
        "was remembered; `prompt_hash` checks it.",
        {
            "id": "respondent * 1,000,000 + number",
            "respondent": "who was asked",
            "number": "place in the interview; 0 is the writing of the persona, 1.. every question put",
            "item": "position of the item, of a battery the first listed; NULL for the writing of a persona",
            "condition": "the arm",
            "try_number": "0 is the first asking",
            "remembered": "JSON list: exchange numbers that were in memory; NULL = none",
            "option_order": "JSON list: canonical codes in the order shown; NULL = as in the instrument",
            "labels": "JSON list: labels shown beside them; NULL = as the condition says",
            "prompt_hash": "64-bit hash of the messages, in two's complement",
            "completion": "the raw text; NULL if the call failed",
            "samples": "JSON list: further raw texts of the same prompt; NULL = none",
            "positions": "JSON: token alternatives with log-probabilities, if asked for",
            "finish_reason": "why the text ended, as reported",
            "prompt_tokens": "as reported; NULL = not reported",
            "completion_tokens": "as reported; NULL = not reported",
            "latency_seconds": "time of the last attempt; NULL = not measured",
            "attempts": "tries on the wire, the last included",
            "error_kind": "unreachable, throttled, refused, malformed; NULL = none",
            "error": "what went wrong, in words",
            "settings": "JSON: engine settings where they differ from the respondent's",
            "role": "generator (of a persona), or lister, critic, reviser, voter of a baseline; NULL = respondent",
            "failed_tries": "JSON list: the fault of every try that failed, such as throttled/429; NULL = none",
            "listed": "JSON list: [number, item] for every item that a battery listed, in the order shown, with codes "
            "and labels of its options where they differ from item to item; NULL = no battery",
            "scored": "JSON: [text, [[token, log-probability], ...], [token id, ...]] of every text scored as a reply; "
            "NULL = none",
        },
    ),
    "answer": (
        "What was understood of one item by one respondent.",
        {
            "id": "respondent * 1,000,000 + item",
            "respondent": "who answered",
            "item": "position of the item",
            "exchange": "the exchange it was read from; NULL if the item was skipped by a rule, or on a panel",
            "status": "answered, refused, dont_know, not_applicable, unparsed or error",
            "code": "canonical code; the first of several; NULL = none",
            "codes": "JSON list: all codes, where there are several",
            "text": "answer to an open item",
            "reason": "how the reply was read, or why it could not be",
            "probabilities": "JSON: code to probability, where a probe took them",
            "option_mass": "raw probability that fell on the offered options",
            "truncated": "JSON list: codes outside the returned alternatives",
            "probed": "JSON: what each probe found (probabilities, option_mass, truncated, reason), where several were "
            "used; NULL = one or none",
        },
    ),
    "interview": (
        "How an interview ended; no row while it is open.",
        {
            "respondent": "whose",
            "disposition": "complete, partial, breakoff, refused or failed",
            "n_items": "items put to the respondent",
            "n_answered": "of these, answered",
        },
    ),
    "tally": (
        "What an ended interview amounts to, so that counting a run is adding up; no row while it is open.",
        {
            "respondent": "whose",
            "n_answered": "answers of this status",
            "n_refused": "likewise",
            "n_dont_know": "likewise",
            "n_not_applicable": "likewise",
            "n_unparsed": "likewise",
            "n_error": "likewise",
            "n_calls": "exchanges, failed ones included",
            "prompt_tokens": "as reported, in all",
            "completion_tokens": "likewise",
            "failures": "JSON: error_kind to how many calls; NULL = none",
        },
    ),
    "rubric": (
        "What replies were judged by.",
        {
            "name": "id of the rubric",
            "content_hash": "SHA-256 of its canonical JSON",
            "content": "JSON: criteria, labels, wording; makes the rubric again",
        },
    ),
    "judge": (
        "Who judged.",
        {"name": "what the judge is called", "content": "JSON: engine, model, settings; never a secret"},
    ),
    "judgement": (
        "One call to a judge: what it was shown and what came back. The prompt is rebuilt from rubric, exchange, labels"
        " and try; `prompt_hash` checks it. A judgement without a verdict of the same key is open.",
        {
            "respondent": "who said it",
            "exchange": "number of the exchange judged",
            "rubric": "the rubric",
            "judge": "who judges",
            "repeat": "0, 1, ...: the same judge again",
            "criterion": "the criterion of the rubric",
            "number": "0, 1, ...: calls made for this verdict",
            "try_number": "0 is the first asking; another follows an unreadable reply",
            "language": "language of the rubric's wording",
            "labels": "JSON list: canonical labels in the order shown",
            "prompt_hash": "63-bit hash of the messages",
            "completion": "the raw text; NULL if the call failed",
            "finish_reason": "why the text ended, as reported",
            "prompt_tokens": "as reported; NULL = not reported",
            "completion_tokens": "likewise",
            "latency_seconds": "time of the last attempt; NULL = not measured",
            "attempts": "tries on the wire, the last included",
            "failed_tries": "JSON list: the fault of every try that failed; NULL = none",
            "error_kind": "unreachable, throttled, refused, malformed; NULL = none",
            "error": "what went wrong, in words",
        },
    ),
    "verdict": (
        "What judges made of exchanges; appended to, never overwritten.",
        {
            "respondent": "who said it",
            "exchange": "number of the exchange judged",
            "rubric": "the rubric",
            "judge": "who judged",
            "repeat": "0, 1, ...: the same judge again",
            "criterion": "the criterion of the rubric",
            "rationale": "the reasons, given before the label",
            "label": "canonical label; NULL if there is none",
            "status": "ok, or why there is no label: unreadable, refused, error",
            "completion": "the raw text, where no judgement holds it",
        },
    ),
    "reference": (
        "Human answers put beside the run, to be compared with it; added to, never changed.",
        {
            "id": "what the reference is called",
            "title": "its name",
            "source": "where it comes from",
            "year": "year of fieldwork; NULL = not known",
            "licence": "terms under which it may be used",
            "is_weighted": "1 if the shares are weighted",
            "notes": "JSON list: remarks",
        },
    ),
    "reference_cell": (
        "The answers of one group of people to one item.",
        {
            "reference": "which reference it belongs to",
            "number": "place in it, from 0",
            "item": "id of the item",
            "country": "two-letter code; empty = the reference knows no countries",
            "group_name": "all, or conditions such as age=30-49 & sex=female",
            "shares": "JSON: canonical code to share of those who answered",
            "n": "people who answered, unweighted; NULL = not known",
            "n_missing": "people who did not; NULL = not known",
            "is_multiple": "1 if several options could be picked, so that shares need not sum to 1",
            "note": "what the source says of it; NULL = nothing",
        },
    ),
}

_VIEW_NAMES = "SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY rowid"


def _tables(connection: sqlite3.Connection) -> list[str]:
    """Our own tables in the order of their making, without the insides of the word index."""
    select = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'exchange_fts%' ORDER BY rowid"
    return [name for (name,) in connection.execute(select)]


def _table_lines(connection: sqlite3.Connection, table: str) -> list[str]:
    meaning, columns = TABLES[table]
    lines = [f"### {table}", "", meaning, "", "| column | type | is |", "|---|---|---|"]
    for _, name, kind, is_required, _, key in connection.execute(f"PRAGMA table_info({table})"):
        type_name = f"{kind}{', key' if key else ', may be NULL' if not is_required else ''}"
        lines.append(f"| `{name}` | {type_name} | {columns[name]} |")
    return [*lines, ""]


def schema_markdown() -> str:
    """The schema of a freshly migrated record as Markdown: every table and column with its meaning, index and views."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate(connection)
        lines = [f"Record version {MIGRATIONS[-1].number}, application id {APPLICATION_ID:#x}.", ""]
        for table in _tables(connection):
            lines += _table_lines(connection, table)
        lines += ["### exchange_fts", "", "Word index (FTS5) over `exchange.completion`, made when a session ends.", ""]
        lines += ["### Views", ""]
        for (name,) in connection.execute(_VIEW_NAMES).fetchall():
            columns = [column for _, column, *_ in connection.execute(f"PRAGMA table_info({name})")]
            lines.append(f"- `{name}`: {', '.join(columns)}")
    finally:
        connection.close()
    return "\n".join(lines) + "\n"
