"""A human reference held against a questionnaire: every fault named and counted, and what can be compared kept.

Knows no run and no statistic. Nothing here raises for a fault in the data: the bundle says what is wrong, where, and
what to do, and `usable` holds the cells that are left, in the order and with the codes of the questionnaire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from surveys.instrument import Instrument, Item, ResponseFormat
from surveys.reference import EVERYBODY, HumanReference, ReferenceCell
from surveys.reference_faults import HARMLESS, FaultKind, ReferenceFault, fault_counts, fault_lines
from surveys.suggest import did_you_mean

Note = Callable[[FaultKind, str, str], None]
"""How a fault of a cell is noted: kind, what, remedy."""


@dataclass(frozen=True, slots=True)
class ReferenceCheck:
    """What a reference is worth for a questionnaire.

    `usable` has the cells whose shares can be compared: substantive options only, in the order of the item, an option
    that the source leaves out with share 0. `n_cells` counts the cells before the check.
    """

    usable: HumanReference
    faults: tuple[ReferenceFault, ...]
    n_cells: int

    @property
    def counts(self) -> dict[FaultKind, int]:
        """How many faults there are of each kind that occurs."""
        return fault_counts(self.faults)

    @property
    def is_sound(self) -> bool:
        """Whether there is nothing to mend; see `surveys.reference_faults.HARMLESS` for what need not be mended."""
        return all(fault.kind in HARMLESS for fault in self.faults)

    def of_kind(self, kind: FaultKind) -> tuple[ReferenceFault, ...]:
        """The faults of one kind."""
        return tuple(fault for fault in self.faults if fault.kind == kind)

    def lines(self, most: int = 5) -> list[str]:
        """The check for people: what is usable, then the faults by kind, at most `most` of each in full."""
        used = self.usable
        facts = f"{len(used.cells)} of {self.n_cells} cells usable: {len(used.items)} items, "
        facts += f"countries {', '.join(country or '-' for country in used.countries) or 'none'}, "
        facts += f"groups {', '.join(used.groups) or 'none'}"
        return [facts, *fault_lines(self.faults, most)]


def check_reference(
    reference: HumanReference,
    instrument: Instrument,
    *,
    countries: Sequence[str] = (),
    groups: Sequence[str] = (),
    unusable: Iterable[ReferenceFault] = (),
) -> ReferenceCheck:
    """Hold `reference` against `instrument`.

    countries, groups: those that a comparison needs; one without any usable cell is a fault, as is one of the
    reference's own. unusable: faults found while the reference was read, which come first. Paraphrases and open items
    are not expected in a reference. A cell is left out for an unknown item, an option code with people in it that the
    item does not have, the wrong format, or an n of 0; a cell of unknown n stays.
    """
    faults = [*unusable, *_item_faults(reference, instrument)]
    usable = []
    for cell in reference.cells:
        if cell.item in instrument.index:
            found, kept = _checked(cell, instrument.item(cell.item))
            faults += found
            usable += [] if kept is None else [kept]
    kept_reference = replace(reference, cells=tuple(usable))
    faults += _gaps(reference, kept_reference, countries, groups)
    return ReferenceCheck(kept_reference, tuple(faults), len(reference.cells))


def _item_faults(reference: HumanReference, instrument: Instrument) -> Iterator[ReferenceFault]:
    for item_id in reference.items:
        if item_id not in instrument.index:
            remedy = (
                f"rename or drop it, or use the questionnaire that asks it; {did_you_mean(item_id, instrument.index)}"
            )
            yield ReferenceFault("unknown_item", item_id, what="the questionnaire does not ask it", remedy=remedy)
    there = set(reference.items)
    for item in instrument.items:
        if item.wording == 0 and item.format is not ResponseFormat.OPEN and item.id not in there:
            remedy = "add its human shares, or leave the item out of the comparison"
            yield ReferenceFault("item_without_reference", item.id, what="has no human shares", remedy=remedy)


def _checked(cell: ReferenceCell, item: Item) -> tuple[list[ReferenceFault], ReferenceCell | None]:
    """The faults of one cell and what is usable of it, None where nothing is."""
    faults: list[ReferenceFault] = []

    def note(kind: FaultKind, what: str, remedy: str) -> None:
        faults.append(ReferenceFault(kind, cell.item, cell.country, cell.group, what, remedy))

    if cell.is_multiple != (item.format is ResponseFormat.MULTIPLE):
        kind = "multiple-choice" if cell.is_multiple else "single-choice"
        note("wrong_format", f"the shares are {kind}, the item is {item.format.value}", "correct the one or the other")
        return faults, None
    if cell.n == 0:
        note("no_cases", "n is 0", "leave the cell out, or give how many people answered")
        return faults, None
    if cell.n is None:
        note("n_unknown", "n is not given", "add n; without it there is no human sampling noise to compare with")
    offered = [option.code for option in item.options]
    strange = [code for code in cell.shares if code not in offered]
    lacking = [option.code for option in item.substantive_options if option.code not in cell.shares]
    if strange:
        what = f"the reference has {_codes(strange)}, which the item does not offer (it has {_codes(offered)}"
        what += f"; of these the reference lacks {_codes(lacking)})" if lacking else ")"
        note("unknown_option", what, "map these codes to the item's, or refuse the item")
        if any(cell.shares[code] > 0 for code in strange):
            return faults, None
    if lacking:
        what = f"has no share of {_codes(lacking)}; taken as 0"
        note("option_without_share", what, "check that nobody could choose otherwise, and write the 0")
    return faults, _substantive(cell, item, note)


def _substantive(cell: ReferenceCell, item: Item, note: Note) -> ReferenceCell | None:
    """The cell without missing categories, in the item's order; None where nobody gave a substantive answer."""
    shares = {option.code: cell.shares.get(option.code, 0.0) for option in item.substantive_options}
    dropped = [option.code for option in item.options if option.missing is not None and option.code in cell.shares]
    lost = sum(cell.shares[code] for code in dropped)
    n, n_missing = cell.n, cell.n_missing
    if dropped:
        note("missing_category", f"{_codes(dropped)} (share {lost:.4f}) left out, the rest made to sum to 1", "nothing")
        if lost >= 1 or sum(shares.values()) <= 0:
            note("no_cases", "nobody gave a substantive answer", "leave the cell out")
            return None
        if not cell.is_multiple:
            total = sum(shares.values())
            shares = {code: share / total for code, share in shares.items()}
            if n is not None:
                n, n_missing = n * (1 - lost), (n_missing or 0) + n * lost
    empty = [code for code, share in shares.items() if share == 0 and code in cell.shares]
    if empty:
        what = f"nobody chose {_codes(empty)}"
        note("zero_option", what, "know that KL is infinite for a model that chooses it; see the infinite rule")
    return replace(cell, shares=shares, n=n, n_missing=n_missing)


def _codes(codes: Sequence[int]) -> str:
    return f"option{'' if len(codes) == 1 else 's'} {', '.join(map(str, codes))}"


def _gaps(
    whole: HumanReference, usable: HumanReference, countries: Sequence[str], groups: Sequence[str]
) -> Iterator[ReferenceFault]:
    """Countries and groups without any usable cell, then items that lack one which others have."""
    remedy = "add its data, or leave it out of the comparison"
    for country in dict.fromkeys([*whole.countries, *countries]):
        if country not in usable.countries:
            yield ReferenceFault("country_without_data", "", country, "", "no cell of it is usable", remedy)
    for group in dict.fromkeys([*whole.groups, *groups]):
        if group not in usable.groups:
            yield ReferenceFault("group_without_data", "", "", group, "no cell of it is usable", remedy)
    held: dict[str, dict[str, set[str]]] = {}
    of_country: dict[str, dict[str, None]] = {}
    for cell in usable.cells:
        held.setdefault(cell.item, {}).setdefault(cell.country, set()).add(cell.group)
        of_country.setdefault(cell.country, {})[cell.group] = None
    for item, by_country in held.items():
        for country, known in of_country.items():
            if country not in by_country:
                what = "the item has no usable cell in this country"
                yield ReferenceFault("country_without_data", item, country, "", what, remedy)
                continue
            for group in known:
                if group not in by_country[country]:
                    what = f"the item has no usable cell of this group{'' if group != EVERYBODY else ' (everybody)'}"
                    yield ReferenceFault("group_without_data", item, country, group, what, remedy)
