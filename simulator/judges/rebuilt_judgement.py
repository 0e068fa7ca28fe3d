"""Judgements rebuilt from what is stored: every prompt to the byte. Knows no database: it is given rows.

The record holds no prompt of a judge; rubric, exchange, order of labels, language and try number are enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from simulator.judges.exhibit import Exhibit
from simulator.judges.judge_prompt import JudgePrompt, present_judgement
from simulator.judges.labels import labels_as_shown
from simulator.judges.rubric import Rubric
from simulator.store.records import JudgementRow


@dataclass(frozen=True, slots=True)
class RebuiltJudgement:
    """One stored call to a judge with its prompt as it was, and whether that prompt is the stored one to the byte."""

    row: JudgementRow
    prompt: JudgePrompt
    is_verbatim: bool


def rebuild_judgements(
    exhibits: Mapping[int, Exhibit], rubrics: Mapping[str, Rubric], rows: Iterable[JudgementRow]
) -> Iterator[RebuiltJudgement]:
    """Every call with its prompt; `exhibits` are those of one respondent by exchange, `rubrics` by id as recorded.

    A call whose rubric or exchange is not given is passed over.
    """
    for row in rows:
        rubric, exhibit = rubrics.get(row.rubric), exhibits.get(row.exchange)
        if rubric is None or exhibit is None:
            continue
        criterion = rubric.criterion(row.criterion)
        labels = labels_as_shown(rubric, criterion, exhibit, row.language, row.labels)
        prompt = present_judgement(rubric, criterion, exhibit, row.language, labels, row.try_number)
        yield RebuiltJudgement(row, prompt, prompt.prompt_hash == row.prompt_hash)
