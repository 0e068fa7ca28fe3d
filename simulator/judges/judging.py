"""One judgement as pure steps: what is shown, what goes to the engine, how the reply is read, what is recorded.

The graph in `simulator.graphs.judge` wires these steps; tests and the rebuilding of prompts call them without it. Knows
no engine, no store and no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from simulator.errors import EngineError
from simulator.judges.exhibit import Exhibit
from simulator.judges.judge_prompt import JudgePrompt, present_judgement
from simulator.judges.labels import OfferedLabel, draw_order, labels_as_shown
from simulator.judges.rubric import Criterion, Rubric
from simulator.judges.verdict import Verdict, read_verdict
from simulator.messages import Completion, Judged, Request, Settings, ShownOption
from simulator.seeds import seed_for
from simulator.store.records import JudgementRow, VerdictKey, VerdictRow

JUDGE_SETTINGS = Settings(temperature=0.0, max_tokens=512)
"""How judges decode unless told otherwise (METHODS 5.10: temperature 0)."""


@dataclass(frozen=True)
class Judging:
    """Everything fixed about one judgement: what is judged, by what, by whom, for which time."""

    exhibit: Exhibit
    rubric: Rubric
    criterion: Criterion
    judge: str
    repeat: int
    language: str
    seed: int
    settings: Settings = JUDGE_SETTINGS

    @cached_property
    def key(self) -> VerdictKey:
        """What there is one verdict of."""
        exhibit = self.exhibit
        return VerdictKey(
            exhibit.respondent, exhibit.exchange, self.rubric.id, self.judge, self.repeat, self.criterion.id
        )

    @cached_property
    def labels(self) -> tuple[OfferedLabel, ...]:
        """The labels in the order shown, the same at every try."""
        order = draw_order(
            self.rubric, self.criterion, self.exhibit, seed=self.seed, judge=self.judge, repeat=self.repeat
        )
        return labels_as_shown(self.rubric, self.criterion, self.exhibit, self.language, order)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a judgement stands: calls made for it so far, and how many of them brought a reply."""

    number: int = 0
    try_number: int = 0


def standing_after(calls: Sequence[JudgementRow]) -> Standing:
    """Where an interrupted judgement goes on: behind the calls that the record holds of it."""
    if not calls:
        return Standing()
    last = calls[-1]
    return Standing(last.number + 1, last.try_number + (last.error_kind is None))


def present_current(judging: Judging, standing: Standing) -> JudgePrompt:
    """What is put before the judge now."""
    return present_judgement(
        judging.rubric, judging.criterion, judging.exhibit, judging.language, judging.labels, standing.try_number
    )


def request_for(judging: Judging, standing: Standing, prompt: JudgePrompt) -> Request:
    """The call that puts this prompt to an engine."""
    exhibit = judging.exhibit
    names = (exhibit.respondent_id, exhibit.exchange, judging.rubric.id, judging.criterion.id, judging.judge)
    return Request(
        messages=prompt.messages,
        settings=judging.settings,
        seed=seed_for(judging.seed, *names, judging.repeat, "judge", standing.try_number),
        judged=judged_facts(judging, standing, prompt),
    )


def judged_facts(judging: Judging, standing: Standing, prompt: JudgePrompt) -> Judged:
    """The facts of the judgement, for judges that compute their verdict from a known truth."""
    exhibit = judging.exhibit
    return Judged(
        run_seed=judging.seed,
        judge=judging.judge,
        rubric=judging.rubric.id,
        criterion=judging.criterion.id,
        repeat=judging.repeat,
        respondent_id=exhibit.respondent_id,
        exchange=exhibit.exchange,
        text=exhibit.reply,
        labels=tuple(ShownOption(label.mark, label.place, label.id) for label in prompt.labels),
        item_id=exhibit.item_id,
        format=exhibit.format,
        options=exhibit.options,
        max_picks=exhibit.max_picks,
        language=judging.language,
        answer_format=exhibit.answer_format,
        codes=exhibit.codes,
        try_number=standing.try_number,
        rationale_marker=judging.rubric.rationale_marker[judging.language],
        verdict_marker=judging.rubric.verdict_marker[judging.language],
        is_label_first=judging.rubric.order == "label-first",
    )


def judgement_row(
    judging: Judging, standing: Standing, prompt: JudgePrompt, outcome: Completion | EngineError
) -> JudgementRow:
    """The record of one call, whether it came back with a completion or failed."""
    completion = outcome if isinstance(outcome, Completion) else None
    error = outcome if isinstance(outcome, EngineError) else None
    return JudgementRow(
        *judging.key,
        number=standing.number,
        try_number=standing.try_number,
        language=judging.language,
        labels=tuple(label.id for label in prompt.labels),
        prompt_hash=prompt.prompt_hash,
        completion=completion.text if completion else None,
        finish_reason=completion.finish_reason if completion else None,
        prompt_tokens=completion.prompt_tokens if completion else None,
        completion_tokens=completion.completion_tokens if completion else None,
        latency_seconds=completion.latency_seconds if completion else None,
        attempts=outcome.attempts,
        failed_tries=outcome.failed_tries,
        error_kind=error.kind if error else None,
        error=str(error) if error else None,
    )


def read_completion(judging: Judging, prompt: JudgePrompt, completion: Completion) -> Verdict:
    """How the judge's reply is read; a refusal that the server reports outside the text is one."""
    if completion.refusal and not completion.text.strip():
        return Verdict("refused", None, "")
    return read_verdict(completion.text, judging.rubric, judging.criterion, prompt.labels)


def may_ask_again(judging: Judging, standing: Standing, verdict: Verdict) -> bool:
    """Whether an unreadable reply is followed by another asking."""
    return verdict.status == "unreadable" and standing.try_number + 1 < judging.rubric.max_tries


def ask_again(standing: Standing) -> Standing:
    """The same judgement once more."""
    return replace(standing, number=standing.number + 1, try_number=standing.try_number + 1)


def verdict_row(judging: Judging, verdict: Verdict) -> VerdictRow:
    """The verdict as recorded."""
    return VerdictRow(*judging.key, rationale=verdict.rationale, label=verdict.label, status=verdict.status)
