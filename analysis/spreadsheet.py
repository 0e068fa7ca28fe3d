"""Text cells that a spreadsheet cannot take for a formula, and back. Knows no run.

A cell that begins with one of = + - @, their full-width or small forms, a tab, a line break or a single quote gets a
single quote in front, also where blanks or characters without a shape stand before them: programs drop those on the
way. As a quote is guarded too, taking one leading quote off restores every cell exactly.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

GUARD = "'"
_FORMULA = r"=+\-@＝＋－＠﹦﹢﹣﹫"
# Control characters, blanks, soft hyphen, zero-width and direction marks, byte order mark.
_UNSEEN = (
    r"\x00-\x20\x7f-\xa0\xad"
    "\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufe0e\ufe0f\ufeff"
)
DANGEROUS = re.compile(rf"(?:[\t\r\n]|[{_UNSEEN}]*[{_FORMULA}{GUARD}])")
"""What a spreadsheet could take for a formula, at the start of a cell."""


def guard(text: str) -> str:
    """`text` as it may stand in a spreadsheet cell."""
    return GUARD + text if DANGEROUS.match(text) else text


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
            dangerous = values.str.match(DANGEROUS.pattern).fillna(False)
            columns[guard(str(name))] = values.where(~dangerous, GUARD + values)
        else:
            columns[guard(str(name))] = values
    return pd.DataFrame(columns)
