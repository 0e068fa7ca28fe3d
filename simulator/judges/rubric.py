"""A rubric as frozen facts: what is judged, by which criteria, with which labels, and what the judge is shown.

Knows no file, engine or reply. Reading one from TOML and naming its faults is `simulator.judges.rubric_source`; what a
judge is sent is `simulator.judges.judge_prompt`. Methods: Moore et al. 2024 (stance of a text), Liu et al. 2025
(six faults of a reply).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

Texts = Mapping[str, str]
Shown = Literal["question", "options", "reply", "persona", "memory"]
Order = Literal["rationale-first", "label-first"]
LabelStyle = Literal["letters", "words"]
Reading = Literal["default", "code"]

ABSTAIN = "abstain"
"""The canonical label of a judge who abstains, where its criterion allows that."""
OPTIONS = "options"
"""What a criterion gives as its labels where they are the answers that the judged item offers."""


@dataclass(frozen=True, slots=True)
class Label:
    """One verdict that a criterion allows: its canonical id, its wording, and further words that mean it."""

    id: str
    text: Texts
    also: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question about a reply, put in a call of its own.

    `labels` is empty where they are the item's own options; `abstain` is the wording of an abstention, empty where none
    is allowed. `is_ordered` labels form a scale: they are shown forwards or backwards, never shuffled.
    """

    id: str
    title: Texts
    definition: Texts
    question: Texts
    labels: tuple[Label, ...]
    abstain: Texts
    is_ordered: bool = False

    @property
    def takes_options(self) -> bool:
        """Whether the labels are the answers that the judged item offers."""
        return not self.labels


@dataclass(frozen=True)
class Rubric:
    """How replies are judged. `data` is the resolved form of the file it was read from, and makes it again.

    `sees` is what the judge is shown, in this order; `formats` are the item formats it may be applied to; `max_tries`
    counts askings, the first included; `frame` holds the wording around a criterion by language.
    """

    id: str
    title: Texts
    version: str
    languages: tuple[str, ...]
    sees: tuple[Shown, ...]
    order: Order
    label_style: LabelStyle
    is_rotated: bool
    reading: Reading
    formats: tuple[str, ...]
    max_tries: int
    verdict_marker: Texts
    rationale_marker: Texts
    criteria: tuple[Criterion, ...]
    frame: Mapping[str, Mapping[str, Any]]
    data: Mapping[str, Any]

    def criterion(self, criterion_id: str) -> Criterion:
        """The criterion of this id; KeyError if there is none."""
        return {criterion.id: criterion for criterion in self.criteria}[criterion_id]

    def as_json(self) -> dict[str, Any]:
        """What makes this rubric again (`rubric_source.rubric_from_data`): belongs into the record."""
        return dict(self.data)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 (hex) of the canonical JSON of everything that decides what a judge is sent and how it is read."""
        canonical = json.dumps(self.as_json(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
