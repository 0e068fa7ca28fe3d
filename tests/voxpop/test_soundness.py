"""A record that is not what voxpop writes is named as such, with what is wrong; a bug of ours is not put down to it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from commandline import Cli

from simulator.errors import StoreCorrupt
from voxpop.running import launch
from voxpop.soundness import blaming_the_record, first_fault
from voxpop.spec import make_spec


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "record.sqlite"
    spec = {
        "population": {"strategies": ["city", "named"], "n": 4},
        "survey": {"limit": 3},
        "engine": {"name": "synthetic", "refusal": 0.2, "unreadable": 0.2},
        "arms": {"memory": ["full", "random-prune"], "probe": ["text", "token-logit"]},
        "design": "within",
    }
    launch(make_spec(spec), path)
    return path


def change(record: Path, *statements: str) -> None:
    connection = sqlite3.connect(record, isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints = on")
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_a_sound_record_has_no_fault(record: Path) -> None:
    assert first_fault(record) is None


FAULTS = {
    "UPDATE answer SET item = 'x'": "column item of table answer",
    "UPDATE exchange SET remembered = '[77]'": "remembers one that could not be",
    "UPDATE exchange SET remembered = '{'": "column remembered of table exchange is no list",
    "UPDATE exchange SET item = 99": "refers to another",
    "UPDATE answer SET code = 99 WHERE code IS NOT NULL": "has code 99, which it does not offer",
    "UPDATE answer SET codes = '[1,99]'": "has code 99, which it does not offer",
    "UPDATE answer SET codes = '[1.5]'": "column codes of table answer",
    "UPDATE answer SET probabilities = '[1]'": "a probability is no number",
    "UPDATE answer SET probabilities = '{\"1\": null}'": "a probability is no number",
    "UPDATE answer SET exchange = 99": "read from an exchange that is not there",
    "UPDATE answer SET status = 'glad'": "a status that there is not",
    "UPDATE answer SET id = id + 500": "another number than its place",
    "UPDATE interview SET disposition = x'00'": "ended in a way that there is not",
    "UPDATE answer SET reason = x'fffe'": "column reason of table answer holds bytes that are no text",
    "UPDATE respondent SET weight = 9e999": "column weight of table respondent",
    "UPDATE respondent SET condition = 99": "refers to another",
    "UPDATE respondent SET persona_texts = '{\"en\": 1}'": "description is no text",
    'UPDATE respondent SET settings = \'{"beams": "3"}\'': "drawn settings are none",
    "UPDATE item SET item_id = item_id || 'x'": "not those of its survey",
    "UPDATE condition SET settings = json_set(settings, '$.labels', 7)": "has an unusable labels",
    "UPDATE condition SET settings = json_set(settings, '$.memory.max_length', '9')": "unusable memory.max_length",
    "UPDATE condition SET settings = '{}'": "condition 0 in it cannot be read",
    "UPDATE run SET instrument = json_set(instrument, '$.items', 7)": "the survey in it cannot be read",
}


@pytest.mark.parametrize("statement", FAULTS)
def test_what_is_wrong(statement: str, record: Path) -> None:
    change(record, statement)
    found = first_fault(record)
    assert found is not None
    assert FAULTS[statement] in found


def test_an_error_while_reading_is_put_down_to_a_damaged_record_only(record: Path) -> None:
    with pytest.raises(IndexError), blaming_the_record(record):
        raise IndexError
    change(record, "UPDATE exchange SET item = 99")
    with (
        pytest.raises(StoreCorrupt, match=r"is damaged \(a row refers to another") as caught,
        blaming_the_record(record),
    ):
        raise IndexError
    assert isinstance(caught.value.__cause__, IndexError)


@pytest.mark.parametrize("verb", ["show one r0000", "export one a.csv", "compare one"])
def test_verbs_say_it(verb: str, record: Path, cli: Cli) -> None:
    Path("runs/one").mkdir(parents=True)
    change(record, "UPDATE answer SET code = 99, codes = NULL WHERE status = 'answered'")
    record.rename("runs/one/record.sqlite")
    told = cli(*verb.split())
    if told.status:  # a verb that does not come upon it reads the rest
        assert told.status == 5
        assert "which it does not offer" in told.message()
