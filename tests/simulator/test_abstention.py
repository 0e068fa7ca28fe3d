"""An option to give no answer: offered where there is none, withheld where there is one, never mistaken for a code."""

from __future__ import annotations

from dataclasses import replace

import pytest
from asking_examples import INSTRUMENT, NOMINAL, OPEN, SCALE, SEVERAL, UNSURE, condition

from simulator.abstention import abstention_code
from simulator.conditions import Condition, condition_from_json
from simulator.parsing import parse
from simulator.presentation import present, shown_options
from simulator.styles import BUILT_IN

ORDERS = ("fixed", "reversed", "random", "random-per-item", "cyclic", "shift-2")
TEXTS = {"en": "No answer", "de": "Keine Angabe", "zh": "不作回答", "ja": "無回答"}


def shown(item, respondent="r0001", **fields):
    return shown_options(item, condition(**fields), 7, respondent, INSTRUMENT)


def reading(item, reply, **fields):
    arm = condition(**fields)
    options = shown_options(item, arm, 7, "r0001", INSTRUMENT)
    return parse(reply, present(INSTRUMENT, item, arm, "", options, (), 0))


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("style", BUILT_IN)
@pytest.mark.parametrize("order", ORDERS)
def test_it_stands_last_in_every_order_worded_in_every_language(language, style, order):
    for item in (SCALE, NOMINAL, SEVERAL):
        *others, last = shown(item, abstain="offered", language=language, style=style, option_order=order)
        assert (last.text, last.missing, last.code) == (TEXTS[language], "refused", -2)
        assert [one.code for one in others] == [
            one.code for one in shown(item, language=language, style=style, option_order=order)
        ]


def test_an_item_that_has_one_keeps_its_own_and_an_open_one_gets_none():
    assert shown(UNSURE, abstain="offered") == shown(UNSURE)
    assert shown(OPEN, abstain="offered") == ()


def test_withheld_leaves_out_what_the_survey_offers():
    assert [one.code for one in shown(UNSURE, abstain="withheld")] == [1, 2, 3]
    assert shown(SCALE, abstain="withheld") == shown(SCALE)


def test_its_code_is_below_all_codes_of_the_item():
    assert abstention_code(SCALE) == -2
    low = replace(SCALE, options=tuple(replace(option, code=option.code - 9) for option in SCALE.options))
    assert [option.code for option in low.options] == [-8, -7, -6, -5]
    assert abstention_code(low) == -9


@pytest.mark.parametrize(
    ("labels", "label"), [("numbers", "5"), ("letters", "E"), ("numbers-from-0", "4"), ("plain", "")]
)
def test_choosing_it_is_a_refusal_with_its_code(labels, label):
    for reply in {label or "No answer", f"{label} No answer".strip(), "No answer"}:
        found = reading(SCALE, reply, abstain="offered", labels=labels)
        assert (found.status, found.codes) == ("refused", (-2,))


def test_a_condition_recorded_before_is_as_the_survey_has_it():
    recorded = Condition("city").as_json()
    del recorded["abstain"]
    assert condition_from_json(recorded) == Condition("city")
    arm = Condition("city", abstain="offered", option_order="shift-3", labels="plain")
    assert condition_from_json(arm.as_json()) == arm
