"""Known-truth judges: an engine that judges known-truth replies with declared errors, so that agreement can be checked.

No model and no person. The engine reads `Request.judged` and never a prompt: it takes the truth of a fault from the
words of the reply (`synthetic_faults`), the truth of a stance from the answer read, and errs as its `KnownJudge` says.
Every draw is named by run, judge, respondent, exchange, criterion and repeat. Knows no rubric file and no record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.engines.base import Capability
from simulator.engines.synthetic_fault_phrases import FAULTS
from simulator.engines.synthetic_faults import planted_faults
from simulator.engines.synthetic_judge_phrases import JUDGE_PHRASES, JudgePhrases
from simulator.engines.synthetic_judge_truth import ALIASES, KnownJudge, known_judge_from_options
from simulator.engines.synthetic_text import pick, spoken
from simulator.errors import EngineRefused
from simulator.messages import Completion, Judged, Request, ShownOption
from simulator.seeds import draw_uniform

PASS, FAULT, STANCE, ABSTAIN = "pass", "fault", "stance", "abstain"


class SyntheticJudge:
    """Judges by a `KnownJudge`. `seed` names the draws together with the run's own seed."""

    name = "synthetic_judge"
    capabilities = frozenset({Capability.SAMPLING, Capability.SEED, Capability.STRUCTURED_CHOICE})

    def __init__(self, judge: KnownJudge | None = None, seed: int = 0) -> None:
        self.judge = judge or KnownJudge()
        self.seed = seed
        self.model = f"known-judge-{self.judge.fingerprint}"

    async def complete(self, request: Request) -> Completion:
        """Judge by the facts in `request.judged`; EngineRefused where there are none, or the criterion is not known."""
        judged = request.judged
        if judged is None:
            raise EngineRefused(
                "engine 'synthetic_judge' judges replies whose facts come with the request, and this request has none; "
                "use it as a judge (voxpop judge), and another engine to answer",
                fatal=True,
            )
        if judged.criterion not in FAULTS and judged.criterion != STANCE:
            raise EngineRefused(
                f"engine 'synthetic_judge' knows the truth of the criteria {', '.join(FAULTS)} and {STANCE}, not of "
                f"{judged.criterion!r}; judge by another engine",
                fatal=True,
            )
        texts = tuple(self._written(judged, request.choices, sample) for sample in range(request.samples))
        return Completion(texts, self.model, finish_reason="stop")

    async def close(self) -> None:
        """Nothing to release."""

    def verdict(self, judged: Judged, sample: int = 0) -> ShownOption:
        """The label that the judge gives. Samples beyond the first are draws of their own."""
        judge, labels = self.judge, judged.labels
        if judge.always:
            return _constant(judge.always, labels)
        drawn: tuple[str | int, ...] = (judged.repeat, sample)
        if judged.repeat and not sample and self._draw(judged, "copy", *drawn) < judge.repeatability:
            drawn = (0, 0)
        if self._draw(judged, "position", *drawn) < judge.position_bias:
            return labels[0]
        u = self._draw(judged, "verdict", *drawn)
        in_order = sorted(labels, key=lambda label: label.code)
        if judge.languages and not _reads(judged.language, judge.languages):
            return pick_label(in_order, u)
        if judged.criterion == STANCE:
            return self._stance(judged, in_order, u)
        truth = true_label(judged)
        rates = judge.rates(judged.criterion)
        is_right = u < (rates.sensitivity if truth == FAULT else rates.specificity)
        return next(label for label in in_order if (label.text == truth) == is_right)

    def _stance(self, judged: Judged, labels: Sequence[ShownOption], u: float) -> ShownOption:
        """The true answer, an abstention, or another answer; one draw decides."""
        truth = true_label(judged)
        answers = [label for label in labels if label.text != ABSTAIN]
        true = [label for label in labels if label.text == truth]
        if not true:
            return pick_label(answers, u)
        if truth != ABSTAIN and len(answers) < len(labels):
            if u < self.judge.abstain:
                return next(label for label in labels if label.text == ABSTAIN)
            u = (u - self.judge.abstain) / (1 - self.judge.abstain)
        others = [label for label in answers if label.text != truth]
        if u < self.judge.accuracy or not others:
            return true[0]
        return pick_label(others, (u - self.judge.accuracy) / (1 - self.judge.accuracy))

    def _written(self, judged: Judged, choices: tuple[str, ...] | None, sample: int) -> str:
        """One verdict in words. A reply restricted to choices is one of them, and never a nonresponse."""
        words = self._draw(judged, "words", judged.repeat, sample, judged.try_number)
        phrases = JUDGE_PHRASES[spoken(judged.language)]
        verdict = self.verdict(judged, sample)
        if choices is not None:
            return verdict.label if verdict.label in choices else pick(choices, words)
        u = self._draw(judged, "call", judged.repeat, sample, judged.try_number)
        if u < self.judge.unreadable:
            return pick(phrases.prose, words)
        if u < self.judge.unreadable + self.judge.refusal:
            return pick(phrases.refusals, words)
        rationale = f"{judged.rationale_marker} {pick(_reasons(phrases, verdict), words)}"
        if judged.is_label_first:
            return f"{verdict.label}\n{rationale}"
        return f"{rationale}\n{judged.verdict_marker} {verdict.label}"

    def _draw(self, judged: Judged, *purpose: str | int) -> float:
        names = (judged.judge, judged.respondent_id, judged.exchange, judged.criterion)
        return draw_uniform(judged.run_seed, self.seed, "judge", *names, *purpose)


def true_label(judged: Judged) -> str:
    """The canonical label that is true: pass or fault, or the code that the reply leans to.

    A reply that chose nothing, or a missing category that is no label, leans to none: abstain.
    """
    if judged.criterion != STANCE:
        return FAULT if judged.criterion in planted_faults(judged.text) else PASS
    chosen = str(judged.codes[0]) if judged.codes else ABSTAIN
    return chosen if any(label.text == chosen for label in judged.labels) else ABSTAIN


def pick_label(labels: Sequence[ShownOption], u: float) -> ShownOption:
    """The label at the fraction `u` (0 <= u < 1) of the list."""
    return labels[min(int(u * len(labels)), len(labels) - 1)]


def _constant(always: str, labels: Sequence[ShownOption]) -> ShownOption:
    """The label meant by `always`: as shown, canonical, or the fault or pass that it stands for."""
    meant = always.casefold()
    for wanted in (meant, ALIASES.get(meant, meant)):
        for label in labels:
            if wanted in (label.text.casefold(), label.label.casefold()):
                return label
    offered = ", ".join(label.text for label in labels)
    raise EngineRefused(
        f"engine 'synthetic_judge' is to say always {always!r}, which this criterion does not offer; "
        f"offered: {offered}",
        fatal=True,
    )


def _reads(language: str, languages: Sequence[str]) -> bool:
    return language in languages or language.partition("-")[0] in languages


def _reasons(phrases: JudgePhrases, verdict: ShownOption) -> tuple[str, ...]:
    known = {PASS: phrases.sound, FAULT: phrases.faulty, ABSTAIN: phrases.balanced}
    return known.get(verdict.text, phrases.leaning)


def synthetic_judge_from_options(options: Mapping[str, Any], seed: int) -> SyntheticJudge:
    """The judge that a specification describes; RunSpecError for unknown names and values out of range."""
    return SyntheticJudge(known_judge_from_options(options), seed)
