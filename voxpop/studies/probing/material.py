"""What every section works on: the distributions of every probe in every run, and the truth where it is known.

Reads the records once. Computes no measure. The truth stands as one more source of distributions beside the probes, so
that every measure is taken of it as of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from analysis.distributions import FloatArray
from analysis.place_effects import PlacedRow
from analysis.presented import OptionVariant, Presented, PresentedRow, presented
from analysis.presented_tables import placed_rows, presented_rows
from simulator.store.reader import Reader
from simulator.store.records import AnswerRow
from surveys.reference import HumanReference
from surveys.reference_check import check_reference
from voxpop.record_facts import recorded_instrument
from voxpop.references import add_reference, recorded_references
from voxpop.studies.alignment.planted_people import planted_people
from voxpop.studies.probing.choices import Choices
from voxpop.studies.probing.runs import OFFERED, WITHHELD, Records
from voxpop.studies.probing.truth import Given, TrueAnswers, true_answers

PROBES = ("token-logit", "sequence", "text")
TRUTH = "planted truth"


class Asked(NamedTuple):
    """How the answers of one run came back by one probe: how many, without a distribution by reason, truncated, masses.

    `n_unreadable` replies of `n_replies` chose nothing (text probe). masses: (n,) of those that say it.
    """

    run: str
    probe: str
    n: int
    missing: Mapping[str, int]
    n_truncated: int
    masses: FloatArray
    n_replies: int
    n_unreadable: int


class Abstained(NamedTuple):
    """Distributions of one source without and with an option to abstain: (n_questions, width) and one column more.

    answers: what those who do not abstain say, in both ways of asking, which stand in place of styles.
    """

    without: FloatArray
    offered: FloatArray
    answers: Presented


@dataclass(frozen=True, eq=False)
class Material:
    """Source (a probe, or the truth) → what it says: of the model itself, of each country, shifted, abstaining.

    scores: action (item of the rating questionnaire) → mean approval of the model, and of the truth, by source.
    """

    choices: Choices
    records: Records
    sources: tuple[str, ...]
    generic: Mapping[str, Presented]
    countries: Mapping[str, Mapping[str, Presented]]
    shifted: Mapping[str, tuple[PlacedRow, ...]]
    content: tuple[PlacedRow, ...]
    abstained: Mapping[str, Abstained]
    scores: Mapping[str, Mapping[str, float]]
    asked: tuple[Asked, ...]
    reference: HumanReference | None

    @property
    def topics(self) -> tuple[str, ...]:
        """The topic of every question that was asked, in order."""
        chosen = self.choices
        return tuple(str(chosen.instrument.item(item).topic or item) for item in chosen.items)

    @property
    def people(self) -> str:
        """What the people are called in tables."""
        return "planted people" if self.choices.reference is None else "people"

    @property
    def n_text(self) -> str:
        """How much stands behind the numbers, in words."""
        chosen = self.choices
        return f"{len(chosen.items)} questions, {chosen.options.n:,} respondent{'s' if chosen.options.n > 1 else ''}"


def gather(choices: Choices, records: Records) -> Material:
    """Read the records; the human reference is put beside the answers that it is held against."""
    truths = {path: true_answers(path) for path in records.asked}
    is_known = all(found is not None for found in truths.values())
    sources = (*PROBES, TRUTH) if is_known else PROBES
    shifts = records.shifts
    return Material(
        choices=choices,
        records=records,
        sources=sources,
        generic=_by_source(records.generic, sources, truths, choices),
        countries={name: _by_source(path, sources, truths, choices) for name, path in records.countries.items()},
        shifted={} if shifts is None else {name: _placed(shifts, name, truths[shifts]) for name in sources},
        content=_content(shifts),
        abstained={name: _abstained(records, name, truths, choices) for name in sources},
        scores=_scores(records.actions, truths),
        asked=tuple(found for path in records.asked for found in _asked(path)),
        reference=_reference(choices, records),
    )


def _by_source(
    record: Path, sources: tuple[str, ...], truths: Mapping[Path, TrueAnswers | None], choices: Choices
) -> dict[str, Presented]:
    """What each source says of every question in every presentation, all in the same order."""
    found = {}
    with Reader(record) as reader:
        for source in sources:
            truth = truths[record]
            rows = truth.presented if source == TRUTH and truth is not None else presented_rows(reader, source)
            found[source] = presented(_in_order(rows, choices))
    return found


def _in_order(rows: list[PresentedRow], choices: Choices) -> list[PresentedRow]:
    """Rows with questions, styles and variants in the order of the study."""
    items = {name: place for place, name in enumerate(choices.items)}
    styles = {name: place for place, name in enumerate(choices.styles)}
    variants = {
        OptionVariant(order, labels): place
        for place, (order, labels) in enumerate(
            (order, labels) for labels in choices.labels for order in choices.orders
        )
    }
    return sorted(rows, key=lambda row: (items[row.question], styles[row.style], variants[row.variant]))


def _placed(record: Path, source: str, truth: TrueAnswers | None) -> tuple[PlacedRow, ...]:
    if source == TRUTH:
        return () if truth is None else _averaged(truth.placed)
    with Reader(record) as reader:
        return _averaged(placed_rows(reader, source))


def _averaged(rows: Sequence[PlacedRow]) -> tuple[PlacedRow, ...]:
    """One row per question, order and labels: the mean of those that are known, NaN where none is.

    A short list comes round more than once while the longest is shifted, and would stand at some places more often.
    """
    alike: dict[tuple[str, tuple[int, ...], tuple[str, ...]], list[PlacedRow]] = {}
    for row in rows:
        alike.setdefault((row.question, tuple(row.order), tuple(row.labels)), []).append(row)
    found = []
    for group in alike.values():
        table = np.array([row.shares for row in group], dtype=np.float64)
        known = table[~np.isnan(table).any(axis=1)]
        found.append(group[0]._replace(shares=known.mean(axis=0) if len(known) else table[0]))
    return tuple(found)


def _content(record: Path | None) -> tuple[PlacedRow, ...]:
    """What would be answered without any preference for places and labels; () where that is not known."""
    found = None if record is None else true_answers(record, unbiased=True)
    return () if found is None else _averaged(found.placed)


def _abstained(records: Records, source: str, truths: Mapping[Path, TrueAnswers | None], choices: Choices) -> Abstained:
    """Mean distributions without and with the option to abstain, which is the last column of the second."""
    tables, rows = [], []
    for arm, record in ((WITHHELD, records.withheld), (OFFERED, records.offered)):
        truth = truths[record] if source == TRUTH else None
        tables.append(_with_missing(_given(record, source) if truth is None else truth.given, choices))
        found = _rows_of(record, source) if truth is None else truth.presented
        rows += [row._replace(style=arm) for row in found]
    return Abstained(tables[0][:, :-1], tables[1], presented(rows))


def _rows_of(record: Path, source: str) -> list[PresentedRow]:
    with Reader(record) as reader:
        return presented_rows(reader, source)


def _with_missing(given: Sequence[Given], choices: Choices) -> FloatArray:
    """Mean distributions (n_questions, width + 1): options that stand for no answer are the last column together."""
    width = max(len(choices.instrument.item(item).substantive_options) for item in choices.items)
    sums, counts = np.zeros((len(choices.items), width + 1)), np.zeros(len(choices.items))
    for item, shares in given:
        question = choices.items.index(item)
        own = [shares.get(option.code, 0.0) for option in choices.instrument.item(item).substantive_options]
        sums[question, : len(own)] += own
        sums[question, -1] += max(0.0, sum(shares.values()) - sum(own))
        counts[question] += 1
    return np.asarray(sums / np.where(counts > 0, counts, np.nan)[:, None], dtype=np.float64)


def _given(record: Path, source: str) -> list[Given]:
    """Item and distribution of every answer that a probe says something about, missing categories included."""
    with Reader(record) as reader:
        names = [row.item_id for row in reader.items()]
        return [
            Given(names[answer.item], one.probabilities)
            for answer in reader.answers()
            for one in answer.probed
            if one.probe == source and one.probabilities
        ]


def _scores(record: Path | None, truths: Mapping[Path, TrueAnswers | None]) -> dict[str, dict[str, float]]:
    """Mean approval of every action, from the readable replies, and as it was planted; {} where nothing was rated."""
    if record is None:
        return {}
    with Reader(record) as reader:
        cells = presented(presented_rows(reader, "text"))
    replies = cells.counts[:, 0, 0, :-1]
    points = np.arange(1, replies.shape[1] + 1)
    totals = replies.sum(axis=1)
    means = (replies * points).sum(axis=1) / np.where(totals > 0, totals, np.nan)
    found = {"replies": dict(zip(cells.questions, means.tolist(), strict=True))}
    truth = truths[record]
    if truth is not None:
        exact = presented(truth.presented)
        planted = exact.shares[:, 0, 0] @ points
        found[TRUTH] = dict(zip(exact.questions, planted.tolist(), strict=True))
    return found


def _asked(record: Path) -> list[Asked]:
    """One line per probe of a run."""
    with Reader(record) as reader:
        answers = [answer for answer in reader.answers() if answer.exchange is not None]
        n_samples = {row.settings["samples"] for row in reader.conditions()}.pop()
    probes = PROBES if any(answer.probed for answer in answers) else ("text",)
    return [_line(record.parent.name, probe, answers, int(n_samples)) for probe in probes]


def _line(run: str, probe: str, answers: list[AnswerRow], n_samples: int) -> Asked:
    missing: Counter[str] = Counter()
    masses, n_truncated, n_known = [], 0, 0
    for answer in answers:
        one = next((row for row in answer.probed if row.probe == probe), None)
        given, mass = (
            (answer.probabilities, answer.option_mass) if one is None else (one.probabilities, one.option_mass)
        )
        if given is None:
            reason = one.reason if one is not None and one.reason else answer.reason or answer.status
            missing[reason.partition(":")[0]] += 1
            continue
        n_known += 1
        n_truncated += bool(one.truncated if one is not None else answer.truncated)
        masses += [] if mass is None else [mass]
    share = np.array(masses, dtype=np.float64)
    n_replies = n_known * n_samples if probe == "text" else 0
    n_unreadable = round(float((1 - share).sum() * n_samples)) if probe == "text" else 0
    return Asked(run, probe, len(answers), missing, n_truncated, share, n_replies, n_unreadable)


def _reference(choices: Choices, records: Records) -> HumanReference | None:
    """How people answered, as far as it can be compared; put into the record of the model's own answers."""
    if not choices.countries:
        return None
    given = choices.reference or planted_people(records.people, choices.countries, choices.instrument)
    with Reader(records.generic) as reader:
        is_there = any(held.id == given.id for held in recorded_references(reader))
        instrument = recorded_instrument(reader)
    if not is_there:
        add_reference(records.generic, given)
    return check_reference(given, instrument, countries=choices.countries).usable
