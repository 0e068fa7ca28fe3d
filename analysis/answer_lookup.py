"""What an option code means: text, score, keyed score and stance by item and code, as arrays to index answers with.

Knows no respondent and no record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from surveys.instrument import Instrument, Item, Stance

STANCES: tuple[Stance, ...] = get_args(Stance)


def printable(text: str) -> str:
    """`text` with what UTF-8 cannot hold (lone surrogates) spelled out as backslash escapes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


@dataclass(frozen=True)
class AnswerLookup:
    """Tables of shape (n_items, n_codes + 1) over all codes of the instrument; the last column is "no such code".

    score, keyed_score: float, NaN where an option has none; stance: index into STANCES, -1 where it has none; texts: by
    language, str or None.
    """

    codes: NDArray[np.int64]
    score: NDArray[np.float64]
    keyed_score: NDArray[np.float64]
    stance: NDArray[np.int8]
    texts: dict[str, NDArray[Any]]

    def columns_of(self, codes: NDArray[np.float64]) -> NDArray[np.int64]:
        """For every code (NaN = none) its column in the tables."""
        known = ~np.isnan(codes)
        wanted = np.where(known, codes, 0).astype(np.int64)
        place = np.searchsorted(self.codes, wanted)
        inside = place < len(self.codes)
        found = known & inside & (self.codes[np.where(inside, place, 0)] == wanted if len(self.codes) else False)
        return np.where(found, place, len(self.codes)).astype(np.int64)


def make_lookup(instrument: Instrument, languages: set[str]) -> AnswerLookup:
    """The tables of `instrument`, with option texts in each of `languages` (its own language where one is lacking)."""
    codes = np.array(sorted({option.code for item in instrument.items for option in item.options}), dtype=np.int64)
    shape = (len(instrument.items), len(codes) + 1)
    place = {int(code): column for column, code in enumerate(codes)}
    score, keyed = np.full(shape, np.nan), np.full(shape, np.nan)
    stance = np.full(shape, -1, dtype=np.int8)
    texts = {language: np.full(shape, None, dtype=object) for language in languages}
    for row, item in enumerate(instrument.items):
        keyed_scores = _keyed_scores(item)
        for option in item.options:
            cell = row, place[option.code]
            stance[cell] = -1 if option.stance is None else STANCES.index(option.stance)
            if option.value is not None:
                score[cell], keyed[cell] = option.value, keyed_scores[option.code]
            for language, table in texts.items():
                table[cell] = printable(instrument.text_in(option.text, language))
    return AnswerLookup(codes, score, keyed, stance, texts)


def _keyed_scores(item: Item) -> dict[int, float]:
    """Code → score, mirrored on the item's range where it is reverse-keyed: `Item.keyed_score` for all at once."""
    values = {option.code: option.value for option in item.options if option.value is not None}
    if not item.reverse_keyed or not values:
        return values
    middle = min(values.values()) + max(values.values())
    return {code: middle - value for code, value in values.items()}
