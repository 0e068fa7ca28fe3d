"""One question to one known-truth respondent: everything that decides the answer, and its exact distribution.

Brings person, item and biases together. Knows no words: how an answer is written is `synthetic_text`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from simulator.engines.synthetic_answers import (
    ItemFacts,
    bias_shares,
    choice_probabilities,
    content_probabilities,
    item_facts,
    logistic,
)
from simulator.engines.synthetic_decoding import NEUTRAL, Sharpness, sharpened, sharpened_picks
from simulator.engines.synthetic_humans import HumanAnswers
from simulator.engines.synthetic_picks import picked_shares
from simulator.engines.synthetic_profile import MEMBERS, People, Profile
from simulator.engines.synthetic_truth import KnownTruth
from simulator.messages import Asked

CACHED_ITEMS = 20_000


class TrueDistribution(NamedTuple):
    """The truth about one question to one respondent.

    `shares` are probabilities of the options in the order shown; with `refused` and `unreadable` they sum to 1. For a
    multiple-choice item `shares` are the probabilities that each option is picked and sum to the mean number of picks.
    """

    shares: tuple[float, ...]
    refused: float
    unreadable: float

    @property
    def answered(self) -> tuple[float, ...]:
        """The shares among replies that choose an option."""
        readable = 1 - self.refused - self.unreadable
        return tuple(share / readable for share in self.shares)


class Question(NamedTuple):
    """Everything that decides one answer.

    `alone` maps each code (ascending) to the probability that this option is chosen by itself; with `refused` and
    `unreadable` they sum to 1, except for a multiple-choice item, where the rest is answered by picking each option
    with its probability in `picks`, independently, or (`has_exact_picks`) so that picks come out with exactly these
    probabilities. `position` is the keyed latent position in points (0 for unordered options).
    """

    facts: ItemFacts
    profile: Profile
    position: float
    alone: dict[int, float]
    refused: float
    unreadable: float
    picks: dict[int, float]
    has_exact_picks: bool = False


class Questions:
    """The questions of one truth; what does not depend on the person is worked out once per item (bounded cache)."""

    def __init__(self, truth: KnownTruth, seed: int) -> None:
        self.truth = truth
        self.people = People(truth, seed)
        self.humans = HumanAnswers(truth) if truth.humans else None
        self._facts: dict[tuple[Any, ...], ItemFacts] = {}

    def of(self, asked: Asked, by: Sharpness = NEUTRAL) -> Question:
        """The question as put to the persona asked, under the decoding settings that work."""
        question = self.put_to(asked, self.people.profile(asked))
        return question if by.is_neutral else decoded(question, by)

    def put_to(self, asked: Asked, profile: Profile, *, own_part: bool = True) -> Question:
        """The question as put to a person with `profile`; without `own_part` stances follow values and topic alone."""
        facts = self._item(asked)
        picks: dict[int, float] = {}
        content: dict[int, float] = {}
        position = 0.0
        if self.humans is not None and facts.kind != "open":
            shares = self.humans.put_to(asked)
            content, picks = ({}, shares) if asked.format == "multiple" else (shares, {})
        elif facts.kind == "nominal":
            logits = {
                code: pull + self.people.tilt(asked, profile, code, cosine, sine, own_part=own_part)
                for code, (pull, cosine, sine) in facts.pulls.items()
            }
            if asked.format == "multiple":
                picks = {code: logistic(logit) for code, logit in logits.items()}
            else:
                content = choice_probabilities(logits)
        else:
            position = self._position(asked, facts, profile, own_part)
            content = content_probabilities(facts, position, self.truth)
        return self._mix(asked, facts, profile, position=position, content=content, picks=picks)

    def _mix(
        self,
        asked: Asked,
        facts: ItemFacts,
        profile: Profile,
        *,
        position: float,
        content: dict[int, float],
        picks: dict[int, float],
    ) -> Question:
        """Mix biases with content, then take refusal and unreadable replies off the top.

        What a bias cannot reach in this question stays with the content; an offered no-answer option takes refusals.
        """
        truth = self.truth
        alone = dict.fromkeys(facts.codes, 0.0)
        left = substantive = 1 - truth.refusal - truth.unreadable
        for code, share in bias_shares(asked, facts, position, truth):
            alone[code] += substantive * share
            left -= substantive * share
        for code, probability in content.items():
            alone[code] += left * probability
        for code in facts.no_answer:
            alone[code] += truth.refusal / len(facts.no_answer)
        refused = 0.0 if facts.no_answer else truth.refusal
        has_exact_picks = bool(picks) and self.humans is not None
        return Question(facts, profile, position, alone, refused, truth.unreadable, picks, has_exact_picks)

    def _position(self, asked: Asked, facts: ItemFacts, profile: Profile, own_part: bool) -> float:
        """The latent position that an ordered item asks for, in points, keyed; of an action as far as it is linked."""
        truth = self.truth
        shift = truth.language_shift.get(asked.language, 0.0) + truth.style_shift.get(asked.style, 0.0)
        if facts.kind == "stance" or not asked.dimensions:
            subject = asked.topic or asked.question_id or asked.item_id
            position = self.people.stance(asked, profile, subject, own_part=own_part)
            return (position if facts.kind == "stance" else asked.key * position) + shift
        parts = [
            sum(profile.values[place] for place in MEMBERS[dimension]) / len(MEMBERS[dimension])
            if dimension in MEMBERS
            else self.people.stance(asked, profile, dimension, own_part=own_part)
            for dimension in asked.dimensions
        ]
        link = truth.action_link if asked.is_action else 1.0
        return link * asked.key * sum(parts) / len(parts) + shift

    def _item(self, asked: Asked) -> ItemFacts:
        content = tuple(sorted((option.code, option.text, option.missing or "") for option in asked.options))
        key = (asked.item_id, asked.question_id, asked.format, asked.topic, asked.dimensions, content)
        facts = self._facts.get(key)
        if facts is None:
            if len(self._facts) >= CACHED_ITEMS:
                del self._facts[next(iter(self._facts))]
            facts = self._facts[key] = item_facts(asked, self.truth)
        return facts


def decoded(question: Question, by: Sharpness) -> Question:
    """The question under decoding settings that work: what is chosen alone, and what is picked, each by itself.

    Picks planted from people stay as they are: sharpened, their number would no longer be the people's.
    """
    picks = question.picks if question.has_exact_picks else sharpened_picks(question.picks, by)
    return question._replace(alone=sharpened(question.alone, by), picks=picks)


def distribution(asked: Asked, question: Question) -> TrueDistribution:
    """The exact distribution over the options shown."""
    shares = dict(question.alone)
    if question.picks:
        rest = 1 - question.refused - question.unreadable - sum(question.alone.values())
        exact = question.picks if question.has_exact_picks else picked_shares(question.picks, asked.max_picks)
        for code, share in exact.items():
            shares[code] += rest * share
    return TrueDistribution(
        tuple(shares[option.code] for option in asked.options), question.refused, question.unreadable
    )
