"""Importer for World Values Survey wave 7 distributions as JSON: question texts, options and shares by country.

One object per question id: `question` (English), `options` (English, by code), `zh` and `ja` (text and options, with
their codes in front), `dist` (country name → shares `p` by code, and their `source`). Microdata and two-decimal shares
stand side by side in it. Ships no sentence of the survey, whose terms are non-commercial. A second file, a CSV of
country, question, option, p, n_valid and n_dk_na, says how many people stand behind the shares that both hold.

English texts that begin by explaining a scale of numbers lose that beginning: numbers belong to the presentation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simulator.errors import InstrumentError
from surveys.countries import find_country, unknown_country_remedy
from surveys.importers.reference_report import (
    EVERYTHING,
    ImportedReference,
    ReferenceFile,
    ReferenceReport,
    Wanted,
    require_cells,
)
from surveys.importers.wvs_counts import Counts, read_counts
from surveys.importers.wvs_texts import in_languages, instrument_of, read_items
from surveys.instrument import Item
from surveys.loader import parse_json, read_text
from surveys.reference_cells import ROUNDING, Cells

SOURCE = "World Values Survey wave 7 (2017-2022), Haerpfer et al. 2022, distributions by country"
LICENCE = "World Values Survey: non-commercial use, to be cited; not to be passed on"
_TEN_POINTS = {48, 49, 50, *range(106, 111), 112, 120, *range(158, 165), *range(176, 196), 240, *range(250, 253)}
"""Questions that the wave 7 questionnaire asks on a scale from 1 to 10."""

_IMMIGRATION = range(122, 130)
"""Questions coded 0 disagree, 1 hard to say, 2 agree in the codebook, and 1 to 3 the other way round elsewhere."""

_RENORMALISED = re.compile(r"renormalised from ([0-9.]+)\)")


def import_wvs(paths: Sequence[str | Path], wanted: Wanted = EVERYTHING) -> ImportedReference:
    """The questionnaire and the human answers in a WVS JSON, with n from a CSV of counts where one is given.

    Items keep their ids (Q1) and codes; the questionnaire is in English, and in Chinese and Japanese where every item
    taken has those texts with all its options; or in the languages wanted, of the items that have them. Cells are of
    everybody, by two-letter country code, with the source's word on each as its note. Questions whose options are
    not those of the codebook (ten-point scales collapsed to their ends, Q122 to Q129 recoded) are refused by name.
    InstrumentError for a file that is no such JSON or holds nothing.
    """
    documents = [Path(path) for path in paths if Path(path).suffix.lower() not in (".csv", ".gz")]
    if len(documents) != 1:
        raise InstrumentError(f"wvs: {len(documents)} JSON files given; give exactly one, and CSV files of counts")
    tables = [Path(path) for path in paths if Path(path) not in documents]
    data = parse_json(read_text(documents[0], "a WVS JSON file"), str(documents[0]))
    if not isinstance(data, dict) or not all(isinstance(one, dict) and "dist" in one for one in data.values()):
        raise InstrumentError(f'{documents[0]}: is no WVS file; it has one object per question id, with "dist"')
    cells, warnings = Cells(), list[str]()
    chosen = {name: one for name, one in data.items() if wanted.is_item(name) and not _is_refused(name, one, cells)}
    items = in_languages(read_items(chosen, cells), wanted.languages, cells)
    counts = read_counts(tables, cells)
    for item in items:
        _add_cells(item, chosen[item.id]["dist"], wanted, counts, cells)
    wanted.note_absent(list(data), cells)
    require_cells(cells, str(documents[0]))
    items = [item for item in items if any(key[0] == item.id for key in cells.found)]
    instrument = instrument_of(items, wanted.languages, SOURCE, LICENCE, warnings)
    warnings += _told(cells)
    reference = cells.reference(
        "wvs7", "World Values Survey, wave 7", SOURCE, licence=LICENCE, notes=(f"from {documents[0].name}",)
    )
    files = [ReferenceFile(documents[0].name, len(data), len(cells.found))]
    files += [ReferenceFile(path.name, counts.n_rows[str(path)], 0) for path in tables]
    return ImportedReference(reference, instrument, ReferenceReport(tuple(files), tuple(cells.faults), tuple(warnings)))


def _is_refused(name: str, data: Mapping[str, Any], cells: Cells) -> bool:
    """Whether this question is not coded as the questionnaire codes it."""
    number = int(name[1:]) if re.fullmatch("Q[0-9]{1,3}", name) else 0
    options = data.get("options")
    codes = sorted(options) if isinstance(options, dict) else []
    if number in _TEN_POINTS and len(codes) < 10:
        what = f"a ten-point scale of which the file has {len(codes)} options: it was collapsed to its ends"
        cells.fault("refused_item", what, "take it from a file with all ten", item=name)
        return True
    if number in _IMMIGRATION and codes != ["0", "1", "2"]:
        what = f"has the codes {', '.join(codes)}; the codebook has 0 disagree, 1 hard to say, 2 agree: it was recoded"
        cells.fault("refused_item", what, "take it from a file with the codes of the codebook", item=name)
        return True
    return False


def _add_cells(item: Item, dist: object, wanted: Wanted, counts: Counts, cells: Cells) -> None:
    if not isinstance(dist, dict):
        cells.fault("unreadable", "dist is no object", "give shares by country", item=item.id)
        return
    codes = [option.code for option in item.options]
    for name, cell in dist.items():
        place = find_country(name)
        if place is None:
            what = f"{name!r} is not known"
            cells.fault("unknown_country", what, unknown_country_remedy(name), item=item.id, country=name)
            continue
        if not wanted.is_country(place.code):
            continue
        at = {"item": item.id, "country": place.code}
        shares = cell.get("p") if isinstance(cell, dict) else None
        if not isinstance(shares, dict) or not all(isinstance(one, int | float) for one in shares.values()):
            cells.fault("unreadable", "p holds no numbers by code", 'write "p": {"1": 0.4, "2": 0.6}', **at)
            continue
        if sorted(shares) != sorted(map(str, codes)):
            what = f"the shares are of {', '.join(shares)}, the options are {', '.join(map(str, codes))}"
            cells.fault("unknown_option", what, "a recoded question cannot be compared; leave it out", **at)
            continue
        by_code = {code: float(shares[str(code)]) for code in codes}
        n, n_missing = counts.behind(item.id, place.code, by_code, cells)
        note = str(cell.get("source") or "")
        cells.add_shares(item.id, by_code, country=place.code, n=n, n_missing=n_missing, note=note)


def _told(cells: Cells) -> list[str]:
    """What the notes of the cells say of earlier renormalisation, counted."""
    sums = [
        (cell, float(found[1]))
        for cell in cells.found.values()
        if (found := _RENORMALISED.search(cell.note)) is not None
    ]
    far = [cell for cell, total in sums if abs(total - 1) > ROUNDING * len(cell.shares) + 1e-9]
    told = []
    if sums:
        told.append(f"{len(sums)} of {len(cells.found)} cells are shares of two decimals that the source renormalised")
    if far:
        items = ", ".join(f"{cell.item} {cell.country}" for cell in far[:5])
        more = f" and {len(far) - 5} more" if len(far) > 5 else ""
        told.append(f"{len(far)} of these summed to less than rounding explains, so answers are missing: {items}{more}")
    return told
