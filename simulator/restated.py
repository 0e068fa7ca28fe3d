"""Takes out of a reply what only restates the question: its lines, its list of options, the ends of its scale.

Knows no codes; labels only as numbers and lines. Method: Liu et al. 2025, who drop the end points of a restated scale.
"""

from __future__ import annotations

import re

_RANGE = re.compile(
    r"(?:\b(?:from|between|von|zwischen|de|entre|scale of|scale|skala)\s?|从)?"
    r"\(?(\d{1,4})(?:\s?[(=][^()\n]{1,60}\)?)?\s?"
    r"(?:\bto\b|\bthrough\b|\bbis\b|\ba\b|\bà\b|-|~|到|至|から)\s?(\d{1,4})(?![\d.])\)?"
    r"|\b(?:between|zwischen|entre)\s(\d{1,4})\s(?:and|und|y|et)\s(\d{1,4})(?![\d.])",
    re.IGNORECASE,
)
_OUT_OF = re.compile(r"(?<![\d./])(\d{1,4})\s?(?:/|out of|of|von|sur|de)\s?(\d{1,4})(?![\d/]|\.\d)", re.IGNORECASE)
_OUT_OF_IN_CHINESE = re.compile(
    r"\(?(?:满分(?:是|为)?\s?(\d{1,4})\s?分?|(\d{1,4})\s?分满分|[按以用在]?\s?(\d{1,4})\s?分制(?:的|下|中|里|来说|,)?)\)?,?\s?"
)
# "1 is never and 10 is always": counts only where both ends of the scale are explained.
_END_EXPLAINED = re.compile(
    r"(?<![\d.])(\d{1,4})\s?(?:\b(?:is|being|stands for|means)\b|=|是|为|表示|代表|意味着)\s?[^,;.()\n\d]{1,60}",
    re.IGNORECASE,
)
_LEGEND = re.compile(r"[(,;]?\s?(\d{1,4})\s?(?:=|means|bedeutet|表示|代表)\s?[^,;()\n]{1,60}[),;]?", re.IGNORECASE)
# A reply that goes on longer has more wrong with it than a restated scale.
_LONGEST_WITH_SCALE = 4000
# On a shorter scale "1 is ..., 4 is ..." may well be the answers weighed one by one.
_LONG_SCALE = 6
_SQUEEZED = str.maketrans("", "", " ()[].,:;\"'-")


def squeeze(line: str) -> str:
    """A line without blanks and punctuation, in lower case: "(A) Very much" and "a. very much" are the same line."""
    return line.translate(_SQUEEZED).lower()


def without_restatement(text: str, question: frozenset[str], option_lines: frozenset[str]) -> str:
    """`text` without lines that repeat the question, and without its options if every one of them is listed.

    `question` holds the squeezed lines of the question, `option_lines` the squeezed "label text" of every option. A
    reply that is nothing but the list is returned whole.
    """
    lines = text.split("\n")
    if len(lines) == 1:
        return text
    folded = [squeeze(line) for line in lines]
    repeated = question - option_lines
    listed = bool(option_lines) and option_lines <= set(folded)
    # The list goes once; a line of it that comes again is the answer.
    left = set(option_lines) if listed else set()
    kept = []
    for line, low in zip(lines, folded, strict=True):
        if low in left:
            left.remove(low)
        elif low not in repeated:
            kept.append(line)
    return "\n".join(kept).strip() or text


def without_scale(text: str, lowest: int, highest: int) -> str:
    """`text` without a restated scale: "7 out of 10" becomes "7", "1 to 10" and "1 = not at all" go.

    `lowest` and `highest` are the ends of the labels (highest below lowest where labels are no numbers). Only
    these count as a scale. A text that would have no number left is returned whole.
    """
    if highest - lowest < 2 or len(text) > _LONGEST_WITH_SCALE:
        return text
    low, high = str(lowest), str(highest)
    left = _OUT_OF.sub(lambda found: found[1] if found[2] == high else found[0], text)

    def blank_range(found: re.Match[str]) -> str:
        ends = {found[1] or found[3], found[2] or found[4]}
        return " " if ends == {low, high} else found[0]

    left = _RANGE.sub(blank_range, left)
    left = _OUT_OF_IN_CHINESE.sub(lambda found: " " if high in found.groups() else found[0], left)
    if highest - lowest >= _LONG_SCALE and {low, high} <= set(_END_EXPLAINED.findall(left)):
        left = _END_EXPLAINED.sub(lambda found: " " if found[1] in {low, high} else found[0], left)
    if len(_LEGEND.findall(left)) > 1:
        left = _LEGEND.sub(" ", left)
    return left.strip() if any(sign.isdigit() for sign in left) else text
