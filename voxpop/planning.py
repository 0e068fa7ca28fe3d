"""From a spec to a design: which survey, which personas under which conditions, in which item order.

Everything follows from the spec and its seed; nothing is asked and nothing is written. Knows no engine and no record.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from personas.persona import Persona
from personas.population import DrawnPopulation, Population, draw
from personas.reading import population_from_mapping
from simulator.conditions import Condition
from simulator.decoding import draw_decoding
from simulator.engines.base import Capability
from simulator.errors import RunSpecError
from simulator.interview import Interview, Seat
from simulator.memory import memory_length
from simulator.seeds import draw_index, rng_for
from simulator.store.records import respondent_name
from surveys.catalog import find_instrument
from surveys.instrument import ITEM_FORMS, Block, Instrument, ItemForm
from surveys.order import item_order
from surveys.variants import in_form, select
from voxpop.baselines import panels_of, with_baselines
from voxpop.condition_checks import check_conditions
from voxpop.crossing import make_arms
from voxpop.item_forms import assign_forms
from voxpop.spec import PopulationSection, RunSpec


@dataclass(frozen=True)
class Design:
    """A run before anything is asked. `populations` has one drawn population per strategy, in the spec's order.

    `has_beam_search` says whether the engine can do what may be drawn; a design knows no more of it than that.
    """

    spec: RunSpec
    instrument: Instrument
    conditions: tuple[Condition, ...]
    populations: tuple[DrawnPopulation, ...]
    assignment: tuple[tuple[Persona, int], ...]
    has_beam_search: bool = True

    def for_engine(self, capabilities: Iterable[str]) -> Design:
        """The design as an engine with these capabilities carries it out."""
        return replace(self, has_beam_search=Capability.BEAM_SEARCH in capabilities)

    @property
    def n_respondents(self) -> int:
        """Personas times the conditions each of them passes through."""
        return len(self.assignment)

    @cached_property
    def _panels(self) -> dict[int, tuple[int, ...]]:
        """First respondent → everybody on its panel."""
        return panels_of(self.assignment, self.conditions)

    @cached_property
    def conducted(self) -> tuple[int, ...]:
        """The respondents with whom an interview is conducted: everybody, but of a panel its first alone."""
        others = {number for members in self._panels.values() for number in members[1:]}
        return tuple(number for number in range(self.n_respondents) if number not in others)

    @cached_property
    def _shuffled(self) -> Instrument:
        """The instrument with all items in one random block, for `item_order = "random"`."""
        items = tuple(replace(item, block="all") for item in self.instrument.items)
        return replace(self.instrument, items=items, blocks=(Block("all", order="random"),), block_order="fixed")

    @cached_property
    def _fixed_order(self) -> tuple[int, ...] | None:
        """The one order of all respondents, where no part of it is random."""
        random_blocks = any(block.order == "random" for block in self.instrument.blocks)
        if self.spec.asking.item_order == "random" or random_blocks or self.instrument.block_order == "random":
            return None
        return item_order(self.instrument, rng_for(0))

    def order_for(self, respondent_id: str) -> tuple[int, ...]:
        """The item positions put to this respondent, in order."""
        order = self._fixed_order
        if order is None:
            shuffled = self.spec.asking.item_order == "random"
            rng = rng_for(self.spec.seed, respondent_id, "item_order")
            order = item_order(self._shuffled if shuffled else self.instrument, rng)
        if self.spec.survey.wordings != "random":
            return order
        chosen = {
            question_id: positions[draw_index(self.spec.seed, respondent_id, question_id, "wording", n=len(positions))]
            for question_id, positions in self._wordings.items()
        }
        return tuple(at for at in order if chosen[self.instrument.items[at].question_id] == at)

    @cached_property
    def _wordings(self) -> dict[str, list[int]]:
        """Question id → positions of its wordings."""
        wordings: dict[str, list[int]] = {}
        for position, item in enumerate(self.instrument.items):
            wordings.setdefault(item.question_id, []).append(position)
        return wordings

    @cached_property
    def item_forms(self) -> Mapping[int, ItemForm]:
        """Respondent → form in which sex-specific items are put; empty where the survey has none."""
        return assign_forms(self.assignment, self.conducted) if self.instrument.has_forms else {}

    @cached_property
    def _worded(self) -> Mapping[str, Instrument]:
        """The instrument as worded for each form; "" where nobody has one."""
        return {"": self.instrument, **{form: in_form(self.instrument, form) for form in ITEM_FORMS}}

    def interview(self, number: int) -> Interview:
        """The interview with respondent `number`, who is one of those `conducted`."""
        persona, condition_id = self.assignment[number]
        condition = self.conditions[condition_id]
        respondent_id = respondent_name(number)
        form = self.item_forms.get(number, "")
        decoding = None
        if condition.draws is not None:
            drawn_from = condition.draws, self.spec.seed, respondent_id
            decoding = draw_decoding(*drawn_from, has_beam_search=self.has_beam_search)
        return Interview(
            number=number,
            persona=persona,
            condition_id=condition_id,
            condition=condition.with_decoding(decoding),
            instrument=self._worded[form],
            order=self.order_for(respondent_id),
            memory_length=memory_length(condition.memory, self.spec.seed, respondent_id),
            run_seed=self.spec.seed,
            decoding=decoding,
            panel=tuple(Seat(member, self.assignment[member][0]) for member in self._panels.get(number, ())),
            item_form=form,
            place_in_arm=self._places.get(number),
        )

    @cached_property
    def _places(self) -> Mapping[int, int]:
        """Respondent → how many of the same arm are interviewed before; empty where nothing is shown in balance."""
        if all(condition.option_order != "cyclic" for condition in self.conditions):
            return {}
        before = dict.fromkeys(range(len(self.conditions)), -1)
        places = {}
        for number in self.conducted:
            arm = self.assignment[number][1]
            before[arm] += 1
            places[number] = before[arm]
        return places

    def interviews(self) -> Iterator[Interview]:
        """Every interview that is conducted, in respondent order."""
        return map(self.interview, self.conducted)


def make_design(spec: RunSpec) -> Design:
    """The design that `spec` describes. Raises ConfigError (survey, population or spec) with what to do."""
    instrument = choose_items(spec)
    drawn = {label: draw(population, spec.seed) for label, population in make_populations(spec).items()}
    arms = make_arms(spec, max(len(item.substantive_options) for item in instrument.items))
    conditions = tuple(
        replace(arm, population=label, strategy=population.personas[0].strategy)
        for label, population in drawn.items()
        for arm in arms
    )
    populations = tuple(drawn.values())
    check_conditions(conditions, instrument)
    assign = assign_within if spec.design == "within" else assign_between
    assignment = _as_told(assign(populations, len(arms), spec.seed), conditions, drawn, spec.seed)
    assignment = with_baselines(assignment, conditions, populations)
    return Design(spec, instrument, conditions, populations, assignment)


def _as_told(
    assignment: tuple[tuple[Persona, int], ...],
    conditions: Sequence[Condition],
    drawn: Mapping[str, DrawnPopulation],
    seed: int,
) -> tuple[tuple[Persona, int], ...]:
    """The assignment with the texts of personas who are not told their place, where an arm does not tell it."""
    if all(condition.tells_place for condition in conditions):
        return assignment
    placeless: dict[str, dict[str, Persona]] = {}
    for label, population in drawn.items():
        placeless[label] = {one.id: one for one in draw(population.population, seed, tells_place=False)}
        only_place = any(condition.ablation == "no-location" for condition in conditions)
        if only_place and all(one.texts == placeless[label][one.id].texts for one in population):
            raise RunSpecError(
                f"arms.ablation: 'no-location' takes nothing away from population {label!r}, whose personas are told "
                'no place; leave it out, or draw places (strategy "city", alone or in a combination)'
            )
    return tuple(
        (persona if (arm := conditions[number]).tells_place else placeless[arm.population][persona.id], number)
        for persona, number in assignment
    )


def choose_items(spec: RunSpec) -> Instrument:
    """The instrument, narrowed to the topics, items and wordings that the spec names."""
    survey = spec.survey
    return select(
        find_instrument(survey.instrument),
        topics=survey.topics or None,
        items=survey.items or None,
        wordings="all" if survey.wordings == "random" else survey.wordings,
        limit=survey.limit,
    )


def make_populations(spec: RunSpec) -> dict[str, Population]:
    """Label → population, one per section and strategy; `n` is split evenly, earlier strategies taking the
    remainder.
    """
    languages = tuple(dict.fromkeys([spec.asking.language, *spec.arms.language]))
    populations: dict[str, Population] = {}
    several = len(spec.population) > 1
    for section in spec.population:
        split = split_evenly(section.n, len(section.strategies))
        for strategy, n in zip(section.strategies, split, strict=True):
            label = population_label(section, strategy, several)
            if label in populations:
                raise RunSpecError(f"population: two populations are called {label!r}; give each section a `label`")
            populations[label] = population_from_mapping(section.mapping(strategy, n, languages))
    return populations


def split_evenly(n: int | None, parts: int) -> list[int | None]:
    """`n` in `parts` numbers that differ by at most one, the larger ones first; all None where n is."""
    if n is None:
        return [None] * parts
    whole, rest = divmod(n, parts)
    return [whole + (index < rest) for index in range(parts)]


def population_label(section: PopulationSection, strategy: str, several: bool) -> str:
    """What a population is called in tables."""
    if section.label is not None:
        return section.label if len(section.strategies) == 1 else f"{section.label}: {strategy}"
    return f"{strategy} {_named(section.country)}" if several else strategy


def _named(country: str | list[str]) -> str:
    return country if isinstance(country, str) else "+".join(country)


def assign_within(populations: Sequence[DrawnPopulation], n_arms: int, _seed: int) -> tuple[tuple[Persona, int], ...]:
    """Each persona under every arm; personas of the strategies alternate, so a run cut short stays balanced."""
    return tuple(
        (persona, strategy * n_arms + arm)
        for row in itertools.zip_longest(*(population.personas for population in populations))
        for strategy, persona in enumerate(row)
        if persona is not None
        for arm in range(n_arms)
    )


def assign_between(populations: Sequence[DrawnPopulation], n_arms: int, seed: int) -> tuple[tuple[Persona, int], ...]:
    """Each persona under one arm: permuted blocks within each strategy, so arm sizes differ by at most one."""
    arms_of = []
    for strategy, population in enumerate(populations):
        rng = rng_for(seed, "assignment", strategy)
        n_blocks = -(-len(population.personas) // n_arms)
        arms_of.append([int(arm) for _ in range(n_blocks) for arm in rng.permutation(n_arms)])
    return tuple(
        (persona, strategy * n_arms + arms_of[strategy][place])
        for place, row in enumerate(itertools.zip_longest(*(population.personas for population in populations)))
        for strategy, persona in enumerate(row)
        if persona is not None
    )
