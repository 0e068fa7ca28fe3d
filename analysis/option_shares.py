"""How the answers to each item are distributed over its options, by arm: weighted shares with n, missing and interval.

Works on the frame of `analysis.responses`. Missing answers are counted by reason and have no share.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis.uncertainty import proportion_interval
from simulator.store.records import ANSWER_STATUSES
from surveys.instrument import Instrument, ResponseFormat

Source = Literal["codes", "probabilities"]

COLUMNS: tuple[str, ...] = (
    "item",
    "question",
    "topic",
    "code",
    "text",
    "share",
    "low",
    "high",
    "n",
    "n_answered",
    "n_effective",
)
COLUMNS += ("n_missing", "n_not_applicable")


def item_distributions(
    frame: pd.DataFrame, instrument: Instrument, by: str | Sequence[str] = (), *, source: Source = "codes"
) -> pd.DataFrame:
    """One row per arm, closed item and substantive option, options nobody chose included, in the instrument's order.

    frame: of `answers_frame`; by: its columns that tell arms apart, none = all answers together. Columns: the arm's,
    then item, question, topic, code, text, share (weighted, of those who answered), low and high (Wilson 95 % at the
    effective n), n (who chose it), n_answered, n_effective (Kish), n_missing (refused, dont_know, unparsed, error) and
    n_not_applicable. Multiple choice: the share of those who chose the option, so shares do not sum to 1. Where nobody
    answered, shares are NaN. source "probabilities": the weighted mean of what a probe took, over answers that have it;
    n is NaN, and the interval is conservative, as a mean of probabilities varies less than a share. Raises KeyError for
    an unknown column.
    """
    arms = [by] if isinstance(by, str) else list(by)
    closed = frame[frame["format"].astype(str) != ResponseFormat.OPEN.value]
    cells = closed[[*arms, "item"]].drop_duplicates()
    table = cells.merge(_options(instrument), on="item", how="inner")
    keys = [*arms, "item"]
    table = table.merge(_totals(closed, keys, source), on=keys, how="left")
    table = table.merge(_chosen(closed, keys, source), on=[*keys, "code"], how="left")
    table[["n", "chosen"]] = table[["n", "chosen"]].fillna(0.0)
    answered = table["n_answered"] > 0
    table["share"] = (table["chosen"] / table["weight"]).where(answered)
    table["n"] = table["n"] if source == "codes" else np.nan
    intervals = [_interval(share, n) for share, n in zip(table["share"], table["n_effective"], strict=True)]
    table[["low", "high"]] = np.array(intervals, dtype=np.float64).reshape(-1, 2)
    table = table.sort_values([*arms, "place"], kind="stable", ignore_index=True)
    return table[[*arms, *COLUMNS]]


def status_counts(frame: pd.DataFrame, by: str | Sequence[str] = ()) -> pd.DataFrame:
    """How many answers have which status: one row per arm (one in all without `by`), one column per status, and `n`."""
    arms = [by] if isinstance(by, str) else list(by)
    counted = frame[arms].assign(**{name: frame["status"] == name for name in ANSWER_STATUSES}, n=1)
    if not arms:
        return counted.sum().to_frame().T.astype("int64")
    return counted.groupby(arms, observed=True).sum().reset_index()


def _interval(share: float, n: float) -> tuple[float, float]:
    # A weighted mean may exceed 1 by rounding.
    return proportion_interval(min(share, 1.0) * n, n) if n > 0 else (np.nan, np.nan)


def _options(instrument: Instrument) -> pd.DataFrame:
    """Every substantive option of every closed item, in order (`place`)."""
    rows = [
        (item.id, item.question_id, item.topic, option.code, instrument.text_in(option.text, instrument.language))
        for item in instrument.items
        for option in item.substantive_options
    ]
    table = pd.DataFrame(rows, columns=["item", "question", "topic", "code", "text"])
    return table.assign(place=np.arange(len(table)))


def _usable(closed: pd.DataFrame, source: Source) -> pd.DataFrame:
    """The answers that say something: answered, or with probabilities."""
    if source == "codes":
        return closed[closed["status"] == "answered"]
    return closed[closed[_probability_columns(closed)].notna().any(axis=1)]


def _probability_columns(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame.columns if name.startswith("p_")]


def _totals(closed: pd.DataFrame, keys: list[str], source: Source) -> pd.DataFrame:
    """Per arm and item: sum of weights, number and effective number of usable answers, and of those missing."""
    usable = _usable(closed, source)
    is_usable = closed.index.isin(usable.index)
    is_skipped = (closed["status"] == "not_applicable").to_numpy()
    counted = closed[keys].assign(
        weight=np.where(is_usable, closed["weight"], 0.0),
        square=np.where(is_usable, closed["weight"] ** 2, 0.0),
        n_answered=is_usable.astype(np.int64),
        n_missing=(~is_usable & ~is_skipped).astype(np.int64),
        n_not_applicable=is_skipped.astype(np.int64),
    )
    totals = counted.groupby(keys, observed=True).sum().reset_index()
    effective = totals["weight"] ** 2 / totals["square"].where(totals["square"] > 0)
    return totals.assign(n_effective=effective.fillna(0.0)).drop(columns="square")


def _chosen(closed: pd.DataFrame, keys: list[str], source: Source) -> pd.DataFrame:
    """Per arm, item and code: the weight (`chosen`) and number (`n`) of those who chose it, or of its probability."""
    usable = _usable(closed, source)
    if source == "probabilities":
        parts = [
            usable[keys].assign(code=int(name[2:]), chosen=usable[name].fillna(0.0) * usable["weight"], n=0.0)
            for name in _probability_columns(usable)
        ]
        choices = pd.concat(parts) if parts else usable[keys].assign(code=0, chosen=0.0, n=0.0)
    else:
        choices = _choices(usable, keys)
    return choices.groupby([*keys, "code"], observed=True).sum().reset_index()


def _choices(answered: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """One row per option chosen; a multiple-choice answer has several."""
    is_multiple = answered["format"].astype(str) == ResponseFormat.MULTIPLE.value
    single, multiple = answered[~is_multiple], answered[is_multiple]
    codes: Any = multiple["codes"].str.split(";").explode().dropna().astype("int64")
    several = multiple.loc[codes.index, [*keys, "weight"]].assign(code=codes.to_numpy())
    both = pd.concat([single[[*keys, "weight", "code"]].dropna(subset=["code"]), several])
    choices: pd.DataFrame = both.assign(n=1.0, code=both["code"].astype("int64")).rename(columns={"weight": "chosen"})
    return choices
