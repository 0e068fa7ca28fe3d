"""Some interviews conducted for measuring: what each needed in calls, tokens and time. Nothing of them is recorded.

The rule-of-thumb plan asks known-truth respondents, a pilot the engine of the run itself. Knows the design, no prices.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from simulator.budget import Budget
from simulator.engines.base import Capability, Engine
from simulator.engines.synthetic import synthetic_from_options
from simulator.errors import MissingCapability, RunSpecError
from simulator.fieldwork import Fieldwork, Task
from simulator.interview import Interview
from simulator.messages import Completion, Request
from simulator.store.records import ExchangeRow, InterviewRow, RespondentRow, TurnRows
from voxpop.call_bounds import remembered_turns
from voxpop.extrapolation import spread_over
from voxpop.planning import Design
from voxpop.token_rule import prompt_tokens, tokens_in


class Measured(NamedTuple):
    """One interview: calls, those that asked an item again, tokens, and seconds that calls took (None: not told)."""

    respondent: int
    calls: int
    asked_again: int
    prompt_tokens: float
    completion_tokens: float
    seconds: float | None


class Unrecorded:
    """A record that keeps what is needed for measuring, and nothing when it is gone."""

    def __init__(self) -> None:
        self.calls: dict[int, list[ExchangeRow]] = defaultdict(list)
        self.ended: set[int] = set()

    def append_respondents(self, rows: Iterable[RespondentRow]) -> None:
        """Who is interviewed does not matter here."""

    def append_turn(self, turn: TurnRows) -> None:
        """Keep the calls of a turn."""
        for row in turn.exchanges:
            self.calls[row.respondent].append(row)

    def append_interview(self, row: InterviewRow) -> None:
        """Keep that an interview ended."""
        self.ended.add(row.respondent)


class RuleEngine:
    """Known-truth respondents that report the tokens of the rule of thumb."""

    name = "rule-of-thumb"

    def __init__(self, seed: int) -> None:
        self._inner = synthetic_from_options({}, seed=seed)
        self.model = self._inner.model
        self.capabilities = frozenset(Capability)

    async def complete(self, request: Request) -> Completion:
        """Answer, and say what a server would have had to read and write."""
        # Whatever the run's engine can do, one reply of these respondents is as long as another.
        plain = replace(request, settings=replace(request.settings, beams=None))
        found = await self._inner.complete(plain)
        language = request.asked.language if request.asked is not None else "en"
        needed_in = prompt_tokens(request.messages, language)
        needed_out = sum(tokens_in(text, language) + 1 for text in found.texts)  # and the token that ends it
        # A text to be scored goes out behind the whole prompt, and one token comes back that nobody looks at.
        needed_in += sum(needed_in + tokens_in(text, language) for text in request.continuations)
        needed_out += len(request.continuations)
        return Completion(
            found.texts,
            found.model,
            found.finish_reason,
            positions=found.positions,
            scored=found.scored,
            prompt_tokens=round(needed_in),
            completion_tokens=round(needed_out),
        )

    async def close(self) -> None:
        """Nothing to release."""


def chosen(design: Design, sizes: Mapping[int, int], n: int) -> list[Interview]:
    """`n` interviews spread over the design: over its conditions, and within each from short to long memories."""
    keys = [(float(design.assignment[number][1]), float(size)) for number, size in sizes.items()]
    numbers = list(sizes)
    return [design.interview(numbers[place]) for place in spread_over(keys, n)]


def sizes_of(design: Design) -> dict[int, int]:
    """Respondent with whom an interview is conducted → how much it will remember, in turns summed over the items."""
    return {interview.number: remembered_turns(interview) for interview in design.interviews()}


async def measure(
    interviews: Sequence[Interview], engine: Engine, *, concurrency: int, passes: int = 1, budget: Budget | None = None
) -> list[Measured]:
    """Conduct the interviews and say what each needed; only those that came to their end.

    Raises MissingCapability where the engine reports no tokens, RunSpecError where no interview came to its end, and
    whatever EngineError ends fieldwork.
    """
    record = Unrecorded()
    fieldwork = Fieldwork({"default": engine}, record, concurrency=concurrency, passes=passes, budget=budget)
    try:
        outcome = await fieldwork.run([Task(interview) for interview in interviews])
    finally:
        await engine.close()
    if not record.ended:
        reason = outcome.stopped_by or outcome.last_failure
        raise RunSpecError(f"--pilot: none of {len(interviews)} interviews came to its end ({reason}); try again later")
    conducted = sorted({interview.number for interview in interviews} & record.ended)
    return [_measured(number, record.calls[number], engine) for number in conducted]


def _measured(number: int, calls: Sequence[ExchangeRow], engine: Engine) -> Measured:
    answered = [row for row in calls if row.error_kind is None]
    if any(row.prompt_tokens is None or row.completion_tokens is None for row in answered):
        raise MissingCapability(
            f"--pilot measures tokens, and engine {engine.name!r} (model {engine.model!r}) does not report them; "
            "plan without --pilot"
        )
    latencies = [row.latency_seconds for row in answered if row.latency_seconds is not None]
    return Measured(
        respondent=number,
        calls=len(answered),
        asked_again=sum(row.try_number > 0 for row in answered),
        prompt_tokens=sum(row.prompt_tokens or 0 for row in answered),
        completion_tokens=sum(row.completion_tokens or 0 for row in answered),
        seconds=sum(latencies) if latencies else None,
    )
