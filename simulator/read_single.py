"""Reads one choice out of a clean piece of a reply, by a fixed order of rules, without ever guessing.

Knows no markers, JSON, refusals or statuses: those are `simulator.parsing`. Order (Shen et al. 2025, Liu et al. 2025,
refined where their rules would guess): a label at the start; an option text at the start; a phrase that announces the
answer; the only label in a marked answer; a line that is nothing but an answer; "option X"; the only option text. Two
different answers in the first rule that finds any make the reply ambiguous.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from simulator import reply_words as words
from simulator.option_reader import MAX_MENTIONS, Mention, OptionReader, TextMention, is_negated
from simulator.restated import without_scale

_BULLET = re.compile(r"[-•·>+]{1,2}\s")
_WRAPPING = re.compile(r"[\"'(\[{<]{0,2}")
_EDGES = " .\"'()[]{}<>:,!;\n"
_SENTENCE = re.compile(r"[^.!?\n]*")


class Finding(NamedTuple):
    """What a rule made of a reply: `codes` where it found an answer, else only the detail code and the words for it."""

    codes: tuple[int, ...]
    detail: str
    words: str


def ambiguous(what: str) -> Finding:
    """The reply names several answers."""
    return Finding((), "ambiguous", what)


def _quoted(labels: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(labels))


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


def _second_label(text: str, reader: OptionReader, first: Mention) -> Mention | None:
    """Another label that follows directly, joined by a comma, "or", "maybe" and the like."""
    end = reader.own_text_end(text, first) or first.end
    gap = words.HEDGE_GAP.match(text, end)
    if gap is None or gap.end() == end:
        return None
    other = reader.label_at(text, gap.end())
    if other is None or other.code in {None, first.code}:
        return None
    if reader.is_word(other, text) and not reader.ends_well(text, other):
        return None
    return other


def judge_label(text: str, reader: OptionReader, mention: Mention) -> Finding | None:
    """The finding for a label in a place where an answer stands; None where what follows says it is none."""
    if mention.code is None:
        return (
            Finding((), "out_of_range", f"{mention.label} is not offered") if reader.ends_well(text, mention) else None
        )
    if (other := _second_label(text, reader, mention)) is not None:
        return ambiguous(f"names {mention.label} and {other.label}")
    if reader.conflict_after(text, mention) is not None:
        return ambiguous(f"puts another option's text beside label {mention.label}")
    if not reader.ends_well(text, mention):
        return None
    return Finding((mention.code,), "label", f"label {mention.label}")


def _is_one_word(text: str) -> bool:
    # Chinese and Japanese write without blanks: up to two characters are as easily part of another word.
    return len(text) <= 2 if text and text[0] >= "\u2e80" else " " not in text


def judge_text(text: str, reader: OptionReader, found: TextMention, led: bool = False) -> Finding | None:
    """The finding for an option text where an answer stands; a single word must also end there, unless `led` by "I"."""
    own = reader.text_of[found.code]
    rest = text[found.end : found.end + 400]
    if words.MODIFIED_AFTER.match(rest):
        return None
    gap = words.HEDGE_GAP.match(text, found.end)
    if gap is not None and gap.end() > found.end:
        other = reader.text_at(text, gap.end())
        if other is not None and other.code != found.code:
            return ambiguous(f"names {own!r} and {reader.text_of[other.code]!r}")
    beside = re.compile(r"[\"']?\s?[-:,]?\s?(?=[(\[])").match(text, found.end)
    label = reader.label_at(text, beside.end()) if beside else None
    if label is not None and label.code is not None and label.code != found.code:
        return ambiguous(f"puts label {label.label} beside the text {own!r}")
    ends = not rest.strip() or rest.lstrip(" ")[0] in ".,:;!)(]\n\"'" or rest.startswith((" -", "- "))
    if not ends:
        if not led and _is_one_word(own) and not words.CONJUNCTION.match(rest):
            return None
        sentence = _SENTENCE.match(rest)
        others = reader.texts_in(sentence[0] if sentence else rest, limit=4)
        if any(other.code != found.code and not other.is_denied for other in others):
            return ambiguous(f"names {own!r} and another option's text")
    return Finding((found.code,), "option_text", f"option text {own!r}")


def _at_start(text: str, reader: OptionReader) -> Finding | None:
    bare = text.strip(_EDGES)
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
        return judge_label(text, reader, mention)
    folded = reader.label_at(text, position, fold=True)
    if folded is not None and reader.own_text_end(text, folded) is not None:
        return judge_label(text, reader, folded)
    return _text_at_start(text, reader, position)


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
        labels = {option.code: option.label for option in reader.options}
        return ambiguous(f"names {_quoted(labels[code] for code in codes)}")
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
        return texts if texts and texts.codes else ambiguous(f"names {_quoted(mention.label for mention in inside)}")
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
    length = len(line.rstrip(_EDGES))
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
        return ambiguous(f"names {_quoted(repr(reader.text_of[code]) for code in sorted(codes))}")
    if not stated:
        return Finding((), "negated", "says only what the answer is not") if every else None
    own = reader.text_of[stated[0].code]
    quoted = any(text[found.start - 1 : found.start] in {'"', "'"} for found in stated if found.start)
    if _is_one_word(own) and not quoted:
        return None
    return Finding((stated[0].code,), "option_text", f"the only option text, {own!r}")


def _why_none(text: str, reader: OptionReader) -> Finding:
    every = list(reader.labels_in(text))
    if any(mention.code is not None and _second_label(text, reader, mention) for mention in every):
        return ambiguous("names several labels in one breath")
    mentions = [mention for mention in every if not reader.is_word(mention, text)]
    stated = [mention for mention in mentions if not is_negated(text, mention.start, mention.end)]
    inside = list(dict.fromkeys(mention.label for mention in stated if mention.code is not None))
    if len(inside) > 1:
        return ambiguous(f"names {_quoted(inside[:5])}")
    if mentions and not stated:
        return Finding((), "negated", "says only what the answer is not")
    outside = [mention.label for mention in stated if mention.code is None]
    if outside and not inside:
        return Finding((), "out_of_range", f"{outside[0]} is not offered")
    return Finding((), "no_label", "names no offered option")


def read_single(text: str, reader: OptionReader, is_marked: bool, is_declining: bool) -> Finding:
    """One answer out of `text`, or why there is none.

    `is_marked`: an answer marker set the text off, so its only label is the answer. `is_declining`: the reply also
    declines, so only an answer that is given outright counts.
    """
    text = without_scale(text, reader.lowest, reader.highest)
    start = _at_start(text, reader)
    if start is not None and start.codes and not is_marked:
        later = announced(text, reader)
        if later is not None and later.codes and later.codes != start.codes:
            return ambiguous("begins with one answer and announces another")
    if start is not None and (start.codes or start.detail == "ambiguous"):
        return start
    outright = [announced, *([_only_label] if is_marked else []), _own_lines]
    problem = start
    for rule in [*outright, *([] if is_declining else [_named_option, _only_text])]:
        finding = rule(text, reader)
        if finding is not None and (finding.codes or finding.detail == "ambiguous"):
            return finding
        problem = problem or finding
    return problem or _why_none(text, reader)
