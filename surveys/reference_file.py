"""A human reference as a file of our own, JSON with one cell to a line, and back without any loss.

Knows the file, not the questionnaire. `read_reference` refuses a file with any fault and lists them all;
`read_what_is_usable` leaves out the cells that are faulty and says which.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from simulator.errors import Fault, InstrumentError
from surveys.fields import Fields
from surveys.loader import read_text
from surveys.reference import EVERYBODY, HumanReference, ReferenceCell
from surveys.reference_cells import Cells
from surveys.reference_faults import HARMLESS, ReferenceFault
from surveys.toml_text import is_too_deep

FORMAT = "voxpop human reference 1"
_CODE = re.compile(r"-?[0-9]{1,18}")
Json = dict[str, Any]


def cell_to_json(cell: ReferenceCell) -> Json:
    """One cell as JSON-able data; what has its default value is left out."""
    data: Json = {"item": cell.item, "shares": {str(code): share for code, share in cell.shares.items()}}
    optional = {"country": cell.country, "group": "" if cell.group == EVERYBODY else cell.group, "note": cell.note}
    data |= {key: value for key, value in optional.items() if value}
    data |= {key: value for key, value in (("n", cell.n), ("n_missing", cell.n_missing)) if value is not None}
    return data | ({"multiple": True} if cell.is_multiple else {})


def head_to_json(reference: HumanReference) -> Json:
    """Everything of a reference but its cells."""
    head: Json = {"format": FORMAT, "id": reference.id, "title": reference.title, "source": reference.source}
    head |= {} if reference.year is None else {"year": reference.year}
    return head | {"licence": reference.licence, "weighted": reference.weighted, "notes": list(reference.notes)}


def reference_text(reference: HumanReference) -> str:
    """The reference as the text of a file. ValueError for numbers that JSON has not."""
    head = [f" {_json(key)}: {_json(value)}" for key, value in head_to_json(reference).items()]
    cells = ",\n".join(f"  {_json(cell_to_json(cell))}" for cell in reference.cells)
    return "{\n" + ",\n".join([*head, f' "cells": [\n{cells}\n ]']) + "\n}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def write_reference(reference: HumanReference, path: str | Path, *, force: bool = False) -> None:
    """Write the reference to a new file (`force`: over an old one). InstrumentError where that cannot be done."""
    text = reference_text(reference)
    try:
        with Path(path).open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise InstrumentError(f"{path}: there is a file of that name; remove it or choose another name") from error
    except UnicodeEncodeError as error:
        Path(path).unlink(missing_ok=True)
        raise InstrumentError(f"{path}: a text holds half of a surrogate pair; write that character anew") from error
    except OSError as error:
        raise InstrumentError(f"{path}: cannot be written ({error.strerror}); choose another place") from error


class ReadReference(NamedTuple):
    """What was usable of a file, and the faults of the rest."""

    reference: HumanReference
    faults: tuple[ReferenceFault, ...]


def read_reference(path: str | Path) -> HumanReference:
    """The reference in a file of `write_reference`; InstrumentError listing every fault of it."""
    reference, faults = read_what_is_usable(path)
    found = [Fault(fault.place, fault.what, fault.remedy) for fault in faults if fault.kind not in HARMLESS]
    if found:
        raise InstrumentError.from_faults(str(path), found)
    return reference


def read_what_is_usable(path: str | Path) -> ReadReference:
    """The sound cells of a file and the faults of the others; InstrumentError if it is no reference file."""
    data = _parsed(read_text(path, "a reference file (JSON)"), str(path))
    faults: list[Fault] = []
    head = Fields(data, "", faults)
    facts = {
        "id": head.string("id", required='name it: "id": "my-survey-2024"'),
        "title": head.string("title"),
        "source": head.string("source"),
        "year": head.whole("year"),
        "licence": head.string("licence"),
        "weighted": head.flag("weighted"),
        "notes": head.strings("notes"),
    }
    listed = head.tables("cells", 'a list of objects such as {"item": "Q1", "shares": {"1": 0.4, "2": 0.6}}')
    for key in ("format", "cells"):
        head.raw(key)
    head.close()
    if faults:
        raise InstrumentError.from_faults(str(path), faults)
    cells = Cells()
    for number, one in enumerate(listed, start=1):
        _read_cell(one, number, cells)
    return ReadReference(cells.reference(**facts), tuple(cells.faults))  # type: ignore[arg-type]


def _parsed(text: str, name: str) -> Mapping[str, Any]:
    """The object in the file; a key that stands twice in one object would hide a share, so it is refused."""

    def without_doubles(pairs: list[tuple[str, Any]]) -> Json:
        doubled = [key for n, (key, _) in enumerate(pairs) if key in [other for other, _ in pairs[:n]]]
        if doubled:
            raise ValueError(f"the key {doubled[0]!r} stands twice in one object")
        return dict(pairs)

    try:
        data = json.loads(text, object_pairs_hook=without_doubles)
        if is_too_deep(data):
            raise RecursionError("nested too deeply")
    except (ValueError, RecursionError) as error:
        raise InstrumentError(f"{name}: is no JSON ({error}); write it with voxpop reference import") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, dict) else None
        raise InstrumentError(
            f"{name}: is no reference file: format is {found!r}, not {FORMAT!r}; make one of it with "
            "voxpop reference import"
        )
    return data


def _read_cell(data: Mapping[str, Any], number: int, cells: Cells) -> None:
    faults: list[Fault] = []
    fields = Fields(data, "", faults)
    item = fields.string("item", required='name the item: "item": "Q1"')
    country, group = fields.string("country"), fields.string("group", EVERYBODY)
    n, n_missing = fields.number("n"), fields.number("n_missing")
    is_multiple, note = fields.flag("multiple"), fields.string("note")
    shares = _shares(fields)
    fields.close()
    place = {"item": item or f"cell no. {number}", "country": country, "group": group}
    for fault in faults:
        cells.fault("unreadable", f"{fault.place} {fault.what}", fault.remedy, **place)
    if not faults:
        facts = {"n": n, "n_missing": n_missing, "is_multiple": is_multiple, "note": note}
        cells.add_shares(item, shares, country=country, group=group, **facts)  # type: ignore[arg-type]


def _shares(fields: Fields) -> dict[int, float]:
    """The shares by code; empty (with a fault) where they are none."""
    found = fields.raw("shares", required='give the share of each option: "shares": {"1": 0.4, "2": 0.6}')
    if found is None:
        return {}
    wanted = 'an object of numbers by option code, such as {"1": 0.4, "2": 0.6}'
    is_usable = isinstance(found, dict) and all(
        _CODE.fullmatch(code) and isinstance(share, int | float) and not isinstance(share, bool)
        for code, share in found.items()
    )
    if not is_usable or len({int(code) for code in found}) < len(found):
        fields.wrong_type("shares", wanted, found)
        return {}
    return {int(code): share for code, share in found.items()}
