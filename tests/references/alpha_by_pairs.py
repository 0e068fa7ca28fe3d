"""How the reference alphas were made: Krippendorff's alpha from its definition, pair by pair, in exact fractions.

Observed disagreement is the mean over all ordered pairs within units, each unit weighing as many values as it has;
expected disagreement is the mean over all ordered pairs of pairable values. No code of ours.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve units.
KRIPPENDORFF_2011 = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""
# The example of three coders and fifteen units in Wikipedia's article on the coefficient.
THREE_CODERS = """
. . . . . 3 4 1 2 1 1 3 3 . 3
1 . 2 1 3 3 4 3 . . . . . . .
. . 2 1 3 4 4 . 2 1 1 3 3 . 4
"""


def table(text: str) -> list[list[int | None]]:
    """Rows of ratings, None where a dot stands."""
    return [[None if cell == "." else int(cell) for cell in line.split()] for line in text.strip().splitlines()]


def alpha(ratings: list[list[int | None]], level: str) -> Fraction:
    """The coefficient at a level of measurement."""
    units = [[r for r in column if r is not None] for column in zip(*ratings, strict=True)]
    units = [unit for unit in units if len(unit) > 1]
    pool = [value for unit in units for value in unit]

    def distance(a: int, b: int) -> Fraction:
        if level == "nominal":
            return Fraction(int(a != b))
        if level == "interval":
            return Fraction((a - b) ** 2)
        low, high = min(a, b), max(a, b)
        between = sum(low <= value <= high for value in pool)
        return (between - Fraction(pool.count(a) + pool.count(b), 2)) ** 2 if a != b else Fraction(0)

    observed = sum(
        sum((distance(a, b) for a, b in permutations(unit, 2)), Fraction(0)) / (len(unit) - 1) for unit in units
    ) / len(pool)
    expected = sum((distance(a, b) for a, b in permutations(pool, 2)), Fraction(0)) / (len(pool) * (len(pool) - 1))
    return 1 - observed / expected


if __name__ == "__main__":
    for name, text in (("2011", KRIPPENDORFF_2011), ("three coders", THREE_CODERS)):
        print(
            name, *(f"{level} {float(alpha(table(text), level)):.6f}" for level in ("nominal", "ordinal", "interval"))
        )
