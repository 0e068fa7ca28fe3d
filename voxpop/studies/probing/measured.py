"""The whole study, measured: every estimator once, for each probe and for the planted truth. Sections read this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.abstention import AbstentionShift, abstention_shift
from analysis.presentation_pairs import PairRules
from analysis.presented import Presented
from analysis.probe_disagreement import ProbeDisagreement, probe_disagreements
from analysis.report_cells import Cell, Missing, Unformed, has_gap
from analysis.robustness import Robustness, SelectionBias, selection_bias, style_robustness
from analysis.steering import Steering, SteeringCell, demographic_steering
from analysis.sums import Estimate
from analysis.value_action import (
    ActionScore,
    PoleWeights,
    ValueActionAgreement,
    pole_weights,
    value_action_agreement,
    value_action_pairs,
)
from simulator.seeds import rng_for
from surveys.scenario_check import poles_of
from surveys.scenario_instrument import rated_action
from voxpop.studies.probing.choices import Choices
from voxpop.studies.probing.material import TRUTH, Material

MIN_TOPICS = 8
"""From as many topics on, intervals move whole topics; with fewer they move questions."""

REPLIES = "replies"


@dataclass(frozen=True, eq=False)
class Measured:
    """The measures of a study, by source: the probes, and the planted truth where it is known."""

    material: Material

    @property
    def choices(self) -> Choices:
        """What the study was called with."""
        return self.material.choices

    @property
    def sources(self) -> tuple[str, ...]:
        """The probes, then the truth where it is known."""
        return self.material.sources

    @property
    def probes(self) -> tuple[str, ...]:
        """The probes alone."""
        return tuple(name for name in self.sources if name != TRUTH)

    @property
    def is_planted(self) -> bool:
        """Whether known-truth respondents answered."""
        return TRUTH in self.sources

    @cached_property
    def rules(self) -> PairRules:
        """How pairs of presentations are summarised."""
        topics = self.material.topics
        clusters = topics if len(set(topics)) >= MIN_TOPICS else None
        return PairRules(clusters=clusters, resamples=self.choices.options.resamples)

    @property
    def over(self) -> str:
        """What intervals are over, in words."""
        return "topics (all their questions together)" if self.rules.clusters is not None else "questions"

    def rng(self, *names: str) -> np.random.Generator:
        """The stream of one measure."""
        return rng_for(self.choices.options.seed, "probing", *names)

    @cached_property
    def style(self) -> Mapping[str, Robustness]:
        """Differences between prompt styles at the base variant."""
        return {
            name: style_robustness(cells, self.rng("style", name), rules=self.rules)
            for name, cells in self.material.generic.items()
        }

    @cached_property
    def selection(self) -> Mapping[str, SelectionBias]:
        """Differences between option variants, averaged over styles."""
        return {
            name: selection_bias(cells, self.rng("selection", name), rules=self.rules)
            for name, cells in self.material.generic.items()
        }

    @cached_property
    def disagreements(self) -> list[ProbeDisagreement]:
        """Every two sources on the same presentations."""
        return probe_disagreements(dict(self.material.generic), self.rng("probes"), rules=self.rules)

    @cached_property
    def abstention(self) -> Mapping[str, AbstentionShift]:
        """What an offered way out does."""
        return {
            name: abstention_shift(found.without, found.offered, self.rng("abstention", name), rules=self.rules)
            for name, found in self.material.abstained.items()
        }

    @cached_property
    def beside_abstaining(self) -> Mapping[str, Robustness]:
        """How far the answers of those who do not abstain move once abstaining is offered."""
        return {
            name: style_robustness(found.answers, self.rng("beside", name), rules=self.rules)
            for name, found in self.material.abstained.items()
        }

    @cached_property
    def steering(self) -> Mapping[str, Steering]:
        """How much nearer the people of a country the answers come once the persona names it; {} without countries."""
        if not self.choices.countries:
            return {}
        resamples = self.choices.options.resamples
        return {
            name: demographic_steering(self._steering_cells(name), self.rng("steering", name), resamples=resamples)
            for name in self.sources
        }

    def _steering_cells(self, source: str) -> list[SteeringCell]:
        reference, generic = self.material.reference, self.material.generic[source]
        cells = []
        for country, named in (
            (country, self.material.countries[country][source]) for country in self.choices.countries
        ):
            where = "" if reference is None or reference.countries == ("",) else country
            for place, question in enumerate(generic.questions):
                human = None if reference is None else reference.cell(question, where)
                codes = [option.code for option in self.choices.instrument.item(question).substantive_options]
                shares = None if human is None else np.array([human.shares.get(code, 0.0) for code in codes])
                sides = (_formats(generic, place), _formats(named, place))
                cells.append(SteeringCell(question, country, *sides, shares, self.choices.is_ordered(question)))
        return cells

    @cached_property
    def agreement(self) -> Mapping[str, ValueActionAgreement]:
        """Whether the pole that answers lean to tells which actions are approved of; {} without scenarios.

        Of a probe, its answers beside the approval that was sampled; of the truth, both as planted.
        """
        if self.choices.scenarios is None:
            return {}
        found = {}
        for name in self.sources:
            scores = self.material.scores[TRUTH if name == TRUTH else REPLIES]
            pairs = value_action_pairs(self.weights(name), self._action_scores(scores))
            resamples = self.choices.options.resamples
            found[name] = value_action_agreement(pairs, self.rng("actions", name), n_resamples=resamples)
        return found

    def weights(self, source: str) -> dict[str, PoleWeights]:
        """Pole weights of every question with two poles, of the distribution averaged over all presentations."""
        cells = self.material.generic[source]
        found = {}
        for place, question in enumerate(cells.questions):
            item = self.choices.instrument.item(question)
            poles = poles_of(item)
            if poles is not None:
                formats = _formats(cells, place)
                known = formats[~np.isnan(formats[:, 0])]
                mean = known.mean(axis=0) if len(known) else np.full(formats.shape[1], np.nan)
                codes = [option.code for option in item.substantive_options]
                ordered = [mean[codes.index(option.code)] for part in poles for option in part]
                found[question] = pole_weights(ordered)
        return found

    def _action_scores(self, scores: Mapping[str, float]) -> list[ActionScore]:
        chosen = self.choices.scenarios
        item_of = {} if chosen is None else {one.id: one.item for one in chosen.scenarios}
        found = []
        for action, score in scores.items():
            rated = rated_action(action)
            if rated is not None:
                found.append(ActionScore(item_of[rated.scenario], rated.scenario, rated.pole, score))
        return found


def _formats(cells: Presented, question: int) -> np.ndarray:
    """The distributions of one question in every presentation: (n_presentations, n_options)."""
    k = int(cells.n_options[question])
    table: np.ndarray = cells.shares[question].reshape(-1, cells.shares.shape[-1])
    return table[:, :k]


def shown(found: Estimate, reason: str) -> Cell:
    """An estimate, or why it or its interval could not be formed."""
    if not has_gap(found):
        return found
    return Unformed(found, reason) if found.value == found.value else Missing(reason)
