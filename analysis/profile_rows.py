"""The tables of preference-bias profiles: matching rates, shares of groups with what chance gives, items one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.distributions import FloatArray, IntArray
from analysis.human_profiles import Convention, GroupProfiles, HumanProfiles
from analysis.option_grid import OptionGrid
from analysis.uncertainty import proportion_interval

if TYPE_CHECKING:
    import pandas as pd

TIE = "tie"
"""The profile where several groups are equally frequent."""

AMONG = ("match", "mismatch", "all")
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Chosen:
    """The modal option of every item for one arm beside the humans of one country, and those of resamples if drawn.

    modal: (n_items,), -1 where nobody answered. drawn: (m, n_items) or None: intervals are then Wilson's over items.
    """

    arm: tuple[Any, ...]
    culture: HumanProfiles
    modal: IntArray
    drawn: IntArray | None

    def among(self, which: str, modal: IntArray) -> Bools:
        """(m, n_items): items that both sides have an option for, and match, or do not, or either."""
        known = (modal >= 0) & (self.culture.modal >= 0)
        same = modal == self.culture.modal
        return np.asarray(known & (same if which == "match" else ~same if which == "mismatch" else True))

    def interval(self, hits: Bools, base: Bools, drawn_hits: Bools, drawn_base: Bools) -> tuple[float, float, float]:
        """Share of `base` that are `hits`, with its interval; the drawn ones are used where there are draws."""
        k, n = int((hits & base).sum()), int(base.sum())
        if not n:
            return np.nan, np.nan, np.nan
        if self.drawn is None:
            return k / n, *proportion_interval(k, n)
        below = drawn_base.sum(axis=1)
        shares = ((drawn_hits & drawn_base).sum(axis=1) / np.where(below > 0, below, np.nan))[below > 0]
        low, high = np.quantile(shares, (0.025, 0.975)) if shares.size else (np.nan, np.nan)
        return k / n, float(low), float(high)


def matching_rows(found: Sequence[Chosen], grid: OptionGrid, by: Sequence[str]) -> pd.DataFrame:
    """How often the arm's modal option is the human one, by dimension and overall."""
    import pandas as pd

    names = dict.fromkeys(d for item in grid.items for d in item.dimensions)
    members = {name: np.array([name in item.dimensions for item in grid.items]) for name in names}
    members["overall"] = np.ones(len(grid.items), dtype=bool)
    rows = []
    for chosen in found:
        drawn = chosen.modal[None] if chosen.drawn is None else chosen.drawn
        match, known = (chosen.among(which, chosen.modal) for which in ("match", "all"))
        match_drawn, known_drawn = (chosen.among(which, drawn) for which in ("match", "all"))
        for name, inside in members.items():
            numbers = chosen.interval(match, known & inside, match_drawn, known_drawn & inside)
            n = int((known & inside).sum())
            reason = "" if n else "no item with answers on both sides"
            rows.append((*chosen.arm, chosen.culture.human.country, name, *numbers, n, int(inside.sum()) - n, reason))
    columns = [*by, "country", "dimension", "rate", "low", "high", "n_items", "n_left_out", "reason"]
    return pd.DataFrame(rows, columns=columns)


def profile_rows(found: Sequence[Chosen], by: Sequence[str], convention: Convention) -> pd.DataFrame:
    """The share of items with each profile, among matches, mismatches and all, beside what chance gives."""
    import pandas as pd

    rows = [
        (*chosen.arm, chosen.culture.human.country, name, which, *row[:-1], convention, row[-1])
        for chosen in found
        for name, variable in chosen.culture.variables.items()
        for which in AMONG
        for row in _shares(chosen, variable, which)
    ]
    columns = [*by, "country", "variable", "among", "group", "share", "low", "high", "expected_unrelated"]
    return pd.DataFrame(rows, columns=[*columns, "expected_random", "n_items", "convention", "reason"])


def _shares(chosen: Chosen, variable: GroupProfiles, which: str) -> Iterator[tuple[Any, ...]]:
    """Group, share, low, high, both expectations, number of items, reason."""
    own, base = _profile(chosen, variable, which, chosen.modal[None])
    many, many_base = (own, base) if chosen.drawn is None else _profile(chosen, variable, which, chosen.drawn)
    random = _random_choice(chosen, variable, which, base[0])
    unrelated = variable.unrelated[np.arange(base.shape[1]), np.maximum(chosen.modal, 0)][base[0]]
    known = unrelated[~np.isnan(unrelated).any(axis=1)]
    n = int(base.sum())
    for index, group in enumerate((*variable.groups, TIE)):
        numbers = chosen.interval(own[0] == index, base[0], many == index, many_base)
        expected = float(known[:, index].mean()) if len(known) else np.nan
        reason = variable.reason or ("" if n else "no such item with a profile")
        yield group, *numbers, expected, random[index], n, reason


def _profile(chosen: Chosen, variable: GroupProfiles, which: str, modal: IntArray) -> tuple[IntArray, Bools]:
    """(m, n_items) profile of the modal options, and which items count."""
    profile = variable.profile[np.arange(modal.shape[1]), np.maximum(modal, 0)]
    return profile, chosen.among(which, modal) & (profile >= 0)


def _random_choice(chosen: Chosen, variable: GroupProfiles, which: str, base: Bools) -> FloatArray:
    """(n_groups + 1,) mean share of each profile over the options that would leave the items what they are."""
    profile = variable.profile[base]
    is_modal = np.arange(profile.shape[1]) == chosen.culture.modal[base][:, None]
    allowed = (profile >= 0) & (is_modal if which == "match" else ~is_modal if which == "mismatch" else True)
    n = allowed.sum(axis=1)
    counts = [((profile == index) & allowed).sum(axis=1) for index in range(len(variable.groups) + 1)]
    if not (n > 0).any():
        return np.full(len(counts), np.nan)
    return np.array([float((count[n > 0] / n[n > 0]).mean()) for count in counts])


def profile_item_rows(found: Sequence[Chosen], grid: OptionGrid, by: Sequence[str]) -> pd.DataFrame:
    """Every item: both modal codes, whether they match, the profile by variable, and why something is missing."""
    import pandas as pd

    rows = []
    for chosen in found:
        human = chosen.culture.human
        for place, item in enumerate(grid.items):
            own, other = int(chosen.modal[place]), int(chosen.culture.modal[place])
            codes = [int(grid.codes[place, option]) if option >= 0 else None for option in (other, own)]
            labels = [_label(variable, place, own) for variable in chosen.culture.variables.values()]
            is_match = None if None in codes else own == other
            reason = human.reasons.get(item.id, "" if own >= 0 else "no respondent answered")
            rows.append((*chosen.arm, human.country, item.id, *codes, is_match, *labels, reason))
    variables = list(found[0].culture.variables) if found else []
    table = pd.DataFrame(
        rows, columns=[*by, "country", "item", "human_modal", "arm_modal", "is_match", *variables, "reason"]
    )
    return table.astype({"human_modal": "Int64", "arm_modal": "Int64", "is_match": "boolean"})


def _label(variable: GroupProfiles, place: int, option: int) -> str | None:
    index = int(variable.profile[place, option]) if option >= 0 else -1
    return None if index < 0 else (*variable.groups, TIE)[index]
