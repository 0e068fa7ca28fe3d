"""The verdicts of a run as a tidy frame: one row per judge, reply, criterion and repeat.

Reads a record; knows no rubric. A verdict without a label keeps its row and its reason (`status`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from analysis.answer_lookup import printable
from analysis.responses import recorded_instrument
from simulator.store.reader import Reader
from simulator.store.records import VerdictRow, respondent_name

if TYPE_CHECKING:
    import pandas as pd

BATCH = 200_000
COLUMNS = (
    *("respondent", "persona_id", "strategy", "condition", "item", "topic", "dimensions", "exchange"),
    *("rubric", "criterion", "judge", "repeat", "label", "status", "rationale", "weight"),
)
"""The columns of `verdicts_frame`, in order."""


def verdicts_frame(reader: Reader, *, rubric: str | None = None) -> pd.DataFrame:
    """One row per verdict, in the order of respondents, exchanges, rubrics, judges, repeats and criteria.

    Columns: respondent ("r0042"), persona_id, strategy, condition (id); item, topic, dimensions ("A;B") of the reply
    judged and its exchange number; rubric, criterion, judge, repeat; label (canonical, None unless the status is ok),
    status (ok, unreadable, refused, error), rationale, weight of the respondent. A lone surrogate in a text is shown as
    a backslash escape. No verdicts: no rows.
    """
    import pandas as pd

    frames = list(verdict_frames(reader, rubric=rubric))
    return pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]


def verdict_frames(reader: Reader, *, rubric: str | None = None, size: int = BATCH) -> Iterator[pd.DataFrame]:
    """`verdicts_frame` in parts of `size` rows with the same columns and types: bounded memory. At least one part."""
    facts = _Facts(reader)
    rows = reader.verdicts(rubric=rubric)
    part = list(islice(rows, size))
    yield facts.frame(part)
    while part := list(islice(rows, size)):
        yield facts.frame(part)


class _Facts:
    """What stands beside a verdict: who was judged, and which item."""

    def __init__(self, reader: Reader) -> None:
        columns = reader.respondent_columns()
        names = ("persona_id", "strategy", "condition", "weight")
        values = zip(*(columns[name].tolist() for name in names), strict=True)
        self._people: dict[int, tuple[Any, ...]] = dict(zip(columns["number"].tolist(), values, strict=True))
        self._items = recorded_instrument(reader).items
        answers = reader.answer_columns(("respondent", "item", "exchange"))
        keys = zip(answers["respondent"].tolist(), answers["exchange"].tolist(), strict=True)
        self._item_of = dict(zip(keys, answers["item"].tolist(), strict=True))

    def frame(self, rows: list[VerdictRow]) -> pd.DataFrame:
        """These verdicts as a frame."""
        import pandas as pd

        frame = pd.DataFrame([self._row(row) for row in rows], columns=list(COLUMNS))
        kinds = {"condition": "int32", "exchange": "int64", "repeat": "int64", "weight": "float64"}
        return frame.astype({name: kinds.get(name, "str") for name in COLUMNS})

    def _row(self, row: VerdictRow) -> tuple[Any, ...]:
        persona, strategy, condition, weight = self._people[row.respondent]
        place = self._item_of.get((row.respondent, row.exchange))
        item = None if place is None else self._items[place]
        asked = (None, None, None) if item is None else (item.id, item.topic, ";".join(item.dimensions) or None)
        who = (respondent_name(row.respondent), _text(persona), _text(strategy), condition, *asked, row.exchange)
        by = (_text(row.rubric), _text(row.criterion), _text(row.judge), row.repeat)
        return (*who, *by, _text(row.label), _text(row.status), _text(row.rationale), weight)


def _text(text: str | None) -> str | None:
    return None if text is None else printable(text)
