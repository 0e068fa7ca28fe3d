"""Scoring keys of value questionnaires: which value each item measures, and which way the answers run. Knows no text.

A key is a published fact; the sentences of the questionnaires belong to their owners and are not here. Keys of three
questionnaires are ready-made: the 57 items of the PVQ-RR (Schwartz & Cieciuch 2022), the 21 items of the human values
scale in the European Social Survey (Schwartz 2003, chapter 7 of the ESS core questionnaire), the 40 items of the PVQ
(Schwartz et al. 2001; key as in the scoring instructions of Schwartz 2009).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from surveys.values import TEN_VALUES, VALUE_CODES, VALUE_OF_ITEM, VALUES

Coding = Literal["rising", "falling"]
CODINGS: Mapping[Coding, str] = MappingProxyType(
    {"rising": "a higher code is more like me", "falling": "the lowest code is most like me"}
)


@dataclass(frozen=True, slots=True)
class KeyedItem:
    """One item of a key: its number (or whatever it goes by), the value it measures, its variable name if it has one.

    `is_reversed` says that the item points away from its value; it says nothing of how the answers are coded.
    """

    reference: str
    value: str
    name: str = ""
    is_reversed: bool = False


@dataclass(frozen=True, slots=True)
class ValueKey:
    """A scoring key, ready-made or (`file`) somebody's own.

    `n_points` answers and their `coding` are None where the key does not settle them.
    """

    name: str
    items: tuple[KeyedItem, ...]
    n_points: int | None = None
    coding: Coding | None = None
    source: str = ""
    file: str = ""

    @property
    def called(self) -> str:
        """The key in a message."""
        return f"the key in {self.file}" if self.file else f"key {self.name}"

    @property
    def values(self) -> tuple[str, ...]:
        """The codes of the values that the items measure, in the order of their system; () for none of the two."""
        return value_system(item.value for item in self.items)


def value_system(codes: Iterable[str]) -> tuple[str, ...]:
    """The values that are meant where these are measured: the 19 in circle order, the ten in theirs, or () for neither.

    AC, HE, ST and TR are codes of both; one that only one system has decides, and the first of those if both occur.
    """
    for code in codes:
        if (code in VALUE_CODES) != (code in TEN_VALUES):
            return VALUE_CODES if code in VALUE_CODES else tuple(TEN_VALUES)
    return ()


def value_titles() -> dict[str, str]:
    """Code → name, of the 19 values and the ten."""
    return {**{value.code: value.name for value in VALUES}, **TEN_VALUES}


_ESS_21: Mapping[str, str] = {
    "ipcrtiv": "SD",
    "imprich": "PO",
    "ipeqopt": "UN",
    "ipshabt": "AC",
    "impsafe": "SE",
    "impdiff": "ST",
    "ipfrule": "CO",
    "ipudrst": "UN",
    "ipmodst": "TR",
    "ipgdtim": "HE",
    "impfree": "SD",
    "iphlppl": "BE",
    "ipsuces": "AC",
    "ipstrgv": "SE",
    "ipadvnt": "ST",
    "ipbhprp": "CO",
    "iprspot": "PO",
    "iplylfr": "BE",
    "impenv": "UN",
    "imptrad": "TR",
    "impfun": "HE",
}
_PVQ_40: Mapping[str, tuple[int, ...]] = {
    "SD": (1, 11, 22, 34),
    "ST": (6, 15, 30),
    "HE": (10, 26, 37),
    "AC": (4, 13, 24, 32),
    "PO": (2, 17, 39),
    "SE": (5, 14, 21, 31, 35),
    "CO": (7, 16, 28, 36),
    "TR": (9, 20, 25, 38),
    "BE": (12, 18, 27, 33),
    "UN": (3, 8, 19, 23, 29, 40),
}

PVQ_RR_57 = ValueKey(
    "pvq-rr-57",
    tuple(KeyedItem(str(number), code) for number, code in VALUE_OF_ITEM.items()),
    n_points=6,
    coding="rising",
    source="PVQ-RR: 57 items, 19 values; 1 = not like me at all (Schwartz & Cieciuch 2022)",
)
ESS_21 = ValueKey(
    "ess-21",
    tuple(KeyedItem(str(number), code, name) for number, (name, code) in enumerate(_ESS_21.items(), start=1)),
    n_points=6,
    coding="falling",
    source="ESS human values scale: 21 items, ten values; 1 = very much like me (Schwartz 2003)",
)
PVQ_40 = ValueKey(
    "pvq-40",
    tuple(
        KeyedItem(str(number), code)
        for number, code in sorted((number, code) for code, numbers in _PVQ_40.items() for number in numbers)
    ),
    n_points=6,
    coding=None,  # files of this form are found coded both ways
    source="PVQ-40: 40 items, ten values (Schwartz et al. 2001; Schwartz 2009)",
)

VALUE_KEYS: Mapping[str, ValueKey] = MappingProxyType({key.name: key for key in (PVQ_RR_57, ESS_21, PVQ_40)})
"""Ready-made keys by name."""
