"""The scoring key of a value questionnaire, ready-made or from a file, and the joining of texts to it by number.

Knows entries and keys, no answers. Nothing is joined by its place in a file: an item without its own entry in the key,
or an entry without its item, is a fault, and nothing moves up into its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simulator.errors import Fault
from surveys.fields import shown
from surveys.importers.value_tables import REFERENCES, Entry, Tables
from surveys.suggest import did_you_mean, listed
from surveys.value_keys import VALUE_KEYS, KeyedItem, ValueKey, value_system, value_titles

_YES, _NO = ("true", "yes", "1", "x"), ("false", "no", "0", "")


class Joined(NamedTuple):
    """One item of the questionnaire: its entry and what the key says of it."""

    entry: Entry
    keyed: KeyedItem
    is_reversed: bool


def read_key(tables: Tables, name: str) -> ValueKey:
    """The ready-made key `name`, or the one in `tables`; faults are noted there."""
    if name:
        if tables.key:
            what = f"holds a key, and the ready-made key {name!r} was asked for"
            tables.faults.append(Fault(tables.file_of["key"], what, "use one of the two"))
        if name not in VALUE_KEYS:
            tables.faults.append(Fault("key", f"there is no key {name!r}", did_you_mean(name, VALUE_KEYS, "keys")))
        return VALUE_KEYS.get(name, ValueKey(name, ()))
    if not tables.key:
        if "key" not in tables.file_of:
            remedy = f"give a table with the columns number and value, or a ready-made key: {listed(VALUE_KEYS)}"
            tables.faults.append(Fault("key", "no file says which value each item measures", remedy))
        return ValueKey("", ())
    file = tables.file_of["key"]
    key = ValueKey(file, tuple(_keyed_items(tables.key, tables.faults)), file=file)
    measured = {item.value for item in key.items}
    lacking = [f"{code} ({value_titles()[code]})" for code in key.values if code not in measured]
    if lacking:
        what = f"no item measures {', '.join(lacking)}"
        tables.faults.append(Fault(file, what, f"key at least one item to each of the {len(key.values)} values"))
    return key


def _keyed_items(entries: Sequence[Entry], faults: list[Fault]) -> Iterator[KeyedItem]:
    titles = value_titles()
    by_word = {
        **{title.casefold(): code for code, title in titles.items()},
        **{code.casefold(): code for code in titles},
    }
    codes = [by_word.get(entry.get("value").casefold(), "") for entry in entries]
    system = value_system(codes)
    seen: dict[str, tuple[str, str]] = {}
    for entry, code in zip(entries, codes, strict=True):
        if not entry.reference:
            faults.append(Fault(entry.place, "names no item", f"fill one of the columns {', '.join(REFERENCES)}"))
            continue
        item = f"item {entry.reference}"
        if entry.reference in seen:
            place, other = seen[entry.reference]
            what = f"{item} is keyed to {code or shown(entry.get('value'))}, and to {other} in {place}"
            faults.append(Fault(entry.place, what, "give each item one line"))
            continue
        seen[entry.reference] = entry.place, code or shown(entry.get("value"))
        if not code or (system and code not in system):
            what = f"{item} is keyed to {shown(entry.get('value'))}"
            what += (
                f", which is none of the {len(system)} values that the others name" if code else ", which is no value"
            )
            faults.append(Fault(entry.at("value"), what, did_you_mean(entry.get("value"), system or titles, "values")))
        yield KeyedItem(entry.reference, code, is_reversed=read_flag(entry, "reverse", faults))


def read_flag(entry: Entry, column: str, faults: list[Fault]) -> bool:
    """Yes or no, no where the cell is empty."""
    word = entry.get(column).casefold()
    if word not in _YES + _NO:
        faults.append(Fault(entry.at(column), f"found {shown(word)}", "write yes or no"))
    return word in _YES


def join(tables: Tables, key: ValueKey) -> list[Joined]:
    """Every text with its place in the key, by number (in the order of the texts where the key has names alone); what
    has no partner is a fault.
    """
    keyed = {name: item for item in key.items for name in (item.name, item.reference) if name}
    found: dict[str, Entry] = {}
    unknown: list[Entry] = []
    for entry in tables.items:
        if not entry.reference:
            remedy = f"fill one of the columns {', '.join(REFERENCES)}: texts are joined to the key by it alone"
            tables.faults.append(Fault(entry.place, "has no number", remedy))
            continue
        item = keyed.get(entry.reference)
        if item is None:
            unknown.append(entry)
        elif item.reference in found:
            what = f"item {entry.reference} has a text in {found[item.reference].place} already"
            tables.faults.append(Fault(entry.place, what, "give each item its own number"))
        else:
            found[item.reference] = entry
    if key.items and tables.items:
        _note_partners(tables, key, found, unknown)
    with_text = {item.reference: item for item in key.items if item.reference in found}
    is_numbered = all(reference.isdecimal() for reference in with_text)
    order = sorted(with_text, key=int) if is_numbered else [reference for reference in found if reference in with_text]
    return [Joined(found[one], with_text[one], _is_reversed(found[one], with_text[one], tables)) for one in order]


def _note_partners(tables: Tables, key: ValueKey, found: dict[str, Entry], unknown: Sequence[Entry]) -> None:
    """The faults of texts without a key and of keyed items without a text."""
    file, by = tables.file_of["items"], key.called
    if not found and unknown:
        theirs, ours = listed(entry.reference for entry in unknown), listed(item.reference for item in key.items)
        what = f"none of its items is in {by}: it names {theirs}"
        tables.faults.append(Fault(file, what, f"number them as the key does: {ours}"))
        return
    for entry in unknown:
        remedy = did_you_mean(entry.reference, [item.reference for item in key.items], "items of the key")
        tables.faults.append(Fault(entry.place, f"item {entry.reference} is not in {by}", remedy))
    if len(tables.items) != len(key.items):
        what = f"{len(tables.items)} items, where {by} has {len(key.items)}"
        tables.faults.append(Fault(file, what, "give every item of the key, and no other"))
    for item in key.items:
        if item.reference not in found:
            also = f" ({item.name})" if item.name else ""
            what = f"item {item.reference}{also} of {by}, for {item.value or 'no value'}, has no text"
            tables.faults.append(Fault(file, what, "add its row; the others keep their numbers"))


def _is_reversed(entry: Entry, item: KeyedItem, tables: Tables) -> bool:
    """Whether an item points away from its value, by its text's row and by the key, which must agree."""
    if entry in tables.key or not entry.get("reverse"):
        return item.is_reversed
    is_reversed = read_flag(entry, "reverse", tables.faults)
    has_said = any(one.reference == item.reference and one.get("reverse") for one in tables.key)
    if has_said and is_reversed != item.is_reversed:
        words = "reversed" if is_reversed else "not reversed"
        what = f"item {entry.reference} is {words}, and the key in {tables.file_of['key']} says the opposite"
        tables.faults.append(Fault(entry.at("reverse"), what, "let both say the same, or leave it out in one"))
    return is_reversed
