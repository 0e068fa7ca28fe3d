"""The rows of the record, one frozen class per table. Knows no instrument, persona or engine: only what is stored.

Integer ids are computed, never counted up, so that a resumed run writes the same rows as an uninterrupted one:
a respondent's number is its place in the drawn population, an exchange's number its place in the interview
(persona-writing calls first, from 0; then the questions asked, re-asks included, from 1 at the earliest).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

AnswerStatus = Literal["answered", "refused", "dont_know", "not_applicable", "unparsed", "error"]
ANSWER_STATUSES: tuple[AnswerStatus, ...] = (
    "answered",
    "refused",
    "dont_know",
    "not_applicable",
    "unparsed",
    "error",
)
Role = Literal["generator", "respondent", "lister", "critic", "reviser", "voter"]
ROLES: tuple[Role, ...] = ("generator", "respondent", "lister", "critic", "reviser", "voter")
"""Who spoke in an exchange, in the order in which they follow each other on one item."""
Disposition = Literal["complete", "partial", "breakoff", "refused", "failed"]

EXCHANGES_PER_RESPONDENT = 1_000_000
ITEM_FORM = "item_form"
"""The attribute that says for which sex the items were worded; only respondents of a survey with such forms have it."""


def exchange_id(respondent: int, number: int) -> int:
    """The id of exchange `number` of respondent `respondent` (both counted from 0)."""
    return respondent * EXCHANGES_PER_RESPONDENT + number


def respondent_name(number: int) -> str:
    """How a respondent is called everywhere: r0042 for number 42."""
    return f"r{number:04d}"


@dataclass(frozen=True, slots=True)
class RunRow:
    """The one row of table `run`. `spec`, `manifest` and `instrument` are JSON-able; secrets are never in them."""

    name: str
    seed: int
    spec: dict[str, Any]
    manifest: dict[str, Any]
    instrument: dict[str, Any]
    instrument_hash: str
    n_respondents: int


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One time that somebody wrote to the record; the only rows with wall-clock times (UTC, ISO 8601).

    `kind` is run, resume, judge or reference; `ended_at` and `outcome` are None if it was killed or is still at
    work. `is_searchable` says that the word index held every completion when the session ended. `detail` says in words
    why it ended as it did, `changes` what it did otherwise than the spec says (a raised budget, another address).
    """

    id: int
    kind: str
    version: str
    started_at: str
    ended_at: str | None
    outcome: str | None
    is_searchable: bool = False
    detail: str | None = None
    changes: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One experimental arm: `settings` is `Condition.as_json()`."""

    id: int
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item as asked: `position` in the instrument's file order; `content` is the item's JSON."""

    position: int
    item_id: str
    content: dict[str, Any]
    content_hash: str


@dataclass(frozen=True, slots=True)
class RespondentRow:
    """One respondent: a persona under one condition.

    `persona_texts` by language, as told under this condition; `memory_length` None = unbounded; `settings` the decoding
    settings drawn for this respondent, and under `not_applied` those of them that the engine cannot do (None: as the
    condition says).
    """

    number: int
    persona_id: str
    condition: int
    strategy: str
    attributes: dict[str, Any]
    persona_texts: dict[str, str]
    weight: float
    memory_length: int | None
    settings: dict[str, Any] | None = None


class ListedRow(NamedTuple):
    """One item as a battery listed it: its number in the list, and its position in the instrument.

    `order` and `labels` are its options as shown, where the items of the list differ in them (None: as the exchange
    has them).
    """

    number: int
    item: int
    order: tuple[int, ...] | None = None
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ExchangeRow:
    """One call: what was asked and what came back.

    `item` is the item's position (None for a persona-writing call); `try_number` 0 is the first asking. `remembered`
    are the exchange numbers in memory; `order` the canonical codes in the order shown and `labels` the labels beside
    them (None: as the condition says, file order); `prompt_hash` (unsigned, 64 bits) checks a rebuilt prompt.
    `completion` is the raw text (None if the call failed), `samples` further raw texts; `positions` the token
    alternatives as stored JSON. `error_kind`/`error` say why a call failed; `failed_tries` names the fault of every try
    that failed, in order (`throttled/429`), also where a later one succeeded. `settings` only where they differ from
    the respondent's. `role` says who spoke: the respondent, or another step of a protocol. `listed` are the items of a
    battery in the order shown, of which `item` is the first; () where one item was put.
    """

    respondent: int
    number: int
    item: int | None
    condition: int
    try_number: int
    remembered: tuple[int, ...]
    order: tuple[int, ...] | None
    labels: tuple[str, ...] | None
    prompt_hash: int
    completion: str | None
    samples: tuple[str, ...] = ()
    positions: str | None = None
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    latency_seconds: float | None = None
    attempts: int = 1
    error_kind: str | None = None
    error: str | None = None
    settings: dict[str, Any] | None = None
    role: Role = "respondent"
    failed_tries: tuple[str, ...] = ()
    listed: tuple[ListedRow, ...] = ()
    scored: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What was understood of one item by one respondent.

    `exchange` is the number of the exchange it was read from; None where the item was never asked, as after a skip
    rule, and for the respondents of a panel whose answers stand in an exchange of its first (`reason` says in which).
    `codes` are canonical codes (one for single choice); `text` the answer to an open item; `reason` says how the reply
    was read or why it could not be. `probabilities` maps code → probability where a probe took them; `option_mass` is
    the raw probability that fell on the offered options; `truncated` lists codes that were outside the returned
    alternatives. `probed` has what each probe found, where several were used.
    """

    respondent: int
    item: int
    exchange: int | None
    status: AnswerStatus
    codes: tuple[int, ...] = ()
    text: str | None = None
    reason: str = ""
    probabilities: dict[int, float] | None = None
    option_mass: float | None = None
    truncated: tuple[int, ...] = ()
    probed: tuple[ProbedRow, ...] = ()


class ProbedRow(NamedTuple):
    """What one probe found on one item, where several were used on one presentation.

    `probabilities` maps code → probability (None where there is no distribution, and `reason` says why); the rest is as
    in `AnswerRow`.
    """

    probe: str
    probabilities: dict[int, float] | None
    option_mass: float | None = None
    truncated: tuple[int, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class InterviewRow:
    """How an interview ended; written once, after its last answer."""

    respondent: int
    disposition: Disposition
    n_items: int
    n_answered: int


@dataclass(frozen=True, slots=True)
class RubricRow:
    """What replies were judged by: `content` makes the rubric again, `content_hash` is that of its canonical JSON."""

    name: str
    content_hash: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class JudgeRow:
    """Who judged: `content` holds engine, model and settings; a secret is never in it."""

    name: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class JudgementRow:
    """One call to a judge about one exchange: what it was shown and what came back.

    The first six fields say which verdict it was made for; `number` counts the calls made for that verdict,
    `try_number` those that brought a reply before. `labels` are canonical labels in the order shown; prompt, tokens and
    failures are as in `ExchangeRow`.
    """

    respondent: int
    exchange: int
    rubric: str
    judge: str
    repeat: int
    criterion: str
    number: int
    try_number: int
    language: str
    labels: tuple[str, ...]
    prompt_hash: int
    completion: str | None
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    latency_seconds: float | None = None
    attempts: int = 1
    failed_tries: tuple[str, ...] = ()
    error_kind: str | None = None
    error: str | None = None

    @property
    def key(self) -> VerdictKey:
        """The verdict that the call was made for."""
        return VerdictKey(self.respondent, self.exchange, self.rubric, self.judge, self.repeat, self.criterion)


class VerdictKey(NamedTuple):
    """What there is one verdict of."""

    respondent: int
    exchange: int
    rubric: str
    judge: str
    repeat: int
    criterion: str


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """One judge's verdict on one exchange; appended, never overwritten. The rationale comes before the label.

    `completion` is the raw text where no `JudgementRow` holds it.
    """

    respondent: int
    exchange: int
    rubric: str
    judge: str
    repeat: int
    criterion: str
    rationale: str
    label: str | None
    status: str
    completion: str | None = None

    @property
    def key(self) -> VerdictKey:
        """What there is one verdict of."""
        return VerdictKey(self.respondent, self.exchange, self.rubric, self.judge, self.repeat, self.criterion)


@dataclass(frozen=True, slots=True)
class ReferenceCellRow:
    """The answers of one group of people to one item: `shares` by canonical code, `n` people, `n_missing` without."""

    item: str
    country: str
    group: str
    shares: dict[int, float]
    n: float | None = None
    n_missing: float | None = None
    is_multiple: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """Human answers from one source, put beside the run, with their cells in order."""

    id: str
    title: str
    source: str
    cells: tuple[ReferenceCellRow, ...]
    year: int | None = None
    licence: str = ""
    is_weighted: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnRows:
    """What was asked and what was understood of it, written together or not at all: every call made for one item, then
    its answer; or one call of a battery, then every answer that it brought.

    `others` are further answers read from the same exchanges: to the other items of a battery, or of the other
    respondents of a panel, whose exchanges are recorded with its first respondent alone.
    """

    exchanges: tuple[ExchangeRow, ...]
    answer: AnswerRow | None
    others: tuple[AnswerRow, ...] = ()

    @property
    def answers(self) -> tuple[AnswerRow, ...]:
        """Every answer of the turn: none while what it asked is open."""
        return () if self.answer is None else (self.answer, *self.others)
