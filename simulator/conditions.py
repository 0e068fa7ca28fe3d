"""The experimental arm of a respondent: how they are asked, as frozen data.

Knows no instrument and no persona. A run crosses the arms it names; every respondent belongs to one condition and
every exchange carries it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from simulator.decoding import Decoding, DecodingRanges, ranges_from_json
from simulator.messages import Settings

MemoryKind = Literal["none", "full", "window", "random-prune"]
AnswerFormat = Literal["label", "explained", "structured"]
OptionOrder = Literal["fixed", "reversed", "random", "random-per-item", "cyclic"]
"""The orders that have a name of their own; "shift-1", "shift-2" and so on are orders too (`option_orders`)."""
LabelSet = Literal["numbers", "numbers-from-0", "letters", "lowercase", "roman", "plain", "random"]
Abstain = Literal["as-is", "offered", "withheld"]
ProbeName = Literal["text", "token-logit", "sequence", "all"]
SequenceForm = Literal["label-and-text", "label", "text"]
SequenceScore = Literal["inverse-perplexity", "log-likelihood", "log-likelihood-per-byte"]
Reminder = Literal["never", "at-zero-temperature", "always"]
ProtocolKind = Literal["interview", "battery", "critique-single", "critique-list", "average-person"]

Ablation = Literal["full", "no-memory", "no-decoding", "no-location", "none"]

MEMORY_KINDS: tuple[MemoryKind, ...] = get_args(MemoryKind)


@dataclass(frozen=True, slots=True)
class MemoryPolicy:
    """What a respondent carries from item to item.

    `none` nothing · `full` everything readable · `window` the last `max_length` readable turns · `random-prune` at most
    a length drawn once per respondent, uniformly from min_length..max_length, kept by removing turns at random. `keep`
    says whether a remembered answer keeps its explanation (its first sentence) or the answer alone.
    """

    kind: MemoryKind = "random-prune"
    max_length: int = 15
    keep: Literal["answer", "answer+explanation"] = "answer+explanation"
    min_length: int = 0


@dataclass(frozen=True, slots=True)
class Protocol:
    """By which calls an answer is found: `interview` asks the respondent item by item, `battery` lists the items; the
    others are baselines (docs/protocols.md).

    `name` is the kind, or the path of a user's wording of it. `battery_size`: items listed at once, 0 for all of them;
    `list_size`: respondents whose answers are asked for at once; `vote`: whether a last call chooses between draft and
    revision; `form`: the form in which an average person is asked about. What does not concern a kind stays at its
    default.
    """

    kind: ProtocolKind = "interview"
    name: str = "interview"
    list_size: int = 0
    vote: bool = False
    form: str = ""
    battery_size: int = 0

    @property
    def is_battery(self) -> bool:
        """Whether the respondent is given the items as a list."""
        return self.kind == "battery"

    @property
    def is_baseline(self) -> bool:
        """Whether somebody else is asked than the respondent: of a person a baseline knows the country alone."""
        return self.kind not in ("interview", "battery")

    @property
    def is_worded(self) -> bool:
        """Whether the protocol says something that the prompt style does not: all but the interview do."""
        return self.kind != "interview"

    def as_json(self) -> dict[str, Any]:
        """Every field as JSON-able data."""
        return {
            "kind": self.kind,
            "name": self.name,
            "list_size": self.list_size,
            "vote": self.vote,
            "form": self.form,
            "battery_size": self.battery_size,
        }


@dataclass(frozen=True, slots=True)
class Condition:
    """One arm. `option_order` and `labels` "random" are drawn once per respondent; "random-per-item" and "cyclic" at
    every item. `abstain` says whether an option to give no answer is offered.

    `samples` completions are taken per item (probe `text`); `max_tries` bounds asking again after an unreadable reply;
    `style` names a prompt style template; `population` is the label of the population the respondent was drawn from.
    `engine` names one of the run's engines. `draws` are the ranges that decoding settings are drawn from once per
    respondent, in place of those in `settings`; None draws none. `ablation` says what this arm goes without, and
    `tells_place` whether the persona is told where it lives beyond its country. `protocol` says by which calls an
    answer is found. `probe` "all" takes a distribution by every probe from one presentation; `exact_labels` scores
    every spelling of a label as a reply instead of reading the likeliest tokens; `sequence_form` and `sequence_score`
    say what the sequence probe scores and how it weighs length.
    """

    strategy: str
    population: str = ""
    memory: MemoryPolicy = field(default_factory=MemoryPolicy)
    style: str = "default"
    answer_format: AnswerFormat = "label"
    option_order: str = "fixed"
    labels: LabelSet = "numbers"
    language: str = "en"
    probe: ProbeName = "text"
    samples: int = 1
    top_logprobs: int = 20
    exact_labels: bool = False
    sequence_form: SequenceForm = "label-and-text"
    sequence_score: SequenceScore = "inverse-perplexity"
    max_tries: int = 3
    reminder: Reminder = "at-zero-temperature"
    settings: Settings = field(default_factory=Settings)
    engine: str = "default"
    draws: DecodingRanges | None = None
    ablation: Ablation = "full"
    tells_place: bool = True
    protocol: Protocol = field(default_factory=Protocol)
    abstain: Abstain = "as-is"

    def with_decoding(self, decoding: Decoding | None) -> Condition:
        """The condition as one respondent is asked under it, with the settings drawn for them."""
        return self if decoding is None else replace(self, settings=decoding.applied_to(self.settings))

    def as_json(self) -> dict[str, Any]:
        """Every field as JSON-able data; `condition_from_json` is its inverse."""
        return {
            "strategy": self.strategy,
            "population": self.population,
            "memory": {
                "kind": self.memory.kind,
                "min_length": self.memory.min_length,
                "max_length": self.memory.max_length,
                "keep": self.memory.keep,
            },
            "style": self.style,
            "answer_format": self.answer_format,
            "option_order": self.option_order,
            "labels": self.labels,
            "language": self.language,
            "probe": self.probe,
            "samples": self.samples,
            "top_logprobs": self.top_logprobs,
            "exact_labels": self.exact_labels,
            "sequence_form": self.sequence_form,
            "sequence_score": self.sequence_score,
            "max_tries": self.max_tries,
            "reminder": self.reminder,
            "settings": self.settings.as_json(),
            "engine": self.engine,
            "draws": None if self.draws is None else self.draws.as_json(),
            "ablation": self.ablation,
            "tells_place": self.tells_place,
            "protocol": self.protocol.as_json(),
            "abstain": self.abstain,
        }


def condition_from_json(data: dict[str, Any]) -> Condition:
    """The condition that `as_json` described.

    One recorded before there were protocols is an interview; before abstaining could be arranged, as the survey has it.
    """
    settings = dict(data["settings"])
    settings["stop"] = tuple(settings.get("stop", ()))
    fields = data | {"memory": MemoryPolicy(**data["memory"]), "settings": Settings(**settings)}
    if data.get("draws") is not None:
        fields["draws"] = ranges_from_json(data["draws"])
    fields["protocol"] = Protocol(**data.get("protocol", {}))
    return Condition(**fields)
