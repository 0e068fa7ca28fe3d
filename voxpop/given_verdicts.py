"""What judges made of one interview, ready to be read: each verdict with the calls it came from, prompts rebuilt.

Builds plain data from the record; `voxpop.verdict_lines` prints it. Knows no terminal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator.errors import RunSpecError
from simulator.interview import Interview
from simulator.judges.exhibit import Exhibit, exhibits_of
from simulator.judges.labels import canonical_labels
from simulator.judges.rebuilt_judgement import RebuiltJudgement, rebuild_judgements
from simulator.judges.rubric import Rubric
from simulator.judges.rubric_source import rubric_from_data
from simulator.store.faults import damaged
from simulator.store.reader import Reader
from simulator.store.records import TurnRows, VerdictKey, VerdictRow


@dataclass(frozen=True, slots=True)
class JudgeCall:
    """One call to a judge and what came back; `labels` are the marks shown with the canonical labels they stand for."""

    number: int
    try_number: int
    language: str
    labels: tuple[tuple[str, str], ...]
    reply: str | None
    error: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    latency_seconds: float | None
    attempts: int
    is_verbatim: bool
    prompt: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class GivenVerdict:
    """What one judge made of one exchange by one criterion; `status` None while it is open. `label_text` words it."""

    rubric: str
    criterion: str
    criterion_title: str
    judge: str
    repeat: int
    status: str | None
    label: str | None
    label_text: str | None
    rationale: str
    calls: tuple[JudgeCall, ...]


def given_verdicts(
    reader: Reader, interview: Interview, turns: Sequence[TurnRows]
) -> Mapping[int, tuple[GivenVerdict, ...]]:
    """Exchange → its verdicts in the order of rubrics, criteria, judges and repeats; empty where nothing was judged."""
    number = interview.number
    verdicts = {row.key: row for row in reader.verdicts(respondent=number)}
    judgements = list(reader.judgements(respondent=number))
    if not verdicts and not judgements:
        return {}
    rubrics = recorded_rubrics(reader, {key.rubric for key in verdicts} | {row.rubric for row in judgements})
    exhibits = {exhibit.exchange: exhibit for exhibit in exhibits_of(interview, turns)}
    calls: dict[VerdictKey, list[RebuiltJudgement]] = {}
    for rebuilt in rebuild_judgements(exhibits, rubrics, judgements):
        calls.setdefault(rebuilt.row.key, []).append(rebuilt)
    found: dict[int, list[GivenVerdict]] = {}
    for key in sorted({*verdicts, *calls}, key=lambda key: _place(key, rubrics)):
        rubric, exhibit = rubrics.get(key.rubric), exhibits.get(key.exchange)
        given = _given(key, verdicts.get(key), rubric, exhibit, calls.get(key, ()))
        found.setdefault(key.exchange, []).append(given)
    return {exchange: tuple(rows) for exchange, rows in found.items()}


def recorded_rubrics(reader: Reader, names: set[str]) -> dict[str, Rubric]:
    """The rubrics of these names as recorded; one that was not recorded is left out. Raises StoreCorrupt."""
    rubrics = {}
    for name in sorted(names):
        row = reader.rubric(name)
        if row is not None:
            try:
                rubrics[name] = rubric_from_data(row.content, f"rubric {name!r} in {reader.path}")
            except RunSpecError as error:
                raise damaged(reader.path, f"rubric {name!r} in it cannot be read") from error
    return rubrics


def _place(key: VerdictKey, rubrics: Mapping[str, Rubric]) -> tuple[object, ...]:
    """Criteria in the order of their rubric."""
    rubric = rubrics.get(key.rubric)
    criteria = [criterion.id for criterion in rubric.criteria] if rubric else []
    place = criteria.index(key.criterion) if key.criterion in criteria else len(criteria)
    return key.exchange, key.rubric, place, key.criterion, key.judge, key.repeat


def _given(
    key: VerdictKey,
    verdict: VerdictRow | None,
    rubric: Rubric | None,
    exhibit: Exhibit | None,
    calls: Sequence[RebuiltJudgement],
) -> GivenVerdict:
    label = verdict.label if verdict else None
    title, text = key.criterion, None
    if rubric is not None and exhibit is not None:
        language = calls[-1].row.language if calls else rubric.languages[0]
        criterion = rubric.criterion(key.criterion)
        title = criterion.title[language]
        text = {one.id: one.text for one in canonical_labels(criterion, exhibit, language)}.get(label or "")
    return GivenVerdict(
        rubric=key.rubric,
        criterion=key.criterion,
        criterion_title=title,
        judge=key.judge,
        repeat=key.repeat,
        status=verdict.status if verdict else None,
        label=label,
        label_text=text,
        rationale=verdict.rationale if verdict else "",
        calls=tuple(map(_call, calls)),
    )


def _call(rebuilt: RebuiltJudgement) -> JudgeCall:
    row = rebuilt.row
    return JudgeCall(
        number=row.number,
        try_number=row.try_number,
        language=row.language,
        labels=tuple((label.mark, label.id) for label in rebuilt.prompt.labels),
        reply=row.completion,
        error=f"{row.error_kind}: {row.error}" if row.error_kind else None,
        prompt_tokens=row.prompt_tokens,
        completion_tokens=row.completion_tokens,
        latency_seconds=row.latency_seconds,
        attempts=row.attempts,
        is_verbatim=rebuilt.is_verbatim,
        prompt=tuple((message.role, message.content) for message in rebuilt.prompt.messages),
    )
