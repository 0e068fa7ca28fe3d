"""What `voxpop judge agree` computes: how far judges agree, which of them tell anything, and how often replies fail.

The statistics are in `analysis`; this module feeds them from a record, a file of people's labels, or the planted truth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.human_labels import HumanLabels, read_human_labels
from analysis.insensitivity import FaultRate, fault_rates, rulings
from analysis.judge_agreement import (
    CriterionAgreement,
    PairAgreement,
    RepeatAgreement,
    between_judges,
    compare_raters,
    within_judges,
)
from analysis.judge_information import JudgeInformation, Reference, judge_information
from analysis.judged_respondents import members_of
from analysis.verdict_table import FAULT, PASS, Unit, VerdictTable, label_order
from simulator.errors import RunSpecError
from simulator.seeds import rng_for
from simulator.store.reader import Reader
from voxpop.judged_replies import errors_of, judged_replies, planted_truth
from voxpop.terminal import rendered

if TYPE_CHECKING:
    import numpy as np

PEOPLE = "people"
PLANTED = "planted truth"


@dataclass(frozen=True, repr=False)
class JudgeAgreement:
    """One rubric's judges side by side; `str()` and `repr()` are the tables that `voxpop judge agree` prints.

    criteria, repeats, pairs and judges hold every criterion, and all together (criterion None) last. against: every
    judge beside the reference. rates: of faults, by group; empty for a rubric of other labels. left_out: attributes
    with too many values to be split by.
    """

    run: str
    rubric: str
    criteria: tuple[CriterionAgreement, ...]
    repeats: tuple[RepeatAgreement, ...]
    pairs: tuple[PairAgreement, ...]
    judges: tuple[JudgeInformation, ...]
    reference: str | None
    against: tuple[PairAgreement, ...]
    human: HumanLabels | None
    rates: tuple[FaultRate, ...]
    left_out: tuple[str, ...]
    resamples: int

    def __str__(self) -> str:
        from voxpop.judge_agreement_tables import print_judge_agreement

        return rendered(lambda console: print_judge_agreement(console, self), width=120)

    __repr__ = __str__

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON-able data; NaN where a number cannot be formed."""
        data = {
            "run": self.run,
            "rubric": self.rubric,
            "interval": "95 % over respondents",
            "resamples": self.resamples,
            "criteria": self.criteria,
            "repeats": self.repeats,
            "pairs": self.pairs,
            "judges": self.judges,
            "reference": self.reference,
            "against_reference": self.against,
            "human": None if self.human is None else _human_json(self.human),
            "fault_rates": self.rates,
            "attributes_left_out": self.left_out,
        }
        return {key: plain(value) for key, value in data.items()}


def plain(value: Any) -> Any:
    """Named tuples as tables, arrays as lists, all the way down."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {key: plain(part) for key, part in value._asdict().items()}
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value.tolist() if hasattr(value, "tolist") else value


def _human_json(human: HumanLabels) -> dict[str, Any]:
    return {
        "rows": human.n_rows,
        "matched": human.n_matched,
        "tied": human.n_tied,
        "not_used": [fault._asdict() for fault in human.faults],
    }


def judge_agreement(
    record: Path,
    *,
    rubric: str | None = None,
    human: Path | None = None,
    planted: bool = False,
    judge: str | None = None,
    by: Sequence[str] | None = None,
    resamples: int = 999,
    seed: int = 0,
) -> JudgeAgreement:
    """Agreement of the judges of `rubric` (None: the only one there is) in a record.

    human: a CSV file of people's labels (`analysis.human_labels`). planted: hold the judges against the truth that
    known-truth respondents carry. judge: whose verdicts fault rates rest on (None: the panel's majority). by:
    attributes to split fault rates by (None: all with few values). Raises RunSpecError for what the record lacks.
    """
    if human is not None and planted:
        raise RunSpecError("judges can be held against people's labels or the planted truth, not both; choose one")
    with Reader(record) as reader:
        name = _rubric(reader, rubric)
        table = VerdictTable(reader.verdicts(rubric=name))
        if judge is not None and judge not in table.judges:
            raise RunSpecError(f"no judge {judge!r} judged by {name!r}; there are {', '.join(table.judges)}")
        judged = judged_replies(reader, table)
        labels = read_human_labels(human, table, judged.exchange_of) if human is not None else None
        reference = None if labels is None else Reference(PEOPLE, labels.labels)
        if planted:
            reference = Reference(PLANTED, planted_truth(reader, table, judged))
        rates, left_out = _rates(reader, table, judge, by, reference, resamples=resamples, seed=seed)
        run = reader.run().name
        is_ordinal = judged.is_ordinal
    parts = _Parts(table, reference, is_ordinal, resamples, seed)
    return JudgeAgreement(
        run=run,
        rubric=name,
        criteria=parts.criteria(),
        repeats=parts.repeats(),
        pairs=parts.pairs(),
        judges=parts.judges(),
        reference=None if reference is None else reference.name,
        against=parts.against(),
        human=labels,
        rates=rates,
        left_out=left_out,
        resamples=resamples,
    )


class _Parts(NamedTuple):
    """The parts of a report, each from random streams of its own."""

    table: VerdictTable
    reference: Reference | None
    is_ordinal: bool
    resamples: int
    seed: int

    @property
    def scopes(self) -> tuple[str | None, ...]:
        """Every criterion, then all of them together where there are several."""
        criteria = self.table.criteria
        return criteria if len(criteria) < 2 else (*criteria, None)

    def rng(self, *names: str | None) -> np.random.Generator:
        return rng_for(self.seed, "judge agreement", *(name or "all" for name in names))

    def criteria(self) -> tuple[CriterionAgreement, ...]:
        return tuple(
            between_judges(
                self.table, on, self.rng("between", on), is_ordinal=self.is_ordinal, resamples=self.resamples
            )
            for on in self.scopes
        )

    def repeats(self) -> tuple[RepeatAgreement, ...]:
        within = [within_judges(self.table, on, self.rng("within", on), resamples=self.resamples) for on in self.scopes]
        return tuple(found for part in within for found in part)

    def pairs(self) -> tuple[PairAgreement, ...]:
        names = self.table.judges
        pairs = [(a, b) for place, a in enumerate(names) for b in names[place + 1 :]]
        return tuple(
            self._pair((a, self.table.first(a)), (b, self.table.first(b)), on) for on in self.scopes for a, b in pairs
        )

    def against(self) -> tuple[PairAgreement, ...]:
        if self.reference is None:
            return ()
        reference = (self.reference.name, self.reference.labels)
        return tuple(
            self._pair(reference, (judge, self.table.first(judge)), on)
            for on in self.scopes
            for judge in self.table.judges
        )

    def _pair(
        self, first: tuple[str, Mapping[Unit, str]], second: tuple[str, Mapping[Unit, str]], on: str | None
    ) -> PairAgreement:
        occurring = (label for who in (first, second) for unit, label in who[1].items() if on in (None, unit.criterion))
        labels = label_order((*self.table.labels(on), *occurring))
        rng = self.rng("pair", first[0], second[0], on)
        return compare_raters(first, second, on, labels, rng, resamples=self.resamples)

    def judges(self) -> tuple[JudgeInformation, ...]:
        return tuple(
            judge_information(
                self.table,
                judge,
                on,
                self.rng("judge", judge, on),
                reference=self.reference,
                resamples=self.resamples,
            )
            for judge in self.table.judges
            for on in self.scopes
        )


def _rubric(reader: Reader, wanted: str | None) -> str:
    there = reader.rubrics()
    if not there:
        raise RunSpecError(
            f"{reader.path} holds no verdicts; judge it first: voxpop judge RUN --rubric NAME --judges SPEC"
        )
    if wanted is None and len(there) == 1:
        return there[0]
    if wanted is None:
        raise RunSpecError(f"{reader.path} was judged by several rubrics; choose one with --rubric: {', '.join(there)}")
    if wanted not in there:
        raise RunSpecError(f"{reader.path} was not judged by {wanted!r}; it was by {', '.join(there)}")
    return wanted


def _rates(
    reader: Reader,
    table: VerdictTable,
    judge: str | None,
    by: Sequence[str] | None,
    reference: Reference | None,
    *,
    resamples: int,
    seed: int,
) -> tuple[tuple[FaultRate, ...], tuple[str, ...]]:
    if not set(table.labels()) <= {PASS, FAULT}:
        return (), ()
    ruled = rulings(table, judge)
    try:
        members = members_of(reader, [unit.respondent for unit in ruled], by)
    except KeyError as error:
        raise RunSpecError(f"no respondent has the attribute {error.args[0]!r}; give others with --by") from error
    errors = None if reference is None else errors_of(ruled, reference)
    rng = rng_for(seed, "fault rates")
    found = fault_rates(ruled, members.by_number, members.groupings, rng, errors=errors, resamples=resamples)
    return tuple(found), members.left_out
