"""Memory and decoding settings in a run specification: values, ranges drawn from per respondent, and presets of ranges.

Knows what may be said and what a preset stands for; drawing is `simulator.decoding`. Ranges of the presets "published-
paper" and "published-code": Liu et al. 2025 and its released code; "sane" is our own proposal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Discriminator, Field, Tag, model_validator

from simulator.decoding import DecodingRanges
from simulator.messages import Settings
from voxpop.spec_faults import RANGE, VALUE
from voxpop.spec_section import Section


class Range(Section):
    """Drawn uniformly once per respondent, both ends included."""

    @model_validator(mode="after")
    def _has_ends_in_order(self) -> Range:
        low, high = ends_of(self)
        if low > high:
            raise ValueError(f"settings: a range from low = {low:g} to high = {high:g}; give the lower end as low")
        return self


class TemperatureRange(Range):
    """Temperatures to draw from."""

    low: float = Field(ge=0, le=5, description="Lowest temperature.")
    high: float = Field(ge=0, le=5, description="Highest temperature.")


class TopPRange(Range):
    """Thresholds to draw from."""

    low: float = Field(gt=0, le=1, description="Lowest threshold.")
    high: float = Field(gt=0, le=1, description="Highest threshold.")


class BeamsRange(Range):
    """Numbers of beams to draw from; a search has at least one."""

    low: int = Field(ge=1, le=100, description="Fewest beams.")
    high: int = Field(ge=1, le=100, description="Most beams.")

    @model_validator(mode="before")
    @classmethod
    def _has_a_beam(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and data.get("low") == 0:
            raise ValueError(
                "settings.beams.low: found 0, and a search without a beam is impossible; give 1 or more (of the "
                "published 0 to 5, 1 to 5 are left)"
            )
        return data


def _kind(value: Any) -> str:
    return RANGE if isinstance(value, Mapping | BaseModel) else VALUE


Ends = TypeVar("Ends", bound=Range)
_Temperature = Annotated[
    Annotated[float, Field(ge=0, le=5), Tag(VALUE)] | Annotated[TemperatureRange, Tag(RANGE)], Discriminator(_kind)
]
_TopP = Annotated[
    Annotated[float, Field(gt=0, le=1), Tag(VALUE)] | Annotated[TopPRange, Tag(RANGE)], Discriminator(_kind)
]
_Beams = Annotated[Annotated[int, Field(ge=1), Tag(VALUE)] | Annotated[BeamsRange, Tag(RANGE)], Discriminator(_kind)]


def ends_of(drawn: Any) -> tuple[Any, Any]:
    """The two ends of a range."""
    return drawn.low, drawn.high


class MemorySection(Section):
    """What a respondent carries from item to item."""

    kind: Literal["none", "full", "window", "random-prune"] = Field("random-prune", description="The memory policy.")
    min_length: int = Field(0, ge=0, description="Shortest memory that random-prune draws, in turns.")
    max_length: int = Field(
        15, ge=0, description="Longest memory in turns (random-prune draws min..max per respondent)."
    )
    keep: Literal["answer", "answer+explanation"] = Field(
        "answer+explanation", description="Whether a remembered answer keeps the first sentence of its explanation."
    )

    @model_validator(mode="after")
    def _has_ends_in_order(self) -> MemorySection:
        if self.min_length > self.max_length:
            raise ValueError(
                f"memory: min_length = {self.min_length} is more than max_length = {self.max_length}; lower the one "
                "or raise the other"
            )
        return self


class SettingsSection(Section):
    """Decoding settings; a key left out is left to the server. A range, such as `{low = 0.5, high = 1.2}`, is drawn
    from once per respondent, and what was drawn is recorded with the respondent.
    """

    draws: Literal["published-paper", "published-code", "sane"] | None = Field(
        None, description="A set of ranges (docs/asking.md), memory's included; keys given beside it win."
    )
    temperature: _Temperature | None = Field(None, description="Sampling temperature: a value or a range.")
    top_p: _TopP | None = Field(None, description="Nucleus sampling threshold: a value or a range.")
    max_tokens: int | None = Field(None, ge=1, description="Longest reply in tokens.")
    beams: _Beams | None = Field(None, description="Beams, a value or a range; above 1 asks for beam search.")
    sampling: bool | Literal["random"] | None = Field(
        None, description="false is temperature 0; `random` draws it per respondent, on or off with even chances."
    )
    beams_instead: Literal["nothing", "temperature", "top_p"] = Field(
        "nothing",
        description="What is drawn in their place where beams are drawn and the engine has no beam search.",
    )

    @model_validator(mode="after")
    def _sampling_fits(self) -> SettingsSection:
        if self.sampling is False and (self.temperature not in (None, 0) or self.top_p not in (None, 1)):
            raise ValueError(
                "settings.sampling: false is temperature 0, and another temperature or top_p is given; leave one out, "
                'or write sampling = "random"'
            )
        return self

    def fixed(self) -> Settings:
        """What is the same for everybody; drawn values take its place."""
        temperature = 0.0 if self.sampling is False else _fixed(self.temperature)
        return Settings(temperature, _fixed(self.top_p), self.max_tokens, _fixed(self.beams))

    def ranges(self) -> DecodingRanges | None:
        """What is drawn per respondent; None where nothing is."""
        ranges = DecodingRanges(
            _ends(self.temperature), _ends(self.top_p), _ends(self.beams), sampling=self.sampling == "random"
        )
        if ranges == DecodingRanges():
            return None
        return DecodingRanges(
            ranges.temperature, ranges.top_p, ranges.beams, ranges.sampling, beams_instead=self.beams_instead
        )


def _fixed(value: Any) -> Any:
    return None if isinstance(value, Range) else value


def _ends(value: Any) -> tuple[Any, Any] | None:
    return ends_of(value) if isinstance(value, Range) else None


_PUBLISHED = {"temperature": 1.0, "top_p": 1.0, "max_tokens": 512}
PRESETS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    # The paper draws 0 to 5 beams; a search with none is impossible.
    "published-paper": {
        "settings": {**_PUBLISHED, "beams": {"low": 1, "high": 5}, "sampling": "random"},
        "memory": {"kind": "random-prune", "min_length": 0, "max_length": 15},
    },
    "published-code": {
        "settings": {**_PUBLISHED, "beams": {"low": 1, "high": 4}, "sampling": True},
        "memory": {"kind": "random-prune", "min_length": 0, "max_length": 14},
        "asking": {"option_order": "random-per-item"},
    },
    "sane": {
        "settings": {
            "temperature": {"low": 0.6, "high": 1.2},
            "top_p": {"low": 0.9, "high": 1.0},
            "beams": 1,
            "sampling": True,
        },
        "memory": {"kind": "random-prune", "min_length": 0, "max_length": 15},
    },
}
"""Preset → section → key → value."""


def with_preset(data: Mapping[str, Any]) -> dict[str, Any]:
    """The specification with the keys of its preset added; a key that is given wins. Faulty data pass as they are."""
    settings = data.get("settings")
    if not isinstance(settings, Mapping) or settings.get("draws") not in tuple(PRESETS):
        return dict(data)
    completed = dict(data)
    for section, keys in PRESETS[settings["draws"]].items():
        given = data.get(section, {})
        if isinstance(given, Mapping):
            completed[section] = {**keys, **given}
    if settings.get("sampling") is False:  # given as temperature 0, whatever the preset has
        off = {key: value for key, value in completed["settings"].items() if key not in ("temperature", "top_p")}
        completed["settings"] = off | dict(settings)
    return completed
