"""Any bytes as a spec, a survey or a record, and any data in a spec: an explained error or a result, never a bug."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies_store import fill_plain, plain_writer

from simulator.errors import ConfigError, InstrumentError, RunSpecError, StoreError
from simulator.store.reader import Reader
from surveys.loader import instrument_from_toml, load_instrument
from voxpop.planning import make_design
from voxpop.spec import make_spec, read_spec

any_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

WORDS = [
    *("name", "seed", "design", "survey", "population", "asking", "memory", "probe", "settings", "engine", "arms"),
    *("instrument", "topics", "items", "wordings", "limit", "strategies", "strategy", "n", "country", "margins"),
    *("rake_to", "drawing", "label", "path", "template", "templates", "options", "kind", "max_length", "samples"),
    *("labels", "style", "language", "temperature", "city", "table", "named", "generated", "value-anchor", "synthetic"),
    *("portrait-values", "US", "census", "random", "all", "shares", "counts", "source", "year", "age", "gender"),
]
words = st.one_of(st.sampled_from(WORDS), st.text(max_size=8))
values = st.recursive(
    st.one_of(words, st.integers(-3, 5), st.integers(), st.floats(), st.booleans(), st.dates()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=4)),
    max_leaves=8,
)
toml_like = st.dictionaries(words, values, max_size=5)


@any_folder
@given(
    content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
)
def test_any_bytes_as_a_spec(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_bytes(content)
    try:
        read_spec(path)
    except RunSpecError as error:
        assert str(error).startswith(str(path))


@any_folder
@given(data=toml_like)
def test_any_data_as_a_spec(data: dict[str, Any]) -> None:
    try:
        make_spec(data)
    except RunSpecError as error:
        assert str(error).startswith("spec: ")
        assert all(fault.what and fault.remedy for fault in error.faults)


@any_folder
@given(
    override=st.one_of(
        st.text(max_size=30), st.tuples(words, words, st.text(max_size=10)).map("{0[0]}.{0[1]}={0[2]}".format)
    )
)
def test_any_override(override: str) -> None:
    try:
        make_spec({"population": [{"n": 3}]}, overrides=[override])
    except RunSpecError as error:
        assert error.exit_status == 2


SMALL = {"population": {"n": 2}, "survey": {"limit": 1}}


@settings(any_folder, max_examples=60)
@given(section=st.sampled_from(["population", "survey", "asking"]), changes=toml_like)
def test_any_data_in_a_section_as_a_design(section: str, changes: dict[str, Any]) -> None:
    changes.pop("n", None)  # how many is tested above; a million would take its time
    data = {**SMALL, section: {**SMALL.get(section, {}), **changes}}
    try:
        assert make_design(make_spec(data)).n_respondents > 0
    except ConfigError as error:
        assert error.exit_status == 2
        assert str(error)


@any_folder
@given(
    content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
)
def test_any_bytes_as_a_survey(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(content)
    try:
        load_instrument(path)
    except InstrumentError as error:
        assert str(error).startswith(str(path))


@given(text=st.text())
def test_any_text_as_a_survey(text: str) -> None:
    try:
        instrument_from_toml(text, "s.toml")
    except InstrumentError as error:
        assert str(error).startswith("s.toml: ")


def read_everything(path: Path) -> None:
    """Whatever a verb reads of a record."""
    with Reader(path) as reader:
        reader.run()
        reader.progress()
        reader.calls()
        for rows in (reader.sessions(), reader.conditions(), reader.items(), reader.interviews(), reader.verdicts()):
            list(rows)
        for row in reader.respondents():
            reader.turns(row.number)
        list(reader.respondents_open())
        reader.respondent_columns()
        reader.answer_columns()
        reader.search("think")
        reader.strategies()
        reader.finished()


@any_folder
@given(content=st.binary(max_size=500), with_header=st.booleans())
def test_any_bytes_as_a_record(content: bytes, with_header: bool, tmp_path: Path) -> None:
    path = tmp_path / "record.sqlite"
    path.write_bytes(b"SQLite format 3\x00" * with_header + content)
    with pytest.raises(StoreError) as caught:
        Reader(path)
    assert caught.value.exit_status == 5
    assert str(path) in str(caught.value)


@pytest.fixture(scope="module")
def whole_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "record.sqlite"
    with plain_writer(path) as writer:
        fill_plain(writer, 3, 4)
    read_everything(path)
    return path


@settings(any_folder, max_examples=120)
@given(
    changes=st.lists(st.tuples(st.integers(0, 2**20), st.binary(min_size=1, max_size=12)), min_size=1, max_size=4),
    kept=st.integers(0, 2**20),
)
def test_a_record_with_any_bytes_changed(
    changes: list[tuple[int, bytes]], kept: int, whole_record: Path, tmp_path: Path
) -> None:
    path = tmp_path / "record.sqlite"
    content = bytearray(whole_record.read_bytes())
    size = len(content)
    for at, change in changes:
        content[at % size : at % size + len(change)] = change
    path.write_bytes(content[: kept if kept < 5000 else size])
    try:
        read_everything(path)
    except StoreError as error:
        assert error.exit_status == 5


CELLS = ("run", "condition", "item", "respondent", "exchange", "answer", "interview")


@settings(any_folder, max_examples=120)
@given(
    table=st.sampled_from(CELLS),
    column=st.integers(0, 50),
    value=st.one_of(st.none(), st.integers(-9, 9), st.floats(), st.text(max_size=9), st.binary(max_size=9)),
)
def test_a_record_with_any_value_in_any_cell(
    table: str, column: int, value: Any, whole_record: Path, tmp_path: Path
) -> None:
    path = tmp_path / "record.sqlite"
    path.write_bytes(whole_record.read_bytes())
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        connection.execute("PRAGMA ignore_check_constraints = on")
        connection.execute(f"UPDATE {table} SET {columns[column % len(columns)]} = ?", (value,))
    except (sqlite3.IntegrityError, sqlite3.OperationalError, UnicodeEncodeError):
        return  # not even SQLite would hold it
    finally:
        connection.close()
    try:
        read_everything(path)
    except StoreError as error:
        assert error.exit_status == 5
