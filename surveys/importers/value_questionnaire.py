"""Importer for a licensed value questionnaire: its texts, its scoring key and its answers become one instrument.

Voxpop ships no sentence of the originals. Whoever holds a licence gives the texts as a table (CSV or TOML: number,
text, text_de, text_female, text_male, ...), the answers, and a key of their own or a ready-made one
(`surveys.value_keys`). Texts are joined to the key by number alone. Every fault is named at once; nothing is guessed,
filled in or moved. The format is described in docs/surveys.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulator.errors import Fault, InstrumentError
from surveys.check import check_warnings, source_faults
from surveys.fields import LANGUAGE_CODE, shown
from surveys.importers.report import FileCounts, Imported, ImportReport, counted, slug
from surveys.importers.value_key import Joined, join, read_key
from surveys.importers.value_scale import Scale, read_scale
from surveys.importers.value_tables import Entry, Tables, read_tables, worded
from surveys.instrument import ITEM_FORMS, Instrument
from surveys.source import read_source
from surveys.value_keys import CODINGS, ValueKey, value_titles

_TEXTS: tuple[str, ...] = ("text", *(f"text_{form}" for form in ITEM_FORMS))
_HEAD = ("title", "version", "source", "licence", "instruction")


def import_value_questionnaire(paths: Sequence[str | Path], *, key: str = "", language: str = "") -> Imported:
    """The instrument in the files of one questionnaire: items, answers, and a key unless `key` names a ready-made one.

    `language` is that of columns without one (`text`, `label`); "en" if neither it nor a TOML file says.
    InstrumentError listing every fault with file, row and remedy.
    """
    tables = read_tables(paths)
    default, languages = _languages(tables, language)
    found = read_key(tables, key)
    if "items" not in tables.file_of:
        tables.faults.append(
            Fault("items", "no file holds their texts", "give a table with the columns number and text")
        )
    joined = join(tables, found)
    scale = read_scale(tables, found, default, languages)
    for one in tables.items:
        _check_texts(one, default, languages, tables)
    _check_reversal(joined, scale, tables)
    name = ", ".join(dict.fromkeys(Path(path).name for path in paths))
    if tables.faults:
        raise InstrumentError.from_faults(name, list(dict.fromkeys(tables.faults)))
    data = _head(tables, found, default, languages)
    data["items"] = [_item(one, default) for one in joined]
    data["option_sets"] = {"answers": {"options": scale.options}}
    instrument, reading = read_source(data)
    faults = [_replaced(fault, joined, tables) for fault in source_faults(instrument, reading)]
    if faults:
        raise InstrumentError.from_faults(name, list(dict.fromkeys(faults)))
    return Imported(instrument, _report(instrument, tables, found, scale, default))


def _languages(tables: Tables, language: str) -> tuple[str, list[str]]:
    """The default language and all of the items, the default first."""
    stated = tables.facts.get("language")
    if stated is not None and not (isinstance(stated, str) and LANGUAGE_CODE.fullmatch(stated)):
        place = f"{tables.file_of['language']}, language"
        tables.faults.append(Fault(place, f"{shown(stated)} is no language code", 'use codes such as "en" or "de"'))
        stated = None
    columns = [column for entry in tables.items for column in entry.cells]
    used = list(dict.fromkeys(code for base in _TEXTS for _, code in worded(columns, base)))
    named = [code for code in used if code]
    default = language or str(stated or "") or ("en" if "" in used or not named or "en" in named else named[0])
    return default, list(dict.fromkeys([default, *named]))


def _texts(entry: Entry, base: str, default: str) -> dict[str, str]:
    """The wordings in the columns of `base`, filled ones only."""
    texts = {code or default: entry.get(column) for column, code in worded(entry.cells, base)}
    return {code: text for code, text in texts.items() if text}


def _check_texts(entry: Entry, default: str, languages: Sequence[str], tables: Tables) -> None:
    """A text for everybody or one in each form, each in every language; a language in two columns is a fault."""
    texts = {base: _texts(entry, base, default) for base in _TEXTS}
    forms = _TEXTS[1:]
    needed = [base for base in _TEXTS if texts[base]] or ["text"]
    if any(texts[form] for form in forms):
        needed = [*needed, *(form for form in forms if not texts[form])]
    for base in needed:
        for code in languages:
            if not texts[base].get(code):
                column = base if code == default and base in entry.cells else f"{base}_{code}"
                who = "" if base == "text" else f"{base.removeprefix('text_')} "
                what = f"item {entry.reference or '?'} has no {who}text in {code!r}"
                tables.faults.append(Fault(entry.at(column), what, "write it; an item has both forms or none"))
    for base in _TEXTS:
        if entry.get(base) and entry.get(f"{base}_{default}"):
            what = f"holds {default!r}, as column {base}_{default} does"
            tables.faults.append(Fault(entry.at(base), what, "keep one of the two, or name the language of the other"))


def _check_reversal(joined: Sequence[Joined], scale: Scale, tables: Tables) -> None:
    """A scale that falls and items that are all reversed say the same thing twice, and would cancel out."""
    if joined and scale.coding == "falling" and all(one.is_reversed for one in joined):
        what = f"the answers fall by {scale.said_by}, and all {len(joined)} items are reversed too"
        remedy = "say it once: reverse marks an item that points away from its value, not the coding of the answers"
        tables.faults.append(Fault("coding", what, remedy))


def _head(tables: Tables, key: ValueKey, default: str, languages: Sequence[str]) -> dict[str, Any]:
    """Everything of the survey file but items and answers."""
    stem = Path(tables.file_of["items"]).stem
    facts = tables.facts
    data: dict[str, Any] = {"id": facts.get("id", slug(stem) or "values"), "language": default}
    data["languages"] = list(languages)
    data |= {name: facts[name] for name in _HEAD if name in facts}
    data.setdefault("title", stem)
    for name in ("title", "instruction"):
        if isinstance(data.get(name), str):
            data[name] = dict.fromkeys(languages, data[name])
    titles = value_titles()
    data["dimensions"] = [{"code": code, "title": dict.fromkeys(languages, titles[code])} for code in key.values]
    return data


def _item(one: Joined, default: str) -> dict[str, Any]:
    forms = {form: texts for form in ITEM_FORMS if (texts := _texts(one.entry, f"text_{form}", default))}
    text = _texts(one.entry, "text", default)
    data: dict[str, Any] = {"id": _item_id(one), "format": "scale", "options": "answers"}
    data["dimensions"] = [one.keyed.value]
    data |= {"text": text} if text else {}
    data |= {"forms": forms} if forms else {}
    data |= {"reverse_keyed": True} if one.is_reversed else {}
    data |= {"note": one.entry.get("note")} if one.entry.get("note") else {}
    return data


def _item_id(one: Joined) -> str:
    """The name beside the number, the key's name for it, or its number with two digits."""
    reference = one.keyed.reference
    numbered = f"item-{int(reference):02d}" if reference.isdecimal() else reference
    return one.entry.name or one.keyed.name or numbered


def _replaced(fault: Fault, joined: Sequence[Joined], tables: Tables) -> Fault:
    """A fault of the instrument, placed by file and row."""
    item, _, part = fault.place.partition(", ")
    for one in joined:
        if item in (f"item {_item_id(one)!r}", f"question {_item_id(one)!r}"):
            return fault._replace(place=f"{one.entry.place} ({item}){f', {part}' if part else ''}")
    if item.startswith("option set"):
        return fault._replace(place=f"{tables.file_of['scale']}, {part or 'answers'}")
    return fault


def _report(instrument: Instrument, tables: Tables, key: ValueKey, scale: Scale, default: str) -> ImportReport:
    n = len(instrument.items)
    counts = FileCounts(tables.file_of["items"], default, 0, n, len(tables.items), n)
    measured = Counter(item.dimensions[0] for item in instrument.items)
    by_value = ", ".join(f"{code} {measured[code]}" for code in key.values)
    notes = [f"{key.called}: {counted(n, 'item')}, {len(key.values)} values ({by_value})"]
    notes += [key.source] if key.source else []
    if scale.coding is not None:
        notes.append(f"coding {scale.coding}, by {scale.said_by}: {CODINGS[scale.coding]}; {_scored(instrument)}")
    backwards = [item.id for item in instrument.items if item.reverse_keyed]
    if backwards:
        notes.append(f"{counted(len(backwards), 'item')} reversed: {', '.join(backwards)}")
    notes.append(f"languages {', '.join(instrument.languages)}; {_forms(instrument)}")
    warnings = [str(fault) for fault in check_warnings(instrument)]
    if len(backwards) == n:
        warnings.append("every item is reversed: if that was meant for the coding of the answers, say coding instead")
    return ImportReport((counts,), tuple(warnings), tuple(notes))


def _scored(instrument: Instrument) -> str:
    options = instrument.items[0].substantive_options
    return "scores " + ", ".join(f"{option.code} = {option.value:g}" for option in options)


def _forms(instrument: Instrument) -> str:
    worded_by_sex = sum(bool(item.forms) for item in instrument.items)
    return f"{counted(worded_by_sex, 'item')} worded by sex" if worded_by_sex else "one wording for everybody"
