"""Known-truth respondents: an engine that answers from a declared truth, so that every estimator can be checked.

These are not people and not a language model. The engine reads `Request.asked`, the facts of the question, and never
a prompt; decoding settings change the truth only as far as `decoding_effect` plants it. Every draw is named by run,
respondent, item, try and sample, so order and concurrency cannot change it. From a beginning, or the slot of a text to
be completed, a reply goes on without the answer marker. Knows no survey file, no store and no network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from simulator.engines import synthetic_baselines as baselines
from simulator.engines import synthetic_battery as batteries
from simulator.engines.base import Capability
from simulator.engines.synthetic_decoding import Sharpness, narrowed, sharpness
from simulator.engines.synthetic_faults import Explained, draw_faults, explained_with_faults
from simulator.engines.synthetic_humans import HumanAnswers, draw_exactly
from simulator.engines.synthetic_logprobs import (
    LabelText,
    first_piece,
    label_positions,
    label_tokens,
    off_option_tokens,
)
from simulator.engines.synthetic_phrases import Phrases
from simulator.engines.synthetic_picks import at_fraction, draw_picks
from simulator.engines.synthetic_question import Question, Questions, TrueDistribution, distribution
from simulator.engines.synthetic_scoring import scores_of
from simulator.engines.synthetic_text import (
    SEPARATOR,
    Words,
    after_marker,
    goes_on,
    in_words,
    matching_choice,
    phrases_for,
    pick,
    reason_in_words,
    written_label,
)
from simulator.engines.synthetic_truth import KnownTruth, known_truth_from_options
from simulator.errors import EngineRefused
from simulator.messages import Asked, Completion, Request, Settings, ShownOption, TokenAlternatives
from simulator.seeds import draw_uniform

Positions = tuple[TokenAlternatives, ...]
UNSET = Settings()


class Outcome(NamedTuple):
    """What a reply will say: the codes chosen, or which kind of nonresponse it is."""

    codes: tuple[int, ...]
    nonresponse: str | None = None


class SyntheticEngine:
    """Answers from a `KnownTruth`. `seed` names the draws together with the run's own seed.

    Beam search is a capability where `decoding_effect` says what it does.
    """

    name = "synthetic"
    capabilities = frozenset(Capability) - {Capability.BEAM_SEARCH}

    def __init__(self, truth: KnownTruth | None = None, seed: int = 0) -> None:
        self.truth = truth or KnownTruth()
        self.seed = seed
        self.model = f"known-truth-{self.truth.fingerprint}"
        self.questions = Questions(self.truth, seed)
        if self.truth.decoding_effect:
            self.capabilities = self.capabilities | {Capability.BEAM_SEARCH}

    async def complete(self, request: Request) -> Completion:
        """Answer from the facts in `request.asked`; EngineRefused where there are none (a judge's request, say)."""
        asked = request.asked
        if asked is None:
            raise EngineRefused(
                "engine 'synthetic' answers survey questions whose facts come with the request, and this request has "
                "none; use another engine for free prompts (a scripted one needs no network either)",
                fatal=True,
            )
        by = sharpness(self.truth.decoding_effect, request.settings)
        if asked.battery:
            replies = [self._battery_reply(request, asked, by, sample) for sample in range(request.samples)]
        elif asked.protocol != "interview":
            replies = [self._baseline_reply(request, asked, by, sample) for sample in range(request.samples)]
        else:
            question = self.questions.of(asked, by) if asked.options else None
            replies = [self._reply(request, asked, question, by, sample) for sample in range(request.samples)]
        texts = tuple(text for text, _ in replies)
        question = self.questions.of(asked, by) if request.continuations and asked.options else None
        scored = scores_of(request, asked, question, self.truth) if request.continuations else ()
        return Completion(texts, self.model, finish_reason="stop", positions=replies[0][1], scored=scored)

    async def close(self) -> None:
        """Nothing to release."""

    def latent_profile(self, asked: Asked) -> tuple[float, ...]:
        """The 19 values of the persona asked, circle order, in points above the middle of a six-point scale."""
        return self.questions.people.profile(asked).values

    def true_distribution(self, asked: Asked, settings: Settings = UNSET) -> TrueDistribution:
        """The exact probability of every option shown under these settings, biases and nonresponse included."""
        return distribution(asked, self.questions.of(asked, sharpness(self.truth.decoding_effect, settings)))

    def planted_distribution(self, item: str, country: str) -> dict[int, float]:
        """Code → probability of an item's answers as planted from people, before any bias or decoding setting.

        For a multiple-choice item: the probability that each option is picked. EngineRefused where nothing is planted.
        """
        return dict(HumanAnswers(self.truth).planted(item, country))

    def _reply(
        self, request: Request, asked: Asked, question: Question | None, by: Sharpness, sample: int
    ) -> tuple[str, Positions]:
        """One reply in words, with its token positions where they were asked for."""
        phrases, words = phrases_for(asked.language), self._words(request, asked, by, sample)
        if question is None:
            return self._open_reply(request, asked, phrases, words, sample), ()
        outcome = self._outcome(request, asked, question, sample)
        is_probed = request.top_logprobs is not None and asked.format != "multiple"
        if outcome.nonresponse:
            text = pick(phrases.refusals if outcome.nonresponse == "refused" else phrases.evasions, words.form)
            piece = first_piece(text)
            reply = LabelText("", piece, text[len(piece) :])
        else:
            chosen = [option for option in asked.options if option.code in outcome.codes]
            reply = self._written(
                request, asked, question, phrases, chosen=chosen, words=words, sample=sample, is_probed=is_probed
            )
        if goes_on(request):
            reply = after_marker(reply, phrases.answer)
        return "".join(reply), self._positions(request, asked, question, phrases, reply) if is_probed else ()

    def _battery_reply(self, request: Request, asked: Asked, by: Sharpness, sample: int) -> tuple[str, Positions]:
        """A list with a line for every item, each drawn as if it were asked alone."""
        truth, lines, above = self.truth, list[str](), tuple[int, ...]()
        u = draw_uniform(asked.run_seed, self.seed, asked.respondent_id, "list form", asked.try_number, sample)
        form = batteries.number_form(u, truth.verbosity)
        for number, item in asked.battery:
            phrases, words = phrases_for(item.language), self._words(request, item, by, sample)
            line, above = self._line(request, number, item, by, sample, above)
            fault = batteries.fault_of(self._draw(request, item, sample, "list fault"), truth.list_faults)
            lines += batteries.written(line, form, fault, pick(phrases.evasions, words.form), words.reason)
        return "\n".join(lines), ()

    def _line(
        self, request: Request, number: int, item: Asked, by: Sharpness, sample: int, above: tuple[int, ...]
    ) -> tuple[batteries.Line, tuple[int, ...]]:
        """One line of a battery, and the codes that it chooses; `above` are those of the line above."""
        phrases, words = phrases_for(item.language), self._words(request, item, by, sample)
        if not item.options:
            return batteries.Line(number, item, "", self._open_reply(request, item, phrases, words, sample)), ()
        question = self.questions.of(item, by)
        outcome = self._outcome(request, item, question, sample)
        if outcome.nonresponse:
            texts = phrases.refusals if outcome.nonresponse == "refused" else phrases.evasions
            return batteries.Line(number, item, "", pick(texts, words.form)), ()
        repeats = self._draw(request, item, sample, "straightlining") < self.truth.battery_straightlining
        codes = batteries.after_line_above(outcome.codes, above, item, repeats)
        chosen = [option for option in item.options if option.code in codes]
        label = SEPARATOR.join(option.said for option in chosen)
        said = written_label(label, chosen[0].text if len(chosen) == 1 else "", words.form, self.truth.verbosity)
        if item.answer_format == "explained":
            said = f"{said} – {reason_in_words(phrases, question.profile.ranking, words.reason)}"
        return batteries.Line(number, item, label, said), codes

    def _baseline_reply(self, request: Request, asked: Asked, by: Sharpness, sample: int) -> tuple[str, Positions]:
        """The reply at one step of a baseline: an answer, a list of them, a critique, or a vote for the revision."""
        if asked.step == "critic":
            return baselines.critique(asked.language, self._words(request, asked, by, sample).form), ()
        if asked.step == "voter":
            return asked.options[-1].label, ()
        if not asked.n_entries:
            person, question = self._facing(request, asked, by, sample)
            return self._reply(request, person, question, by, sample)
        lines = []
        for place in range(asked.n_entries):
            person, question = self._facing(request, asked, by, place)
            text, _ = self._reply(request, replace(person, answer_format="label"), question, by, place)
            if question is not None and asked.answer_format == "explained":
                reason = self._words(request, asked, by, place).reason
                text = f"{text} – {reason_in_words(phrases_for(asked.language), question.profile.ranking, reason)}"
            lines.append(f"{place + 1}: {text}")
        return "\n".join(lines), ()

    def _facing(self, request: Request, asked: Asked, by: Sharpness, place: int) -> tuple[Asked, Question | None]:
        """Whose answer stands at this place of a baseline's reply: an independent person's, or the typical one's."""
        person = baselines.somebody(asked, place)
        if not asked.options:
            return person, None
        if self._draw(request, asked, place, "spread") < baselines.diversity_of(asked, self.truth):
            return person, self.questions.of(person, by)
        return asked, baselines.typical(asked, self.questions)

    def _written(
        self,
        request: Request,
        asked: Asked,
        question: Question,
        phrases: Phrases,
        *,
        chosen: list[ShownOption],
        words: Words,
        sample: int,
        is_probed: bool,
    ) -> LabelText:
        """The chosen options in the form asked for, an explained reply with its faults.

        A probed reply has its label at a place of its own, so that one token carries the whole choice, and no faults.
        """
        label = (SEPARATOR if all(option.label for option in asked.options) else "\n").join(one.said for one in chosen)
        text = chosen[0].text if len(chosen) == 1 else ""
        if request.choices is not None:
            return LabelText("", matching_choice(request.choices, label, text, words.form), "")
        is_explained = asked.answer_format == "explained"
        if is_probed:
            is_usual = words.drawn >= self.truth.second_spelling
            spelled = f" {label}" if is_usual == (is_explained or goes_on(request)) else label
            if not is_explained:
                return LabelText("", spelled, "")
            reason = reason_in_words(phrases, question.profile.ranking, words.reason)
            return LabelText(phrases.answer.rstrip(), spelled, f"\n{phrases.explanation}{reason}")
        written = written_label(label, text, words.form, self.truth.verbosity)
        if is_explained:
            reason = reason_in_words(phrases, question.profile.ranking, words.reason)
            faults = draw_faults(self.truth.fault_shares, lambda *purpose: self._draw(request, asked, sample, *purpose))
            written = explained_with_faults(asked, Explained(label, written, reason), faults)
        return LabelText("", written, "")

    def _outcome(self, request: Request, asked: Asked, question: Question, sample: int) -> Outcome:
        """What this reply will say: one draw decides, over nonresponse first and codes in ascending order.

        A reply restricted to choices cannot be a nonresponse: the draw then falls on the options only.
        """
        u = self._draw(request, asked, sample, "answer")
        lost = question.unreadable + question.refused
        if request.choices is not None:
            u = lost + u * (1 - lost)
        if u < question.unreadable:
            return Outcome((), "unreadable")
        if u < lost:
            return Outcome((), "refused")
        u -= lost
        if not question.picks or u < sum(question.alone.values()):
            return Outcome((at_fraction(question.alone, u),))
        if question.has_exact_picks:
            return Outcome(draw_exactly(question.picks, self._draw(request, asked, sample, "picks")))
        draw = lambda *purpose: self._draw(request, asked, sample, *purpose)  # noqa: E731
        return Outcome(draw_picks(question.picks, asked.max_picks, draw))

    def _positions(
        self, request: Request, asked: Asked, question: Question, phrases: Phrases, reply: LabelText
    ) -> Positions:
        """Token alternatives of a probed reply: the true distribution stands at the position of the label."""
        nonresponse: dict[str, float] = {}
        off_mass = 0.0
        if request.choices is None:
            off_mass = self.truth.off_mass
            for texts, share in ((phrases.refusals, question.refused), (phrases.evasions, question.unreadable)):
                for text in texts if share else ():
                    piece = first_piece(text)
                    nonresponse[piece] = nonresponse.get(piece, 0.0) + share / len(texts)
        tokens = label_tokens(
            [option.label for option in asked.options],
            distribution(asked, question).answered,
            off_option_tokens(off_mass, nonresponse),
            self.truth.second_spelling if request.choices is None else 0.0,
            spaced=asked.answer_format == "explained" or goes_on(request),
        )
        return label_positions(reply, tokens, request.top_logprobs or 0)

    def _open_reply(self, request: Request, asked: Asked, phrases: Phrases, words: Words, sample: int) -> str:
        """A sentence for an open item, a portrait for a persona that waits to be written."""
        ranking = self.questions.people.profile(asked).ranking
        if asked.format == "persona":
            return in_words(phrases.portraits, phrases, ranking, words.form)
        u = self._draw(request, asked, sample, "answer")
        if u < self.truth.refusal:
            return pick(phrases.refusals, words.form)
        return in_words(phrases.opinions, phrases, ranking, words.form)

    def _words(self, request: Request, asked: Asked, by: Sharpness, sample: int) -> Words:
        u = self._draw(request, asked, sample, "words")
        # `u` decides the form; its trailing digits are as good as a fresh draw for the reason, and cheaper.
        reason = u * 65536.0 % 1.0
        return Words(u, u, reason) if by.is_neutral else Words(u, narrowed(u, by), narrowed(reason, by))

    def _draw(self, request: Request, asked: Asked, sample: int, *purpose: str | int) -> float:
        names = (asked.respondent_id, asked.item_id, asked.try_number, sample, request.seed or 0)
        return draw_uniform(asked.run_seed, self.seed, *names, *purpose)


def synthetic_from_options(options: Mapping[str, Any], seed: int) -> SyntheticEngine:
    """The engine that a run specification describes; RunSpecError for unknown names and values out of range."""
    return SyntheticEngine(known_truth_from_options(options), seed)
