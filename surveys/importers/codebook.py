"""A codebook: which variable of a microdata file holds which item, and what its values mean. Knows no file of data.

TOML, described in docs/references.md. Values are written as the file has them, as text: "1", "-9", "Male".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from simulator.errors import Fault, InstrumentError
from surveys.countries import find_country
from surveys.fields import Fields
from surveys.instrument import Instrument, ResponseFormat
from surveys.loader import parse_toml, read_text

_BAND = re.compile(r"([0-9]{1,3})(?:-([0-9]{1,3})|(\+))")
BANDS = ("18-29", "30-49", "50+")
"""The age bands of the published preference profiles."""


@dataclass(frozen=True, slots=True)
class ItemSource:
    """Where the answers to one item are.

    `codes` maps values to canonical codes; `missing` are values that are no answer (an empty one never is). With
    `picks` (canonical code by variable) each option has a variable of its own, chosen where it holds one of `picked`,
    not chosen where it holds one of `not_picked`; with `separator` one variable holds a list of values.
    """

    item: str
    variable: str = ""
    codes: Mapping[str, int] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    picks: Mapping[str, int] = field(default_factory=dict)
    picked: frozenset[str] = frozenset({"1"})
    not_picked: frozenset[str] = frozenset({"0"})
    separator: str = ""

    @property
    def is_multiple(self) -> bool:
        """Whether several options can be picked."""
        return bool(self.picks or self.separator)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that are read."""
        return tuple(self.picks) if self.picks else (self.variable,)

    @property
    def offered(self) -> tuple[int, ...]:
        """The canonical codes that can occur, in the order of the codebook."""
        return tuple(dict.fromkeys((self.picks or self.codes).values()))


@dataclass(frozen=True, slots=True)
class Codebook:
    """A microdata file explained. A variable that is empty is not there; `country` is then everybody's."""

    id: str
    title: str
    source: str
    items: tuple[ItemSource, ...]
    year: int | None = None
    licence: str = ""
    weight: str = ""
    country: str = ""
    country_variable: str = ""
    countries: Mapping[str, str] = field(default_factory=dict)
    sex_variable: str = ""
    sexes: Mapping[str, str] = field(default_factory=dict)
    age_variable: str = ""
    bands: tuple[tuple[str, float, float], ...] = ()
    age_missing: frozenset[str] = frozenset()

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable that the codebook names, once."""
        named = [self.weight, self.country_variable, self.sex_variable, self.age_variable]
        named += [name for item in self.items for name in item.variables]
        return tuple(dict.fromkeys(name for name in named if name))


def read_codebook(path: str | Path, instrument: Instrument | None = None) -> Codebook:
    """The codebook in a TOML file; InstrumentError listing every fault.

    instrument: gives codes and missing values of the items for which the codebook has none, and the format of all.
    """
    faults: list[Fault] = []
    top = Fields(parse_toml(read_text(path, "a codebook (TOML)"), str(path)), "", faults)
    country, countries = _country(top)
    sex = _table(top, "sex")
    age = _table(top, "age")
    items = top.raw("items", required="say which variable holds which item: [items.Q1] variable = ...")
    if items is not None and (not isinstance(items, dict) or not items):
        top.wrong_type("items", "tables such as [items.Q1]", items)
        items = None
    codebook = Codebook(
        id=top.string("id", required='name the source: id = "my-survey-2024"'),
        title=top.string("title"),
        source=top.string("source"),
        year=top.whole("year"),
        licence=top.string("licence"),
        weight=top.string("weight"),
        country=country[0],
        country_variable=country[1],
        countries=countries,
        sex_variable=sex.string("variable"),
        sexes=_values(sex, "values") if sex.data else {},
        age_variable=age.string("variable"),
        bands=_bands(age),
        age_missing=_listed(age, "missing"),
        items=tuple(_item(top, name, one, instrument) for name, one in (items or {}).items()),
    )
    for fields in (sex, age, top):
        fields.close()
    if faults:
        raise InstrumentError.from_faults(str(path), faults)
    return codebook


def _table(top: Fields, key: str) -> Fields:
    """An optional table; an empty one where it is absent or no table."""
    found = top.raw(key)
    if found is not None and not isinstance(found, dict):
        top.wrong_type(key, "a table", found)
    fields = Fields(found if isinstance(found, dict) else {}, key, top.faults)
    if fields.data:
        fields.raw("variable", required='name the variable: variable = "..."')
    return fields


def _country(top: Fields) -> tuple[tuple[str, str], Mapping[str, str]]:
    """Code of everybody's country and the variable that holds it (one of them is empty); code by value."""
    found = top.raw("country")
    if found is None:
        return ("", ""), {}
    if isinstance(found, str):
        place = find_country(found)
        if place is None:
            top.fault("country", f"{found!r} is not known", 'give a two-letter code: country = "US"')
        return ("" if place is None else place.code, ""), {}
    fields = _table(top, "country")
    values = _values(fields, "values")
    for value, name in values.items():
        if find_country(name) is None:
            fields.fault(f"values, {value!r}", f"{name!r} is no country", "give a two-letter code such as US")
    fields.close()
    codes = {value: place.code for value, name in values.items() if (place := find_country(name)) is not None}
    return ("", fields.string("variable")), codes


def _values(fields: Fields, key: str) -> dict[str, str]:
    """A table of texts by value."""
    found = fields.raw(key, required='say what each value means: values = {"1" = "male", "2" = "female"}')
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(one, str) and one for one in found.values()):
        fields.wrong_type(key, 'a table of texts by value, such as {"1" = "male"}', found)
        return {}
    return dict(found)


def _bands(age: Fields) -> tuple[tuple[str, float, float], ...]:
    """Name, first and last year of each band; empty where there is no age."""
    names = age.strings("bands") or (BANDS if age.data else ())
    bands: list[tuple[str, float, float]] = []
    for name in names:
        found = _BAND.fullmatch(name)
        low, high = (int(found[1]), float(found[2] or "inf")) if found else (0, -1.0)
        if found is None or low > high:
            age.fault("bands", f"{name!r} is no band of years", 'write "18-29" or "50+"')
        elif bands and low <= bands[-1][2]:
            age.fault("bands", f"{name!r} begins before the band above it ends", "let each year be in one band")
        else:
            bands.append((name, float(low), high))
    return tuple(bands)


def _item(top: Fields, name: str, data: object, instrument: Instrument | None) -> ItemSource:
    place = f"items.{name}"
    if not isinstance(data, dict):
        top.wrong_type(place, 'a table with variable = "..."', data)
        return ItemSource(name)
    fields = Fields(data, place, top.faults)
    known = instrument.item(name) if instrument is not None and name in instrument.index else None
    if instrument is not None and known is None:
        top.fault(place, "the questionnaire has no such item", "use its ids as names of the items")
    codes = _codes(fields, "codes")
    missing = _listed(fields, "missing")
    picks = _codes(fields, "variables")
    if known is not None and not codes and not picks:
        codes = {str(option.code): option.code for option in known.substantive_options}
        missing |= {str(option.code) for option in known.options if option.missing is not None}
    source = ItemSource(
        name,
        fields.string("variable"),
        codes,
        missing,
        picks,
        _listed(fields, "picked") or frozenset({"1"}),
        _listed(fields, "not_picked") or frozenset({"0"}),
        fields.string("separator"),
    )
    _item_faults(fields, source)
    if known is not None and source.is_multiple != (known.format is ResponseFormat.MULTIPLE):
        what = f"the item is {known.format.value}, the codebook says {'multiple' if source.is_multiple else 'single'}"
        top.fault(place, what, "give variables or separator for multiple choice, variable alone for single choice")
    fields.close()
    return source


def _item_faults(fields: Fields, source: ItemSource) -> None:
    if bool(source.variable) == bool(source.picks):
        remedy = 'give variable = "V1", or variables = {V1 = 1, V2 = 2} with the option of each'
        fields.fault("variable", "one of variable and variables is needed", remedy)
    elif not source.offered:
        fields.fault("codes", "are missing", 'map values to option codes: codes = {"1" = 1, "2" = 2}')
    doubled = sorted(source.missing & set(source.codes))
    if doubled:
        fields.fault("missing", f"{', '.join(doubled)} is an answer and missing at once", "leave it in one of the two")


def _listed(fields: Fields, key: str) -> frozenset[str]:
    """A list of values, as texts; none where it is absent."""
    found = fields.raw(key)
    if found is None:
        return frozenset()
    if not isinstance(found, list) or not all(isinstance(one, str | int) for one in found):
        fields.wrong_type(key, 'a list of values, such as ["-1", "-2"]', found)
        return frozenset()
    return frozenset(map(str, found))


def _codes(fields: Fields, key: str) -> dict[str, int]:
    found = fields.raw(key)
    if found is None:
        return {}
    is_sound = isinstance(found, dict) and all(
        isinstance(one, int) and not isinstance(one, bool) for one in found.values()
    )
    if not is_sound:
        fields.wrong_type(key, 'a table of option codes, such as {"1" = 1, "2" = 2}', found)
        return {}
    return dict(found)
