"""Whose answers an arm gives: preference-bias profiles by sex and age, with the share expected by chance beside them.

The profile of an arm on an item is the group most frequent among the humans who chose what the arm chose most often.
Under raw counts the largest group wins almost whatever an arm does; so every share stands beside two that mean nothing:
what it would be if answers had nothing to do with group, and if the arm's choice were a random option.

Source: Liu et al. 2025; both expectations are ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np

from analysis.distributions import FloatArray
from analysis.human_profiles import Convention, HumanProfiles, human_profiles, modal_options
from analysis.option_grid import SubjectAnswers, option_grid, subjects
from analysis.profile_rows import TIE, Chosen, matching_rows, profile_item_rows, profile_rows
from analysis.sums import resampled_sums
from surveys.instrument import Instrument
from surveys.reference import EVERYBODY, HumanReference

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AGE_GROUPS", "SEX_GROUPS", "TIE", "ProfileTables", "preference_profiles"]

SEX_GROUPS: tuple[str, ...] = ("sex=female", "sex=male")
AGE_GROUPS: tuple[str, ...] = ("age=18-29", "age=30-49", "age=50+")
Over: TypeAlias = Literal["items", "respondents"]


class ProfileTables(NamedTuple):
    """matching: share of items with the human modal option · profiles: share of each group · items: one by one."""

    matching: pd.DataFrame
    profiles: pd.DataFrame
    items: pd.DataFrame


def preference_profiles(
    frame: pd.DataFrame,
    instrument: Instrument,
    reference: HumanReference,
    rng: np.random.Generator,
    *,
    by: Sequence[str] = (),
    country: str | None = "attr_country",
    variables: Mapping[str, Sequence[str]] | None = None,
    convention: Convention = "counts",
    over: Over = "items",
    weighted: bool = True,
    resamples: int = 499,
) -> ProfileTables:
    """Modal options of every arm beside the human ones, and whose they are.

    frame: of `answers_frame`; by, country: its columns; variables: name → groups of the reference, by default sex and
    age. convention: "counts" (published) counts people, so needs the n of each group; "share" (recommended) compares
    shares within groups, which no group wins by size. Ties of modal options go to the first option, ties of groups have
    the profile "tie". over: what intervals are about, "items" (Wilson, as if items were drawn) or "respondents"
    (bootstrap, human data fixed).

    matching: arm's columns, country, dimension ("overall" last), rate, low, high, n_items, n_left_out, reason.
    profiles: arm's columns, country, variable, among (match, mismatch, all), group, share, low, high,
    expected_unrelated (if answers had nothing to do with group: every group answers by the shares of all together),
    expected_random (if the arm's choice were random among the options that leave the item a match or a mismatch),
    n_items, convention, reason. items: human_modal and arm_modal (codes), is_match, one column per variable, reason.
    Source: Liu et al. 2025.
    """
    grid = option_grid(instrument)
    asked = dict(variables) if variables is not None else {"sex": SEX_GROUPS, "age": AGE_GROUPS}
    column = None if reference.countries in ((), ("",)) else country
    cultures = dict[str, HumanProfiles]()
    found = []
    for subject in subjects(frame, grid, by=by, country=column, groups=(EVERYBODY,), weighted=weighted):
        if subject.country not in cultures:
            cultures[subject.country] = human_profiles(reference, grid, subject.country, asked, convention, rng)
        choice = modal_options(subject.rates[None])[0]
        drawn = modal_options(_resampled_rates(subject, resamples, rng)) if over == "respondents" else None
        found.append(Chosen(subject.arm, cultures[subject.country], choice, drawn))
    return ProfileTables(
        matching_rows(found, grid, by), profile_rows(found, by, convention), profile_item_rows(found, grid, by)
    )


def _resampled_rates(subject: SubjectAnswers, size: int, rng: np.random.Generator) -> FloatArray:
    sums = resampled_sums(subject.columns, size, rng)
    return np.asarray(sums.reshape(size, *subject.picks.shape[1:]), dtype=np.float64)
