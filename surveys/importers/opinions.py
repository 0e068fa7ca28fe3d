"""Importer for opinion polls as JSON lines: one question asked of one group or one country in each line.

Two layouts, told apart by their keys. OpinionQA: `key`, `question`, `attribute`, `group`, `n`, `options`, `p`; the item
keeps its key, the group becomes "sex=female". GlobalOpinionQA: `question`, `country`, `options`, `p`; a question has no
id there and gets one from its words. An option's code is its place in the list, from 1. Options that are no answer
("Refused", "DK/Refused" and the like) are left out, the rest is made to sum to 1, and both are counted. Ships no
sentence of theirs.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from simulator.errors import InstrumentError
from surveys.check_items import item_faults
from surveys.countries import find_country, unknown_country_remedy
from surveys.importers.csv_rows import read_plain_or_gzipped
from surveys.importers.reference_report import (
    EVERYTHING,
    ImportedReference,
    ReferenceFile,
    ReferenceReport,
    Wanted,
    require_cells,
)
from surveys.instrument import Instrument, Item, ResponseFormat, ResponseOption
from surveys.loader import accept
from surveys.reference import EVERYBODY
from surveys.reference_cells import ROUNDING, Cells

Layout = Literal["opinionqa", "globalopinionqa"]
KEYS: Mapping[Layout, tuple[str, ...]] = {
    "opinionqa": ("key", "question", "attribute", "group", "n", "options", "p"),
    "globalopinionqa": ("question", "country", "options", "p"),
}
SOURCES: Mapping[Layout, tuple[str, str, str]] = {
    "opinionqa": ("OpinionQA", "Pew American Trends Panel as collected in OpinionQA (Santurkar et al. 2023)", ""),
    "globalopinionqa": (
        "GlobalOpinionQA",
        "Pew Global Attitudes and World Values Survey as collected in GlobalOpinionQA (Durmus et al. 2023)",
        "CC BY-NC-SA 4.0: non-commercial use",
    ),
}
ATTRIBUTES: Mapping[str, str] = {"polparty": "party", "polideology": "ideology", "cregion": "region"}
"""Attributes of OpinionQA → what they are called in a group, where that is another word."""

_MISSING = re.compile(
    r"(other )?missing\b.*|inap\b.*|not asked|not applicable"
    r"|(dk|don't know|refused|no answer)(/(dk|don't know|refused|no answer))*"
)
"""What an option is called, in small letters, that is no answer."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One line: a question, the place of its people, and the shares in the order of the options."""

    number: int
    item: str
    question: str
    country: str
    group: str
    n: float | None
    options: tuple[str, ...]
    shares: tuple[float, ...]


def import_opinions(
    paths: Sequence[str | Path], layout: Layout, wanted: Wanted = EVERYTHING, *, country: str = "US"
) -> ImportedReference:
    """The questions and the human answers in one JSON-lines file (plain or gzipped).

    country: whose people OpinionQA's are. A question whose option texts were cut at commas (so that its shares do not
    fit them) is refused by name, as is one with fewer than two answers. n and n_missing are people: those who refused
    are taken from n. InstrumentError for a file that is no such file, or where nothing is usable.
    """
    if len(paths) != 1:
        raise InstrumentError(f"{layout}: {len(paths)} files given; give exactly one")
    path, cells = Path(paths[0]), Cells()
    raw = _records(path, KEYS[layout])
    lines = [line for number, one in raw if (line := _line(one, number, layout, country, cells)) is not None]
    by_item: dict[str, list[_Line]] = {}
    for line in lines:
        if wanted.is_item(line.item) and wanted.is_country(line.country):
            by_item.setdefault(line.item, []).append(line)
    items = [item for found in by_item.values() if (item := _read_question(found, cells)) is not None]
    wanted.note_absent([line.item for line in lines], cells)
    require_cells(cells, str(path))
    title, source, licence = SOURCES[layout]
    frame = _frame(items, layout)
    instrument = Instrument(frame.id, frame.title, frame.items, source=source, licence=licence)
    reference = cells.reference(layout, title, source, licence=licence, notes=(f"from {path.name}", "unweighted"))
    report = ReferenceReport((ReferenceFile(path.name, len(raw), len(cells.found)),), tuple(cells.faults))
    return ImportedReference(reference, accept(instrument, str(path)), report)


def _records(path: Path, keys: Sequence[str]) -> list[tuple[int, dict[str, Any]]]:
    """The objects of the file with their line; InstrumentError for the first line that is none, or lacks a key."""
    found = []
    for number, text in enumerate(read_plain_or_gzipped(path, "a JSON-lines file").split("\n"), start=1):
        if not text.strip():
            continue
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InstrumentError(f"{path}: line {number} is no JSON ({error}); write one object per line") from error
        lacking = [key for key in keys if key not in data] if isinstance(data, dict) else list(keys)
        if lacking:
            raise InstrumentError(
                f"{path}: line {number} lacks {', '.join(lacking)}; this layout has {', '.join(keys)}"
            )
        found.append((number, data))
    return found


def _line(data: Mapping[str, Any], number: int, layout: Layout, country: str, cells: Cells) -> _Line | None:
    """One object as a line; None (with a fault) where it cannot be used."""
    question, options, shares, n = data["question"], data["options"], data["p"], data.get("n")
    is_sound = isinstance(question, str) and question.strip() and isinstance(options, list) and isinstance(shares, list)
    is_sound = is_sound and len(options) == len(shares) and all(isinstance(one, str) for one in options)
    if not is_sound or not all(map(_is_number, shares)) or not (n is None or _is_number(n)):
        what = f"line {number}: question, options, p or n is not what it should be"
        cells.fault("unreadable", what, "give a text, as many texts as numbers, and a number")
        return None
    group = EVERYBODY
    if layout == "opinionqa":
        item = str(data["key"])
        attribute = _name(data["attribute"]).replace("-", "_")
        group = f"{ATTRIBUTES.get(attribute, attribute)}={_name(data['group'])}"
    else:
        item = f"q-{hashlib.sha256(_folded(question).encode('utf-8', 'replace')).hexdigest()[:10]}"
        place = find_country(str(data["country"]))
        if place is None:
            name = str(data["country"])
            cells.fault(
                "unknown_country", f"{name!r} is not known", unknown_country_remedy(name), item=item, country=name
            )
            return None
        country, group = place.code, place.group or EVERYBODY
    return _Line(number, item, question.strip(), country, group, n, tuple(options), tuple(map(float, shares)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _name(value: object) -> str:
    """A value as it stands in a group: small letters, blanks as hyphens."""
    return re.sub(r"[^a-z0-9+]+", "-", str(value).casefold()).strip("-")


def _folded(text: str) -> str:
    """A text without what differs between mirrors of one file: case, apostrophes, runs of blanks."""
    return " ".join(re.sub("['’]", "", text).casefold().split())


def _is_missing(option: str) -> bool:
    return _MISSING.fullmatch(option.strip().casefold().replace("’", "'")) is not None


def _read_question(lines: Sequence[_Line], cells: Cells) -> Item | None:
    """The item that these lines ask, and their cells; None (with a fault) where the question cannot be used."""
    first = lines[0]
    coded = list(enumerate(first.options, start=1))
    options = [ResponseOption(code, {"en": text.strip()}) for code, text in coded if not _is_missing(text)]
    item = Item(first.item, {"en": first.question}, ResponseFormat.SINGLE, tuple(options))
    for fault in item_faults(item, _frame([item], "opinionqa")):
        what = f"{fault.place.partition(', ')[2] or fault.place}: {fault.what}"
        cells.fault("refused_item", what, fault.remedy, item=item.id)
        return None
    torn = [line for line in lines if math.fsum(line.shares) < 1 - ROUNDING * len(line.shares)]
    if torn:
        what = (
            f"in {len(torn)} of {len(lines)} cells its shares sum to less than 1 (to {math.fsum(torn[0].shares):.4f} "
        )
        what += f"in line {torn[0].number}): its option texts were cut apart, so that shares are lost"
        cells.fault("refused_item", what, "take it from a file with whole options", item=item.id)
        return None
    codes = {_folded(option.text["en"]): option.code for option in options}
    for line in lines:
        _add_cell(line, codes, cells)
    return item


def _add_cell(line: _Line, codes: Mapping[str, int], cells: Cells) -> None:
    """The cell of one line, in the codes of the question's first line."""
    at = {"item": line.item, "country": line.country, "group": line.group}
    answers = [(text, share) for text, share in zip(line.options, line.shares, strict=True) if not _is_missing(text)]
    shares = {codes[_folded(text)]: share for text, share in answers if _folded(text) in codes}
    strange = [text for text, _ in answers if _folded(text) not in codes]
    if strange or len(shares) < len(answers):
        what = f"line {line.number}: options that its first line does not have: {', '.join(strange) or 'doubled ones'}"
        cells.fault("unknown_option", what, "ask it as a question of its own", **at)
        return
    total, kept = math.fsum(line.shares), math.fsum(shares.values())
    if kept <= 0:
        cells.fault("no_cases", "nobody gave a substantive answer", "leave the cell out", **at)
        return
    lost = (total - kept) / total
    if lost > 0:
        what = f"'don't know', 'refused' and the like (share {lost:.4f}) left out, the rest made to sum to 1"
        cells.fault("missing_category", what, "nothing", **at)
    n_missing = None if line.n is None else float(round(line.n * lost))
    n = None if line.n is None or n_missing is None else line.n - n_missing
    # What rounding alone did to the sum is told by add_shares.
    scale = total / kept
    cells.add_shares(
        line.item,
        {code: shares.get(code, 0.0) * scale for code in codes.values()},
        country=line.country,
        group=line.group,
        n=n,
        n_missing=n_missing,
    )


def _frame(items: Sequence[Item], layout: Layout) -> Instrument:
    return Instrument(layout, {"en": SOURCES[layout][0]}, tuple(items))
