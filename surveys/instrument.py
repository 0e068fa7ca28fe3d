"""The questionnaire as a document: frozen facts, checked once at the border.

An `Instrument` is items in blocks; an item offers response options whose canonical codes never move. Knows no persona,
engine or presentation: what a respondent sees (order, labels, style) is decided elsewhere. Reading TOML is
`surveys.loader`; finding every fault at once is `surveys.check`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, get_args

Texts = Mapping[str, str]
"""Wording by language code (`{"en": "...", "de": "..."}`)."""

Stance = Literal["supports", "opposes", "neutral"]
MissingReason = Literal["refused", "dont_know", "not_applicable"]
ItemForm = Literal["female", "male"]
ITEM_FORMS: tuple[ItemForm, ...] = get_args(ItemForm)
"""The forms an item may be worded in besides its `text`, in the order in which they alternate."""


class ResponseFormat(StrEnum):
    """How an item is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    SCALE = "scale"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class ResponseOption:
    """One offered answer. `code` is data and never moves; `text` is language.

    `score` is its value on the item's scale (the code where None); `stance` its side on the item's topic; `missing`
    marks an offered "don't know" or "no answer", which is a reason and never a score.
    """

    code: int
    text: Texts
    stance: Stance | None = None
    score: float | None = None
    missing: MissingReason | None = None

    @property
    def value(self) -> float | None:
        """The score: `score`, else the code; None for a missing category."""
        if self.missing is not None:
            return None
        return float(self.code) if self.score is None else self.score


@dataclass(frozen=True, slots=True)
class ShowIf:
    """A skip rule: show the item only if `item_id` was answered with one of `codes` (`negate`: with none of them).

    An item that was not answered, or not shown, satisfies no rule, negated or not.
    """

    item_id: str
    codes: tuple[int, ...]
    negate: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One question with its options.

    `question_id` names the question that this item words: the id of the original for every paraphrase (`wording` 0 is
    the original, 1.. its paraphrases). `dimensions` are codes of what the item measures; `reverse_keyed` items point
    the other way. All rules in `show_if` must hold. `max_picks` limits a multiple-choice item. `forms` are
    wordings for one sex ("female", "male") in place of `text`, which may be empty only where there are both.
    """

    id: str
    text: Texts
    format: ResponseFormat
    options: tuple[ResponseOption, ...] = ()
    question_id: str = ""
    wording: int = 0
    block: str | None = None
    topic: str | None = None
    dimensions: tuple[str, ...] = ()
    reverse_keyed: bool = False
    show_if: tuple[ShowIf, ...] = ()
    max_picks: int | None = None
    instruction: Texts = field(default_factory=dict)
    note: str | None = None
    forms: Mapping[str, Texts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # An item that words no other question words its own.
        if not self.question_id:
            object.__setattr__(self, "question_id", self.id)

    @property
    def substantive_options(self) -> tuple[ResponseOption, ...]:
        """The options that answer the question: all but an offered "don't know", "no answer" and the like."""
        return tuple(option for option in self.options if option.missing is None)

    def option(self, code: int) -> ResponseOption:
        """The option with this canonical code; KeyError if the item does not offer it."""
        for option in self.options:
            if option.code == code:
                return option
        raise KeyError(f"item {self.id!r} offers no option with code {code}")

    def keyed_score(self, code: int) -> float | None:
        """The option's score, mirrored on the item's range for a reverse-keyed item; None for a missing category."""
        value = self.option(code).value
        if value is None or not self.reverse_keyed:
            return value
        scores = [option.value for option in self.substantive_options if option.value is not None]
        return min(scores) + max(scores) - value


@dataclass(frozen=True, slots=True)
class Topic:
    """What several items are about, for example a contested policy. `attributes` are facts such as `controversial`."""

    id: str
    title: Texts
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block:
    """Items that stand together; `order` says how items inside the block are ordered."""

    id: str
    title: Texts = field(default_factory=dict)
    instruction: Texts = field(default_factory=dict)
    order: Literal["fixed", "random"] = "fixed"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A construct that items measure (a basic value, a cultural dimension), in its own order."""

    code: str
    title: Texts
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Instrument:
    """A whole questionnaire. Items keep their file order; `block_order` says how blocks are ordered.

    `language` is the default language; `languages` those in which every text exists. `content_hash` is the SHA-256
    of the canonical JSON of everything a respondent could see or an analysis could use.
    """

    id: str
    title: Texts
    items: tuple[Item, ...]
    language: str = "en"
    languages: tuple[str, ...] = ("en",)
    version: str = "1"
    source: str = ""
    licence: str = ""
    instruction: Texts = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()
    block_order: Literal["fixed", "random"] = "fixed"
    topics: tuple[Topic, ...] = ()
    dimensions: tuple[Dimension, ...] = ()

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Item id → position in `items`."""
        return {item.id: position for position, item in enumerate(self.items)}

    def item(self, item_id: str) -> Item:
        """The item with this id; KeyError if there is none."""
        return self.items[self.index[item_id]]

    def text_in(self, texts: Texts, language: str) -> str:
        """The wording in `language`, in the instrument's own language where there is none, else empty."""
        return texts.get(language) or texts.get(self.language, "")

    def item_text(self, item: Item, language: str, form: str = "") -> str:
        """The wording of `item` in `language`: that of `form` if it has one, else its text, else its first form's."""
        texts = item.forms.get(form) or item.text or next(iter(item.forms.values()), {})
        return self.text_in(texts, language)

    @property
    def has_forms(self) -> bool:
        """Whether any item is worded otherwise for one sex."""
        return any(item.forms for item in self.items)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 (hex) of the canonical JSON of the instrument."""
        from surveys.serialize import instrument_to_json

        canonical = json.dumps(instrument_to_json(self), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()
