"""Any change to a record, in its bytes or in one value: every verb reads it, or says that it is damaged.

The first byte chooses what is changed, two more where; the rest is what stands there then. Texts and JSON as a row
stores them are read back first.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import shutil
import sqlite3
import sys
import tempfile
import warnings
from pathlib import Path

from commandline import SURVEY

from simulator.store.cells import loaded_json, loaded_text, stored_json, stored_text
from voxpop.cli import call

FOLDER = Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
RECORD = FOLDER / "runs" / "one" / "record.sqlite"
MORE = """
[[items]]
id = "o"
text = "Why?"
format = "open"
[[items]]
id = "m"
text = "Which?"
format = "multiple"
options = [{code = 1, text = "A"}, {code = 2, text = "B"}]
"""
VERBS = (
    ("status", "one"),
    ("show", "one"),
    ("show", "one", "r0000"),
    ("show", "one", "r0000", "r0001"),
    ("show", "one", "--grep", "answer"),
    ("compare", "one", "--resamples", "9"),
    ("analyze", "one", "statuses"),
    ("analyze", "one", "distributions"),
    ("export", "one", "a.csv", "--force"),
    ("export", "one", "w.csv", "--format", "csv-wide", "--force"),
    ("export", "one", "a.jsonl", "--force"),
    ("export", "one", "a.parquet", "--force"),
    ("export", "one", "a.sav", "--force"),
)
TABLES = ("run", "condition", "item", "respondent", "exchange", "answer", "interview", "session")


def quietly(*typed: str) -> int:
    """The exit status of one command line; what it says is thrown away."""
    before = Path.cwd()
    os.chdir(FOLDER)
    os.environ["VOXPOP_RUNS"] = "runs"
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")  # numpy's, about numbers that are none
            return call(list(typed))
    finally:
        os.chdir(before)


def whole() -> bytes:
    """The bytes of a small complete run."""
    (FOLDER / "s.toml").write_text(SURVEY + MORE, encoding="utf-8")
    typed = ("--survey", "s.toml", "--n", "4", "--strategies", "city,named", "--set", "probe.name=token-logit")
    assert quietly("run", *typed, "--name", "one", "--quiet") == 0
    return RECORD.read_bytes()


WHOLE = whole()


def put(content: bytes) -> None:
    """`content` as the record, alone in its folder."""
    for path in RECORD.parent.iterdir():
        path.unlink()
    RECORD.write_bytes(content)


def with_bytes(place: int, new: bytes) -> None:
    """Change some bytes of the file."""
    content = bytearray(WHOLE)
    at = place * 4099 % len(content)
    content[at : at + len(new)] = new
    put(bytes(content[: len(WHOLE)]))


def with_value(place: int, new: bytes, *, inside: bool) -> bool:
    """Change one column of one table, wholly or in a piece of its text; False where SQLite would not hold it."""
    put(WHOLE)
    connection = sqlite3.connect(RECORD, isolation_level=None)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        connection.execute("PRAGMA ignore_check_constraints = on")
        table = TABLES[place % len(TABLES)]
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        column = columns[place // len(TABLES) % len(columns)]
        value: object = _value(new)
        if inside:
            row = connection.execute(f"SELECT {column} FROM {table} LIMIT 1").fetchone()
            if row is None or not isinstance(row[0], str):
                return False
            at = (new[0] if new else 0) * 7 % max(len(row[0]), 1)
            cut = (new[1] if len(new) > 1 else 0) % 40
            value = row[0][:at] + new[2:].decode("utf-8", "replace") + row[0][at + cut :]
        connection.execute(f"UPDATE {table} SET {column} = ?", (value,))
    except (sqlite3.Error, UnicodeEncodeError, OverflowError):
        return False
    finally:
        connection.close()
    return True


def _value(new: bytes) -> object:
    text = new.decode("utf-8", "replace")
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(text)
    return None if not new else new[1:] if new[:1] == b"\xff" else text


def check_cells(content: bytes) -> None:
    """Whatever is stored is loaded as it was."""
    for text in (content.decode("latin-1"), content.decode("utf-8", "replace"), content.decode("utf-16-le", "ignore")):
        assert loaded_text(stored_text(text)) == text
        assert loaded_json(stored_json([text, {text: text}])) == [text, {text: text}]


def check(data: bytes) -> None:
    """See the module."""
    kind, high, low = (*data[:3], 0, 0, 0)[:3]
    rest = data[3:]
    check_cells(rest)
    place = high * 256 + low
    if kind % 3 == 0:
        with_bytes(place, rest[:64])
    elif not with_value(place, rest, inside=kind % 3 == 1):
        return
    first = sum(data) % len(VERBS)
    for number in range(3):
        status = quietly(*VERBS[(first + 4 * number) % len(VERBS)])
        assert status in (0, 2, 3, 5), status


VALUES = (
    b"",
    b"-1",
    b"7",
    b"1e999",
    b"x",
    b"[",
    b"[]",
    b"{}",
    b"[1]",
    b"null",
    b'{"a": 1}',
    b'["a"]',
    b"\xff\x00",
    b"0.5",
)
SEEDS = [bytes([2, 0, place]) + VALUES[place % len(VALUES)] for place in range(0, 200, 3)]
SEEDS += [bytes([1, 0, place]) + bytes([place, 3]) + b"null" for place in range(0, 60, 5)]
SEEDS += [bytes([0, place, 0]) + b"\xff\x00" for place in range(0, 255, 32)]
WORDS = [value.decode("latin-1") for value in VALUES] + [
    "9223372036854775807",
    "true",
    '":',
    "answered",
    "\x00",
    "\\ud800",
]

if __name__ == "__main__":
    check(Path(sys.argv[1]).read_bytes())
