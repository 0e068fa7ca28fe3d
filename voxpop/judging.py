"""Judging a run: which replies, by which rubric, by whom; carried out, and gone on with where it stopped.

The one place where rubric, judges and record meet. Knows no terminal. Judging again judges what is not judged yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import groupby
from math import isnan
from pathlib import Path
from typing import Any, NamedTuple

from simulator.budget import Budget, Limits
from simulator.collector import fewer_collections
from simulator.errors import RunSpecError, VoxpopError
from simulator.judges.exhibit import Exhibit, exhibits_of
from simulator.judges.judging import Judging, standing_after
from simulator.judges.labels import can_judge
from simulator.judges.panel import Judge, OpenJudgement, Panel, PanelOutcome, PanelTally
from simulator.judges.rubric import Rubric
from simulator.judges.sample import Reply, SampleSize, draw_sample
from simulator.store.reader import Reader
from simulator.store.records import ANSWER_STATUSES, JudgementRow, JudgeRow, RubricRow, VerdictKey
from simulator.store.writer import FLUSH_TURNS, Writer
from surveys.instrument import Item
from voxpop.manifest import without_secrets
from voxpop.recorded_interview import RecordedInterviews
from voxpop.running import run_async

STRATA = ("dimension", "topic", "item", "arm")
LISTS = ("critique-list", "battery")
"""Protocols whose replies answer several times at once."""
ALL_REPLIES, NO_LIMITS = SampleSize(), Limits()
Watch = Callable[[PanelTally], Any]


@dataclass(frozen=True, slots=True)
class JudgingPlan:
    """What is to be judged and how. `language` None is that of each respondent, where the rubric has it.

    `items` (ids) and `arms` (numbers of conditions) narrow the replies that the sample is drawn from.
    """

    rubric: Rubric
    repeats: int = 1
    size: SampleSize = ALL_REPLIES
    stratify: str = "dimension"
    items: tuple[str, ...] = ()
    arms: tuple[int, ...] = ()
    language: str | None = None
    seed: int | None = None
    concurrency: int = 16
    limits: Limits = NO_LIMITS

    def __post_init__(self) -> None:
        if self.stratify not in STRATA:
            raise RunSpecError(f"--stratify {self.stratify!r}: allowed: {', '.join(STRATA)}")
        if self.language is not None and self.language not in self.rubric.languages:
            there = ", ".join(self.rubric.languages)
            raise RunSpecError(f"rubric {self.rubric.id!r} has no wording in {self.language!r}; it has {there}")

    def as_json(self) -> dict[str, Any]:
        """What decided which judgements were made, for the record."""
        return {
            "rubric": self.rubric.id,
            "repeats": self.repeats,
            "sample": asdict(self.size),
            "stratify": self.stratify,
            "items": list(self.items),
            "arms": list(self.arms),
            "language": self.language,
            "seed": self.seed,
        }


def arm_numbers(text: str) -> tuple[int, ...]:
    """The arms in `0,2`; RunSpecError for anything that is no number."""
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise RunSpecError(f"--arms {text!r}: give numbers of arms such as 0,2 (voxpop status RUN --json)") from error


class JudgedRun(NamedTuple):
    """How judging ended: replies drawn, judgements wanted and made before, and what the panel did."""

    record: Path
    n_replies: int
    n_eligible: int
    n_wanted: int
    n_before: int
    outcome: PanelOutcome
    tally: PanelTally


@contextmanager
def _unwatched(_tally: PanelTally) -> Iterator[None]:
    yield


def judge_run(
    record: Path,
    plan: JudgingPlan,
    judges: Sequence[Judge],
    *,
    watch: Watch = _unwatched,
    flush_turns: int = FLUSH_TURNS,
) -> JudgedRun:
    """Judge a sample of the replies in `record`; closes the judges' engines.

    Raises RunSpecError for items or arms that the run does not have, StoreError if rubric or judge are recorded with
    other content, and the first judge's EngineError if none of them ever gave a verdict. What was judged is recorded.
    """
    try:
        writer = Writer.open(record, kind="judge", flush_turns=flush_turns)
    except BaseException:
        run_async(_close(judges))
        raise
    closing, detail = "failed", None
    tally = PanelTally()
    try:
        with Reader(record) as reader:
            replies = eligible(reader, plan)
            work = Work(reader, plan, judges, draw_sample(replies, plan.size, _seed(reader, plan)))
            _record_design(writer, plan.rubric, judges)
            writer.note_changes({"judging": plan.as_json() | {"judges": [judge.name for judge in judges]}})
            tally.done_before = work.n_before
            panel = Panel(
                judges,
                writer.append_judgement,
                concurrency=plan.concurrency,
                budget=Budget(plan.limits),
                tally=tally,
            )
            with watch(tally), fewer_collections():
                outcome = run_async(_carry_out(panel, work, judges))
        closing, detail = _ending(outcome)
    except (KeyboardInterrupt, asyncio.CancelledError):
        closing = "interrupted"
        raise
    except VoxpopError as error:
        detail = str(error)
        raise
    finally:
        writer.close(closing, detail)
    if outcome.gone and not tally.done and len(outcome.gone) == len(judges):
        raise next(iter(outcome.gone.values()))
    return JudgedRun(record, len(work.sample), len(replies), work.n_wanted, work.n_before, outcome, tally)


async def _carry_out(panel: Panel, work: Work, judges: Sequence[Judge]) -> PanelOutcome:
    try:
        return await panel.run(work.judgements(), work.n_wanted - work.n_before)
    finally:
        await _close(judges)


async def _close(judges: Sequence[Judge]) -> None:
    for judge in judges:
        await judge.engine.close()


def _seed(reader: Reader, plan: JudgingPlan) -> int:
    return reader.run().seed if plan.seed is None else plan.seed


def _ending(outcome: PanelOutcome) -> tuple[str, str | None]:
    if outcome.is_complete:
        return "complete", None
    if outcome.stopped_by is not None:
        return "budget", outcome.stopped_by
    return "incomplete", str(outcome.last_failure)


def _record_design(writer: Writer, rubric: Rubric, judges: Sequence[Judge]) -> None:
    """The rubric and the judges as they are now; StoreError where the record has them otherwise."""
    writer.append_rubric(RubricRow(rubric.id, rubric.content_hash, rubric.as_json()))
    for judge in judges:
        engine = {"name": judge.engine.name, "model": judge.engine.model, **judge.options}
        content = without_secrets({"engine": engine, "settings": judge.settings.as_json()})
        writer.append_judge(JudgeRow(judge.name, content))
    writer.flush()


def eligible(reader: Reader, plan: JudgingPlan) -> list[Reply]:
    """The replies that the rubric may be applied to, each in its stratum: those that an answer was read from.

    A reply that was asked again is not among them, its successor is; a list is not, for it speaks for a whole panel, or
    to every item of a battery, and a verdict is on one reply to one item. Raises RunSpecError for unknown items or
    arms, and where all replies asked for are lists.
    """
    items = RecordedInterviews(reader).instrument.items
    known = {item.id: place for place, item in enumerate(items)}
    conditions = reader.conditions()
    arms = {row.id for row in conditions}
    listed = {row.id for row in conditions if row.settings.get("protocol", {}).get("kind") in LISTS}
    for name in plan.items:
        if name not in known:
            raise RunSpecError(f"--items {name!r}: this run has no such item; it has {', '.join(list(known)[:12])}, …")
    for arm in plan.arms:
        if arm not in arms:
            raise RunSpecError(f"--arms {arm}: this run has no such arm; it has {', '.join(map(str, sorted(arms)))}")
    if listed and (set(plan.arms) or arms) <= listed:
        raise RunSpecError(
            f"there is no reply to judge: {'these arms' if plan.arms else 'all arms of this run'} were answered in "
            "lists (critique-list, battery), and a verdict is on one reply to one item; judge an arm of interviews"
        )
    wanted = {known[name] for name in plan.items} or set(known.values())
    wanted = {place for place in wanted if items[place].format.value in plan.rubric.formats}
    columns = reader.answer_columns(("respondent", "item", "status", "exchange", "condition"))
    error = ANSWER_STATUSES.index("error")
    rows = zip(*(columns[name].tolist() for name in columns), strict=True)
    return [
        Reply(respondent, int(exchange), item, _stratum(plan.stratify, items[item], condition))
        for respondent, item, status, exchange, condition in rows
        if status != error and item in wanted and condition not in listed and not isnan(exchange)
        if not plan.arms or condition in plan.arms
    ]


def _stratum(by: str, item: Item, condition: int) -> str:
    """The stratum of a reply to `item`; an item of several dimensions counts under its first."""
    names = {"dimension": item.dimensions[0] if item.dimensions else "", "topic": item.topic or "", "item": item.id}
    return f"arm {condition}" if by == "arm" else names[by]


class Work:
    """What is left to judge of a sample, respondent by respondent, so that memory stays flat."""

    def __init__(self, reader: Reader, plan: JudgingPlan, judges: Sequence[Judge], sample: Sequence[Reply]) -> None:
        self.sample = sample
        self._reader = reader
        self._plan = plan
        self._judges = judges
        self._seed = _seed(reader, plan)
        self._done = {row.key for row in reader.verdicts(rubric=plan.rubric.id)}
        self._begun = _calls_by_verdict(reader, plan.rubric.id, self._done)
        self.n_wanted = self.n_before = 0
        self._count()

    def _count(self) -> None:
        """How many judgements there are, and how many the record has: from items and formats, no prompt is built."""
        n_options = [len(item.substantive_options) for item in RecordedInterviews(self._reader).instrument.items]
        for reply in self.sample:
            options = n_options[reply.item]
            for criterion in self._plan.rubric.criteria:
                if criterion.takes_options and options < 2:
                    continue
                for key in self._keys(reply.respondent, reply.exchange, criterion.id):
                    self.n_wanted += 1
                    self.n_before += key in self._done

    def _keys(self, respondent: int, exchange: int, criterion: str) -> Iterator[VerdictKey]:
        for repeat in range(self._plan.repeats):
            for judge in self._judges:
                yield VerdictKey(respondent, exchange, self._plan.rubric.id, judge.name, repeat, criterion)

    def judgements(self) -> Iterator[OpenJudgement]:
        """Every judgement that has no verdict yet, from where the record left it."""
        interviews = RecordedInterviews(self._reader)
        for number, replies in groupby(self.sample, key=lambda reply: reply.respondent):
            exchanges = {reply.exchange for reply in replies}
            turns = self._reader.turns(number)
            interview = interviews.of(self._reader.respondent(number), turns)
            for exhibit in exhibits_of(interview, turns):
                if exhibit.exchange in exchanges:
                    yield from self._of(exhibit)

    def _of(self, exhibit: Exhibit) -> Iterator[OpenJudgement]:
        rubric, settings = self._plan.rubric, {judge.name: judge.settings for judge in self._judges}
        language = self._plan.language or (
            exhibit.language if exhibit.language in rubric.languages else rubric.languages[0]
        )
        for criterion in rubric.criteria:
            if not can_judge(rubric, criterion, exhibit):
                continue
            for key in self._keys(exhibit.respondent, exhibit.exchange, criterion.id):
                if key not in self._done:
                    judging = Judging(
                        exhibit, rubric, criterion, key.judge, key.repeat, language, self._seed, settings[key.judge]
                    )
                    yield OpenJudgement(judging, standing_after(self._begun.get(key, ())))


def _calls_by_verdict(reader: Reader, rubric: str, done: set[VerdictKey]) -> dict[VerdictKey, list[JudgementRow]]:
    """The calls already made for judgements that have no verdict yet."""
    found: dict[VerdictKey, list[JudgementRow]] = {}
    for row in reader.judgements(rubric=rubric):
        if row.key not in done:
            found.setdefault(row.key, []).append(row)
    return found
