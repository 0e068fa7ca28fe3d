"""Every option of every shipped questionnaire can be said in every dress; known-truth respondents are understood."""

from __future__ import annotations

import pytest
from asking_examples import condition

from simulator.engines.synthetic_phrases import PHRASES
from simulator.engines.synthetic_text import explained, in_words, reason_in_words, written_label
from simulator.option_labels import LABEL_SETS
from simulator.parsing import parse
from simulator.presentation import present, shown_options
from surveys.catalog import catalog_names, find_instrument


def asked_of(instrument, item, language, label_set, answer_format="label"):
    arm = condition(language=language, labels=label_set, option_order="random-per-item", answer_format=answer_format)
    options = shown_options(item, arm, 5, "r0001", instrument)
    return present(instrument, item, arm, "", options, (), 0)


def distinct_questions(instrument, language):
    """One item for every list of options: the wording of the question plays no part in reading a label."""
    seen = {}
    for item in instrument.items:
        key = (item.format, tuple(instrument.text_in(option.text, language) for option in item.options))
        if item.options:
            seen.setdefault(key, item)
    return seen.values()


@pytest.mark.parametrize("survey", catalog_names())
@pytest.mark.parametrize("label_set", LABEL_SETS)
def test_every_option_in_every_dress(survey, label_set):
    instrument = find_instrument(survey)
    for language in instrument.languages:
        phrases = PHRASES.get(language, PHRASES["en"])
        for item in distinct_questions(instrument, language):
            asked = asked_of(instrument, item, language, label_set)
            for option in asked.options:
                for u in (0.0, 0.3, 0.6, 0.9):
                    written = written_label(option.label, option.text, u, 1.0)
                    reason = reason_in_words(phrases, tuple(range(19)), u)
                    for reply in (written, explained(phrases, written, reason), option.text, f"**{written}**"):
                        assert parse(reply, asked).codes == (option.code,), (item.id, language, reply)


@pytest.mark.parametrize("language", sorted(PHRASES))
@pytest.mark.parametrize("survey", catalog_names())
def test_refusals_and_evasions_are_no_answers(survey, language):
    instrument = find_instrument(survey)
    phrases = PHRASES[language]
    for item in distinct_questions(instrument, language):
        asked = asked_of(instrument, item, language, "numbers")
        for reply in phrases.refusals:
            for said in (reply, f"{phrases.answer}{reply}"):
                assert parse(said, asked).status == "refused", said
        for reply in phrases.evasions:
            assert parse(reply, asked).status == "unparsed", reply
        for u in (0.0, 0.2, 0.45, 0.7, 0.95):
            opinion = in_words(phrases.opinions, phrases, tuple(range(19)), u)
            assert parse(opinion, asked).codes == (), opinion
