"""Memory: bounded, chronological, the same whenever taken, and never eating its own entries."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.conditions import MemoryPolicy
from simulator.markers import Markers, strip_thinking
from simulator.memory import Remembered, forgotten, memory_length, remember, trim_answer, trim_request


def turn(number):
    return Remembered(number, f"q{number}", (1,), f"Question {number}?", f"Answer: {number}")


def interview(policy, n_items, seed=1, respondent="r0001", unreadable=()):
    """The memory after each item."""
    length = memory_length(policy, seed, respondent)
    memory, after = (), []
    for number in range(1, n_items + 1):
        new = None if number in unreadable else turn(number)
        memory = remember(memory, new, policy, length, seed, respondent, f"q{number}")
        after.append(memory)
    return length, after


POLICIES = st.builds(
    MemoryPolicy, kind=st.sampled_from(["none", "full", "window", "random-prune"]), max_length=st.integers(0, 15)
)


@given(POLICIES, st.integers(0, 40), st.integers(0, 2**31), st.sets(st.integers(1, 40)))
def test_memory_is_bounded_chronological_and_made_of_readable_turns(policy, n_items, seed, unreadable):
    length, after = interview(policy, n_items, seed, unreadable=unreadable)
    before = ()
    for number, memory in enumerate(after, 1):
        numbers = [held.exchange for held in memory]
        assert numbers == sorted(set(numbers))
        assert length is None or len(memory) <= length
        assert set(memory) <= {*before, turn(number)}
        assert not unreadable & set(numbers)
        # A second pass takes nothing more away, with the same turn or with none.
        held = turn(number) if number in numbers else None
        assert remember(memory, held, policy, length, seed, "r0001", f"q{number}") == memory
        assert remember(memory, None, policy, length, seed, "r0001", f"q{number}") == memory
        # Nothing is lost while there is room.
        readable = [n for n in range(1, number + 1) if n not in unreadable]
        if policy.kind == "full":
            assert numbers == readable
        if policy.kind == "window":
            assert numbers == readable[len(readable) - min(len(readable), policy.max_length) :]
        if policy.kind == "random-prune" and length is not None:
            assert len(memory) == min(length, len(readable))
        before = memory


def test_no_policy_but_none_forgets_at_once_where_there_is_room():
    assert interview(MemoryPolicy("none"), 3)[1][-1] == ()
    assert interview(MemoryPolicy("random-prune", 0), 3)[1][-1] == ()
    assert len(interview(MemoryPolicy("full"), 200)[1][-1]) == 200


def test_length_is_uniform_with_both_ends():
    policy = MemoryPolicy("random-prune", 15)
    drawn = Counter(memory_length(policy, 5, f"r{n:04d}") for n in range(8000))
    assert set(drawn) == set(range(16))
    # Chi-square with 15 degrees of freedom, 99.9 % point 37.7.
    assert sum((count - 500) ** 2 / 500 for count in drawn.values()) < 37.7


def test_lengths_of_the_other_policies():
    assert memory_length(MemoryPolicy("full"), 1, "r") is None
    assert memory_length(MemoryPolicy("none"), 1, "r") == 0
    assert memory_length(MemoryPolicy("window", 4), 1, "r") == 4


def test_every_subset_is_kept_equally_often():
    """Pruning 6 turns to 3 keeps each of the 20 subsets alike: chi-square, 19 degrees of freedom, 99.9 % point 43.8."""
    policy = MemoryPolicy("random-prune", 3)
    full = tuple(turn(number) for number in range(1, 7))
    kept = Counter()
    for respondent in range(4000):
        memory = remember(full, None, policy, 3, 9, f"r{respondent}", "q6")
        kept[tuple(held.exchange for held in memory)] += 1
    assert len(kept) == 20
    assert sum((count - 200) ** 2 / 200 for count in kept.values()) < 43.8


def test_the_same_step_gives_the_same_memory_and_items_differ():
    policy = MemoryPolicy("random-prune", 5)
    full = tuple(turn(number) for number in range(1, 20))
    taken = [remember(full, None, policy, 5, 1, "r0001", item) for item in ("a", "a", "b")]
    assert taken[0] == taken[1] != taken[2]


def test_forgotten_is_what_was_readable_and_is_not_held():
    memory = (turn(2), turn(5))
    assert forgotten([1, 2, 4, 5], memory) == (1, 4)
    assert forgotten([5, 4, 2, 1], [2, 5]) == (1, 4)
    assert forgotten([], ()) == ()


# --- trimming --------------------------------------------------------------------------------------------------------

REPLY = "Sure!\n**Answer:** 3\n**Explanation:** I grew up poor. That shaped me. And so on."


@pytest.mark.parametrize(
    ("reply", "keep", "kept"),
    [
        (REPLY, "answer+explanation", "Answer:** 3\n**Explanation:** I grew up poor."),
        (REPLY, "answer", "Answer:** 3"),
        ("Answer: 3\nExplanation: no full stop\nmore", "answer+explanation", "Answer: 3\nExplanation: no full stop"),
        (
            "Answer: 3\nExplanation: It costs 3.5 dollars! Really.",
            "answer+explanation",
            "Answer: 3\nExplanation: It costs 3.5 dollars!",
        ),
        ("Answer: 3. Long text. No marker.", "answer", "Answer: 3. Long text. No marker."),
        ("3", "answer+explanation", "3"),
        ("3\nExplanation: One. Two.", "answer+explanation", "3\nExplanation: One."),
        ("3\nExplanation: One. Two.", "answer", "3"),
        ("Explanation: One. Two.", "answer", "Explanation: One."),
        ("回答：3\n解释：我觉得公平。真的。", "answer+explanation", "回答：3\n解释：我觉得公平。"),
        ("回答：3\n理由：公平だから。本当に。", "answer", "回答：3"),
        (
            "Antwort: 3\nBegründung: Weil es gerecht ist. Punkt.",
            "answer+explanation",
            "Antwort: 3\nBegründung: Weil es gerecht ist.",
        ),
        (
            "<think>Answer: 1</think>Answer: 3\nExplanation: So. No.",
            "answer+explanation",
            "Answer: 3\nExplanation: So.",
        ),
        ("", "answer", ""),
    ],
)
def test_trimming_an_answer(reply, keep, kept):
    reply = reply.replace("**Answer", "Answer") if reply is REPLY else reply
    assert trim_answer(reply, "explained", keep, "en") == kept


def test_a_styles_own_markers_count():
    markers = Markers("Verdict:", "Grounds:", "Ask:")
    assert trim_answer("Verdict: 3\nGrounds: One. Two.", "explained", "answer", "en", markers) == "Verdict: 3"
    assert trim_request("Choose.\nAsk: Which?\n1. A", markers) == "Ask: Which?\n1. A"


PIECES = st.sampled_from(
    [
        "Answer:",
        "Explanation:",
        "回答：",
        "解释：",
        "Begründung:",
        "**",
        "\n",
        " ",
        ". ",
        "。",
        "3",
        "word",
        "<think>",
        "</think>",
        "!",
        '"',
        "e.g. ",
        "Request: ",
    ]
)


@given(
    st.one_of(st.lists(PIECES, max_size=25).map("".join), st.text(max_size=60)),
    st.sampled_from(["answer", "answer+explanation"]),
)
def test_trimming_twice_changes_nothing(text, keep):
    for answer_format in ("label", "explained", "structured"):
        once = trim_answer(text, answer_format, keep, "en")
        assert trim_answer(once, answer_format, keep, "en") == once
    assert trim_request(trim_request(text)) == trim_request(text)
    assert strip_thinking(strip_thinking(text)) == strip_thinking(text)


def test_a_long_memory_survives_many_passes():
    """In the study's released code a second pass cut one or two characters each time, until short answers vanished."""
    answer = trim_answer("Answer: 3\nExplanation: I think so. More.", "explained", "answer+explanation", "en")
    for _ in range(50):
        answer = trim_answer(answer, "explained", "answer+explanation", "en")
    assert answer == "Answer: 3\nExplanation: I think so."


def test_a_request_begins_at_its_marker():
    sent = 'Choose one. Put it after "Answer:".\n\nRequest: Which party?\n1. Red\n2. Blue'
    assert trim_request(sent) == "Request: Which party?\n1. Red\n2. Blue"
    assert trim_request("问题：哪个？") == "问题：哪个？"
    assert trim_request(" Which party? ") == "Which party?"


def test_over_the_items_of_one_interview_every_place_is_given_up_alike():
    """One turn too many at each of 5,000 items: chi-square, 5 degrees of freedom, 99.9 % point 20.5."""
    policy = MemoryPolicy("random-prune", 5)
    full = tuple(turn(number) for number in range(1, 7))
    gone = Counter()
    for item in range(5000):
        gone.update({*full} - {*remember(full, None, policy, 5, 2, "r0001", f"q{item}")})
    assert sum((count - 5000 / 6) ** 2 / (5000 / 6) for count in gone.values()) < 20.5
