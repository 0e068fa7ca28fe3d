"""What the probes of a condition ask of one presentation, and what each finds in what came back.

One completion carries everything: sampled texts, token alternatives, scored texts; so one respondent can be measured by
all probes on the same presentation. Knows no engine and no record.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from simulator.conditions import Condition, ProbeName
from simulator.messages import Completion
from simulator.parsing import Reading, parse
from simulator.presentation import Presentation
from simulator.probes.distribution import OptionProbabilities
from simulator.probes.label_tree import label_spellings, read_scored_labels
from simulator.probes.sequence import read_sequences, sequence_texts
from simulator.probes.text import sample_probabilities
from simulator.probes.token_logit import read_option_probabilities
from simulator.store.records import AnswerRow, ProbedRow

CLOSED = ("single", "scale")
"""Formats of which a distribution over the options is taken: one answer out of several."""

Probed = tuple[ProbeName, OptionProbabilities]


def probes_of(condition: Condition) -> tuple[ProbeName, ...]:
    """The probes that a condition uses, the most exact first; a single sample of text is no distribution."""
    if condition.probe == "all":
        return ("token-logit", "sequence", "text")
    return () if condition.probe == "text" and condition.samples == 1 else (condition.probe,)


def wants_logprobs(condition: Condition, presentation: Presentation) -> bool:
    """Whether token alternatives are asked for: closed items with one answer, unless labels are scored exactly."""
    return "token-logit" in probes_of(condition) and not condition.exact_labels and presentation.format in CLOSED


def continuations_for(condition: Condition, presentation: Presentation) -> tuple[str, ...]:
    """The texts to be scored as replies: spellings of labels first, then whole answers; () where none is needed.

    Raises RunSpecError for options that the sequence probe cannot tell apart.
    """
    if presentation.format not in CLOSED:
        return ()
    return (*_labels(condition, presentation), *_answers(condition, presentation))


def _labels(condition: Condition, presentation: Presentation) -> tuple[str, ...]:
    is_exact = condition.exact_labels and "token-logit" in probes_of(condition)
    return label_spellings(presentation.options) if is_exact else ()


def _answers(condition: Condition, presentation: Presentation) -> tuple[str, ...]:
    is_wanted = "sequence" in probes_of(condition)
    return sequence_texts(presentation.options, condition.sequence_form) if is_wanted else ()


def read_probes(
    condition: Condition, presentation: Presentation, completion: Completion, reading: Reading
) -> tuple[Probed, ...]:
    """What each probe of the condition finds, in the order of `probes_of`; () for an item that none applies to."""
    if presentation.format not in CLOSED:
        return ()
    return tuple((probe, _read(probe, condition, presentation, completion, reading)) for probe in probes_of(condition))


def _read(
    probe: ProbeName, condition: Condition, presentation: Presentation, completion: Completion, reading: Reading
) -> OptionProbabilities:
    n_labels = len(_labels(condition, presentation))
    if probe == "text":
        readings = [reading, *(parse(text, presentation) for text in completion.texts[1:])]
        return sample_probabilities(readings, presentation.options)
    if probe == "token-logit" and not n_labels:
        return read_option_probabilities(completion, presentation)
    if len(completion.scored) != n_labels + len(_answers(condition, presentation)):
        codes = sorted(option.code for option in presentation.options)
        reason = "no_scores: the completion carries no scored texts"
        return OptionProbabilities(dict.fromkeys(codes, math.nan), None, tuple(codes), None, reason)
    if probe == "token-logit":
        return read_scored_labels(presentation.options, completion.scored[:n_labels])
    return read_sequences(presentation.options, completion.scored[n_labels:], condition.sequence_score)


def is_known(found: OptionProbabilities) -> bool:
    """Whether there is a distribution."""
    return bool(found.probabilities) and not any(math.isnan(share) for share in found.probabilities.values())


def with_probes(answer: AnswerRow, probed: Sequence[Probed]) -> AnswerRow:
    """The answer with what its probes found: the first distribution there is, and each by itself where several were.

    A probe that found none says why in the answer's reason.
    """
    if not probed:
        return answer
    first = next((found for _, found in probed if is_known(found)), probed[0][1])
    lacking = "; ".join(f"probe {found.reason}" for _, found in probed if found.reason)
    rows = tuple(
        ProbedRow(
            name, found.probabilities if is_known(found) else None, found.option_mass, found.truncated, found.reason
        )
        for name, found in probed
    )
    return replace(
        answer,
        reason="; ".join(part for part in (answer.reason, lacking) if part),
        probabilities=first.probabilities if is_known(first) else None,
        option_mass=first.option_mass,
        truncated=first.truncated,
        probed=rows if len(rows) > 1 else (),
    )
