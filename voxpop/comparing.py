"""What `voxpop compare` computes and prints: arms side by side, with n, missing answers and intervals.

The statistics are `analysis.comparison` and `analysis.ranking`; this module feeds them from records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from analysis.comparison import (
    ArmSummary,
    ItemDistribution,
    PairSummary,
    compare_pair,
    item_distributions,
    summarize_arm,
)
from analysis.ranking import ranking_agreement
from analysis.sums import Estimate
from simulator.seeds import rng_for
from surveys.instrument import Instrument
from voxpop.arms import Arm, Arms, load_arms
from voxpop.terminal import plain_text, rendered
from voxpop.value_reference import reference_for, value_of

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, repr=False)
class Comparison:
    """Arms side by side; `str()` and `repr()` are the tables that `voxpop compare` prints.

    `rankings` is empty for a survey that measures neither the 19 values nor the ten.
    """

    by: str
    instrument: Instrument
    arms: tuple[Arm, ...]
    positions: tuple[int, ...]
    summaries: tuple[ArmSummary, ...]
    rankings: dict[str, Estimate]
    pairs: tuple[PairSummary, ...]
    distributions: tuple[ItemDistribution, ...]
    resamples: int

    def __str__(self) -> str:
        return rendered(lambda console: print_comparison(console, self))

    __repr__ = __str__

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON-able data."""
        items = [self.instrument.items[position] for position in self.positions]
        return {
            "by": self.by,
            "survey": self.instrument.id,
            "resamples": self.resamples,
            "interval": "95 % over respondents",
            "arms": [
                {
                    **summary._asdict(),
                    "diversity": summary.diversity._asdict(),
                    "variance_ratio": summary.variance_ratio._asdict(),
                    "ranking_with_humans": self.rankings[arm.name]._asdict() if arm.name in self.rankings else None,
                    "statuses": arm.statuses,
                    "interviews_open": arm.n_open,
                }
                for arm, summary in zip(self.arms, self.summaries, strict=True)
            ],
            "pairs": [{**pair._asdict(), "corrected": pair.corrected._asdict()} for pair in self.pairs],
            "items": [
                {
                    "item": items[at.item].id,
                    "arm": at.arm,
                    "codes": [option.code for option in items[at.item].substantive_options],
                    "shares": at.shares.tolist(),
                    "low": at.low.tolist(),
                    "high": at.high.tolist(),
                    "n": at.n,
                    "n_missing": at.n_missing,
                }
                for at in self.distributions
            ],
        }


def compare_runs(records: Sequence[Path], *, by: str = "population", resamples: int = 999, seed: int = 0) -> Comparison:
    """Every arm of the runs against every other; several runs are also split by run. Raises RunSpecError."""
    return compare_arms(load_arms(records, by), resamples=resamples, seed=seed)


def compare_arms(loaded: Arms, *, resamples: int = 999, seed: int = 0) -> Comparison:
    """The comparison of arms already loaded; the first arm is the reference of variance ratios."""
    rng = rng_for(seed, "compare")
    arms = loaded.arms
    reference = arms[0].answers
    return Comparison(
        by=loaded.by,
        instrument=loaded.instrument,
        arms=arms,
        positions=loaded.positions,
        summaries=tuple(summarize_arm(arm.answers, reference, rng, resamples) for arm in arms),
        rankings=value_rankings(loaded, resamples=resamples, seed=seed),
        pairs=tuple(
            compare_pair(first.answers, second.answers, rng, resamples) for first, second in combinations(arms, 2)
        ),
        distributions=tuple(at for arm in arms for at in item_distributions(arm.answers)),
        resamples=resamples,
    )


def value_rankings(loaded: Arms, *, resamples: int = 999, seed: int = 0) -> dict[str, Estimate]:
    """Spearman correlation of each arm's mean value ranking with the human one; empty for another kind of survey."""
    rng = rng_for(seed, "ranking")
    found = {}
    human = loaded.value_reference
    for arm in loaded.arms:
        centered = centered_values(loaded, arm)
        if human is not None and centered is not None:
            reference = np.array(list(human.means.values()))
            found[arm.name] = ranking_agreement(
                centered, reference, rng, weights=arm.answers.weights, resamples=resamples
            )
    return found


def centered_values(loaded: Arms, arm: Arm) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    """(n_respondents, 19 or 10) centered value scores in the order of the reference, keyed so that higher is more.

    A value needs two answered items, or as many as the value with the fewest has. None if the survey measures neither
    all 19 values nor all ten.
    """
    from analysis.values import center_within_person

    human = loaded.value_reference
    if human is None:
        return None
    items = keyed_value_items(loaded, arm)
    fewest = min(Counter(items.value_of_item).values())
    centered = center_within_person(
        items.scores, items.value_of_item, values=list(human.means), min_items=min(2, fewest)
    )
    return np.asarray(centered, dtype=np.float64)


class KeyedItems(NamedTuple):
    """(n_respondents, n_items) scores keyed so that higher is more of the value, and the value of every item."""

    scores: np.ndarray[Any, np.dtype[np.float64]]
    value_of_item: tuple[str, ...]


def keyed_value_items(loaded: Arms, arm: Arm) -> KeyedItems:
    """The answers of an arm to the items that measure one value each; the survey must have those."""
    human = loaded.value_reference
    means = human.means if human is not None else {}
    items = [loaded.instrument.items[position] for position in loaded.positions]
    kept = [place for place, item in enumerate(items) if value_of(item) in means]
    columns = []
    for place in kept:
        item = items[place]
        scores = [item.keyed_score(option.code) for option in item.substantive_options]
        table = np.array([*(np.nan if score is None else score for score in scores), np.nan])
        columns.append(table[arm.answers.choices[:, place]])
    return KeyedItems(np.stack(columns, axis=1), tuple(items[place].dimensions[0] for place in kept))


def interval(estimate: Estimate, digits: int = 2) -> str:
    """`0.87 [0.80, 0.91]`; a dash where it cannot be formed."""
    if not np.isfinite(estimate.value):
        return "–"
    value = f"{estimate.value:.{digits}f}"
    if not np.isfinite(estimate.low):
        return value
    return f"{value} [{estimate.low:.{digits}f}, {estimate.high:.{digits}f}]"


def print_comparison(console: Console, found: Comparison, *, items: bool = False) -> None:
    """The comparison for a reader."""
    console.print(statuses_table(found))
    console.print()
    console.print(measures_table(found))
    if found.pairs:
        console.print()
        console.print(pairs_table(found))
    console.print()
    console.print(plain_text(_caption(found), "dim"))
    if items:
        console.print()
        console.print(items_table(found))


def _caption(found: Comparison) -> str:
    lines = [f"Brackets: 95 % intervals over respondents ({found.resamples} resamples)."]
    human = reference_for(found.instrument.items)
    if found.rankings and human is not None:
        lines.append(
            f"Ranking: Spearman correlation of the {len(human.means)} mean values with human means ({human.people})."
        )
    lines += [
        "Diversity: entropy of the answers to an item, 0 = all alike, 1 = evenly spread.",
        f"Variance: of the answers, relative to {found.arms[0].name}{no_variance(found)}.",
    ]
    if found.pairs:
        lines.append(
            "Distance: Jensen-Shannon, mean over items; by chance: after shuffling respondents between the two; "
            "corrected: noise taken out; p: share of shuffles at least as far apart."
        )
    return "\n".join(lines)


def no_variance(found: Comparison) -> str:
    """Why no variance can be told relative to the first arm, in words that follow its name; empty if it can."""
    if np.isfinite(found.summaries[0].variance_ratio.value):
        return ""
    if all(np.isnan(scores).all() for scores in found.arms[0].answers.scores):
        return ": not available, since no item has scored options"
    return ": not available, since its answers do not vary"


def _table(*headings: str) -> Any:
    """A plain table whose first column is text and the others numbers."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left", overflow="fold")
    return table


def statuses_table(found: Comparison) -> Any:
    """Respondents and answers by status, one row per arm."""
    table = _table(found.by, "n", "eff. n", "answered", "refused", "don't know", "unparsed", "skipped", "error")
    for arm, summary in zip(found.arms, found.summaries, strict=True):
        counts = [
            arm.statuses[name] for name in ("answered", "refused", "dont_know", "unparsed", "not_applicable", "error")
        ]
        cells = [f"{arm.n_respondents:,}", f"{summary.effective_n:,.0f}", *(f"{count:,}" for count in counts)]
        table.add_row(plain_text(arm.name, "bold"), *cells)
    return table


def measures_table(found: Comparison) -> Any:
    """What the answers look like, one row per arm."""
    rankings = ["ranking ~ human"] if found.rankings else []
    table = _table(found.by, *rankings, "diversity", "variance")
    for arm, summary in zip(found.arms, found.summaries, strict=True):
        cells = [interval(found.rankings[arm.name])] if found.rankings else []
        cells += [interval(summary.diversity), interval(summary.variance_ratio)]
        table.add_row(plain_text(arm.name, "bold"), *cells)
    return table


def pairs_table(found: Comparison) -> Any:
    """One row per pair of arms."""
    table = _table("pair", "distance", "by chance", "corrected", "p")
    smallest = 1 / (1 + found.resamples)
    for pair in found.pairs:
        p = f"≤ {smallest:.3f}" if pair.p_value <= smallest else f"{pair.p_value:.3f}"
        name = plain_text(f"{pair.first} – {pair.second}")
        table.add_row(name, f"{pair.js_distance:.3f}", f"{pair.by_chance:.3f}", interval(pair.corrected, 3), p)
    return table


def items_table(found: Comparison) -> Any:
    """Every item's distribution, one row per item and arm."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("item", found.by, "n", "missing", "share of each option in % [95 %]"):
        table.add_column(heading, overflow="fold")
    by_item = sorted(found.distributions, key=lambda at: at.item)
    for at in by_item:
        item = found.instrument.items[found.positions[at.item]]
        codes = [option.code for option in item.substantive_options]
        shares = "  ".join(
            f"{code}: {100 * share:.0f} [{100 * low:.0f}, {100 * high:.0f}]" if np.isfinite(share) else f"{code}: –"
            for code, share, low, high in zip(codes, at.shares, at.low, at.high, strict=True)
        )
        table.add_row(plain_text(item.id), plain_text(at.arm), str(at.n), str(at.n_missing), shares)
    return table
