"""Section: whose answers the model gives: the sex and age of the people who chose what it chose most often."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.figure_shares import profile_bars
from analysis.profiles import ProfileTables, preference_profiles
from analysis.report import Figure, Section
from analysis.report_cells import Column
from analysis.report_tables import Table
from simulator.seeds import rng_for
from voxpop.studies.alignment.choices import FULL
from voxpop.studies.alignment.material import ARM, COUNTRY, Material
from voxpop.studies.cells import estimate, number, rows_of

_WHAT = {"share": "shares within groups", "counts": "counts of people, as published"}


def profile_section(material: Material) -> Section:
    """Matching rates, and profiles by both conventions beside what chance gives."""
    parts: list[Any] = [
        f"An item matches where an arm's most frequent answer is that of {material.people}. Where it does not, the "
        "profile says which sex and which age group chose the arm's answer most. Counting people favors the largest "
        "group whatever is answered; comparing shares within groups does not. Beside every share stands what chance "
        "gives: `unrelated`, if answers had nothing to do with the group, and `at random`, if the arm chose among "
        "the options at random.",
    ]
    found = {convention: _profiles(material, convention) for convention in ("share", "counts")}
    parts.append(_matching(found["share"]))
    figure = _figure(found["share"])
    if figure is not None:
        parts.append(figure)
    parts += [_table(tables, convention) for convention, tables in found.items()]
    return Section("whose-answers", "Whose answers these are", tuple(parts))


def _profiles(material: Material, convention: Any) -> ProfileTables:
    return preference_profiles(
        material.frame,
        material.choices.instrument,
        material.reference,
        rng_for(material.choices.options.seed, "profiles", convention),
        by=[ARM],
        country=COUNTRY,
        convention=convention,
    )


def _matching(found: ProfileTables) -> Table:
    rows = [
        (
            str(getattr(row, ARM)),
            row.country,
            row.dimension,
            estimate(row.rate, row.low, row.high, row.n_items, row.reason),
            int(row.n_items),
            int(row.n_left_out),
        )
        for row in rows_of(found.matching)
    ]
    columns = (
        Column(ARM),
        Column("country"),
        Column("dimension"),
        Column("rate", "matching", percent=True, digits=0),
        Column("n_items", "items"),
        Column("n_left_out", "left out"),
    )
    note = (
        "Intervals are Wilson's over items. Published: below 15 % (US), around 30 % (China), on other items and models."
    )
    return Table(
        "matching-rate", "How often the most frequent answer is that of people", columns, rows, note, 3, folded=True
    )


def _table(found: ProfileTables, convention: str) -> Table:
    rows = [
        (
            str(getattr(row, ARM)),
            row.country,
            row.variable,
            row.among,
            row.group,
            estimate(row.share, row.low, row.high, row.n_items, row.reason),
            number(row.expected_unrelated, row.reason or "no such item"),
            number(row.expected_random, row.reason or "no such item"),
            int(row.n_items),
        )
        for row in rows_of(found.profiles)
    ]
    columns = (
        Column(ARM),
        Column("country"),
        Column("variable"),
        Column("among"),
        Column("group"),
        Column("share", percent=True, digits=0),
        Column("expected_unrelated", "by chance: unrelated", percent=True, digits=0),
        Column("expected_random", "by chance: at random", percent=True, digits=0),
        Column("n_items", "items"),
    )
    return Table(f"profiles-{convention}", f"Profiles ({_WHAT[convention]})", columns, rows, n_headers=5, folded=True)


def _figure(found: ProfileTables) -> Figure | None:
    """Mismatches of the full procedure, one bar per country and variable; None where no profile could be formed."""
    wanted = found.profiles[(found.profiles["among"] == "mismatch") & (found.profiles[ARM].astype(str) == FULL)]
    wanted = wanted[(wanted["variable"] == "age") & wanted["share"].notna()]
    if wanted.empty:
        return None
    frame = pd.DataFrame(
        {
            "row": wanted["country"].astype(str),
            "part": wanted["group"].astype(str),
            "share": wanted["share"],
            "chance": wanted["expected_random"],
        }
    )
    n = ", ".join(
        f"{int(part['n_items'].iloc[0])} in {country}" for country, part in wanted.groupby("country", sort=False)
    )
    return Figure(
        "profiles-figure",
        "Whose answers the full procedure gives where it does not give the most frequent one",
        profile_bars(frame),
        "One bar per country divided into age groups, with ticks where a random choice of options would divide it.",
        f"mismatching items: {n}",
        "No intervals are drawn; the table below has them.",
        "Shares within groups. Ties are shown as such.",
    )
