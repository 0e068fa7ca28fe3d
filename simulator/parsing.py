"""How a reply is read: from text to a status, canonical codes and a reason, without ever guessing.

Knows no engine, memory or store. `parse` is pure and linear in the length of the reply. What cannot be read is
`unparsed` with a reason, never a code. Methods: Shen et al. 2025 (order of rules), Liu et al. 2025 (markers, several
answers, restated scales, refusals); the table of rules and reasons is in docs/asking.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

from simulator import reply_words as words
from simulator.findings import Finding
from simulator.markers import answer_pattern, explanation_pattern, strip_thinking
from simulator.messages import ShownOption
from simulator.numerals import with_digits
from simulator.option_reader import OptionReader, reader_for
from simulator.presentation import Presentation
from simulator.read_multiple import read_multiple
from simulator.read_single import read_single
from simulator.reply_text import answer_segments, clean, open_json, whole_reply
from simulator.restated import squeeze, without_restatement
from simulator.store.records import AnswerStatus

DETAILS: dict[str, str] = {
    "label": "the label of an offered option",
    "option_text": "the text of an offered option",
    "phrase": 'a label or text that a phrase announces ("my answer is", "option")',
    "json": "the answer field of a JSON reply",
    "list": "several labels or texts",
    "cut": "more picks than allowed; the first ones count",
    "open": "words of the respondent's own",
    "declined": "declines, and gives no choice",
    "attributed": 'gives different choices to different people ("some ... others")',
    "volunteered": "says that it does not know, though that was not offered",
    "empty": "nothing but blanks or thinking",
    "no_label": "names no offered option",
    "ambiguous": "names several options where one was asked for, a range or an alternative",
    "negated": "denies or qualifies every option it names",
    "out_of_range": "a number that was not offered",
    "bad_json": "JSON without a readable answer",
}
"""Detail code, the first word of every reason → what it means."""

# How far into a reply a refusal, a disclaimer or "I don't know" is looked for.
_HEAD = 600
_SALVAGE = re.compile(
    r"\"(?:answer|choice|option|selected_option|label|antwort|respuesta|回答|答案|选择)\"\s?:\s?\"?([^\",}\n]{1,80})[\",}\n]",
    re.IGNORECASE,
)


class Reading(NamedTuple):
    """What was understood of a reply.

    `codes` are canonical, () unless an offered option was chosen; `text` is the answer to an open item, else None;
    `reason` begins with a detail code (`DETAILS`) and says how the reply was read or why it could not be.
    """

    status: AnswerStatus
    codes: tuple[int, ...]
    text: str | None
    reason: str

    @property
    def detail(self) -> str:
        """The detail code that `reason` begins with."""
        return self.reason.partition(":")[0]


def opens_with_disclaimer(text: str) -> bool:
    """Whether a reply opens by saying that it comes from a machine."""
    return words.DISCLAIMER.search(clean(text[:2000])[:160]) is not None


def _unread(finding: Finding) -> Reading:
    return Reading("unparsed", (), None, f"{finding.detail}: {finding.words}")


def _without_choice(text: str, reader: OptionReader) -> Reading | None:
    """A refusal or "don't know" in a reply that gives no choice; None if it is neither."""
    head = text[:_HEAD]
    if words.DISCLAIMER.search(head):
        return Reading("refused", (), None, "declined: speaks as a machine and gives no choice")
    if words.UNSURE.search(head):
        named = [
            label for label in reader.labels_in(head) if label.code is not None and not reader.is_word(label, head)
        ]
        if named:
            return Reading("unparsed", (), None, f"ambiguous: does not know, yet names {named[0].label}")
        return Reading("dont_know", (), None, "volunteered: says that it does not know")
    if words.DECLINES.search(head):
        return Reading("refused", (), None, "declined: gives no choice")
    return None


def _chosen(finding: Finding, options: tuple[ShownOption, ...], max_picks: int | None) -> Reading:
    """The reading of codes that were found: cut at the maximum, with the status of a missing category if chosen."""
    codes, reason = finding.codes, f"{finding.detail}: {finding.words}"
    if max_picks is not None and len(codes) > max_picks:
        reason = f"cut: {len(codes)} picks where {max_picks} may be made; the first {max_picks} count"
        codes = codes[:max_picks]
    missing = {option.code: option.missing for option in options if option.missing is not None}
    picked = [code for code in codes if code in missing]
    if picked and len(codes) > 1:
        return Reading("unparsed", (), None, "ambiguous: chooses an answer and a missing category together")
    if picked:
        status: AnswerStatus = missing[picked[0]]  # type: ignore[assignment]
        return Reading(status, codes, None, reason)
    return Reading("answered", codes, None, reason)


def _parse_open(text: str, presentation: Presentation) -> Reading:
    cleaned = clean(text)
    found = _without_choice(cleaned, reader_for(()))
    # "I'm sorry that ..." may open a true answer; only a short reply is nothing but a refusal.
    if found is not None and (len(cleaned) <= 200 or words.DISCLAIMER.match(cleaned)):
        return found
    whole = strip_thinking(text)
    marked = answer_pattern(presentation.markers.answer).search(whole)
    start = marked.end() if marked else 0
    explained = explanation_pattern(presentation.markers.explanation).search(whole, start) if marked else None
    answer = whole[start : explained.start() if explained else len(whole)].strip()
    if not clean(answer):
        return Reading("unparsed", (), None, "empty: nothing was said")
    return Reading("answered", (), answer, "open: own words")


def _json_text(value: Any) -> str | None:
    """The answer of a JSON reply as text to be read; None where it is neither text, number nor a flat list."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (str, int, float)):
        return clean(str(value))
    if isinstance(value, list) and not any(isinstance(entry, list) for entry in value):
        texts = [_json_text(entry) for entry in value]
        return ", ".join(text for text in texts if text) if texts and all(texts) else None
    return None


def _declines(text: str) -> bool:
    """Whether a reply declines, whatever else it says."""
    head = text[:_HEAD]
    return bool(words.DISCLAIMER.search(head) or words.DECLINES.search(head))


def _read(
    text: str, reader: OptionReader, presentation: Presentation, is_marked: bool, is_declining: Callable[[], bool]
) -> Finding:
    if reader.reads_numerals:
        text = with_digits(text, reader.worded)
    if presentation.format == "multiple":
        return read_multiple(text, reader, is_marked, is_declining)
    return read_single(text, reader, is_marked, is_declining)


def _parse_json(text: str, reader: OptionReader, presentation: Presentation) -> Reading | None:
    reply = open_json(strip_thinking(text))
    if reply is None:
        return None
    if reply.is_broken:
        salvaged = _SALVAGE.search(text[:2000])
        value = clean(salvaged[1]) if salvaged else None
    else:
        value = _json_text(reply.value)
    if not value:
        return Reading("unparsed", (), None, "bad_json: JSON without a readable answer")
    finding = _read(value, reader, presentation, True, lambda: False)
    if finding.codes:
        finding = finding._replace(detail="json", words=f"answer field {value[:40]!r}")
        return _chosen(finding, presentation.options, presentation.max_picks)
    return _without_choice(value, reader) or _unread(finding)


def _across(findings: list[Finding]) -> Finding:
    """One finding for all marked answers of a reply: those that could be read must agree."""
    read = [finding for finding in findings if finding.codes]
    unclear = [finding for finding in findings if finding.detail == "ambiguous"]
    if unclear:
        return unclear[0]
    if len({finding.codes for finding in read}) > 1:
        return Finding((), "ambiguous", "gives several answers that differ")
    return read[0] if read else findings[0]


@lru_cache(maxsize=8192)
def _squeezed_lines(question: str) -> frozenset[str]:
    return frozenset(squeeze(line) for line in clean(question).split("\n"))


def _speaks_for_others(said: str, finding: Finding, read: Callable[[str], Finding]) -> bool:
    """Whether choices are given to different people ("some ... others") and none, before or after, to the speaker."""
    if finding.detail in {"label", "option_text"} or (others := words.OTHERS.search(said)) is None:
        return False
    is_own = bool(words.OWN_CHOICE.search(said, others.end())) or bool(read(said[: others.start()]).codes)
    return not (finding.codes and is_own)


def _parse_closed(text: str, presentation: Presentation, reader: OptionReader) -> Reading:
    """Read the clean reply to a question with options."""
    if "\n" in text:
        text = without_restatement(text, _squeezed_lines(presentation.question), reader.lines)
    segments = answer_segments(text, presentation.markers)
    read = partial(
        _read,
        reader=reader,
        presentation=presentation,
        is_marked=segments.is_marked,
        is_declining=partial(_declines, text),
    )
    finding = _across([read(part) for part in segments.parts])
    if _speaks_for_others("\n".join(segments.parts)[:2000], finding, read):
        return Reading("refused", (), None, "attributed: gives different choices to different people")
    if finding.codes:
        return _chosen(finding, presentation.options, presentation.max_picks)
    return _without_choice(text, reader) or _unread(finding)


def parse(completion_text: str, presentation: Presentation) -> Reading:
    """Read a reply to a presented question.

    Status `answered` (codes, or text for an open item), `dont_know`, `refused` or `not_applicable` (an offered missing
    category was chosen, or the reply said so and gave no choice: then without codes), or `unparsed`. Labels refer to
    the list as shown; codes are canonical and always among those offered. A reply that was begun for the model is read
    from its beginning. Never raises on any text.
    """
    reader = reader_for(presentation.options)
    bare = completion_text.strip()
    if bare in reader.exact and presentation.format != "multiple":
        # Most replies are nothing but a label; the rules would come to the same, more slowly.
        return _chosen(Finding((reader.exact[bare],), "label", f"label {bare}"), presentation.options, None)
    if not clean(completion_text):
        return Reading("unparsed", (), None, "empty: nothing was said")
    completion_text = whole_reply(presentation.prefix, completion_text)
    cleaned = clean(completion_text)
    if presentation.format == "open" or not presentation.options:
        return _parse_open(completion_text, presentation)
    return _parse_json(completion_text, reader, presentation) or _parse_closed(cleaned, presentation, reader)
