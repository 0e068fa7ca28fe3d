"""Whom to interview, as a frozen plan: which strategy, how many, from which margins, described in which languages.

Knows the strategies by name and nothing of surveys or engines. `personas.population.draw` turns a plan and a seed into
personas; reading a plan from a specification is `personas.reading`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from personas.margins import Margin
from personas.strategies import STRATEGIES
from personas.strategies.base import Strategy
from personas.suggestions import did_you_mean
from simulator.errors import PopulationError

Drawing = Literal["proportional", "uniform"]
_COMMON_OPTIONS = ("template", "templates")


@dataclass(frozen=True, slots=True)
class Population:
    """A plan for drawing personas.

    `strategy` is a name, or several joined with "+": their facts and texts are combined. `n` may be None only for a
    table (every row). `margins` replace what the demographic strategy draws from; `rake_to` are margins that the
    weights are fitted to. `quotas` asks for exact counts instead of chance; `drawing` "uniform" ignores shares.
    `options` are the strategies' own options, and `template` (the whole text) or `templates` (by strategy): a text with
    {placeholders}, or a table of such texts by language.
    """

    strategy: str
    n: int | None
    options: Mapping[str, Any] = field(default_factory=dict)
    margins: tuple[Margin, ...] = ()
    rake_to: tuple[Margin, ...] = ()
    country: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    drawing: Drawing = "proportional"
    quotas: bool = False

    def __post_init__(self) -> None:
        self._check_strategy()
        self._check_n()
        if self.drawing not in ("proportional", "uniform"):
            raise PopulationError(
                f"population: drawing is {self.drawing!r}; {did_you_mean(self.drawing, ('proportional', 'uniform'))}"
            )
        if not self.languages:
            raise PopulationError('population: no language; give at least one, for example "en"')
        self._check_options()
        self._check_margins()
        for strategy in self.parts:
            strategy.check(self)

    @property
    def strategies(self) -> tuple[str, ...]:
        """The names that `strategy` joins."""
        return tuple(self.strategy.split("+"))

    @property
    def parts(self) -> tuple[Strategy, ...]:
        """The strategies themselves."""
        return tuple(STRATEGIES[name] for name in self.strategies)

    def template_for(self, strategy: str | None, language: str) -> str | None:
        """The user's template for one strategy, or (None) for the whole text, in `language`; None if there is none."""
        given = self.options.get("template") if strategy is None else self.options.get("templates", {}).get(strategy)
        if given is None or isinstance(given, str):
            return given
        text = given.get(language) if isinstance(given, Mapping) else given
        if text is None:
            raise PopulationError(
                f"population: the template has no text in language {language!r}; it has: {', '.join(given)}"
            )
        if not isinstance(text, str):
            raise PopulationError(f"population: the template is {given!r}; give a text, or a table of language = text")
        return text

    def templates_of(self, strategy: str) -> tuple[str, ...]:
        """The user's templates that `strategy` has to fill: its own, else those for the whole text."""
        name = strategy if strategy in self.options.get("templates", {}) else None
        given = (self.template_for(name, language) for language in self.languages)
        return tuple(template for template in given if template is not None)

    def _check_strategy(self) -> None:
        for name in self.strategies:
            if name not in STRATEGIES:
                raise PopulationError(
                    f"population: there is no strategy {name!r}; {did_you_mean(name, STRATEGIES)}; join several with +"
                )
        if len(set(self.strategies)) < len(self.strategies):
            raise PopulationError(f"population: strategy {self.strategy!r} names one twice; name each once")

    def _check_n(self) -> None:
        if self.n is None:
            if "table" not in self.strategies:
                raise PopulationError(
                    f"population: strategy {self.strategy!r} needs n, the number of personas;"
                    " only a table can do without"
                )
        elif isinstance(self.n, bool) or not isinstance(self.n, int) or self.n < 1:
            raise PopulationError(f"population: n is {self.n!r}; it must be a whole number of at least 1")

    def _check_options(self) -> None:
        allowed = [*sorted(frozenset().union(*(part.options for part in self.parts))), *_COMMON_OPTIONS]
        for name in self.options:
            if name not in allowed:
                raise PopulationError(
                    f"population: strategy {self.strategy!r} has no option {name!r}; {did_you_mean(name, allowed)}"
                )
        templates = self.options.get("templates", {})
        if not isinstance(templates, Mapping):
            raise PopulationError(f"population: templates is {templates!r}; give a table of strategy = text")
        for name in templates:
            if name not in self.strategies:
                raise PopulationError(
                    f"population: templates names {name!r}, which is not drawn; {did_you_mean(name, self.strategies)}"
                )

    def _check_margins(self) -> None:
        if self.margins and "demographic" not in self.strategies:
            raise PopulationError(
                f'population: strategy {self.strategy!r} draws from no margins; add "+demographic" to draw from them,'
                " or give them as rake_to to fit weights to them"
            )
        for name, margins in (("margins", self.margins), ("rake_to", self.rake_to)):
            variables = [margin.variable for margin in margins]
            for variable in variables:
                if variables.count(variable) > 1:
                    raise PopulationError(f"population: {name} has two margins of {variable!r}; give one of each")

    @classmethod
    def basic(cls, n: int, **settings: Any) -> Population:
        """`n` respondents without a persona."""
        return _plan("basic", n, settings)

    @classmethod
    def city(cls, country: str | Sequence[str], n: int, **settings: Any) -> Population:
        """`n` personas who live in `country` (or in several), in proportion to population."""
        return _plan("city", n, settings | {"country": country})

    @classmethod
    def demographic(cls, n: int, **settings: Any) -> Population:
        """`n` personas of an age, gender, occupation and hobby, from `margins` or uniformly."""
        return _plan("demographic", n, settings)

    @classmethod
    def value_anchor(cls, n: int, **settings: Any) -> Population:
        """`n` personas who each hold one of 19 values highest, in balance."""
        return _plan("value-anchor", n, settings)

    @classmethod
    def named(cls, n: int, **settings: Any) -> Population:
        """`n` personas with a title and a surname, five groups in balance."""
        return _plan("named", n, settings)

    @classmethod
    def generated(cls, n: int, **settings: Any) -> Population:
        """`n` personas whose text a model writes first."""
        return _plan("generated", n, settings)

    @classmethod
    def table(
        cls,
        path: str | Path,
        *,
        template: str | Mapping[str, str],
        weight: str | None = None,
        n: int | None = None,
        **settings: Any,
    ) -> Population:
        """The rows of a CSV, Parquet, SPSS or Stata file as personas; `weight` names the weight column."""
        options = {"path": str(path), "template": template} | ({"weight": weight} if weight else {})
        return _plan("table", n, settings | options)

    @classmethod
    def combine(cls, *strategies: str, n: int | None, **settings: Any) -> Population:
        """`n` personas described by several strategies at once, for example `combine("city", "demographic", n=200)`."""
        if not strategies:
            raise PopulationError('population: combine needs at least one strategy, for example "city"')
        return _plan("+".join(strategies), n, settings)

    def with_languages(self, languages: Sequence[str]) -> Population:
        """The same plan described in `languages`."""
        return replace(self, languages=tuple(languages))


def _plan(strategy: str, n: int | None, settings: Mapping[str, Any]) -> Population:
    from personas.reading import population_from_mapping

    return population_from_mapping({"strategy": strategy, "n": n, **settings})
