"""Decoding settings drawn once per respondent: from which ranges, and what came of it.

Draws are named by run seed and respondent, so order, concurrency and resume cannot change them. Knows no engine: it is
told whether there is beam search. Method: Liu et al. 2025, where settings make one model answer as many people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from simulator.messages import Settings
from simulator.seeds import draw_index, draw_uniform

BeamsInstead = Literal["nothing", "temperature", "top_p"]

DECIMALS = 3
"""Temperatures and top_p are drawn to so many decimals: what is sent can be read and typed again."""
INSTEAD_OF_BEAMS: Mapping[str, tuple[float, float]] = {"temperature": (0.6, 1.2), "top_p": (0.9, 1.0)}
"""What is drawn from where beams were to differ and the engine has no beam search: the ranges of preset "sane"."""


@dataclass(frozen=True, slots=True)
class DecodingRanges:
    """What is drawn for each respondent, uniformly, both ends included; None is not drawn.

    `sampling` says whether the switch is drawn, on or off with even chances; off is temperature 0, and top_p then says
    nothing. `beams_instead` is what differs where beams are drawn and the engine has no beam search.
    """

    temperature: tuple[float, float] | None = None
    top_p: tuple[float, float] | None = None
    beams: tuple[int, int] | None = None
    sampling: bool = False
    beams_instead: BeamsInstead = "nothing"

    def as_json(self) -> dict[str, Any]:
        """Every field as JSON-able data; `ranges_from_json` is its inverse."""
        ranges = {"temperature": self.temperature, "top_p": self.top_p, "beams": self.beams}
        drawn = {key: None if ends is None else list(ends) for key, ends in ranges.items()}
        return {**drawn, "sampling": self.sampling, "beams_instead": self.beams_instead}


@dataclass(frozen=True, slots=True)
class Decoding:
    """What was drawn for one respondent; None was not drawn. `not_applied` names what the engine cannot do."""

    temperature: float | None = None
    top_p: float | None = None
    beams: int | None = None
    sampling: bool | None = None
    not_applied: tuple[str, ...] = ()

    def applied_to(self, settings: Settings) -> Settings:
        """The condition's settings with those drawn in their place."""
        drawn: dict[str, Any] = {"temperature": self.temperature, "top_p": self.top_p}
        if "beams" not in self.not_applied:
            drawn["beams"] = self.beams
        changed = replace(settings, **{key: value for key, value in drawn.items() if value is not None})
        return replace(changed, top_p=None) if self.sampling is False else changed

    def as_json(self) -> dict[str, Any]:
        """What was drawn, ready for JSON; `decoding_from_json` is its inverse."""
        drawn = {"temperature": self.temperature, "top_p": self.top_p, "beams": self.beams, "sampling": self.sampling}
        named: dict[str, Any] = {key: value for key, value in drawn.items() if value is not None}
        return named | {"not_applied": list(self.not_applied)} if self.not_applied else named


def ranges_from_json(data: Mapping[str, Any]) -> DecodingRanges:
    """The ranges that `DecodingRanges.as_json` described."""
    drawn = {key: None if data[key] is None else tuple(data[key]) for key in ("temperature", "top_p", "beams")}
    return DecodingRanges(**drawn, sampling=data["sampling"], beams_instead=data["beams_instead"])


def decoding_from_json(data: Mapping[str, Any]) -> Decoding:
    """What `Decoding.as_json` described."""
    return Decoding(**{**data, "not_applied": tuple(data.get("not_applied", ()))})


def draw_decoding(
    ranges: DecodingRanges, run_seed: int, respondent_id: str, *, has_beam_search: bool = True
) -> Decoding:
    """The settings of this respondent. Without beam search more than one beam is drawn all the same, and not applied.

    Where sampling is drawn and comes out as off, the temperature is 0 whatever its range.
    """
    between = {"temperature": ranges.temperature, "top_p": ranges.top_p}
    if ranges.beams is not None and not has_beam_search and ranges.beams_instead != "nothing":
        between[ranges.beams_instead] = between[ranges.beams_instead] or INSTEAD_OF_BEAMS[ranges.beams_instead]
    drawn = {key: _draw(ends, run_seed, respondent_id, key) for key, ends in between.items()}
    beams = None
    if ranges.beams is not None:
        low, high = ranges.beams
        beams = low + draw_index(run_seed, respondent_id, "beams", n=high - low + 1)
    sampling = bool(draw_index(run_seed, respondent_id, "sampling", n=2)) if ranges.sampling else None
    if sampling is False:
        drawn = {"temperature": 0.0, "top_p": None}
    not_applied = ("beams",) if (beams or 1) > 1 and not has_beam_search else ()
    return Decoding(drawn["temperature"], drawn["top_p"], beams, sampling, not_applied)


def _draw(ends: tuple[float, float] | None, run_seed: int, respondent_id: str, name: str) -> float | None:
    """A number between the ends, rounded, but never past them."""
    if ends is None:
        return None
    low, high = ends
    drawn = round(low + (high - low) * draw_uniform(run_seed, respondent_id, name), DECIMALS)
    return min(max(drawn, low), high)
