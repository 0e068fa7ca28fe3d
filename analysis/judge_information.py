"""Whether a judge's verdicts depend on the reply at all: a constant judge may agree often and tell nothing.

Raw agreement is high wherever one label is common; what a judge knows shows in how its label changes with the truth
(Youden's J against a reference), with the other judges' majority (Cohen's kappa), or at least between replies when it
repeats itself. Knows no rubric file. Sources: Youden 1950; Cohen 1960.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal, NamedTuple

import numpy as np

from analysis.agreement_intervals import agreement_estimates, sums_by_cluster
from analysis.distributions import FloatArray
from analysis.judge_agreement import UNKNOWN, all_labels, compare_raters
from analysis.sums import Estimate, sum_interval
from analysis.uncertainty import proportion_interval
from analysis.verdict_table import FAULT, PASS, Labels, Unit, VerdictTable, majority, ratings_of

__all__ = ["JudgeInformation", "Reference", "judge_information", "youden_index"]

Finding = Literal["informative", "no information", "constant", "at chance", "too few", "no comparison"]
FEWEST = 10
"""Verdicts below which nothing is said about a judge."""


class Reference(NamedTuple):
    """What verdicts are held against: people's labels, or a planted truth; `name` says which."""

    name: str
    labels: Labels


class JudgeInformation(NamedTuple):
    """What one judge's first verdicts tell, on one criterion or on all (None).

    shares: of each label among its n readable verdicts. against: who it is held against (a reference, else the
    majority of the other judges that are not constant, else ""); agreement: share of verdicts that equal theirs; kappa:
    Cohen's with them; youden: sensitivity + specificity - 1 and likelihood_ratio: sensitivity / (1 - specificity), for
    pass and fault against a reference; repeats: nominal alpha of its repeats. `sentence` says what `finding` rests on.
    """

    judge: str
    criterion: str | None
    n: int
    shares: dict[str, float]
    against: str
    agreement: Estimate
    kappa: Estimate
    youden: Estimate
    likelihood_ratio: float
    repeats: Estimate
    finding: Finding
    sentence: str


def judge_information(
    table: VerdictTable,
    judge: str,
    criterion: str | None,
    rng: np.random.Generator,
    *,
    reference: Reference | None = None,
    resamples: int = 999,
) -> JudgeInformation:
    """Everything that says whether `judge` tells sound replies from faulty ones (or one stance from another)."""
    own = {unit: label for unit, label in table.first(judge).items() if criterion in (None, unit.criterion)}
    other = reference or Reference("the other judges", _majority_of_others(table, judge, criterion))
    labels = all_labels(tuple(dict.fromkeys((*table.labels(criterion), *_on(other.labels, own)))))
    pair = compare_raters((other.name, other.labels), (judge, own), criterion, labels, rng, resamples=resamples)
    within = table.within(judge, criterion)
    repeats = agreement_estimates(
        within.codes, within.respondents, rng, n_categories=len(all_labels(within.labels)), resamples=resamples
    ).alpha
    counts = Counter(own.values())
    is_binary = reference is not None and labels == (PASS, FAULT)
    draft = JudgeInformation(
        judge=judge,
        criterion=criterion,
        n=len(own),
        shares={label: counts[label] / len(own) for label in labels} if own else {},
        against=other.name if pair.n else "",
        agreement=pair.accuracy,
        kappa=pair.kappa,
        youden=youden_index(other.labels, own, rng, resamples=resamples) if is_binary else UNKNOWN,
        likelihood_ratio=_ratio(pair.sensitivity.value, 1 - pair.specificity.value) if is_binary else np.nan,
        repeats=repeats,
        finding="no comparison",
        sentence="",
    )
    finding, sentence = _judged(draft, set(_on(other.labels, own)), contrary=_contrary(other.labels, own))
    return draft._replace(finding=finding, sentence=sentence)


def youden_index(truth: Labels, labels: Labels, rng: np.random.Generator, *, resamples: int = 999) -> Estimate:
    """Youden's J of pass-or-fault labels: sensitivity + specificity - 1; 0 for labels that do not depend on the truth.

    Units that only one side labeled are left out; BCa interval over respondents; NaN without both faulty and sound
    units. Source: Youden 1950.
    """
    units = sorted(unit for unit in labels if unit in truth)
    ratings = ratings_of({"truth": truth, "labels": labels}, units, (PASS, FAULT))
    true, said = ratings.codes
    both = ~np.isnan(true) & ~np.isnan(said)
    true, said = true[both], said[both]
    columns = np.column_stack((true * said, true, (1 - true) * (1 - said), 1 - true))
    by_respondent = sums_by_cluster(columns, ratings.respondents[both])
    return sum_interval(by_respondent, _youden, rng, resamples=resamples)._replace(n=int(both.sum()))


def _youden(sums: FloatArray) -> FloatArray:
    nothing = np.full(len(sums), np.nan)
    sensitivity = np.divide(sums[:, 0], sums[:, 1], out=nothing.copy(), where=sums[:, 1] > 0)
    specificity = np.divide(sums[:, 2], sums[:, 3], out=nothing.copy(), where=sums[:, 3] > 0)
    youden: FloatArray = sensitivity + specificity - 1.0
    return youden


def _majority_of_others(table: VerdictTable, judge: str, criterion: str | None) -> dict[Unit, str]:
    """What most of the other judges say; one who always says the same has no vote, since it would tell nothing."""
    votes: dict[Unit, list[str]] = {}
    for other in table.judges:
        given = {unit: label for unit, label in table.first(other).items() if criterion in (None, unit.criterion)}
        if other != judge and len(set(given.values())) > 1:
            for unit, label in given.items():
                votes.setdefault(unit, []).append(label)
    decided = {unit: majority(given) for unit, given in votes.items()}
    return {unit: label for unit, label in decided.items() if label is not None}


def _on(labels: Labels, units: Labels) -> list[str]:
    return [label for unit, label in labels.items() if unit in units]


def _contrary(other: Labels, own: Labels) -> int:
    """On how many units the other side says something else than the label this judge gives most often."""
    if not own:
        return 0
    usual = Counter(own.values()).most_common(1)[0][0]
    return sum(label != usual for label in _on(other, own))


def _judged(info: JudgeInformation, others: set[str], contrary: int) -> tuple[Finding, str]:
    """The finding and the sentence that says what it rests on; `others`: the labels of who it is held against."""
    if info.n < FEWEST:
        return "too few", f"{info.n} readable verdicts are too few to say anything"
    if max(info.shares.values()) == 1.0:
        return _constant(info, contrary)
    if len(others) == 1:
        return (
            "no comparison",
            f"{info.against}: only {others.pop()!r}, so whether it finds the contrary cannot be seen",
        )
    is_known = np.isfinite(info.youden.value)
    measure, name = (info.youden, "Youden's J") if is_known else (info.kappa, "kappa")
    if not np.isfinite(measure.low):
        return _alone(info)
    shown = f"{name} with {info.against} is {_interval(measure)}"
    if measure.low > 0:
        return "informative", f"{shown}: its verdicts depend on the reply"
    who = "no better than drawing labels" if is_known else "it or they might as well draw labels"
    return "at chance", f"{shown}: {who} without reading, although {_agrees(info)}"


def _alone(info: JudgeInformation) -> tuple[Finding, str]:
    """What the repeats of a judge say where there is nobody to compare it with."""
    if not np.isfinite(info.repeats.low):
        return "no comparison", "there is nobody to compare with, and no reply that it judged twice"
    shown = f"alpha of its repeats is {_interval(info.repeats)}"
    if info.repeats.low > 0:
        return "no comparison", f"{shown}: it repeats itself, which does not make it right; nobody to compare with"
    return "at chance", f"{shown}: it does not repeat its own verdicts"


def _interval(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def _constant(info: JudgeInformation, contrary: int) -> tuple[Finding, str]:
    label = max(info.shares, key=info.shares.__getitem__)
    always = f"says {label!r} in all {info.n} verdicts"
    if not info.against:
        return "constant", f"{always}; with nobody to compare with, whether it reads at all remains open"
    missed = proportion_interval(0, contrary).high if contrary else 1.0
    if missed < 0.5:
        return "no information", (
            f"{always}, also on the {contrary} labeled otherwise by {info.against}: its verdicts do not depend on the "
            f"reply; {_agrees(info)}, which is what anybody gets who always says {label!r}"
        )
    return "constant", f"{always}; {contrary} are labeled otherwise by {info.against}, too few to tell whether it reads"


def _agrees(info: JudgeInformation) -> str:
    return f"{info.agreement.value:.0%} of its verdicts agree with {info.against}"


def _ratio(top: float, bottom: float) -> float:
    return top / bottom if bottom > 0 else float("nan")
