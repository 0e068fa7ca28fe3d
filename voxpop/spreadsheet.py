"""Text cells that a spreadsheet cannot take for a formula, and back. Knows no run.

A cell that begins with one of = + - @, their full-width forms, a tab, a line break or a single quote gets a single
quote in front. As a quote is guarded too, taking one leading quote off restores every cell exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

GUARD = "'"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", GUARD)


def guard(text: str) -> str:
    """`text` as it may stand in a spreadsheet cell."""
    return GUARD + text if text.startswith(DANGEROUS) else text


def unguard(text: str) -> str:
    """The text that `guard` guarded."""
    return text.removeprefix(GUARD)


def guarded_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with guarded column names and texts; numbers, which no guard could tell from text, stay numbers."""
    import pandas as pd

    columns: dict[str, Any] = {}
    for name, values in frame.items():
        if isinstance(values.dtype, pd.CategoricalDtype):
            shown = [guard(one) if isinstance(one, str) else one for one in values.cat.categories]
            columns[guard(str(name))] = values.cat.rename_categories(shown)
        elif values.dtype == "str":
            dangerous = values.str.startswith(DANGEROUS).fillna(False)
            columns[guard(str(name))] = values.where(~dangerous, GUARD + values)
        else:
            columns[guard(str(name))] = values
    return pd.DataFrame(columns)
