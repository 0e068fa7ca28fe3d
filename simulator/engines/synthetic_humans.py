"""Known-truth respondents who answer as people did, at a planted distance: from human answer shares, exactly.

A respondent of a country answers an item from (1 - d) m + d c, where m = (1 - b) everybody + b group mixes the people
of the country with one group of them, c contrasts with everybody's answers, d is `human_distance` and b `group_bias`.
The answers depend on nothing else: no value, no stance, no person. Knows no file: the shares are given as data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.engines.synthetic_truth import KnownTruth
from simulator.errors import EngineRefused
from simulator.messages import Asked

EVERYBODY = "all"
"""The group that holds everybody of a country; so called in human reference files."""

Shares = dict[int, float]


class HumanAnswers:
    """The planted distributions of one truth, each worked out once."""

    def __init__(self, truth: KnownTruth) -> None:
        self.truth = truth
        self._planted: dict[tuple[str, str], Shares] = {}

    def planted(self, item: str, country: str) -> Shares:
        """Code → probability of the item's answers in this country; EngineRefused where people gave none.

        For a multiple-choice item: code → probability that the option is picked.
        """
        key = (item, country)
        if key not in self._planted:
            self._planted[key] = self._mixed(item, country)
        return self._planted[key]

    def put_to(self, asked: Asked) -> Shares:
        """The distribution over the options asked, 0 for those that people were not offered.

        EngineRefused where the item, the country or the codes are not those of the reference. Picks that sum to less
        than 1 are scaled up to 1: a reply picks at least one option.
        """
        item = self._item_of(asked)
        planted = self.planted(item, self._country_of(asked, item))
        offered = sorted(option.code for option in asked.options)
        unknown = [code for code in planted if code not in offered]
        if unknown:
            raise _refused(
                f"people chose codes of item {item!r} ({_listed(unknown)}) that it does not offer ({_listed(offered)})",
                "use the survey that the reference belongs to",
            )
        shares = {code: planted.get(code, 0.0) for code in offered}
        if asked.format != "multiple":
            return shares
        total = sum(shares.values())
        if asked.max_picks is not None and total > asked.max_picks + 1e-9:
            raise _refused(
                f"people picked {total:.2f} options of item {item!r}, which allows {asked.max_picks}",
                "use the survey that the reference belongs to",
            )
        return shares if total >= 1 else {code: share / total for code, share in shares.items()}

    def _mixed(self, item: str, country: str) -> Shares:
        truth = self.truth
        people = self._cell(item, country, EVERYBODY)
        contrasted = contrast(people, truth.human_contrast)
        mixed = people
        if truth.group_bias:
            group, b = self._cell(item, country, truth.human_group), truth.group_bias
            mixed = {code: (1 - b) * people.get(code, 0.0) + b * group.get(code, 0.0) for code in {**people, **group}}
        d = truth.human_distance
        every = sorted({**mixed, **contrasted})
        return {code: (1 - d) * mixed.get(code, 0.0) + d * contrasted.get(code, 0.0) for code in every}

    def _cell(self, item: str, country: str, group: str) -> Shares:
        countries = self.truth.humans.get(item)
        if countries is None:
            raise _refused(f"no human answers are planted for item {item!r}", "ask items that the reference has")
        groups = countries.get(country)
        if groups is None:
            there = _listed(countries)
            raise _refused(f"item {item!r} has no human answers of country {country!r}", f"it has {there}")
        cell = groups.get(group)
        if not cell or sum(cell.values()) <= 0:
            raise _refused(
                f"item {item!r} has no human answers of group {group!r} in country {country!r}",
                f"it has {_listed(groups)}",
            )
        return {int(code): float(cell[code]) for code in sorted(cell, key=int)}

    def _item_of(self, asked: Asked) -> str:
        """A paraphrase is answered like its question, unless people were asked it in these words."""
        is_known = asked.item_id in self.truth.humans or asked.question_id is None
        return asked.item_id if is_known else asked.question_id or asked.item_id

    def _country_of(self, asked: Asked, item: str) -> str:
        """The persona's country; "" where the reference knows no countries."""
        if set(self.truth.humans.get(item, ())) == {""}:
            return ""
        country = asked.attributes.get("country")
        if not country:
            raise _refused(
                f"{asked.respondent_id} has no country, and human answers are those of a country",
                'draw personas who have one (strategy "city")',
            )
        return str(country)


def contrast(people: Mapping[int, float], kind: str) -> Shares:
    """The distribution that is furthest off under a name: "reversed" (the last code gets the first one's share),
    "uniform", or "mode" (everybody chooses the most frequent code, the first of several).
    """
    codes = sorted(people)
    if kind == "uniform":
        return dict.fromkeys(codes, sum(people.values()) / len(codes))
    if kind == "mode":
        mode = max(codes, key=people.__getitem__)
        return {code: float(code == mode) for code in codes}
    return {code: people[other] for code, other in zip(codes, reversed(codes), strict=True)}


def draw_exactly(picks: Mapping[int, float], u: float) -> tuple[int, ...]:
    """Picks with exactly these probabilities, in number as even as can be (systematic sampling; Madow 1949).

    `picks` sum to 1 or more, none is above 1; `u` is one uniform number. The number of picks is their sum, rounded
    down or up, so that nothing has to be added or cut.
    """
    reached, picked = 0.0, []
    for code, share in picks.items():
        start, reached = reached, reached + share
        # The points u, u + 1, u + 2, ... that lie in [start, reached).
        if int(reached - u + 1) > int(start - u + 1):
            picked.append(code)
    return tuple(picked) or (max(picks, key=picks.__getitem__),)


def _listed(names: Any) -> str:
    shown = [str(name) for name in names]
    return ", ".join(shown[:8]) + (", ..." if len(shown) > 8 else "")


def _refused(what: str, remedy: str) -> EngineRefused:
    return EngineRefused(f"engine 'synthetic': {what}; {remedy}", fatal=True)
