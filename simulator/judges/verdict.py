"""How a judge's reply is read: rationale and label, or why there is none. Pure; never guesses and never raises.

Where reasons come first, the label is what stands behind the last verdict marker; a reply without a marker counts only
if its first or last line is a label and nothing else. Where the label comes first, the first word decides, else a
marker, else the first label word that stands by itself (Liu et al. 2025, with "by itself" taken strictly: the "no" of
"there is no conflict" is no verdict). Words of every language of the rubric are known, because a judge may answer a
Chinese prompt in English. Knows no engine and no store; the table of rules is in docs/judges.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from simulator.judges.label_words import Meaning, by_itself, echoes, exactly, opening, words_of
from simulator.judges.labels import OfferedLabel
from simulator.judges.rubric import Criterion, Rubric
from simulator.markers import marker_pattern, strip_thinking
from simulator.parsing import opens_with_disclaimer
from simulator.reply_text import clean
from simulator.reply_words import DECLINES

VerdictStatus = Literal["ok", "unreadable", "refused", "error"]
VERDICT_STATUSES: tuple[VerdictStatus, ...] = ("ok", "unreadable", "refused", "error")

VERDICT_NAMES = (
    *("verdict", "final verdict", "judgment", "judgement", "final judgment", "label", "final label", "answer"),
    *("final answer", "conclusion", "decision", "判断", "最终判断", "判定", "裁定", "结论", "答案", "标签", "评定"),
)
RATIONALE_NAMES = (
    *("reasons", "reason", "rationale", "reasoning", "analysis", "short analysis", "explanation", "justification"),
    *("理由", "分析", "简短分析", "原因", "解释", "说明"),
)
_HEAD = 160
_MARKUP = re.compile(r"[*_#>`]+")
_BARE_HEADING = re.compile(r"^[ \t]*[*_#>]{1,4}[ \t]*([^\n:：*_#]{1,30}?)[ \t]*[*_#]{0,4}[ \t]*$", re.MULTILINE)


class Verdict(NamedTuple):
    """What was understood of a judge's reply: `label` is canonical, None unless the status is ok."""

    status: VerdictStatus
    label: str | None
    rationale: str


def read_verdict(text: str, rubric: Rubric, criterion: Criterion, labels: Sequence[OfferedLabel]) -> Verdict:
    """The verdict in a judge's reply to a prompt that showed `labels`.

    Status `ok` with a label; `refused` where the judge declines and gives none; else `unreadable`. The rationale is
    what stands outside the verdict, whatever the status.
    """
    said = strip_thinking(text)
    meanings = words_of(criterion, labels, rubric.label_style)
    if rubric.reading == "code":
        return _read_as_code(said, meanings)
    found = _from_json(said, rubric, meanings) or _read(said, rubric, meanings)
    if found.label is None and _declines(said):
        return found._replace(status="refused")
    return found


def _read(said: str, rubric: Rubric, meanings: Sequence[Meaning]) -> Verdict:
    marked = _parts(said, rubric)
    if rubric.order == "label-first":
        first, _, rest = said.partition("\n")
        found = opening(clean(first), meanings)
        if found is not None and not echoes(clean(first), meanings):
            _, same_line = _after_label(first)
            return Verdict("ok", found, _without_marker("\n".join(part for part in (same_line, rest) if part), rubric))
    if marked is not None:
        return _judged(marked.verdict, marked.rationale, meanings)
    lines = [line for line in said.split("\n") if line.strip()]
    for line, others in ((lines[-1], lines[:-1]), (lines[0], lines[1:])) if lines else ():
        label = exactly(clean(line), meanings)
        if label is not None:
            return Verdict("ok", label, _without_marker("\n".join(others), rubric))
    if rubric.order == "label-first" and rubric.label_style == "words":
        label = by_itself(clean(said), meanings)
        if label is not None:
            return Verdict("ok", label, _without_marker(said, rubric))
    return Verdict("unreadable", None, _without_marker(said, rubric))


def _judged(verdict: str, rationale: str, meanings: Sequence[Meaning]) -> Verdict:
    """What stands behind a verdict marker: its first line, else all of it."""
    segment = clean(verdict)
    first = next((line for line in segment.split("\n") if line.strip()), "")
    for part in dict.fromkeys((first, segment)):
        if part and not echoes(part, meanings):
            label = opening(part, meanings) or by_itself(part, meanings)
            if label is not None:
                return Verdict("ok", label, rationale)
    return Verdict("unreadable", None, rationale)


class _Parts(NamedTuple):
    verdict: str
    rationale: str


def _parts(said: str, rubric: Rubric) -> _Parts | None:
    """What stands behind the last verdict marker, and everything else; None where there is no such marker."""
    said = _with_marked_headings(said, rubric)
    verdicts = list(_verdict_pattern(rubric).finditer(said))
    if not verdicts:
        return None
    last = verdicts[-1]
    reasons = _rationale_pattern(rubric).search(said, last.end())
    end = reasons.start() if reasons else len(said)
    before = said[: last.start()]
    after = said[end:]
    rationale = "\n".join(part for part in (_without_marker(before, rubric), _without_marker(after, rubric)) if part)
    return _Parts(said[last.end() : end].strip(), rationale)


def _with_marked_headings(said: str, rubric: Rubric) -> str:
    """A heading on a line of its own ("## Verdict") with the colon that makes it a marker."""
    names = {name.strip().rstrip(":：").casefold() for name in (*_verdicts(rubric), *_rationales(rubric))}

    def marked(found: re.Match[str]) -> str:
        return f"{found[1]}:" if found[1].strip().casefold() in names else found[0]

    return _BARE_HEADING.sub(marked, said)


def _verdicts(rubric: Rubric) -> tuple[str, ...]:
    return (*VERDICT_NAMES, *rubric.verdict_marker.values())


def _rationales(rubric: Rubric) -> tuple[str, ...]:
    return (*RATIONALE_NAMES, *rubric.rationale_marker.values())


def _verdict_pattern(rubric: Rubric) -> re.Pattern[str]:
    return marker_pattern(_verdicts(rubric))


def _rationale_pattern(rubric: Rubric) -> re.Pattern[str]:
    return marker_pattern(_rationales(rubric))


def _without_marker(text: str, rubric: Rubric) -> str:
    """A rationale without the marker it begins with, and without stray markup at its ends."""
    bare = text.strip()
    found = _rationale_pattern(rubric).match(bare)
    return (bare[found.end() :] if found else bare).strip().strip("*_").strip()


_AFTER_FIRST_WORD = re.compile(r"^[\s*_#>\"'(\[“”]*[^\W_]+[\s*_\"')\].,:;!，。：；！-]*")


def _after_label(line: str) -> tuple[str, str]:
    """The first word of a line with what sets it off, and the rest."""
    found = _AFTER_FIRST_WORD.match(line)
    return (line[: found.end()], line[found.end() :].strip()) if found else (line, "")


def _read_as_code(said: str, meanings: Sequence[Meaning]) -> Verdict:
    """The rule of the released code of Liu et al. 2025: the word of the last label anywhere is that label."""
    if not said.strip():
        return Verdict("unreadable", None, "")
    first, last = (min(group, key=lambda one: one.place) for group in _by_label(meanings))
    return Verdict("ok", last.label if any(word in said for word in last.shown) else first.label, said.strip())


def _by_label(meanings: Sequence[Meaning]) -> Iterator[list[Meaning]]:
    for label in dict.fromkeys(one.label for one in sorted(meanings, key=lambda one: one.place)):
        yield [one for one in meanings if one.label == label]


@lru_cache(maxsize=64)
def _keys(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.strip().rstrip(":：").casefold() for name in names)


def _from_json(said: str, rubric: Rubric, meanings: Sequence[Meaning]) -> Verdict | None:
    """The verdict in a reply that is a JSON object with a key that says so; None for any other reply."""
    start, end = said.find("{"), said.rfind("}")
    if start < 0 or end < start or '"' not in said[start:end]:
        return None
    try:
        data = json.loads(said[start : end + 1])
    except (ValueError, RecursionError):
        return None
    folded = {str(key).strip().casefold(): value for key, value in data.items()} if isinstance(data, dict) else {}
    verdict = next((folded[key] for key in folded if key in _keys(_verdicts(rubric))), None)
    if not isinstance(verdict, str):
        return None
    reasons = next((folded[key] for key in folded if key in _keys(_rationales(rubric))), "")
    return _judged(verdict, str(reasons).strip(), meanings)


def _declines(said: str) -> bool:
    """Whether a reply opens by declining, or by saying that a machine cannot judge."""
    head = clean(said[:2000])[:_HEAD]
    found = DECLINES.search(head)
    return opens_with_disclaimer(said) or (found is not None and found.start() < 40)
