"""Codes for the reasons why there is no answer, such that SPSS can be told that they are missing. Knows no run.

SPSS takes, for one variable, one range of user-missing values and one further value.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.store.records import ANSWER_STATUSES
from surveys.instrument import ResponseOption

REASONS: tuple[str, ...] = ANSWER_STATUSES[1:]
"""refused, dont_know, not_applicable, unparsed, error: where the codes allow it, -1 to -5."""


class ReasonCodes(NamedTuple):
    """The code of each reason for one variable, and what is declared user-missing: a range and perhaps one code."""

    code: dict[str, int]
    missing: list[Any]

    @property
    def labels(self) -> dict[float, str]:
        """Value labels of the codes."""
        return {float(code): reason for reason, code in self.code.items()}


def reason_codes(options: tuple[ResponseOption, ...] = ()) -> ReasonCodes:
    """Codes that none of `options` has, declared missing together with options that offer "don't know" and the like.

    The reasons lie below all options. Where several offered ones lie above the substantive options they lie above
    those, so that one range covers both. Offered ones that neither range nor further value can cover are labelled, but
    not declared.
    """
    valid = [option.code for option in options if option.missing is None] or [0]
    offered = sorted(option.code for option in options if option.missing is not None)
    below = [code for code in offered if code < min(valid)]
    others = offered[len(below) :]
    if not below and len(others) > 1 and others[0] > max(valid):
        top = others[-1]
        codes: dict[str, int] = {reason: top + n for n, reason in enumerate(REASONS, start=1)}
        return ReasonCodes(codes, [{"lo": others[0], "hi": top + len(REASONS)}])
    low = min([*valid, *offered, 0])
    codes = {reason: low - n for n, reason in enumerate(REASONS, start=1)}
    return ReasonCodes(codes, [{"lo": low - len(REASONS), "hi": below[-1] if below else low - 1}, *others[:1]])


def with_reasons(
    values: NDArray[np.float64], status: NDArray[np.int8], codes: ReasonCodes, *, keep_values: bool = False
) -> NDArray[np.float64]:
    """`values`, and the code of the reason where `status` has one; `keep_values`: only where there is no value."""
    filled = values.copy()
    for reason, code in codes.code.items():
        here = status == ANSWER_STATUSES.index(reason)
        filled[here & np.isnan(values) if keep_values else here] = code
    return filled
