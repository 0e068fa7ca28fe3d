"""Parts of the page on judges that come from the rubrics themselves: the list of them, and a prompt as it is sent."""

from __future__ import annotations

from generators.markdown import code, fenced, table
from simulator.judges.catalog import find_rubric, rubric_names
from simulator.judges.exhibit import Exhibit
from simulator.judges.judge_prompt import present_judgement
from simulator.judges.labels import labels_as_shown
from simulator.messages import ShownOption

EXAMPLE = Exhibit(
    respondent=4,
    respondent_id="r0004",
    exchange=2,
    item_id="trains",
    format="single",
    language="en",
    question="Should trains run at night?",
    options=(ShownOption("A", 2, "No"), ShownOption("B", 1, "Yes")),
    codes_in_order=(1, 2),
    is_ordered=False,
    reply="Answer: B\nExplanation: I need my sleep, and the line passes under my window.",
    told='Write "Answer:" followed by the label of an option, then "Explanation:" followed by one sentence.',
)


def rubric_table() -> str:
    """The built-in rubrics."""
    rows = []
    for name in rubric_names():
        rubric = find_rubric(name)
        criteria = ", ".join(code(criterion.id) for criterion in rubric.criteria)
        order = rubric.order + (", read by the published code's rule" if rubric.reading == "code" else "")
        rows.append([code(name), rubric.title["en"], criteria, order, ", ".join(rubric.formats)])
    return table(["rubric", "judges", "criteria", "order", "items"], rows)


def prompt_example() -> str:
    """The prompt for one criterion."""
    rubric = find_rubric("insensitivity")
    criterion = rubric.criterion("cv")
    labels = labels_as_shown(rubric, criterion, EXAMPLE, "en", ("fault", "pass"))
    messages = present_judgement(rubric, criterion, EXAMPLE, "en", labels).messages
    return fenced("\n\n".join(f"[{message.role}]\n{message.content}" for message in messages), "text")
