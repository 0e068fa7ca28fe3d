"""Any bytes as human answers in any format: refused with a reason, or a reference that survives its own file.

The first byte chooses the format; the rest is the file, for microdata the codebook and the people with a line of `====`
between them.
"""

from __future__ import annotations

import atexit
import math
import os
import shutil
import tempfile
from pathlib import Path

from fuzz_survey import check_instrument_survives

from simulator.errors import ConfigError
from surveys.importers.reference_report import ImportedReference
from surveys.importers.references import import_reference
from surveys.reference_file import read_reference, write_reference

FOLDER = Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
BETWEEN = b"\n====\n"


def imported(name: str, content: bytes) -> ImportedReference:
    """The reference in one file of the format `name`."""
    endings = {"tidy": "csv", "microdata": "csv", "wvs": "json", "opinionqa": "jsonl", "globalopinionqa": "jsonl"}
    path = FOLDER / f"{name}.{endings[name]}"
    if name != "microdata":
        path.write_bytes(content)
        return import_reference(name, [path])
    codebook, _, people = content.partition(BETWEEN)
    (FOLDER / "codebook.toml").write_bytes(codebook)
    path.write_bytes(people)
    return import_reference(name, [path], codebook=FOLDER / "codebook.toml")


FORMATS = ("tidy", "microdata", "wvs", "opinionqa", "globalopinionqa")


def check(data: bytes) -> None:
    """See the module."""
    try:
        found = imported(FORMATS[(data[0] if data else 0) % len(FORMATS)], data[1:])
    except ConfigError as error:
        assert str(error)
        assert error.exit_status == 2
        return
    assert found.report.lines()
    assert found.reference.cells
    for cell in found.reference.cells:
        assert all(0 <= share <= 1 for share in cell.shares.values())
        assert cell.is_multiple or math.isclose(sum(cell.shares.values()), 1, abs_tol=0.05)
    write_reference(found.reference, FOLDER / "out.jsonl", force=True)
    assert read_reference(FOLDER / "out.jsonl").cells == found.reference.cells
    if found.instrument is not None:
        check_instrument_survives(found.instrument)


TIDY = (
    b"item,country,group,option,count,n_missing\nq1,US,,1,30,4\nq1,US,,2,10,4\nq1,DE,female,1,6,\nq1,DE,female,2,18,\n"
)
SHARES = b"question;country;answer;p;n_valid\nq1;Germany;1;.25;40\nq1;Germany;2;.75;40\n"
CODEBOOK = b"""id = "made-up"
title = "Made up"
weight = "W"
[country]
variable = "C"
values = {"840" = "US"}
[sex]
variable = "S"
values = {"1" = "male", "2" = "female"}
[age]
variable = "A"
missing = ["-1"]
[items.q1]
variable = "V"
codes = {"1" = 1, "2" = 2}
[items.q2]
variables = {X = 1, Y = 2}
[items.q3]
variable = "L"
separator = "|"
codes = {"tv" = 1, "web" = 2}"""
PEOPLE = b"C,S,A,W,V,X,Y,L\n840,1,20,1,1,1,0,tv\n840,2,60,0.5,2,0,1,tv|web\n840,2,-1,,9,,,\n"
WVS = (
    b'{"Q1": {"question": "Is it so?", "options": {"1": "Yes", "2": "No"},'
    b' "zh": ["\xe6\x98\xaf\xe5\x90\x97\xef\xbc\x9f", ["1. \xe6\x98\xaf", "2. \xe5\x90\xa6"]],'
    b' "dist": {"Egypt": {"p": {"1": 0.25, "2": 0.75}, "source": "x; renormalised, sum was 0.98"}}}}'
)
OPINION = (
    b'{"key": "W1", "question": "Is it so?", "attribute": "SEX", "group": "Female", "n": 10,'
    b' "options": ["Yes", "No", "Refused"], "p": [0.5, 0.4, 0.1]}\n'
)
GLOBAL = b'{"question": "Is it so?", "country": "Japan", "options": ["Yes", "No"], "p": [0.25, 0.75]}\n'
SEEDS = [
    b"\0" + TIDY,
    b"\0" + SHARES,
    b"\1" + CODEBOOK + BETWEEN + PEOPLE,
    b"\2" + WVS,
    b"\3" + OPINION + OPINION.replace(b"Female", b"Male"),
    b"\4" + GLOBAL + GLOBAL.replace(b"Japan", b"Brazil"),
]
SEEDS += [
    b"\0" + TIDY.replace(b"30", b"nan"),
    b"\1" + CODEBOOK,
    b"\2{}",
    b"\3[]",
    b"\4" + GLOBAL.replace(b"0.25", b"1e999"),
]
WORDS = [
    *(
        "item",
        "option",
        "share",
        "count",
        "country",
        "group",
        "n_missing",
        "multiple",
        "age=18-29 & sex=male",
        "female",
    ),
    *(
        "weight",
        "[country]",
        "[items.q1]",
        "separator",
        "picked",
        "codes",
        "bands",
        '"18-29"',
        "840",
        "-9",
        "inf",
        "nan",
    ),
    *(
        '"dist"',
        '"p"',
        '"options"',
        '"question"',
        '"zh"',
        '"Egypt"',
        '"key"',
        '"attribute"',
        '"n"',
        "null",
        "true",
        "[[[",
    ),
    *("\n====\n", '"', '""', "\r\n", "\x00", "\ufeff", "\\ud800", "1e999", "-0", "{}", "\t", ";", "|"),
]
