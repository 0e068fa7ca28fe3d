"""Verdicts of known-truth judges on known-truth replies: written by the engines, read from the two lines they write."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from analysis.verdict_table import FAULT, PASS, Unit
from simulator.engines.synthetic import SyntheticEngine
from simulator.engines.synthetic_faults import planted_faults
from simulator.engines.synthetic_judge import SyntheticJudge
from simulator.engines.synthetic_judge_truth import KnownJudge
from simulator.engines.synthetic_truth import KnownTruth
from simulator.messages import Asked, Judged, Request, ShownOption
from simulator.store.records import VerdictRow, respondent_name

OPTIONS = tuple(ShownOption(str(code), code, f"option {'abcd'[code - 1]}", float(code)) for code in range(1, 5))
YES_NO = (ShownOption("Yes", 0, PASS), ShownOption("No", 1, FAULT))
FORMAT = re.compile(r"\ARationale: .+\nVerdict: (Yes|No)\Z")


@dataclass(frozen=True)
class Design:
    """How many respondents answer how many items, and how many times each judge is asked about every reply."""

    shares: tuple[tuple[str, float], ...]
    n_respondents: int = 150
    n_items: int = 2
    repeats: int = 1


@cache
def replies(design: Design, seed: int) -> tuple[tuple[int, int, str], ...]:
    """(respondent, exchange, text) of every reply."""
    engine = SyntheticEngine(KnownTruth(fault_shares=dict(design.shares)))

    async def all_of_them() -> tuple[tuple[int, int, str], ...]:
        found = []
        for respondent in range(design.n_respondents):
            for item in range(design.n_items):
                asked = Asked(
                    run_seed=seed,
                    respondent_id=respondent_name(respondent),
                    persona_id=f"p{respondent}",
                    strategy="basic",
                    attributes={},
                    item_id=f"q{item}",
                    format="single",
                    options=OPTIONS,
                    answer_format="explained",
                )
                completion = await engine.complete(Request((), asked=asked))
                found.append((respondent, item + 1, completion.text))
        return tuple(found)

    return asyncio.run(all_of_them())


def truth(design: Design, seed: int) -> dict[Unit, str]:
    """What is planted in every reply, for the criteria of the design."""
    return {
        Unit(respondent, exchange, code): FAULT if code in planted_faults(text) else PASS
        for respondent, exchange, text in replies(design, seed)
        for code, _ in design.shares
    }


def verdicts(judges: Mapping[str, KnownJudge], design: Design, seed: int) -> list[VerdictRow]:
    """Every judge's verdict on every reply, criterion and repeat."""
    texts = replies(design, seed)

    async def all_of_them() -> list[VerdictRow]:
        rows = []
        for name, judge in judges.items():
            engine = SyntheticJudge(judge)
            for respondent, exchange, text in texts:
                for criterion, _ in design.shares:
                    for repeat in range(design.repeats):
                        facts = judged(seed, name, respondent, exchange, text, criterion, repeat)
                        completion = await engine.complete(Request((), judged=facts))
                        rows.append(row(facts, respondent, completion.text))
        return rows

    return asyncio.run(all_of_them())


def judged(seed: int, judge: str, respondent: int, exchange: int, text: str, criterion: str, repeat: int) -> Judged:
    labels: Sequence[ShownOption] = YES_NO[:: 1 if (respondent + repeat) % 2 else -1]
    return Judged(
        run_seed=seed,
        judge=judge,
        rubric="insensitivity",
        criterion=criterion,
        repeat=repeat,
        respondent_id=respondent_name(respondent),
        exchange=exchange,
        text=text,
        labels=tuple(labels),
        item_id=f"q{exchange - 1}",
        format="single",
        options=OPTIONS,
    )


def row(facts: Judged, respondent: int, completion: str) -> VerdictRow:
    found = FORMAT.match(completion)
    label = {"Yes": PASS, "No": FAULT}[found[1]] if found else None
    status = "ok" if found else "unreadable"
    return VerdictRow(
        respondent,
        facts.exchange,
        facts.rubric,
        facts.judge,
        facts.repeat,
        facts.criterion,
        "",
        label,
        status,
        completion,
    )
