"""What reading a reply costs grows with its length and no faster, whatever it is made of."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from simulator.parsing import parse

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fuzz"))
from fuzz_parsing import question

UNITS = (
    *("1", "1, ", "1 or ", "1-", "a", "A ", "I ", "(", "['", '"', "not ", "n't ", "\n", " ", "\u3000", "ﷺ", "是", "番"),
    *(
        "Answer: ",
        "Answer: 1\nExplanation: ",
        "<answer>",
        "<think>",
        "</think>",
        "\\boxed{1}",
        "```",
        '{"answer": ',
        "[[",
    ),
    *(
        "I would choose ",
        "my answer is 1 ",
        "if I had to choose, ",
        "Strongly agree ",
        "agree or disagree, ",
        "option 1 ",
    ),
    *(
        "1. It helps.\n2. It is fair.\n",
        "- 1\n",
        "1 = not at all, 10 = very much, ",
        "7 out of 10 ",
        "between 1 and 10 ",
    ),
    *(
        "some say 1, others 2 ",
        "as an AI ",
        "I don't know, ",
        "sorry, ",
        "rather than 1 ",
        "1/10 ",
        "1.1.1.",
        "* ",
        "**1** ",
    ),
)
SHORT, TIMES = 1_000, 16


def cost(text: str, choice: int) -> float:
    """CPU seconds of one reading, the least of three."""
    asked, least = question(choice), float("inf")
    for _ in range(3):
        began = time.process_time()
        parse(text, asked)
        least = min(least, time.process_time() - began)
    return least


@pytest.mark.slow
@pytest.mark.parametrize("choice", [1, 2, 8, 9], ids=["numbers", "letters", "several numbers", "several letters"])
def test_sixteen_times_the_length_costs_no_more_than_some_twenty_times(choice: int) -> None:
    parse("1", question(choice))
    for unit in UNITS:
        short, long = (unit * (length // len(unit) + 1) for length in (SHORT, SHORT * TIMES))
        # Something that is quadratic takes 256 times as long; what is too short to be measured counts as 2 ms.
        assert cost(long, choice) < 4 * TIMES * max(cost(short, choice), 0.002), unit


@pytest.mark.parametrize("depth", [2, 60, 900, 100_000])
def test_lists_in_lists_are_no_answer_and_take_no_time(depth: int) -> None:
    for value in ('"1"', "1", ""):
        reading = parse(f'{{"answer": {"[" * depth}{value}{"]" * depth}}}', question(0))
        assert (reading.status, reading.detail) == ("unparsed", "bad_json")
    assert parse('{"answer": ["1"]}', question(0)).codes == (1,)
