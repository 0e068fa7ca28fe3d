"""A reply begun for the model, an example before the first question, a prompt as one text, options without labels."""

from __future__ import annotations

from collections import Counter

import pytest
from asking_examples import INSTRUMENT, NOMINAL, OPEN, SCALE, SEVERAL, condition
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import RunSpecError
from simulator.interview import remembered_turn
from simulator.memory import Remembered
from simulator.messages import hash_messages
from simulator.parsing import parse
from simulator.presentation import example_options, present, shown_options
from simulator.reply_text import whole_reply
from simulator.styles import load_style, register_style, style_from_data, style_named

LANGUAGES = ("en", "de", "zh", "ja")
TURN = Remembered(3, "scale", (2,), "How much?\n\n1. Little\n2. Some", "2")


def asked(item, memory=(), respondent="r0001", **fields):
    arm = condition(**fields)
    options = shown_options(item, arm, 7, respondent, INSTRUMENT)
    return present(
        INSTRUMENT, item, arm, "You are 40.", options, memory, 0, example=example_options(arm, 7, respondent)
    )


# --- a reply begun ---------------------------------------------------------------------------------------------------


def test_the_prompt_is_that_of_the_default_style_and_the_hash_covers_the_beginning():
    begun, plain = asked(SCALE, style="affirmative"), asked(SCALE)
    assert begun.messages == plain.messages
    assert (begun.prefix, plain.prefix) == ("Sure, my answer is", None)
    assert begun.prompt_hash != plain.prompt_hash
    assert begun.prompt_hash == hash_messages(begun.messages, "Sure, my answer is")
    assert asked(OPEN, style="affirmative").prefix is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("labels", ["numbers", "numbers-from-0", "letters", "lowercase", "roman", "plain"])
@pytest.mark.parametrize("answer_format", ["label", "explained", "structured"])
def test_what_a_model_goes_on_with_is_read_from_the_beginning(language, labels, answer_format):
    shown = asked(NOMINAL, style="affirmative", language=language, labels=labels, answer_format=answer_format)
    because = f"\n{shown.markers.explanation} Because it is so." if answer_format == "explained" else ""
    for option in shown.options:
        replies = [option.said, f" {option.said}", f" {option.said}."]
        replies += [f" {option.label}. {option.text}"] if option.label else []
        for reply in replies:
            assert parse(reply + because, shown).codes == (option.code,), reply


@pytest.mark.parametrize("language", LANGUAGES)
def test_several_answers_go_on_from_a_beginning(language):
    for answer_format in ("label", "explained"):
        shown = asked(SEVERAL, style="affirmative", language=language, answer_format=answer_format)
        assert parse(" 1, 3", shown).codes == (1, 3)


def test_what_is_no_answer_stays_none():
    shown = asked(NOMINAL, style="affirmative")
    assert parse("", shown).detail == "empty"
    assert parse(" that I'd rather not answer.", shown).status == "refused"
    assert parse(" hard to give: As an AI, I have no opinion.", shown).status == "refused"
    assert parse(" 3 or 4", shown).detail == "ambiguous"
    assert parse("n't 3", shown).status == "unparsed"


def test_between_words_there_is_one_blank_and_none_in_chinese_and_japanese():
    assert whole_reply("my answer is", "3") == whole_reply("my answer is", " 3") == "my answer is 3"
    assert whole_reply("我的答案是", "3") == "我的答案是3"
    assert whole_reply("my answer is", "n't 3") == "my answer isn't 3"
    assert whole_reply(None, "3") == "3"


@given(st.text(max_size=60), st.sampled_from(["my answer is", "我的答案是", "Sure. Answer:"]))
def test_nothing_of_a_reply_is_lost(completion, prefix):
    whole = whole_reply(prefix, completion)
    assert whole.startswith(prefix)
    assert whole.endswith(completion)
    assert len(whole) <= len(prefix) + 1 + len(completion)


@pytest.mark.parametrize(
    ("answer_format", "reply", "kept"),
    [
        ("label", " 3", "Sure, my answer is 3"),
        ("explained", " 3\nExplanation: It is so. And more.", "Answer: 3\nExplanation: It is so."),
    ],
)
def test_memory_keeps_what_was_said_with_its_beginning(answer_format, reply, kept):
    from personas.persona import Persona
    from simulator.interview import Interview
    from simulator.store.records import AnswerRow

    arm = condition(style="affirmative", answer_format=answer_format)
    who = Interview(0, Persona("p0", "basic"), 0, arm, INSTRUMENT, (0,), None, 7)
    answer = AnswerRow(0, 0, 1, "answered", codes=(3,))
    turn = remembered_turn(who, asked(SCALE, style="affirmative", answer_format=answer_format), 1, reply, answer)
    assert turn is not None
    assert turn.answer == kept


# --- an example ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("labels", ["numbers", "letters", "roman", "plain"])
def test_the_example_stands_before_memory_and_its_answer_is_read_as_right(language, labels):
    shown = asked(SCALE, [TURN], style="one-shot", language=language, labels=labels)
    assert [message.role for message in shown.messages] == ["system", "user", "assistant", "user", "assistant", "user"]
    example = style_named("one-shot").wording(language).example
    question, reply = shown.messages[1].content, shown.messages[2].content
    assert question.startswith(example.question)
    options = example_options(condition(style="one-shot", language=language, labels=labels), 7, "r0001")
    assert [line for line in question.split("\n")[1:] if line] == [
        f"{option.label}. {option.text}" if option.label else f"- {option.text}" for option in options
    ]
    (right,) = [option for option in options if option.text == example.answer]
    assert reply == (f"{right.label}. {right.text}" if right.label else right.text)
    assert shown.messages[3].content == TURN.request
    assert shown.question == asked(SCALE, language=language, labels=labels).question


def test_the_example_answers_in_the_format_asked_for():
    assert asked(SCALE, style="one-shot", answer_format="structured").messages[2].content in ("1", "2", "3", "4")
    text = asked(SCALE, style="one-shot", answer_format="explained").messages[2].content
    assert text.startswith("Answer: ")
    assert "\nExplanation: Tuesday is" in text


def test_the_order_of_the_example_is_drawn_per_respondent_and_every_place_alike():
    """Chi-square of the right option's place, 3 degrees of freedom, 99.99 % point 21.1; all 24 orders occur."""
    arm = condition(style="one-shot")
    orders = [tuple(one.code for one in example_options(arm, 7, f"r{number}")) for number in range(2000)]
    place = Counter(order.index(1) for order in orders)
    assert sum((count - 500) ** 2 / 500 for count in place.values()) < 21.1
    assert len(set(orders)) == 24
    assert orders[5] == tuple(one.code for one in example_options(arm, 7, "r5"))
    assert example_options(condition(), 7, "r5") == ()


# --- one text --------------------------------------------------------------------------------------------------------


def test_a_text_to_be_completed_ends_in_a_slot_for_the_answer():
    shown = asked(SCALE, [TURN], style="completion", labels="letters")
    text = "".join(message.content for message in shown.messages)
    assert shown.is_raw
    assert shown.stop == ("\n",)
    assert text.startswith(asked(SCALE).messages[0].content + "\n\nHow much?")
    assert "2. Some\nAnswer: 2\n\nThink of last year." in text
    assert text.endswith("C. Much\nD. All\nAnswer:")
    assert asked(SCALE, style="completion", answer_format="explained").stop == ("\n\n",)
    assert (asked(SCALE).is_raw, asked(SCALE).stop) == (False, ())


@pytest.mark.parametrize(("language", "turn"), [("zh", "回答：2\n\n"), ("ja", "回答：2\n\n"), ("de", "Antwort: 2\n\n")])
def test_the_answer_stands_in_its_slot_as_the_language_writes(language, turn):
    shown = asked(SCALE, [TURN], style="completion", language=language)
    assert turn in "".join(message.content for message in shown.messages)
    assert parse(" 3", shown).codes == (3,)


# --- no labels -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_options_without_labels_are_listed_by_a_dash_and_chosen_by_their_text(language):
    shown = asked(NOMINAL, labels="plain", language=language)
    assert shown.question.split("\n")[-5:] == [f"- {option.text}" for option in shown.options]
    assert asked(NOMINAL, language=language).messages[0] != shown.messages[0]
    assert "label" not in shown.messages[0].content
    assert asked(NOMINAL, labels="plain", answer_format="structured").choices == (
        "Red",
        "Green",
        "Blue",
        "White",
        "Gold",
    )
    for option in shown.options:
        for reply in (option.text, f"- {option.text}", f"{option.text}.", f'"{option.text}"'):
            assert parse(reply, shown).codes == (option.code,)
    assert parse("1", shown).status == "unparsed"
    assert parse("", shown).detail == "empty"


def test_several_options_without_labels():
    shown = asked(SEVERAL, labels="plain")
    assert parse("Home\nPlay", shown).codes == (1, 3)
    assert parse("Work, Play", shown).codes == (2, 3)


def test_a_style_without_words_for_it_says_so():
    table = {
        key: value for key, value in load_style("plain").data["en"].items() if key not in ("unlabelled", "abstain")
    }
    register_style({"name": "bare", "en": table})
    with pytest.raises(RunSpecError, match=r"'bare' has no \[en.unlabelled\], which asking.labels = \"plain\" needs"):
        asked(NOMINAL, style="bare", labels="plain")
    with pytest.raises(RunSpecError, match=r"'bare' has no \[en.abstain\], which asking.abstain = \"offered\" needs"):
        asked(NOMINAL, style="bare", abstain="offered")


# --- files -----------------------------------------------------------------------------------------------------------

EXAMPLE = {
    "question": "Which is a day?",
    "options": ["Tuesday", "Noon"],
    "answer": "Tuesday",
    "replies": {"label": "{option}", "explained": "{answer} {label}", "structured": "{label}"},
}


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"prefix": {"label": "Sure, {name}"}}, r"en\.prefix\.label: unknown placeholder \{name\}"),
        ({"prefix": {"labelled": "Sure"}}, r"en\.prefix\.labelled: unknown key"),
        ({"completion": "{user}"}, r"en\.completion: placeholder \{answer\} is missing"),
        (
            {"completion": "{user} {answer}", "prefix": {"label": "Sure"}},
            r"en\.prefix: begins the reply of a style that",
        ),
        ({"example": EXAMPLE | {"answer": "Monday"}}, r"en\.example\.answer: 'Monday' is none of the options"),
        ({"example": EXAMPLE | {"options": ["Noon", "Noon"]}}, r"en\.example\.options: is no list of two or more"),
        ({"example": EXAMPLE | {"question": " "}}, r"en\.example\.question: is no text"),
        ({"example": EXAMPLE | {"replies": {}}}, r"en\.example\.replies: key 'explained' is missing"),
        ({"example": "x"}, r"en\.example: is str"),
        ({"abstain": {"text": "None", "missing": "lost"}}, r"en\.abstain\.missing: 'lost' is no reason"),
        ({"abstain": {"text": ""}}, r"en\.abstain\.text: is no text"),
        ({"unlabelled": {"answering": {}}}, r"en\.unlabelled: key 'reminders' is missing"),
    ],
)
def test_faulty_parts_are_named(parts, message):
    table = {key: value for key, value in load_style("default").data["en"].items() if key != "unlabelled"}
    with pytest.raises(RunSpecError, match=message):
        style_from_data("mine", {"en": {**table, **parts}})


def test_a_file_based_on_a_style_holds_what_differs_in_the_languages_it_names(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'based_on = "citizen"\n[de.prefix]\nlabel = "Ich wähle"\n[de.hints]\nsingle = ""\n', encoding="utf-8"
    )
    style = load_style(str(path))
    assert set(style.wordings) == {"de"}
    wording, base = style.wording("de"), load_style("citizen").wording("de")
    assert (wording.prefix_for("label"), wording.prefix_for("explained")) == ("Ich wähle", None)
    assert (wording.system, wording.hints["open"], wording.hints["single"]) == (base.system, base.hints["open"], "")
    again = register_style(style.as_json())
    assert again.wording("de").prefix == wording.prefix
    path.write_text('based_on = "mine"\n', encoding="utf-8")
    with pytest.raises(RunSpecError, match=r"based_on = 'mine' is no built-in style"):
        load_style(str(path))
