"""The tables that `voxpop judge agree` prints. Rounds, and explains what a number rests on; computes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.insensitivity import FaultRate
from analysis.judge_agreement import CriterionAgreement, PairAgreement
from analysis.sums import Estimate
from voxpop.comparing import interval
from voxpop.terminal import plain_text

if TYPE_CHECKING:
    from rich.console import Console

    from voxpop.judge_agreement import JudgeAgreement

ALL = "all"
MOST_FAULTS_SHOWN = 5


def print_judge_agreement(console: Console, found: JudgeAgreement) -> None:
    """The report for a reader."""
    _section(console, "Between judges (first verdicts)", criteria_table(found))
    _notes(console, found.criteria)
    if found.repeats:
        _section(console, "Within a judge (its repeats on the same reply)", repeats_table(found))
    _section(console, "Does a judge tell anything?", judges_table(found))
    for judge in found.judges:
        if judge.finding != "informative" and judge.criterion == found.criteria[-1].criterion:
            console.print(plain_text(f"  {judge.judge}: {judge.sentence}.", "dim"))
    if found.against:
        _section(console, f"Beside the {found.reference}", pairs_table(found.against))
    if found.human is not None:
        _print_human(console, found)
    if found.pairs:
        last = found.criteria[-1].criterion
        pairs = [row for row in found.pairs if row.criterion == last]
        _section(
            console,
            "Each pair of judges (faults: found by both / the first alone / the second alone)",
            pairs_table(pairs),
        )
    if found.rates:
        _section(console, "Replies with a fault", rates_table(found.rates))
    if found.left_out:
        console.print(plain_text(f"Too many values to split by: {', '.join(found.left_out)}.", "dim"))
    console.print()
    console.print(
        plain_text(
            f"Brackets: 95 % intervals over respondents ({found.resamples} resamples; shares: Wilson). kappa: Fleiss'; "
            "alpha: Krippendorff's; AC1: Gwet's. pass: free of the fault. lost: verdicts unreadable/refused/failed.",
            "dim",
        )
    )


def _section(console: Console, title: str, table: Any) -> None:
    console.print()
    console.print(plain_text(title, "bold"))
    console.print(table)


def _notes(console: Console, criteria: Iterable[CriterionAgreement]) -> None:
    by_note: dict[str, list[str]] = {}
    for row in criteria:
        for note in row.notes:
            by_note.setdefault(note, []).append(row.criterion or ALL)
    for note, names in by_note.items():
        console.print(plain_text(f"  {', '.join(names)}: {note}.", "dim"))


def _table(*headings: str) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left", overflow="fold")
    return table


def criteria_table(found: JudgeAgreement) -> Any:
    """One row per criterion: how many replies, how far the judges agree, what could not be read."""
    is_ordinal = any(np.isfinite(row.ordinal.value) for row in found.criteria)
    extra = ["ordinal alpha"] if is_ordinal else []
    table = _table("criterion", "replies", "agree", "kappa", "alpha", *extra, "AC1", "lost")
    for row in found.criteria:
        between = row.between
        cells = [f"{row.n_units:,}", percent(between.percent), interval(between.fleiss), interval(between.alpha)]
        cells += [interval(row.ordinal)] if is_ordinal else []
        cells += [interval(between.ac1), f"{row.n_unreadable}/{row.n_refused}/{row.n_failed}"]
        table.add_row(plain_text(row.criterion or ALL, "bold"), *cells)
    return table


def repeats_table(found: JudgeAgreement) -> Any:
    """One row per judge and criterion that was judged more than once."""
    table = _table("judge", "criterion", "replies", "agree", "kappa", "alpha", "AC1")
    for row in found.repeats:
        at = row.agreement
        cells = [f"{at.n_units:,}", percent(at.percent), interval(at.fleiss), interval(at.alpha), interval(at.ac1)]
        table.add_row(plain_text(row.judge, "bold"), plain_text(row.criterion or ALL), *cells)
    return table


def judges_table(found: JudgeAgreement) -> Any:
    """One row per judge and criterion: label shares, and whether they depend on the reply."""
    table = _table("judge", "criterion", "n", "labels", "agree", "kappa", "J", "finding")
    for row in found.judges:
        shares = " ".join(f"{label} {share:.0%}" for label, share in row.shares.items())
        cells = [f"{row.n:,}", plain_text(shares), percent(row.agreement), interval(row.kappa), interval(row.youden)]
        finding = plain_text(row.finding, "" if row.finding == "informative" else "bold")
        table.add_row(plain_text(row.judge, "bold"), plain_text(row.criterion or ALL), *cells, finding)
    return table


def pairs_table(pairs: Sequence[PairAgreement]) -> Any:
    """One row per pair and criterion; the first goes unnamed where it is the same in all of several rows.

    Where labels are pass and fault, `faults` counts those found by both, by the first alone, by the second alone.
    """
    shows_first = len(pairs) == 1 or len({row.first for row in pairs}) > 1
    names = ["second", "first"] if shows_first else ["judge"]
    table = _table(*names, "criterion", "n", "faults", "accuracy", "kappa", "sens.", "spec.")
    for row in pairs:
        faults = "–"
        if row.labels == ("pass", "fault"):
            faults = f"{row.confusion[1, 1]}/{row.confusion[1, 0]}/{row.confusion[0, 1]}"
        cells = [f"{row.n:,}", faults, percent(row.accuracy), interval(row.kappa)]
        cells += [percent(row.sensitivity), percent(row.specificity)]
        first = [plain_text(row.first)] if shows_first else []
        table.add_row(plain_text(row.second, "bold"), *first, plain_text(row.criterion or ALL), *cells)
    return table


def rates_table(rates: Sequence[FaultRate]) -> Any:
    """One row per fault for everybody, and per group the mean of all faults."""
    groups = Counter(row.grouping for row in rates if row.criterion is None)
    shown = [row for row in rates if not row.grouping or (row.criterion is None and groups[row.grouping] > 1)]
    is_corrected = any(np.isfinite(row.corrected.value) for row in shown)
    extra = ["corrected"] if is_corrected else []
    table = _table("fault", "group", "share", "weighted", *extra, "judged", "unreadable", "tied", "")
    for row in shown:
        group = f"{row.grouping}={row.group}" if row.grouping else "everybody"
        cells = [percent(row.rate, 1), percent(row.weighted, 1)]
        cells += [percent(row.corrected, 1)] if is_corrected else []
        cells += [f"{row.n_judged:,}", f"{row.n_unreadable:,}", f"{row.n_tied:,}", row.reason]
        table.add_row(plain_text(row.criterion or "mean of all", "bold"), plain_text(group), *cells)
    return table


def _print_human(console: Console, found: JudgeAgreement) -> None:
    human = found.human
    if human is None:
        return
    text = f"People's labels: {human.n_matched:,} of {human.n_rows:,} rows used; {human.n_tied:,} replies tied."
    console.print(plain_text(text, "dim"))
    for fault in human.faults[:MOST_FAULTS_SHOWN]:
        console.print(plain_text(f"  line {fault.line} not used: {fault.what}", "dim"))
    if len(human.faults) > MOST_FAULTS_SHOWN:
        console.print(plain_text(f"  and {len(human.faults) - MOST_FAULTS_SHOWN:,} more (all with --json)", "dim"))


def percent(estimate: Estimate, digits: int = 0) -> str:
    """`92 % [88, 95]`; a dash where it cannot be formed."""
    if not np.isfinite(estimate.value):
        return "–"
    value = f"{100 * estimate.value:.{digits}f} %"
    if not np.isfinite(estimate.low):
        return value
    return f"{value} [{100 * estimate.low:.{digits}f}, {100 * estimate.high:.{digits}f}]"
