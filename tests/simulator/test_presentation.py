"""What is put in front of a respondent: order, labels, messages, and that a prompt can be made again to the byte."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from asking_examples import INSTRUMENT, NOMINAL, OPEN, SCALE, SCORED, SEVERAL, UNSURE, condition, texts
from hypothesis import given
from hypothesis import strategies as st

from simulator.conditions import LabelSet, OptionOrder
from simulator.errors import RunSpecError
from simulator.memory import Remembered
from simulator.messages import Message, Settings
from simulator.option_labels import LABEL_SETS, label_at
from simulator.option_orders import is_ordered
from simulator.presentation import present, shown_options
from simulator.styles import BUILT_IN
from surveys.instrument import Item, ResponseFormat, ResponseOption

ORDERS = (*OptionOrder.__args__, "shift-2")
LABELS = LabelSet.__args__
TURN = Remembered(3, "scale", (2,), "How much?\n\n1. Little\n2. Some", "2")


def shown(item, respondent="r0001", seed=7, **fields):
    return shown_options(item, condition(**fields), seed, respondent, INSTRUMENT)


def codes(options):
    return [option.code for option in options]


def labels(options):
    return [option.label for option in options]


def show(item, memory=(), try_number=0, persona="You are 40 years old.", **fields):
    arm = condition(**fields)
    options = shown_options(item, arm, 7, "r0001", INSTRUMENT)
    return present(INSTRUMENT, item, arm, persona, options, memory, try_number)


# --- order and labels ------------------------------------------------------------------------------------------------


def test_fixed_order_is_file_order_and_reversed_turns_it_around():
    assert codes(shown(NOMINAL)) == [1, 2, 3, 4, 5]
    assert codes(shown(NOMINAL, option_order="reversed")) == [5, 4, 3, 2, 1]
    # Shen et al. 2025: the last option carries the first label.
    assert labels(shown(NOMINAL, option_order="reversed", labels="letters")) == ["A", "B", "C", "D", "E"]


@pytest.mark.parametrize("order", ORDERS)
def test_offered_missing_categories_stay_last(order):
    for number in range(30):
        assert shown(UNSURE, f"r{number}", option_order=order)[-1].missing == "dont_know"


@pytest.mark.parametrize(
    ("label_set", "expected"),
    [
        ("numbers", ["1", "2", "3", "4"]),
        ("numbers-from-0", ["0", "1", "2", "3"]),
        ("letters", ["A", "B", "C", "D"]),
        ("lowercase", ["a", "b", "c", "d"]),
        ("roman", ["I", "II", "III", "IV"]),
    ],
)
def test_label_sets(label_set, expected):
    assert labels(shown(SCALE, labels=label_set)) == expected


def test_labels_go_on_beyond_the_alphabet():
    assert [label_at("letters", index) for index in (0, 25, 26, 27, 51, 52)] == ["A", "Z", "AA", "AB", "AZ", "BA"]
    assert [label_at("roman", n - 1) for n in (4, 9, 14, 40, 49, 90)] == ["IV", "IX", "XIV", "XL", "XLIX", "XC"]


def test_numbers_are_canonical_codes_in_file_order_and_positions_otherwise():
    from dataclasses import replace

    descending = replace(SCALE, options=SCALE.options[::-1])
    assert labels(shown(descending)) == ["4", "3", "2", "1"]
    assert labels(shown(descending, option_order="reversed")) == ["1", "2", "3", "4"]
    odd = replace(SCALE, options=tuple(replace(o, code=o.code * 10) for o in SCALE.options))
    assert labels(shown(odd)) == ["1", "2", "3", "4"]


def numbered(low, high, missing=False):
    """A scale whose ends alone are worded, and a don't know if wanted."""
    ends = {low: "Never", high: "Always"}
    bare = {code: dict.fromkeys(("en", "de", "zh", "ja"), str(code)) for code in range(low + 1, high)}
    options = [ResponseOption(code, bare.get(code) or texts(ends[code])) for code in range(low, high + 1)]
    unsure = [ResponseOption(99, texts("Don't know"), missing="dont_know")] if missing else []
    return Item("ten", texts("How often?"), ResponseFormat.SCALE, (*options, *unsure))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("label_set", ["numbers", "numbers-from-0"])
@pytest.mark.parametrize(("low", "high"), [(1, 10), (0, 10), (3, 7)])
def test_a_numbered_scale_keeps_its_numbers_in_every_order(order, label_set, low, high):
    for n in range(10):
        options = shown(numbered(low, high, missing=True), f"r{n}", option_order=order, labels=label_set)
        assert labels(options)[:-1] == [str(option.code) for option in options[:-1]]
        assert codes(options)[0] in {low, high} or order in ("cyclic", "shift-2")
        assert (options[-1].label, options[-1].missing) == (str(high + 1), "dont_know")


def test_a_numbered_scale_takes_other_labels_and_shows_no_number_twice():
    assert labels(shown(numbered(1, 4), labels="letters", option_order="reversed")) == ["A", "B", "C", "D"]
    assert "A. Always\nB. 3\nC. 2\nD. Never" in show(numbered(1, 4), labels="letters", option_order="reversed").question
    assert show(numbered(1, 4)).question.endswith("1. Never\n2.\n3.\n4. Always")


def test_scales_are_turned_and_nominal_options_shuffled():
    assert is_ordered(SCALE)
    assert is_ordered(SCORED)
    assert not is_ordered(NOMINAL)
    turned = Counter(tuple(codes(shown(SCALE, f"r{n}", option_order="random"))) for n in range(2000))
    assert set(turned) == {(1, 2, 3, 4), (4, 3, 2, 1)}
    assert abs(turned[1, 2, 3, 4] - 1000) < 110  # 5 standard deviations
    # Uniform over 5 positions: chi-square with 4 degrees of freedom, 99.99 % point 23.5.
    first = Counter(codes(shown(NOMINAL, f"r{n}", option_order="random"))[0] for n in range(2000))
    assert sum((count - 400) ** 2 / 400 for count in first.values()) < 23.5
    assert len({tuple(codes(shown(NOMINAL, f"r{n}", option_order="random"))) for n in range(2000)}) == 120


def test_random_is_drawn_once_per_respondent_and_per_item_anew():
    for n in range(50):
        same = [shown(item, f"r{n}", option_order="random") for item in (SCALE, SCORED)]
        assert (codes(same[0])[0] == 1) == (codes(same[1])[0] == 1)
    anew = [shown(item, f"r{n}", option_order="random-per-item") for n in range(50) for item in (SCALE, SCORED)]
    assert any((codes(a)[0] == 1) != (codes(b)[0] == 1) for a, b in zip(anew[::2], anew[1::2], strict=True))


def test_random_labels_are_one_set_per_respondent():
    seen = set()
    for n in range(100):
        starts = {labels(shown(item, f"r{n}", labels="random"))[0] for item in (SCALE, NOMINAL)}
        assert len(starts) == 1
        seen |= starts
    assert seen == {label_at(name, 0) for name in LABEL_SETS}


@given(
    st.sampled_from(ORDERS),
    st.sampled_from(LABELS),
    st.integers(0, 500),
    st.sampled_from([SCALE, NOMINAL, UNSURE, SEVERAL]),
)
def test_codes_keep_their_texts_whatever_is_shown(order, label_set, number, item):
    options = shown(item, f"r{number}", option_order=order, labels=label_set)
    assert sorted(codes(options)) == sorted(option.code for option in item.options)
    assert all(item.option(option.code).text["en"] == option.text for option in options)
    assert len({option.said for option in options}) == len(options)
    assert options == shown(item, f"r{number}", option_order=order, labels=label_set)


def test_open_items_have_no_options():
    assert shown(OPEN) == ()
    assert show(OPEN).options == ()
    assert show(OPEN).question == "Why?"


# --- messages --------------------------------------------------------------------------------------------------------


def test_system_message_holds_task_persona_instruction_and_format():
    system = show(SCALE).messages[0]
    assert system.role == "system"
    order = [
        "taking part in a survey",
        "You are 40 years old.",
        "Please answer every question.",
        "Reply only with the label",
    ]
    assert [system.content.index(part) for part in order] == sorted(system.content.index(part) for part in order)


def test_nothing_is_left_of_an_empty_persona():
    assert "\n\n\n" not in show(SCALE, persona="").messages[0].content


def test_memory_stands_between_as_alternating_turns():
    messages = show(NOMINAL, memory=(TURN, TURN._replace(exchange=5, answer="1"))).messages
    assert [message.role for message in messages] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert messages[1:3] == (Message("user", TURN.request), Message("assistant", "2"))


def test_question_is_what_later_stands_in_memory():
    shown_now = show(SCALE)
    assert shown_now.question == "Think of last year.\nHow much?\n\n1. Little\n2. Some\n3. Much\n4. All"
    assert show(SEVERAL).messages[-1].content == f"{show(SEVERAL).question}\n\nYou may choose up to 2 options."


def test_request_marker_and_justification_of_the_citizen_style():
    asked = show(NOMINAL, style="citizen", answer_format="explained")
    assert asked.messages[-1].content.startswith("Choose one of the 5 options.")
    assert asked.question.startswith("Request: Which party?")
    assert asked.messages[-1].content.endswith(asked.question)
    assert '"Answer:"' in asked.messages[0].content
    assert '"Explanation:"' in asked.messages[0].content


def test_research_style_puts_labels_in_parentheses():
    assert "(A) Red\n(B) Green" in show(NOMINAL, style="research", labels="letters").question


@pytest.mark.parametrize(
    ("reminder", "temperature", "try_number", "reminded"),
    [
        ("never", 0.0, 1, False),
        ("always", 1.0, 1, True),
        ("always", None, 0, False),
        ("at-zero-temperature", 0.0, 1, True),
        ("at-zero-temperature", 0.0, 0, False),
        ("at-zero-temperature", 0.7, 2, False),
        ("at-zero-temperature", None, 2, False),
    ],
)
def test_reminder_on_asking_again(reminder, temperature, try_number, reminded):
    arm = {"reminder": reminder, "settings": Settings(temperature=temperature)}
    last = show(SCALE, try_number=try_number, **arm).messages[-1].content
    assert last.endswith("nothing else.") == reminded
    assert show(SCALE, try_number=try_number, **arm).question == show(SCALE, **arm).question


def test_structured_choice_is_for_one_answer():
    assert show(SCALE, answer_format="structured").choices == ("1", "2", "3", "4")
    assert show(SEVERAL, answer_format="structured").choices is None
    assert show(OPEN, answer_format="structured").choices is None
    assert show(SCALE).choices is None


@pytest.mark.parametrize("style", BUILT_IN)
@pytest.mark.parametrize("language", ["en", "de", "zh", "ja"])
@pytest.mark.parametrize("answer_format", ["label", "explained", "structured"])
def test_every_style_asks_everything_in_every_language(style, language, answer_format):
    for item in INSTRUMENT.items:
        fields = {"style": style, "language": language, "answer_format": answer_format}
        made = show(item, try_number=1, persona="PERSONA", reminder="always", **fields)
        text = ("" if made.is_raw else "\n").join(message.content for message in made.messages)
        assert not any(mark in text for mark in "{}")
        assert "PERSONA" in text
        assert item.text[language] in made.question
        assert all(f"{option.label}" in made.question and option.text in made.question for option in made.options)
        assert "\n\n\n" not in text


@given(st.text(max_size=200), st.integers(0, 3), st.sampled_from(BUILT_IN), st.lists(st.text(max_size=30), max_size=4))
def test_a_prompt_is_made_again_to_the_byte(persona, try_number, style, answers):
    memory = tuple(Remembered(n, "scale", (1,), f"Q{n}", text) for n, text in enumerate(answers, 1))
    fields = {"style": style, "reminder": "always", "option_order": "random-per-item"}
    made = show(NOMINAL, memory, try_number, persona, **fields)
    again = show(NOMINAL, list(memory), try_number, persona, **fields)
    assert again == made
    assert 0 <= made.prompt_hash < 2**63


def test_the_hash_finds_any_change():
    hashes = {
        show(NOMINAL).prompt_hash,
        show(NOMINAL, persona="You are 41 years old.").prompt_hash,
        show(NOMINAL, labels="letters").prompt_hash,
        show(NOMINAL, option_order="reversed").prompt_hash,
        show(NOMINAL, memory=(TURN,)).prompt_hash,
        show(NOMINAL, memory=(TURN._replace(answer="3"),)).prompt_hash,
        show(NOMINAL, try_number=1, reminder="always").prompt_hash,
        show(NOMINAL, language="de").prompt_hash,
        show(NOMINAL, style="plain").prompt_hash,
    }
    assert len(hashes) == 9


def test_braces_in_texts_stay_braces():
    assert "{not a placeholder}" in show(SCALE, persona="You like {not a placeholder}.").messages[0].content


def test_a_language_that_a_style_lacks_is_an_error():
    with pytest.raises(RunSpecError, match=r"'default' has no wording in language 'fr' .*de, en, ja, zh"):
        show(SCALE, language="fr")


def test_presenting_is_cheap():
    arm = condition(answer_format="explained")
    options = shown_options(SCALE, arm, 7, "r0001", INSTRUMENT)
    request = "How much? " * 30
    memory = tuple(Remembered(n, "scale", (1,), request, "Answer: 1\nExplanation: It is so. " * 3) for n in range(15))
    present(INSTRUMENT, SCALE, arm, "You are 40.", options, memory, 0)
    started = time.process_time()
    for _ in range(500):
        present(INSTRUMENT, SCALE, arm, "You are 40.", options, memory, 0)
    # 60 microseconds are asked for on an idle core; four times that leaves room for a busy one.
    assert (time.process_time() - started) / 500 < 240e-6
