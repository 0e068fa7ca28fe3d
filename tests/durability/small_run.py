"""A small run that has every kind of row, and what of its record must be equal however often it was interrupted.

Shared by the harness processes of this folder; knows no process and no signal.
"""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

from simulator.store.reader import Reader
from simulator.store.records import (
    ExchangeRow,
    JudgementRow,
    JudgeRow,
    ReferenceCellRow,
    ReferenceRow,
    RubricRow,
    VerdictKey,
    VerdictRow,
)
from simulator.store.writer import Writer
from voxpop.export import export
from voxpop.running import launch, resume
from voxpop.spec import RunSpec, make_spec

SURVEY = """
id = "interrupted"
title = "Life in the city"
[option_sets.yes-no]
options = [
  {code = 1, text = "Yes"},
  {code = 2, text = "No"},
  {code = 9, text = "Don't know", missing = "dont_know"},
]
[[blocks]]
id = "first"
order = "random"
[[items]]
id = "car"
block = "first"
text = "Do you own a car?"
options = "yes-no"
[[items]]
id = "why-car"
block = "first"
text = "Do you need it?"
options = "yes-no"
show_if = [{item = "car", codes = [1]}]
[[items]]
id = "why-not"
block = "first"
text = "Would you like to own one?"
options = "yes-no"
show_if = [{item = "car", codes = [2]}]
[[items]]
id = "ways"
block = "first"
format = "multiple"
text = "How do you get around?"
options = [{code = 1, text = "On foot"}, {code = 2, text = "By bicycle"}, {code = 3, text = "By bus"}]
[[items]]
id = "home"
text = "How much do you like your home?"
range = {low = 1, high = 10, low_text = "not at all", high_text = "very much"}
[[items]]
id = "wishes"
format = "open"
text = "What is missing where you live?"
[[items]]
id = "last"
text = "Is the bicycle yours?"
options = "yes-no"
show_if = [{item = "ways", codes = [2]}]
"""

PLANTED = {"unreadable": 0.15, "refusal": 0.05, "assimilation": 0.1}


def write_survey(folder: Path) -> Path:
    """The survey as a file in `folder`."""
    path = folder / "interrupted.toml"
    path.write_text(SURVEY, encoding="utf-8")
    return path


def small_spec(survey: Path, n: int = 12, *, arms: bool = True, limit: int | None = None) -> RunSpec:
    """Three strategies, one of them written by the model; random orders; memory that is pruned at random.

    Four arms: two temperatures, items one by one and in lists of four.
    """
    data: dict[str, Any] = {
        "name": "interrupted",
        "seed": 11,
        "survey": {"instrument": str(survey)} | ({} if limit is None else {"limit": limit}),
        "population": {"n": n, "strategies": ["generated", "city", "value-anchor"]},
        "asking": {"option_order": "random", "answer_format": "explained", "max_tries": 3},
        "engine": {"name": "synthetic", **PLANTED},
        "fieldwork": {"concurrency": 4},
    }
    if arms:
        data["arms"] = {"temperature": [0.0, 1.0], "protocol": ["interview", "battery"]}
        data["protocol"] = {"battery_size": 4}
    return make_spec(data)


def go_on(spec: RunSpec, record: Path, *, flush_turns: int) -> None:
    """What somebody does after a kill: resume the run, or start it where it had not come into being."""
    if record.exists():
        resume(record, flush_turns=flush_turns)
    else:
        record.parent.mkdir(exist_ok=True)
        launch(spec, record, flush_turns=flush_turns)


def judge(record: Path) -> None:
    """Two calls and a verdict on every exchange that has none yet, twice, as a panel of judges would append them."""
    with Reader(record) as reader:
        done = {(row.key, row.number) for row in reader.judgements()}
        wanted = [pair for row in reader.exchanges() for repeat in (0, 1) for pair in judged(row, repeat)]
    with Writer.open(record, kind="judge", flush_turns=3) as writer:
        writer.append_rubric(RubricRow("tone", "0" * 64, {"id": "tone"}))
        writer.append_judge(JudgeRow("judge-1", {"engine": {"name": "scripted"}}))
        for call, verdict in wanted:
            if (call.key, call.number) not in done:
                writer.append_judgement(call, verdict)


def judged(row: ExchangeRow, repeat: int) -> list[tuple[JudgementRow, VerdictRow | None]]:
    """An unreadable reply of the judge, then one with a verdict."""
    key = VerdictKey(row.respondent, row.number, "tone", "judge-1", repeat, "polite")
    first = JudgementRow(*key, 0, 0, "en", ("yes", "no"), 7, "Well, it is.")
    second = replace(first, number=1, try_number=1, completion="Reasons: It says so.\nVerdict: Yes")
    return [(first, None), (second, VerdictRow(*key, "It says so.", "yes", "ok"))]


def refer(record: Path) -> None:
    """Human answers beside the run: two references, the second with text that is no UTF-8."""
    share = ReferenceCellRow("car", "US", "all", {1: 0.75, 2: 0.25}, 400, 12)
    picks = ReferenceCellRow("ways", "US", "sex=female", {1: 0.8, 2: 0.6, 3: 0.1}, None, None, True, "as printed")
    rows = [ReferenceRow("first", "First", "ours", (share, picks)), ReferenceRow("second", "\ud83d", "ours", (picks,))]
    with Writer.open(record, kind="reference", flush_turns=3) as writer:
        for row in rows:
            writer.append_reference(row)


Contents = dict[str, Any]


def contents(record: Path) -> Contents:
    """Every row of every table but `session` with the type of every value, by primary key; the words of the index."""
    connection = sqlite3.connect(f"file:{record}?mode=ro", uri=True)
    try:
        found: Contents = {"": connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()}
        for name in tables(connection):
            columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
            keys = [column[1] for column in sorted(columns, key=lambda column: column[5]) if column[5]]
            wanted = ", ".join(f"{column[1]}, typeof({column[1]})" for column in columns)
            order = f" ORDER BY {', '.join(keys)}" if keys else ""
            found[name] = connection.execute(f"SELECT {wanted} FROM {name}{order}").fetchall()
        found["words"] = words(connection)
        found["words in step"] = [found["words"] == words_anew(connection) != []]
        found["check"] = connection.execute("PRAGMA integrity_check").fetchall()
        found["references"] = connection.execute("PRAGMA foreign_key_check").fetchall()
        return found
    finally:
        connection.close()


def tables(connection: sqlite3.Connection) -> list[str]:
    """Every table of the record but `session`, and but the insides of the word index."""
    select = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'exchange_fts%' ORDER BY name"
    return [name for (name,) in connection.execute(select) if name != "session"]


def words(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """Every word of the word index with every place where it stands."""
    connection.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab('main', 'exchange_fts', 'instance')")
    return connection.execute("SELECT term, doc, col, offset FROM temp.vocabulary ORDER BY 1, 2, 3, 4").fetchall()


def words_anew(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """What the word index ought to hold: made anew from the completions, in a copy."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.backup(copy)
        copy.execute("INSERT INTO exchange_fts (exchange_fts) VALUES ('rebuild')")
        return words(copy)
    finally:
        copy.close()


def exported(record: Path, folder: Path) -> dict[str, str]:
    """File name → SHA-256 of everything that is exported."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    with Reader(record) as reader:
        for file_format in ("csv", "csv-wide", "jsonl"):
            path = folder / f"answers.{file_format}"
            export(reader, path, file_format, force=True)
            found[file_format] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def difference(found: Contents, wanted: Contents) -> str:
    """The first difference in words, empty where there is none and the record is sound."""
    sound = {"check": [("ok",)], "references": [], "words in step": [True]}
    wanted = {**wanted, **sound}
    for name in {**wanted, **found}:
        ours, theirs = found.get(name), wanted.get(name)
        if ours != theirs:
            pair = next(
                ((a, b) for a, b in zip(ours or [], theirs or [], strict=False) if a != b),
                (len(ours or []), len(theirs or [])),
            )
            return f"{name}: {pair[0]!r:.400} instead of {pair[1]!r:.400}"
    return ""
