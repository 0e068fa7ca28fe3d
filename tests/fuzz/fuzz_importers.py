"""Any bytes as a table of items, a published question file, or a respondent table: refused with a reason, or sound.

The first byte chooses the format; the rest is the file.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from fuzz_survey import check_instrument_survives

from personas.population import draw
from personas.reading import population_from_mapping
from personas.tables import read_table, weight_column
from simulator.errors import ConfigError
from simulator.store.cells import stored_json
from surveys.importers import import_table, import_valueconsistency

FOLDER = Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def check_item_table(content: bytes) -> None:
    """A CSV of items."""
    path = FOLDER / "items.csv"
    path.write_bytes(content)
    imported = import_table([path])
    assert imported.report.lines()
    check_instrument_survives(imported.instrument)


def check_question_file(content: bytes, language: str = "english") -> None:
    """JSON lines of questions with stances."""
    path = FOLDER / f"controversial_{language}_us.jsonl"
    path.write_bytes(content)
    imported = import_valueconsistency([path])
    assert imported.report.lines()
    check_instrument_survives(imported.instrument)


def check_respondent_table(content: bytes) -> None:
    """A CSV of respondents, drawn with its first column in the template."""
    path = FOLDER / "people.csv"
    path.write_bytes(content)
    table = read_table(path)
    first = next(iter(table.columns))
    usable = first if first.isidentifier() else ""
    data = {"strategy": "table", "path": str(path), "template": f"You are {{{usable}}}.", "missing_text": "unknown"}
    population = population_from_mapping({**data, "n": min(table.n_rows, 3)})
    for persona in draw(population, seed=1):
        stored_json(dict(persona.attributes))
        stored_json(dict(persona.texts))
    weight_column(table, first)


FORMATS: tuple[Callable[[bytes], None], ...] = (
    check_item_table,
    check_question_file,
    check_respondent_table,
    lambda content: check_question_file(content, "chinese"),
)


def check(data: bytes) -> None:
    """See the module."""
    try:
        FORMATS[(data[0] if data else 0) % len(FORMATS)](data[1:])
    except ConfigError as error:
        assert str(error)
        assert error.exit_status == 2


ROWS = b"""id,text,options,topic,scores,missing,show_if,text_de,options_de,reverse_keyed
q1,Is it so?,1=Yes|2=No|9=Unsure,Climate change,1=5|2=1,9=dont_know,,Ist es so?,1=Ja|2=Nein|9=Unsicher,
q2,How much?,1..5,Climate change,,,q1=1|2,Wie viel?,,yes
q3,Why?,,,,,q1!=2,Warum?,,
"""
OPTIONS = b"""id;text;code;option;score;stance;missing;format
q1;Is it so?;1;Yes;5;supports;;single
;;2;No;1;opposes;;
q2;Which?;1;A;;;;multiple
q2;;2;B;;;;
"""
QUESTION = (
    b'{"topic": "T", "topic_english": "T", "question": "Is it?", "original": "Is it?", "original_english": "Is it?",'
    b' "rephrase": false, "options": {"yes": "supports", "no": "opposes"}}\n'
)
PARAPHRASE = QUESTION.replace(b'"question": "Is it?"', b'"question": "So it is?"').replace(b"false", b"true")
PEOPLE = b'name,age,weight\nAnn,30,1.5\n"B, C",007,0\n,71,2\n'
SEEDS = [
    b"\0" + ROWS,
    b"\0" + OPTIONS,
    b"\1" + QUESTION + PARAPHRASE,
    b"\2" + PEOPLE,
    b"\2" + PEOPLE.replace(b",", b";"),
]
SEEDS += [
    b"\0" + ROWS.replace(b",", b"\t"),
    b"\3" + QUESTION.replace(b"yes", "是".encode()).replace(b"no", "否".encode()),
]
SEEDS += [b"\0\xef\xbb\xbf" + ROWS, b"\2age\n30\n", b"\0id,text\nq,\xff", b'\0id,text\nq,"x']
WORDS = [
    *("id,text", "options", "code", "option", "scores", "stances", "missing", "show_if", "reverse_keyed", "max_picks"),
    *("question", "wording", "dimension", "topic", "block", "format", "text_de", "options_de", "1=Yes|2=No", "1..10"),
    *(
        "q1=1|2; q2!=3",
        "supports",
        "opposes",
        "dont_know",
        "multiple",
        "scale",
        "open",
        "yes",
        '"',
        '""',
        "\r\n",
        "\\|",
    ),
    *(
        '"rephrase": true',
        '"options": {',
        '"original"',
        "null",
        "[[[[",
        "1e999",
        "\\ud800",
        "\x00",
        "\ufeff",
        "-0",
        "1_0",
    ),
]
