"""What is asked of a model that writes a persona, and what of its reply is used."""

from __future__ import annotations

import pytest

from personas.population import Population, draw
from personas.strategies.generated import persona_request, read_persona, with_generated_text
from simulator.errors import PopulationError

GOOD = "You are a retired nurse in Leeds. You grow dahlias and argue with the radio."


@pytest.mark.parametrize("language", ["en", "de", "zh", "ja"])
def test_the_request_exists_in_every_language_and_carries_the_facts(language):
    bare, full = persona_request(language), persona_request(language, "You live in {Ulm}.")
    assert bare in full and "You live in {Ulm}." in full and "You live" not in bare


def test_a_request_in_an_unknown_language_is_refused_when_planning():
    with pytest.raises(PopulationError, match="no text in language 'fr'"):
        Population.generated(3, languages="fr")


@pytest.mark.parametrize(
    "reply",
    [
        GOOD,
        f"  {GOOD}\n",
        f'"{GOOD}"',
        f"“{GOOD}”",
        f"Persona: {GOOD}",
        f"**Persona:** {GOOD}",
        f"```\n{GOOD}\n```",
        f"<think>What about a nurse? Fine.</think>\n{GOOD}",
        GOOD.replace(". ", ".\n\n"),
    ],
)
def test_wrapping_is_removed(reply):
    assert read_persona(reply) == GOOD


def test_at_most_three_sentences_are_kept():
    assert read_persona("You are one. You do two. You like three. You hate four.") == (
        "You are one. You do two. You like three."
    )
    assert read_persona("你住在成都。你喜欢打麻将。你很健谈！你今年六十岁。") == "你住在成都。你喜欢打麻将。你很健谈！"


@pytest.mark.parametrize(
    "reply",
    [
        "You are Dr. Osei of St. Louis, a vet. You keep bees.",
        "You were born in the U.S. and moved at 3.5 years. You teach e.g. maths!",
        "You ask “why?” a lot. You answer seldom.",
        "Sie sind z.B. gern allein. Sie lesen viel.",
    ],
)
def test_abbreviations_do_not_end_a_sentence(reply):
    assert read_persona(f"{reply} You rest. You run.") == f"{reply} You rest."


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("<think>hm</think>", "empty"),
        ("I'm sorry, but I can't help with that. Ask something else.", "refusal"),
        ("I’m sorry, but no. Really.", "refusal"),
        ("As an AI language model, I have no persona. I can help.", "refusal"),
        ("I cannot write this. It is not allowed.", "refusal"),
        ("Es tut mir leid, das geht nicht. Fragen Sie anders.", "refusal"),
        ("抱歉，我不能这样做。请换一个问题。", "refusal"),
        ("作为人工智能，我没有个性。抱歉。", "refusal"),
        ("申し訳ありませんが、できません。別の質問をどうぞ。", "refusal"),
        ("Sure!", "1 sentence, not two to three"),
        ("You are a nurse", "1 sentence"),
        (f"You are {'very ' * 300}old. You rest.", "at most 800"),
    ],
)
def test_unusable_replies_are_refused(reply, message):
    with pytest.raises(PopulationError, match=message):
        read_persona(reply)


def test_control_characters_of_a_reply_stay_data():
    assert read_persona("You are \x1b[1mbold\x1b[0m. You {age}.") == "You are \x1b[1mbold\x1b[0m. You {age}."


def test_the_written_text_completes_a_persona_and_keeps_the_given_facts():
    alone = draw(Population.generated(1), 1).personas[0]
    done = with_generated_text(alone, GOOD)
    assert done.texts == {"en": GOOD} and done.id == alone.id and alone.texts == {}
    plan = Population.combine("city", "generated", n=1, country="JP", languages=["ja"])
    mixed = draw(plan, 1).personas[0]
    done = with_generated_text(mixed, "あなたは静かな人です。", "ja")
    assert done.texts["ja"] == mixed.texts["ja"] + "あなたは静かな人です。"
    assert done.attributes["generated"] is True and "city" in done.attributes
