"""Which respondents are wanted, as an SQL condition over table `respondent`. Knows no connection."""

from __future__ import annotations

from typing import Any

from simulator.store.cells import stored_text


def _in_text(column: str) -> str:
    return f"instr(lower(CAST({column} AS TEXT)), lower(?)) > 0"


_PERSONA = "persona_id || char(10) || persona_texts || char(10) || attributes"
_HOLDS_TEXT = f"({_in_text(_PERSONA)} OR number IN (SELECT respondent FROM exchange WHERE {_in_text('completion')}))"


def matching(
    strategy: str | None, condition: int | None, disposition: str | None, status: str | None, text: str | None
) -> tuple[str, list[Any]]:
    """The SQL condition for respondents that meet every filter given, and its values."""
    conditions, values = ["1"], list[Any]()
    if strategy is not None:
        conditions.append("strategy = ?")
        values.append(stored_text(strategy))
    if condition is not None:
        conditions.append("condition = ?")
        values.append(condition)
    if disposition is not None:
        conditions.append("coalesce((SELECT disposition FROM interview WHERE respondent = number), 'open') = ?")
        values.append(disposition)
    if status is not None:
        conditions.append("number IN (SELECT respondent FROM answer WHERE status = ?)")
        values.append(status)
    if text is not None:
        conditions.append(_HOLDS_TEXT)
        values += [text.encode("utf-8", "replace").decode()] * 2
    return " AND ".join(conditions), values
