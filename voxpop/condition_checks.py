"""Whether a survey can be asked under every condition of a design.

Looks at language, style, labels, abstaining, protocol and probe. Knows no persona, engine or record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from simulator.abstention import Abstention
from simulator.conditions import Condition, LabelSet
from simulator.errors import RunSpecError
from simulator.option_labels import LABEL_SETS
from simulator.presentation import shown_options
from simulator.probes.probing import probes_of
from simulator.probes.sequence import sequence_texts
from simulator.probes.token_logit import check_labels
from simulator.styles import load_style
from surveys.instrument import Instrument, ResponseFormat
from voxpop.baselines import check_protocol

CLOSED_FORMATS = (ResponseFormat.SINGLE, ResponseFormat.SCALE)


def check_conditions(conditions: Sequence[Condition], instrument: Instrument) -> None:
    """Raise RunSpecError for a style, language or label set that this instrument cannot be asked with."""
    for condition in conditions:
        if condition.language not in instrument.languages:
            raise RunSpecError(
                f"asking.language: survey {instrument.id!r} has no texts in {condition.language!r}; "
                f"it has {', '.join(instrument.languages)}; choose one of these, or add the texts to the survey"
            )
        wording = load_style(condition.style).wording(condition.language)
        wording.worded_for(has_labels=condition.labels != "plain")
        if condition.abstain == "offered":
            check_abstention(instrument, condition, wording.abstention_offered)
        check_protocol(condition)
        check_probe(instrument, condition)


def check_abstention(instrument: Instrument, condition: Condition, abstention: Abstention) -> None:
    """Raise RunSpecError where an item has an option of the same text already."""
    for item in instrument.items:
        texts = [instrument.text_in(option.text, condition.language) for option in item.substantive_options]
        if abstention.text.casefold() in [text.strip().casefold() for text in texts]:
            raise RunSpecError(
                f"asking.abstain: item {item.id!r} has an option {abstention.text!r} that counts as an answer; mark it "
                "as missing in the survey, or word [abstain] of the prompt style in another way"
            )


def check_probe(instrument: Instrument, condition: Condition) -> None:
    """Raise RunSpecError where a probe cannot tell options apart, in any label set that may be shown.

    The first token of a label could be that of another, or whole answers could read alike.
    """
    probes = probes_of(condition)
    label_sets: tuple[LabelSet, ...] = LABEL_SETS if condition.labels == "random" else (condition.labels,)
    for labels in label_sets:
        shown = replace(condition, labels=labels)
        for item in instrument.items:
            if item.format not in CLOSED_FORMATS:
                continue
            options = shown_options(item, shown, 0, "", instrument)
            if "token-logit" in probes and not condition.exact_labels:
                check_labels(options, item.id)
            if "sequence" in probes:
                sequence_texts(options, condition.sequence_form)
