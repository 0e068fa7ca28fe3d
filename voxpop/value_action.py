"""Value-action agreement of two runs: one that answered a survey, one that rated the actions of its scenarios.

Feeds `analysis.value_action` from records and prints what it finds. An arm's distribution is taken over all its
respondents, and over every way of asking that its run crossed; its score of an action is the weighted mean approval.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast, get_args

import numpy as np

from analysis.answer_frame import ARM_COLUMNS
from analysis.distributions import FloatArray
from analysis.option_shares import item_distributions
from analysis.presented_tables import presented_rows
from analysis.responses import answers_frame, recorded_instrument
from analysis.value_action import (
    ActionScore,
    Middle,
    PoleWeights,
    ValueActionAgreement,
    pole_weights,
    value_action_agreement,
    value_action_pairs,
)
from simulator.errors import RunSpecError
from simulator.seeds import rng_for
from simulator.store.reader import Reader
from surveys.instrument import Instrument
from surveys.scenario_check import poles_of
from surveys.scenario_instrument import rated_action
from voxpop.soundness import blaming_the_record
from voxpop.terminal import plain_text, print_json, stdout

if TYPE_CHECKING:
    import pandas as pd

BY = ("strategy", *ARM_COLUMNS)
PROBES = ("text", "token-logit", "sequence")
MIDDLES: tuple[Middle, ...] = get_args(Middle)
EVERYBODY = "all"


class ArmAgreement(NamedTuple):
    """The agreement of one arm, and how many of its answers and ratings were missing."""

    arm: str
    found: ValueActionAgreement
    n_answers_missing: int
    n_ratings: int
    n_ratings_missing: int


class _Asked(NamedTuple):
    """What one run asked, and what came back."""

    instrument: Instrument
    frame: pd.DataFrame


def agreement_of_runs(
    values: Path, actions: Path, *, by: str | None, probe: str | None, middle: str, resamples: int, seed: int
) -> tuple[ArmAgreement, ...]:
    """The agreement of every arm that both runs have; one arm, `all`, without `by`.

    With `probe`, the distribution is what it found, averaged over styles and option variants; else the mean of the
    probabilities that answers carry, or the shares of answers where they carry none. Raises RunSpecError for runs that
    do not belong together, and for an arm, a probe or a rule that there is not.
    """
    _check_choices(by, probe, middle)
    rule = cast(Middle, middle)
    answered, rated = _read(values), _read(actions)
    _check_pair(answered.instrument, rated.instrument)
    probed = None if probe is None else _probed_weights(values, answered.instrument, probe, rule)
    rows = []
    for arm, answers, ratings in _arms(answered.frame, rated.frame, by):
        weights = _weights(answers, answered.instrument, rule) if probed is None else probed
        pairs = value_action_pairs(weights, _scores(ratings, rated.instrument))
        found = value_action_agreement(pairs, rng_for(seed, "value-action", arm), n_resamples=resamples)
        asked = answers[answers["item"].isin([item.topic for item in rated.instrument.items])]
        rows.append(ArmAgreement(arm, found, _n_missing(asked), len(ratings), _n_missing(ratings)))
    return tuple(rows)


def _check_choices(by: str | None, probe: str | None, middle: str) -> None:
    if middle not in MIDDLES:
        raise RunSpecError(f"--middle {middle!r}: there is no such rule; allowed: {', '.join(MIDDLES)}")
    if by is not None and by not in BY:
        raise RunSpecError(f"--by {by!r}: arms cannot be told apart by this; allowed: {', '.join(BY)}")
    if probe is not None and probe not in PROBES:
        raise RunSpecError(f"--probe {probe!r}: there is no such probe; allowed: {', '.join(PROBES)}")
    if probe is not None and by is not None:
        raise RunSpecError("--probe averages over every way of asking, so that there are no arms; leave out --by")


def _read(record: Path) -> _Asked:
    with blaming_the_record(record), Reader(record) as reader:
        return _Asked(recorded_instrument(reader), answers_frame(reader))


def _check_pair(answered: Instrument, rated: Instrument) -> None:
    """Raise RunSpecError unless `rated` rates actions that belong to items of `answered`."""
    if not rated.items or any(rated_action(item.id) is None for item in rated.items):
        raise RunSpecError(
            f"the second run asked {rated.id!r}, which rates no actions; make its survey with voxpop scenarios survey"
        )
    belongs = {topic.attributes.get("survey") for topic in rated.topics}
    if belongs != {answered.id}:
        named = ", ".join(sorted(str(one) for one in belongs))
        raise RunSpecError(
            f"the first run asked {answered.id!r}, and the actions belong to {named}; name a run that asked this survey"
        )


def _arms(answers: pd.DataFrame, ratings: pd.DataFrame, by: str | None) -> Iterator[tuple[str, Any, Any]]:
    """Name, answers and ratings of every arm that both runs have."""
    if by is None:
        yield EVERYBODY, answers, ratings
        return
    names = [name for name in answers[by].astype(str).unique() if (ratings[by].astype(str) == name).any()]
    if not names:
        raise RunSpecError(f"--by {by}: no arm is in both runs; run both with the same arms, or leave --by out")
    for name in names:
        yield name, answers[answers[by].astype(str) == name], ratings[ratings[by].astype(str) == name]


def _weights(answers: pd.DataFrame, instrument: Instrument, middle: Middle) -> dict[str, PoleWeights]:
    """Pole weights of every item that has two poles and was asked."""
    probed = [name for name in answers.columns if name.startswith("p_")]
    source: Literal["codes", "probabilities"] = "codes"
    if probed and bool(answers[probed].notna().any(axis=None)):
        source = "probabilities"
    table = item_distributions(answers, instrument, source=source)
    shares = {
        str(item_id): dict(zip(rows["code"], rows["share"], strict=True))
        for item_id, rows in table.groupby("item", observed=True)
    }
    return _of_poles(shares, instrument, middle)


def _probed_weights(record: Path, instrument: Instrument, probe: str, middle: Middle) -> dict[str, PoleWeights]:
    """Pole weights from what a probe found: the mean of an item's presentations, each the mean of its answers."""
    cells: dict[str, dict[Hashable, list[FloatArray]]] = {}
    with blaming_the_record(record), Reader(record) as reader:
        for row in presented_rows(reader, probe):
            shares = np.asarray(row.shares, dtype=np.float64)
            if not np.isnan(shares).any():
                cells.setdefault(row.question, {}).setdefault((row.style, row.variant), []).append(shares)
    if not cells:
        raise RunSpecError(f"--probe {probe}: the first run has no distribution by this probe; name one that it used")
    found = {}
    for item_id, of_item in cells.items():
        mean = np.mean([np.mean(of_cell, axis=0) for of_cell in of_item.values()], axis=0)
        codes = [option.code for option in instrument.item(item_id).substantive_options]
        found[item_id] = dict(zip(codes, mean.tolist(), strict=True))
    return _of_poles(found, instrument, middle)


def _of_poles(
    shares: Mapping[str, Mapping[int, float]], instrument: Instrument, middle: Middle
) -> dict[str, PoleWeights]:
    """Pole weights from shares by item and code, for items that have two poles."""
    weights = {}
    for item_id, of_code in shares.items():
        poles = poles_of(instrument.item(item_id))
        if poles is not None:
            ordered = [of_code[option.code] for part in poles for option in part]
            weights[item_id] = pole_weights(ordered, middle=middle)
    return weights


def _scores(ratings: pd.DataFrame, instrument: Instrument) -> Iterator[ActionScore]:
    """The weighted mean approval of every action; NaN where nobody gave one."""
    answered = ratings[ratings["score"].notna()]
    weighted = answered.assign(total=answered["score"] * answered["weight"]).groupby("item", observed=True)
    sums = weighted[["total", "weight"]].sum()
    means = dict(zip(sums.index.astype(str), sums["total"] / sums["weight"], strict=True))
    for item in instrument.items:
        rated = rated_action(item.id)
        if rated is not None:
            yield ActionScore(str(item.topic), rated.scenario, rated.pole, float(means.get(item.id, np.nan)))


def _n_missing(frame: pd.DataFrame) -> int:
    return int((~frame["status"].isin(["answered", "not_applicable"])).sum())


def print_agreement(rows: tuple[ArmAgreement, ...], *, as_json: bool) -> None:
    """The agreement by arm, with its interval and what it rests on."""
    if as_json:
        print_json([_as_json(row) for row in rows])
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("arm", "Pearson", "p", "Spearman", "p", "pairs", "items", "missing answers", "missing ratings"):
        table.add_column(heading)
    for row in rows:
        found = row.found
        told = []
        for one in (found.pearson, found.spearman):
            p = "< 0.001" if one.p < 0.001 else f"{one.p:.3f}"
            told += [f"{one.r:.2f} [{one.low:.2f}, {one.high:.2f}]", p]
        counts = (found.n_pairs, found.n_items, row.n_answers_missing, row.n_ratings_missing)
        table.add_row(*(plain_text(str(cell)) for cell in (row.arm, *told, *counts)))
    console = stdout()
    console.print(table)
    for row in rows:
        if row.found.reason:
            console.print(plain_text(f"{row.arm}: no correlation, since {row.found.reason}"))
    note = "95 % intervals over items; p takes pairs for independent, which they are not."
    console.print(plain_text(note, "dim"))


def _as_json(row: ArmAgreement) -> dict[str, Any]:
    correlations = {key: getattr(row.found, key)._asdict() for key in ("pearson", "spearman")}
    facts = {key: value for key, value in row._asdict().items() if key != "found"}
    return {**facts, **row.found._asdict(), **correlations, "interval": "95 % over items"}
