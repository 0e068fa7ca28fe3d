"""Any bytes as items, a published question file, respondents, or a questionnaire with its key: refused, or sound.

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
from value_file_cases import BROKEN, FILES

from personas.population import draw
from personas.reading import population_from_mapping
from personas.tables import read_table, weight_column
from simulator.errors import ConfigError
from simulator.store.cells import stored_json
from surveys.importers import import_table, import_value_questionnaire, import_valueconsistency
from surveys.value_keys import VALUE_KEYS

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


BETWEEN = b"\x1c"


def check_value_files(content: bytes) -> None:
    """The files of a value questionnaire, one after the other; TOML where one begins with a name and "=" or "[".

    Whatever is taken, every text stands with the value that the key gives its number.
    """
    paths = []
    key, *contents = content.split(BETWEEN)[:6]
    for number, one in enumerate(contents):
        is_toml = one.lstrip()[:1] == b"[" or b"=" in one.partition(b"\n")[0]
        paths.append(FOLDER / f"part{number}.{'toml' if is_toml else 'csv'}")
        paths[-1].write_bytes(one)
    name = key.decode("utf-8", "replace")
    imported = import_value_questionnaire(paths, key=name)
    assert len(imported.report.lines()) > 1
    check_instrument_survives(imported.instrument)
    for item in imported.instrument.items:
        scores = [item.keyed_score(option.code) for option in item.substantive_options]
        assert len(set(scores)) == len(scores) > 1
    if name in VALUE_KEYS:
        assert [item.dimensions[0] for item in imported.instrument.items] == [
            one.value for one in VALUE_KEYS[name].items
        ]


FORMATS: tuple[Callable[[bytes], None], ...] = (
    check_item_table,
    check_question_file,
    check_respondent_table,
    lambda content: check_question_file(content, "chinese"),
    check_value_files,
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
VALUE_FILES = {name: text.encode() for name, text in FILES.items()}
READY = b"ess-21", VALUE_FILES["items.csv"], VALUE_FILES["answers.csv"]
SEEDS += [b"\4" + BETWEEN.join([b"", *VALUE_FILES.values()]), b"\4" + BETWEEN.join(READY)]
SEEDS += [
    b"\4" + BETWEEN.join([b"", *{**VALUE_FILES, case.file: case.new.encode()}.values()])
    for case in BROKEN
    if case.old is None and isinstance(case.new, str)
]
WORDS = [
    *("id,text", "options", "code", "option", "scores", "stances", "missing", "show_if", "reverse_keyed", "max_picks"),
    *("\x1c", "number,", "value", "reverse", "text_female", "text_male_de", "label", "score", "coding = 'rising'"),
    *("points", "[[items]]", "[[scale]]", "[key]", "SD = [1, 11]", "ess-21", "pvq-40", "falling", "UN", "SDT"),
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
