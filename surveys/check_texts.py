"""Faults of names, wordings and attributes: what any part of an instrument is made of. Knows no item."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from simulator.errors import Fault
from surveys.fields import LANGUAGE_CODE, shown
from surveys.instrument import Texts

_ID = re.compile(r"[A-Za-z0-9._~-]+")
_ID_REMEDY = "use letters a-z and A-Z, digits and . _ ~ - only"


def id_faults(place: str, name: str) -> Iterator[Fault]:
    """An id must be safe in file names, addresses and tables."""
    if not name:
        yield Fault(place, "is empty", _ID_REMEDY)
    elif not _ID.fullmatch(name):
        strange = sorted({character for character in name if not _ID.fullmatch(character)})
        yield Fault(place, f"the id holds {', '.join(map(ascii, strange))}", _ID_REMEDY)


def encodable(place: str, text: str) -> Iterator[Fault]:
    """A text must survive UTF-8."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        yield Fault(place, "holds half of a surrogate pair", "save the text as UTF-8 and write the character anew")


def text_faults(place: str, texts: Texts, languages: Sequence[str], *, required: bool = False) -> Iterator[Fault]:
    """A wording must exist in every language of the instrument."""
    if not texts:
        if required:
            yield Fault(place, "is missing", "give it a text")
        return
    missing = [language for language in languages if language not in texts]
    if missing:
        yield Fault(
            place,
            f"has no text in {', '.join(map(repr, missing))}",
            "translate it, or list in `languages` only those in which every text exists",
        )
    for language, text in texts.items():
        if not text.strip():
            yield Fault(place, f"the text in {language!r} is empty", "write it, or leave the key out")
        if not LANGUAGE_CODE.fullmatch(language):
            yield Fault(place, f"{language!r} is no language code", 'use codes such as "en", "de" or "zh-Hant"')
        yield from encodable(place, text)


def attribute_faults(place: str, name: str, value: object) -> Iterator[Fault]:
    """An attribute must survive JSON and TOML unchanged."""
    yield from encodable(place, name)
    match value:
        case str():
            yield from encodable(place, value)
        case bool() | int():
            pass
        case float() if math.isfinite(value):
            pass
        case list():
            for one in value:
                yield from attribute_faults(place, name, one)
        case dict():
            for key, one in value.items():
                yield from attribute_faults(place, str(key), one)
        case _:
            remedy = "use strings, finite numbers, true or false, lists and tables (a date goes in quotes)"
            yield Fault(place, f"{shown(value)} cannot be kept", remedy)
