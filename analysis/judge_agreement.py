"""How far judges agree: with each other, with themselves, with people; per criterion and over all criteria.

Works on `VerdictTable`s. Agreement between judges and agreement of one judge's repeats are kept apart, because a judge
that repeats itself need not be right. Whether a judge tells anything at all is `analysis.judge_information`. Knows no
rubric file. Sources: Fleiss 1971; Krippendorff 2011; Gwet 2008; Cohen 1960; Feinstein and Cicchetti 1990 (paradox).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from analysis.agreement_intervals import Agreement, agreement_estimates, alpha_interval, cohen_interval
from analysis.distributions import FloatArray, IntArray
from analysis.sums import Estimate
from analysis.uncertainty import clustered_proportion_interval
from analysis.verdict_table import ABSTAIN, FAULT, PASS, Labels, Ratings, Unit, VerdictTable, ratings_of

__all__ = [
    "CriterionAgreement",
    "PairAgreement",
    "RepeatAgreement",
    "between_judges",
    "compare_raters",
    "within_judges",
]

UNKNOWN = Estimate(np.nan, np.nan, np.nan, 0)
PARADOX = 0.8
"""Share of one label from which on a low kappa beside high agreement is called the paradox that it is."""


class CriterionAgreement(NamedTuple):
    """Agreement between the judges on one criterion, or on all of them together (`criterion` None).

    n_units: replies (under a criterion) put before any judge; n_verdicts and the counts of verdicts without a label
    include repeats. shares: of each label among the judges' first verdicts. ordinal: Krippendorff's alpha for codes of
    a scale, abstentions left out; NaN elsewhere. notes: why a value is missing, and what to make of it.
    """

    criterion: str | None
    n_units: int
    n_verdicts: int
    n_unreadable: int
    n_refused: int
    n_failed: int
    shares: dict[str, float]
    between: Agreement
    ordinal: Estimate
    notes: tuple[str, ...]


class RepeatAgreement(NamedTuple):
    """Agreement of one judge's repeats on the same replies, on one criterion or on all (None)."""

    judge: str
    criterion: str | None
    agreement: Agreement


class PairAgreement(NamedTuple):
    """One rater beside another, or beside a reference, on one criterion or on all (None).

    confusion: (n_labels, n_labels) counts, rows the first rater (the reference), columns the second. sensitivity and
    specificity take the first for the truth and are NaN unless the labels are pass and fault; accuracy is the share of
    units on which both say the same.
    """

    first: str
    second: str
    criterion: str | None
    labels: tuple[str, ...]
    confusion: IntArray
    accuracy: Estimate
    kappa: Estimate
    sensitivity: Estimate
    specificity: Estimate

    @property
    def n(self) -> int:
        """Units that both rated."""
        return int(self.confusion.sum())


def all_labels(labels: Collection[str]) -> tuple[str, ...]:
    """The labels that a coefficient counts: pass and fault together, even if one of them never occurs."""
    return (PASS, FAULT) if set(labels) <= {PASS, FAULT} else tuple(labels)


def between_judges(
    table: VerdictTable,
    criterion: str | None,
    rng: np.random.Generator,
    *,
    is_ordinal: bool = False,
    resamples: int = 999,
) -> CriterionAgreement:
    """Agreement between judges on their first verdicts; `is_ordinal` says that the labels are codes of a scale."""
    ratings = table.between(criterion)
    labels = all_labels(ratings.labels)
    found = agreement_estimates(ratings.codes, ratings.respondents, rng, n_categories=len(labels), resamples=resamples)
    given = ratings.codes[~np.isnan(ratings.codes)].astype(np.int64)
    counts = np.bincount(given, minlength=len(labels))
    shares = {label: float(n) / len(given) for label, n in zip(labels, counts, strict=True)} if len(given) else {}
    counted = {status: table.count(status, criterion=criterion) for status in ("unreadable", "refused", "error")}
    return CriterionAgreement(
        criterion=criterion,
        n_units=ratings.codes.shape[1],
        n_verdicts=table.n_verdicts(criterion=criterion),
        n_unreadable=counted["unreadable"],
        n_refused=counted["refused"],
        n_failed=counted["error"],
        shares=shares,
        between=found,
        ordinal=_ordinal(ratings, rng, resamples) if is_ordinal else UNKNOWN,
        notes=tuple(_notes(found, shares)),
    )


def _ordinal(ratings: Ratings, rng: np.random.Generator, resamples: int) -> Estimate:
    values = np.array([np.nan if label == ABSTAIN else float(label) for label in ratings.labels] + [np.nan])
    places = np.where(np.isnan(ratings.codes), len(ratings.labels), ratings.codes).astype(np.int64)
    return alpha_interval(values[places], ratings.respondents, rng, level="ordinal", resamples=resamples)


def _notes(found: Agreement, shares: dict[str, float]) -> list[str]:
    """What a reader must know about these coefficients."""
    notes = []
    if found.n_raters < 2:
        notes.append("one judge only: there is nobody to agree with")
    elif found.n_units == 0:
        notes.append("no reply has readable verdicts of two judges")
    elif found.unanimous:
        notes.append("unanimous: only one label was ever given, so kappa and alpha have no meaning")
    elif shares and max(shares.values()) >= PARADOX and found.fleiss.value < found.ac1.value - 0.1:
        common = max(shares, key=shares.__getitem__)
        notes.append(
            f"{shares[common]:.0%} of the labels are {common!r}: with so rare a contrary, kappa and alpha stay low "
            "although most verdicts agree (the kappa paradox); AC1 does not, and is no proof of skill either"
        )
    if found.n_units and found.n_dropped > found.n_single:
        n = found.n_dropped - found.n_single
        notes.append(f"{n} units lack a verdict of some judge: left out of Fleiss kappa, kept in alpha and AC1")
    return notes


def within_judges(
    table: VerdictTable, criterion: str | None, rng: np.random.Generator, *, resamples: int = 999
) -> tuple[RepeatAgreement, ...]:
    """Agreement of each judge with itself; only judges that were asked more than once about a reply."""
    found = []
    for judge in table.judges:
        ratings = table.within(judge, criterion)
        if ratings.codes.shape[1]:
            agreement = agreement_estimates(
                ratings.codes,
                ratings.respondents,
                rng,
                n_categories=len(all_labels(ratings.labels)),
                resamples=resamples,
            )
            found.append(RepeatAgreement(judge, criterion, agreement))
    return tuple(found)


def compare_raters(
    first: tuple[str, Labels],
    second: tuple[str, Labels],
    criterion: str | None,
    labels: Collection[str],
    rng: np.random.Generator,
    *,
    resamples: int = 999,
) -> PairAgreement:
    """Confusion, accuracy and kappa of two raters, (name, labels) each; the first is the reference.

    Units that only one of them labeled are left out. Proportions have Wilson intervals and kappa a bootstrap interval,
    both over respondents.
    """
    units = _common(first[1], second[1], criterion)
    known = all_labels(labels)
    ratings = ratings_of({first[0]: first[1], second[0]: second[1]}, units, known)
    a, b = ratings.codes
    both = ~np.isnan(a) & ~np.isnan(b)
    a, b, respondents = a[both], b[both], ratings.respondents[both]
    confusion = np.zeros((len(known), len(known)), dtype=np.int64)
    np.add.at(confusion, (a.astype(np.int64), b.astype(np.int64)), 1)
    is_binary = known == (PASS, FAULT)
    return PairAgreement(
        first=first[0],
        second=second[0],
        criterion=criterion,
        labels=known,
        confusion=confusion,
        accuracy=share_of(a == b, respondents),
        kappa=cohen_interval(a, b, respondents, rng, n_categories=len(known), resamples=resamples),
        sensitivity=share_of(b[a == 1] == 1, respondents[a == 1]) if is_binary else UNKNOWN,
        specificity=share_of(b[a == 0] == 0, respondents[a == 0]) if is_binary else UNKNOWN,
    )


def _common(first: Labels, second: Labels, criterion: str | None) -> list[Unit]:
    return sorted(unit for unit in first if unit in second and criterion in (None, unit.criterion))


def share_of(indicator: np.ndarray, respondents: IntArray, weights: FloatArray | None = None) -> Estimate:
    """The share of a yes-or-no with its interval over respondents; NaN where there are none."""
    found = clustered_proportion_interval(indicator.astype(np.float64), respondents, weights)
    return Estimate(found.proportion, found.low, found.high, found.n)
