"""Reads one choice out of a clean piece of a reply, by a fixed order of rules, without ever guessing.

Knows no markers, JSON, refusals or statuses: those are `simulator.parsing`. Order (Shen et al. 2025, Liu et al. 2025,
refined where their rules would guess): a label at the start; an option text at the start; a phrase that announces the
answer; the only label in a marked answer; a line that is nothing but an answer; "option X"; the only option text. Two
different answers in the first rule that finds any make the reply ambiguous.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from simulator import reply_words as words
from simulator.findings import (
    EDGES,
    Finding,
    ambiguous,
    is_one_word,
    join_labels,
    judge_label,
    judge_text,
    second_label,
)
from simulator.option_reader import MAX_MENTIONS, Mention, OptionReader, is_negated
from simulator.restated import without_scale

_BULLET = re.compile(r"[-•·>+]{1,2}\s")
_WRAPPING = re.compile(r"[\"'(\[{<]{0,2}")
_ENUMERATED = re.compile(r"^([1-9])[.)]\s?(?=\S)", re.MULTILINE)


def _skip_opening(text: str) -> int:
    """Where the answer begins: behind a bullet, up to three fillers, and a word like "option"."""
    found = _BULLET.match(text)
    position = found.end() if found else 0
    for _ in range(3):
        filler = words.FILLER.match(text, position)
        if filler is None:
            break
        position = filler.end()
    noun = re.compile(words.LEAD_NOUN, re.IGNORECASE).match(text, position)
    return noun.end() if noun else position


def _at_start(text: str, reader: OptionReader) -> Finding | None:
    bare = text.strip(EDGES)
    if (code := reader.code_of(bare, fold=True)) is not None:
        return Finding((code,), "label", f"label {bare}")
    # An option text may begin with a filler ("Well enough") or a number: it is tried before anything is skipped.
    for start in dict.fromkeys((_WRAPPING.match(text).end(), 0)):  # type: ignore[union-attr]
        whole = reader.text_at(text, start)
        if whole is not None and reader.label_at(text, start) is None:
            return judge_text(text, reader, whole)
    position = _skip_opening(text)
    mention = reader.label_at(text, position)
    if mention is not None:
        return None if _counts_arguments(text, reader, mention) else judge_label(text, reader, mention)
    folded = reader.label_at(text, position, fold=True)
    if folded is not None and reader.own_text_end(text, folded) is not None:
        return judge_label(text, reader, folded)
    return _text_at_start(text, reader, position)


def _counts_arguments(text: str, reader: OptionReader, first: Mention) -> bool:
    """Whether the reply is a numbered list of sentences, "1. It helps. / 2. It is fair.", and "1" no answer."""
    if first.label != "1" or reader.own_text_end(text, first) is not None or "\n" not in text:
        return False
    numbers = [found[1] for found in islice(_ENUMERATED.finditer(text), MAX_MENTIONS)]
    return numbers[:2] == ["1", "2"]


def _text_at_start(text: str, reader: OptionReader, position: int) -> Finding | None:
    wrapped = _WRAPPING.match(text, position)
    position = wrapped.end() if wrapped else position
    lead = words.FIRST_PERSON.match(text, position)
    for start, led in ((position, False), (lead.end() if lead else position, lead is not None)):
        found = reader.text_at(text, start)
        if found is not None and (finding := judge_text(text, reader, found, led)) is not None:
            return finding
    return None


def _one_of(findings: list[Finding], reader: OptionReader) -> Finding | None:
    """The one answer that all findings of a rule agree on; ambiguous where they differ; None where there is none."""
    unclear = [finding for finding in findings if finding.detail == "ambiguous"]
    if unclear:
        return unclear[0]
    codes = dict.fromkeys(finding.codes[0] for finding in findings if finding.codes)
    if not codes:
        return findings[0] if findings else None
    if len(codes) > 1:
        labels = {option.code: option.said for option in reader.options}
        return ambiguous(f"names {join_labels(labels[code] for code in codes)}")
    return next(finding for finding in findings if finding.codes)


def announced(text: str, reader: OptionReader) -> Finding | None:
    """The answer that a phrase such as "I would choose" or "my answer is" leads to."""
    findings = []
    for phrase in islice(words.STRONG.finditer(text), MAX_MENTIONS):
        if is_negated(text, phrase.start(), phrase.start()):
            continue
        finding = _behind_phrase(text, reader, phrase.end())
        if finding is not None:
            findings.append(finding._replace(words=f"{finding.words} after {phrase[0].strip(' :,-')!r}"))
    for mention in reader.labels_in(text):
        if words.AFTER_LABEL.match(text, mention.end) and not is_negated(text, mention.start, mention.end):
            findings.append(
                Finding((mention.code,), "phrase", f"label {mention.label} before its verb")
                if mention.code is not None
                else Finding((), "out_of_range", f"{mention.label} is not offered")
            )
    chosen = _one_of(findings, reader)
    return chosen._replace(detail="phrase") if chosen is not None and chosen.codes else chosen


def _behind_phrase(text: str, reader: OptionReader, position: int) -> Finding | None:
    for _ in range(4):
        mention = reader.label_at(text, position)
        if mention is not None and (finding := judge_label(text, reader, mention)) is not None:
            return finding
        wrapped = _WRAPPING.match(text, position)
        found = reader.text_at(text, wrapped.end() if wrapped else position)
        if found is not None and (finding := judge_text(text, reader, found)) is not None:
            return finding
        link = words.LINK.match(text, position)
        if link is None or link.end() == position:
            return None
        position = link.end()
    return None


def _only_label(text: str, reader: OptionReader) -> Finding | None:
    """The only label in a marked answer (integers where labels are numbers), if nothing behind it makes it a count."""
    mentions = [mention for mention in reader.labels_in(text) if not _is_idle(mention, text, reader)]
    inside = [mention for mention in mentions if mention.code is not None]
    codes = {mention.code for mention in inside}
    if len(codes) == 1:
        good = [mention for mention in inside if reader.ends_well(text, mention)]
        if not good or good[0].code is None:
            return None
        return Finding((good[0].code,), "label", f"the only label, {good[0].label}")
    if len(codes) > 1:
        texts = _only_text(text, reader)
        return (
            texts if texts and texts.codes else ambiguous(f"names {join_labels(mention.label for mention in inside)}")
        )
    return None


def _is_idle(mention: Mention, text: str, reader: OptionReader) -> bool:
    """Whether a label stands there without being offered as an answer: a word of the language, or denied."""
    return reader.is_word(mention, text) or is_negated(text, mention.start, mention.end)


def _own_lines(text: str, reader: OptionReader) -> Finding | None:
    """Lines that are nothing but a label, a label with its text, or an option text."""
    lines = text.split("\n")
    if len(lines) < 2:
        return None
    findings = []
    for line in lines:
        if len(line) <= 400 and (finding := _whole_line(line, reader)) is not None:
            findings.append(finding)
    return _one_of(findings, reader)


def _whole_line(line: str, reader: OptionReader) -> Finding | None:
    position = _skip_opening(line)
    length = len(line.rstrip(EDGES))
    mention = reader.label_at(line, position)
    if mention is not None and mention.code is not None:
        end = reader.own_text_end(line, mention) or mention.end
        if end >= length:
            return Finding((mention.code,), "label", f"label {mention.label} on a line of its own")
    wrapped = _WRAPPING.match(line, position)
    found = reader.text_at(line, wrapped.end() if wrapped else position)
    if found is not None and found.end >= length:
        return Finding((found.code,), "option_text", f"option text {reader.text_of[found.code]!r} on a line of its own")
    return None


def _named_option(text: str, reader: OptionReader) -> Finding | None:
    """ "Option X", whoever's choice it is."""
    findings = []
    for phrase in islice(words.WEAK.finditer(text), MAX_MENTIONS):
        mention = reader.label_at(text, phrase.end())
        if mention is None or is_negated(text, phrase.start(), mention.end):
            continue
        finding = judge_label(text, reader, mention)
        if finding is not None:
            findings.append(finding._replace(detail="phrase") if finding.codes else finding)
    return _one_of(findings, reader)


def _only_text(text: str, reader: OptionReader) -> Finding | None:
    """The only option text that occurs; a single word counts only in quotes, a denied text not at all."""
    every = reader.texts_in(text)
    stated = [found for found in every if not found.is_denied]
    codes = {found.code for found in stated}
    if len(codes) > 1:
        return ambiguous(f"names {join_labels(repr(reader.text_of[code]) for code in sorted(codes))}")
    if not stated:
        return Finding((), "negated", "denies or qualifies every option it names") if every else None
    own = reader.text_of[stated[0].code]
    is_quoted = any(text[found.start - 1 : found.start] in {'"', "'"} for found in stated if found.start)
    if is_one_word(own) and not is_quoted:
        return None
    return Finding((stated[0].code,), "option_text", f"the only option text, {own!r}")


def _why_none(text: str, reader: OptionReader) -> Finding:
    every = list(reader.labels_in(text))
    if any(mention.code is not None and second_label(text, reader, mention) for mention in every):
        return ambiguous("names several labels in one breath")
    mentions = [mention for mention in every if not reader.is_word(mention, text)]
    stated = [mention for mention in mentions if not is_negated(text, mention.start, mention.end)]
    inside = list(dict.fromkeys(mention.label for mention in stated if mention.code is not None))
    if len(inside) > 1:
        return ambiguous(f"names {join_labels(inside[:5])}")
    if mentions and not stated:
        return Finding((), "negated", "denies or qualifies every option it names")
    outside = [mention.label for mention in stated if mention.code is None]
    if outside and not inside:
        return Finding((), "out_of_range", f"{outside[0]} is not offered")
    return Finding((), "no_label", "names no offered option")


def _rules(
    is_marked: bool, is_declining: Callable[[], bool]
) -> Iterator[Callable[[str, OptionReader], Finding | None]]:
    """The rules for what does not stand at the start, in order."""
    yield announced
    if is_marked:
        yield _only_label
    yield _own_lines
    if not is_declining():
        yield _named_option
        yield _only_text


def read_single(text: str, reader: OptionReader, is_marked: bool, is_declining: Callable[[], bool]) -> Finding:
    """One answer out of `text`, or why there is none.

    `is_marked`: an answer marker set the text off, so its only label is the answer. `is_declining`: whether the
    reply also declines, so that only an answer that is given outright counts; asked for only where it matters.
    """
    text = without_scale(text, reader.lowest, reader.highest)
    start = _at_start(text, reader)
    if start is not None and start.codes and not is_marked:
        for later in (announced(text, reader), _own_lines(text, reader)):
            if later is not None and (later.detail == "ambiguous" or (later.codes or start.codes) != start.codes):
                return ambiguous("begins with one answer and goes on to another")
    if start is not None and (start.codes or start.detail == "ambiguous"):
        return start
    problem = start
    for rule in _rules(is_marked, is_declining):
        finding = rule(text, reader)
        if finding is not None and (finding.codes or finding.detail == "ambiguous"):
            return finding
        problem = problem or finding
    return problem or _why_none(text, reader)
