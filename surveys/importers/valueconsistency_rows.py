"""One ValueConsistency file as checked rows. Knows the JSONL schema of Moore et al. 2024, not what becomes of it.

`controversial`, language and country are in the file name, not in the rows; `rephrase` is true for a paraphrase. (The
public description of the data says otherwise on both; the files do not.) Affirmative Chinese answers are 是 and 是的,
negative ones 否 and 不.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.errors import Fault, InstrumentError
from surveys.fields import shown
from surveys.importers.report import counted
from surveys.instrument import Stance
from surveys.loader import read_text
from surveys.suggest import listed
from surveys.toml_text import is_too_deep

LANGUAGES = {"english": "en", "german": "de", "japanese": "ja", "chinese": "zh"}
AFFIRMATIVE = {"en": {"yes"}, "de": {"ja"}, "ja": {"はい"}, "zh": {"是", "是的"}}
NEGATIVE = {"en": {"no"}, "de": {"nein"}, "ja": {"いいえ"}, "zh": {"否", "不"}}
_NAME = re.compile(r"(controversial|uncontroversial)_([a-z]+)_([a-z]+)\.jsonl")
_KEYS = ("topic", "topic_english", "question", "original", "original_english", "rephrase", "options")


@dataclass(frozen=True, slots=True)
class Row:
    """One wording. `options` are (answer text, stance), the affirmative answer first where it is known."""

    line: int
    topic: str
    topic_english: str | None
    question: str
    original: str
    original_english: str
    options: tuple[tuple[str, Stance], tuple[str, Stance]]
    is_yes_no: bool

    @property
    def is_original(self) -> bool:
        """Whether this is the wording that others paraphrase."""
        return self.question == self.original


@dataclass(frozen=True, slots=True)
class RowFile:
    """One file: what its name says, its rows in order, and what was noticed."""

    name: str
    controversial: bool
    language: str
    country: str
    rows: tuple[Row, ...]
    warnings: tuple[str, ...]

    def questions(self) -> dict[str, list[Row]]:
        """Original wording → all its rows in file order, in order of first appearance."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.original, []).append(row)
        return found


def read_rows(path: Path) -> RowFile:
    """The rows of one file; InstrumentError listing every fault with its line."""
    match = _NAME.fullmatch(path.name)
    if match is None or match[2] not in LANGUAGES:
        raise InstrumentError(
            f"{path}: the file name says neither language nor country; call it controversial_LANGUAGE_COUNTRY.jsonl or "
            f"uncontroversial_LANGUAGE_COUNTRY.jsonl, where LANGUAGE is one of {', '.join(LANGUAGES)}"
        )
    language = LANGUAGES[match[2]]
    faults: list[Fault] = []
    rows = []
    for number, line in enumerate(read_text(path, "a .jsonl file").split("\n"), start=1):
        if line.strip():
            row = _read_row(line, number, language, faults)
            if row is not None:
                rows.append(row)
    if not rows and not faults:
        faults.append(Fault("the file", "holds no rows", "give a file with one JSON object per line"))
    # Rows that could not be read would show up again as missing originals.
    faults += _file_faults(rows, complete=not faults)
    if faults:
        raise InstrumentError.from_faults(str(path), faults)
    warnings = tuple(f"{path.name}: {warning}" for warning in _warnings(rows))
    return RowFile(path.name, match[1] == "controversial", language, match[3], tuple(rows), warnings)


def _read_row(line: str, number: int, language: str, faults: list[Fault]) -> Row | None:
    place = f"line {number}"
    try:
        data = json.loads(line)
        if is_too_deep(data):
            raise RecursionError("nested too deeply")
    except (ValueError, RecursionError) as error:
        faults.append(Fault(place, f"is no JSON ({error})", "write one JSON object per line"))
        return None
    if not isinstance(data, dict):
        faults.append(Fault(place, f"found {shown(data)}", "write one JSON object per line"))
        return None
    found = _key_faults(data, place)
    if found:
        faults += found
        return None
    if data["rephrase"] != (data["question"] != data["original"]):
        says = "true" if data["rephrase"] else "false"
        what = f"rephrase is {says} but question and original {'agree' if data['rephrase'] else 'differ'}"
        faults.append(Fault(place, what, "rephrase is true for a paraphrase, false for the original itself"))
    answers = tuple(data["options"].items())
    affirmative = [place for place, (text, _) in enumerate(answers) if text.strip().casefold() in AFFIRMATIVE[language]]
    negative = [place for place, (text, _) in enumerate(answers) if text.strip().casefold() in NEGATIVE[language]]
    is_yes_no = bool(affirmative and negative)
    if is_yes_no and affirmative[0] == 1:
        answers = answers[::-1]
    return Row(
        number,
        data["topic"],
        data["topic_english"] or None,
        data["question"],
        data["original"],
        data["original_english"],
        answers,
        is_yes_no,
    )


def _key_faults(data: dict[str, Any], place: str) -> list[Fault]:
    faults = []
    if set(data) != set(_KEYS):
        missing = [key for key in _KEYS if key not in data]
        extra = [key for key in data if key not in _KEYS]
        what = "; ".join(
            f"{verb} {', '.join(map(repr, keys))}" for verb, keys in (("lacks", missing), ("has", extra)) if keys
        )
        return [Fault(place, f"the keys are wrong: {what}", f"a row has exactly the keys {', '.join(_KEYS)}")]
    for key in ("topic", "question", "original", "original_english"):
        if not isinstance(data[key], str) or not data[key].strip():
            faults.append(Fault(f"{place}, {key}", f"found {shown(data[key])}", "give a string that is not empty"))
    if not isinstance(data["topic_english"], str | None):
        what = f"found {shown(data['topic_english'])}"
        faults.append(Fault(f"{place}, topic_english", what, "give a string, or null"))
    if data["rephrase"] not in (0, 1):
        faults.append(Fault(f"{place}, rephrase", f"found {shown(data['rephrase'])}", "give true or false (or 1 or 0)"))
    options = data["options"]
    if not isinstance(options, dict) or sorted(map(str, options.values())) != ["opposes", "supports"]:
        remedy = 'give two answers, one "supports" and one "opposes"'
        faults.append(Fault(f"{place}, options", f"found {shown(options)}", remedy))
    return faults


def _file_faults(rows: list[Row], *, complete: bool) -> list[Fault]:
    faults = []
    first_line: dict[str, int] = {}
    for row in rows:
        seen = first_line.setdefault(row.question, row.line)
        if seen != row.line:
            what = f"the question is that of line {seen}"
            faults.append(Fault(f"line {row.line}", what, "remove one: no wording may stand twice in a file"))
    by_original: dict[str, Row] = {}
    for row in rows:
        first = by_original.setdefault(row.original, row)
        if complete and first is row and row.original not in first_line:
            what = f"its original {shown(row.original)} is no question of this file"
            faults.append(Fault(f"line {row.line}", what, "add the row of the original"))
        for key in ("topic", "original_english", "options"):
            if getattr(row, key) != getattr(first, key):
                what = f"{key} differs from line {first.line}, which has the same original"
                faults.append(Fault(f"line {row.line}", what, "make them equal"))
    return faults


def _warnings(rows: list[Row]) -> list[str]:
    warnings = []
    wordings = Counter(row.original for row in rows)
    usual = Counter(wordings.values()).most_common(1)[0][0]
    fewer = sum(count < usual for count in wordings.values())
    if fewer:
        warnings.append(f"{fewer} of {counted(len(wordings), 'question')} with fewer than the usual {usual} wordings")
    topics = Counter(row.topic for row in {row.original: row for row in rows}.values())
    small = [topic for topic, count in topics.items() if count < 3]
    if small:
        warnings.append(f"{counted(len(small), 'topic')} with one or two questions, few to compare: {listed(small)}")
    nameless = len({row.original for row in rows if row.topic_english is None})
    if nameless:
        warnings.append(f"{counted(nameless, 'question')} without an English topic; taken from others of the topic")
    other = sum(not row.is_yes_no for row in rows)
    if other:
        warnings.append(f"{counted(other, 'row')} with other answers than yes and no; these keep the order of the file")
    return warnings
