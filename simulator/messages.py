"""What goes to an engine and what comes back, as plain frozen data.

Knows no server, survey or persona class: `Asked` carries the facts of the question as data, for engines that
compute their answer from a known truth. An engine that talks to a model never looks at it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

Role = Literal["system", "user", "assistant"]


class Message(NamedTuple):
    """One message of a chat."""

    role: Role
    content: str


def hash_messages(messages: Sequence[Message], prefix: str | None = None) -> int:
    """63 bits (blake2b) over roles and contents: fits a signed column, finds any changed byte.

    `prefix` is the beginning of the reply that is given with the prompt, where there is one.
    """
    begun = [] if prefix is None else [Message("assistant", prefix)]
    text = "\x1e".join([part for message in (*messages, *begun) for part in message])
    # Lone surrogates occur in what servers return; they must not stop an interview here.
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") >> 1


@dataclass(frozen=True, slots=True)
class Settings:
    """Decoding settings; None leaves the choice to the server. `beams` above 1 asks for beam search."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    beams: int | None = None
    stop: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The settings that are set, ready for JSON."""
        named: dict[str, Any] = {"temperature": self.temperature, "top_p": self.top_p, "max_tokens": self.max_tokens}
        named |= {"beams": self.beams, "stop": list(self.stop) or None}
        return {key: value for key, value in named.items() if value is not None}


class ShownOption(NamedTuple):
    """One offered answer as it stood in the prompt: `code` never moves, `label` is the letter or number shown ("" where
    options are listed without labels).
    """

    label: str
    code: int
    text: str
    score: float | None = None
    stance: str | None = None
    missing: str | None = None

    @property
    def said(self) -> str:
        """What a reply names this option by: its label, or its text where options have no labels."""
        return self.label or self.text


class RememberedAnswer(NamedTuple):
    """An earlier answer that the respondent still had in memory: exchange number, item and canonical codes."""

    exchange: int
    item_id: str
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """The facts of one question to one respondent, for known-truth engines.

    `options` are in the order shown; `dimensions` are the value codes (or topic dimensions) that the item measures;
    `key` is +1, or -1 for a reverse-keyed item; `is_action` says that an action of a scenario is rated; `remembered` is
    in chronological order. By another protocol than the interview, `step` is who speaks (respondent, lister, critic,
    reviser, voter), `n_entries` how many respondents' answers are to be listed (0: one answer), and `options` are what
    that step chooses from. `battery` holds the facts of every item that a battery lists, each with its number in the
    list; the fields here are then those of the first.
    """

    run_seed: int
    respondent_id: str
    persona_id: str
    strategy: str
    attributes: Mapping[str, Any]
    item_id: str
    format: str
    options: tuple[ShownOption, ...]
    dimensions: tuple[str, ...] = ()
    key: int = 1
    topic: str | None = None
    question_id: str | None = None
    language: str = "en"
    style: str = ""
    is_action: bool = False
    answer_format: str = "label"
    max_picks: int | None = None
    try_number: int = 0
    remembered: tuple[RememberedAnswer, ...] = ()
    topic_attributes: Mapping[str, Any] = field(default_factory=dict)
    protocol: str = "interview"
    step: str = "respondent"
    n_entries: int = 0
    battery: tuple[tuple[int, Asked], ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """The facts of one judgement, for known-truth judges: what is judged, by which criterion, with which labels.

    `text` is the reply judged; `labels` are those offered, in the order shown (`code` is the place in the rubric's own
    order, `text` the canonical label); `options` are the options of the item that the reply answers; `codes` what was
    read from it; `repeat` counts the same judge's verdicts on the same reply, from 0. `rationale_marker` and
    `verdict_marker` are the words before both parts of a verdict, which begins with its bare label where
    `is_label_first`. A judge that talks to a model never looks at it.
    """

    run_seed: int
    judge: str
    rubric: str
    criterion: str
    repeat: int
    respondent_id: str
    exchange: int
    text: str
    labels: tuple[ShownOption, ...]
    item_id: str
    format: str
    options: tuple[ShownOption, ...] = ()
    max_picks: int | None = None
    language: str = "en"
    answer_format: str = "label"
    codes: tuple[int, ...] = ()
    try_number: int = 0
    rationale_marker: str = "Rationale:"
    verdict_marker: str = "Verdict:"
    is_label_first: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One call to an engine. `samples` asks for that many completions of the same prompt.

    `top_logprobs` None asks for none; `choices` restricts the reply to one of these strings (structured choice);
    `assistant_prefix` is text the assistant's reply has already begun with. `continuations` are texts whose probability
    as a reply (after the prefix, where there is one) is asked for beside the reply itself. `is_raw` sends the contents
    of the messages, joined as they are, as a text to be completed, without a chat template.
    """

    messages: tuple[Message, ...]
    settings: Settings = field(default_factory=Settings)
    seed: int | None = None
    samples: int = 1
    top_logprobs: int | None = None
    choices: tuple[str, ...] | None = None
    assistant_prefix: str | None = None
    continuations: tuple[str, ...] = ()
    is_raw: bool = False
    asked: Asked | None = None
    judged: Judged | None = None

    @property
    def raw_prompt(self) -> str:
        """The text to be completed, of a raw request."""
        return "".join(message.content for message in self.messages) + (self.assistant_prefix or "")


class TokenAlternatives(NamedTuple):
    """One generated position: the token taken and the likeliest alternatives (itself included), natural logs."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...]


class ScoredText(NamedTuple):
    """A text scored as a reply: its tokens with natural log probabilities, each given the prompt and those before it.

    Only tokens of the text itself are here, unless the tokenizer joins the end of the prompt (its last blank) with the
    beginning of a text: then all texts of the request begin where the prompt is still the same in all. A text that the
    chat template alters (most strip leading blanks) is scored as altered. `ids` are the tokens' ids, where the engine
    tells them.
    """

    text: str
    tokens: tuple[tuple[str, float], ...]
    ids: tuple[int, ...] = ()

    @property
    def path(self) -> tuple[int | str, ...]:
        """What tells the tokens from those of another text: their ids, else their texts."""
        return self.ids or tuple(token for token, _ in self.tokens)

    @property
    def logprob(self) -> float:
        """Log probability of the whole text; 0 for an empty one."""
        return sum(logprob for _, logprob in self.tokens)


@dataclass(frozen=True, slots=True)
class Completion:
    """What an engine returned. `texts` has one entry per sample; `positions` belong to the first text; `scored` has one
    entry per continuation asked for, in their order.

    Counts and latency are None where the engine does not report them; `attempts` counts tries including the last;
    `failed_tries` names the fault of each earlier one, in order, such as `throttled/429`.
    """

    texts: tuple[str, ...]
    model: str
    finish_reason: str | None = None
    refusal: str | None = None
    positions: tuple[TokenAlternatives, ...] = ()
    scored: tuple[ScoredText, ...] = ()
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    latency_seconds: float | None = None
    attempts: int = 1
    failed_tries: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The first completion."""
        return self.texts[0]
