"""Personas given only by title and surname, five groups in balance.

Method: Rozen et al. 2025; surnames: Aher et al. 2023.
"""

# ruff: noqa: ARG002 (the protocol fixes the parameters, used or not)
from __future__ import annotations

from typing import TYPE_CHECKING

from personas.catalogs import catalog
from personas.margins import Margin
from personas.quotas import balanced
from personas.render import fill, shipped_template
from personas.strategies.base import Attributes, Draw
from simulator.errors import PopulationError
from simulator.seeds import rng_for

if TYPE_CHECKING:
    from personas.plan import Population


def surnames_by_group() -> dict[str, tuple[str, ...]]:
    """The surnames of each group, in file order."""
    groups: dict[str, list[str]] = {}
    for row in catalog("surnames.csv").rows:
        groups.setdefault(row["group"], []).append(row["surname"])
    return {group: tuple(names) for group, names in groups.items()}


def titles() -> tuple[str, ...]:
    """The titles that may stand before a surname."""
    return tuple(row["name"] for row in catalog("titles.toml").rows)


class Named:
    """Attributes `title`, `surname` and `name_group`; no two personas share both title and surname."""

    name = "named"
    options: frozenset[str] = frozenset()

    def check(self, population: Population) -> None:
        """There are 1,500 distinct combinations."""
        most = sum(map(len, surnames_by_group().values())) * len(titles())
        if population.n is not None and population.n > most:
            raise PopulationError(
                f"population: strategy 'named' has {most} distinct names, {population.n} were asked for;"
                f" ask for at most {most}"
            )

    def draw(self, population: Population, n: int | None, seed: int) -> Draw:
        """Groups in turn; within a group surnames in random order and titles in turn, each balanced within one."""
        size, groups, all_titles = n or 0, surnames_by_group(), titles()
        names = list(groups)
        stream = ("population", self.name)
        of_group = balanced(len(names), size, rng_for(seed, *stream, "group"))
        shuffled = [rng_for(seed, *stream, group, "surname").permutation(len(groups[group])) for group in names]
        starts = rng_for(seed, *stream, "title").permutation(len(names))
        attributes = []
        for position, group_index in enumerate(of_group):
            turn, surnames = position // len(names), groups[names[group_index]]
            # 100 surnames and 3 titles have no common divisor, so counting both up never repeats a pair.
            title = all_titles[(turn + starts[group_index]) % len(all_titles)]
            surname = surnames[shuffled[group_index][turn % len(surnames)]]
            attributes.append({"title": title, "surname": surname, "name_group": names[group_index]})
        targets = (
            Margin("name_group", dict.fromkeys(names, 1 / len(names)), "balanced by design", None),
            Margin("title", dict.fromkeys(all_titles, 1 / len(all_titles)), "balanced by design", None),
        )
        return Draw(attributes, targets)

    def words(self, attributes: Attributes, language: str) -> dict[str, object]:
        """`title`, `surname` and `name_group`, the same in every language."""
        return {key: attributes[key] for key in ("title", "surname", "name_group")}

    def text(self, attributes: Attributes, language: str) -> str:
        """Who the persona is."""
        return fill(shipped_template(self.name, language), self.words(attributes, language))
