"""Reads several choices out of a clean piece of a reply: comma lists, bullets, option texts.

Knows no markers, JSON or statuses: those are `simulator.parsing`. Method: Liu et al. 2025 (all distinct codes in range,
in order, cut at the item's maximum), with ranges and alternatives ("1-3", "1 or 3") left unread.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

from simulator import reply_words as words
from simulator.findings import Finding, ambiguous
from simulator.option_reader import MAX_MENTIONS, Mention, OptionReader, is_negated
from simulator.read_single import read_single

_SEPARATOR = re.compile(
    r"[\"']?\s?(?:[,;/&+\n|]\s?(?:(?:and|und|(?-i:y)|et|as well as|sowie)\b|和|以及)?|\.\n|"
    r"\b(?:and|und|(?-i:y)|et|as well as|plus|sowie)\b|和|与|及|以及|と)\s?",
    re.IGNORECASE,
)
_OPENING = re.compile(r"\s?(?:[-•·>]\s)?\s?")
_ENUMERATED = re.compile(r"(\d{1,3})[.),:]\s?(.+)")
_NOUNS = re.compile(r"(?:options|choices|numbers|labels|letters|antworten|nummern|选项|選択肢)\s?:?\s?", re.IGNORECASE)
_COUNTED = re.compile(r"[^:\n.]{0,60}:\s?")


class Listed(NamedTuple):
    """A list that was read: codes in order, where it ended, numbers that are not offered, what makes it unclear."""

    codes: tuple[int, ...]
    end: int
    outside: tuple[str, ...]
    unclear: str


def _labelled_end(text: str, reader: OptionReader, mention: Mention) -> int:
    """Where an element ends that begins with a label: behind its own text and that text's bracket, or its unit."""
    own_end = reader.own_text_end(text, mention)
    if own_end is not None:
        return own_end + (text[own_end : own_end + 1] in {")", "]"})
    unit = words.UNIT.match(text, mention.end)
    return unit.end() if unit else mention.end


def _element(text: str, reader: OptionReader, position: int) -> tuple[int | None, int, str] | None:
    """One element of a list: (code or None, end, as written); a label may carry its text, a text its label."""
    opening = _OPENING.match(text, position)
    position = opening.end() if opening else position
    noun = re.compile(words.LEAD_NOUN, re.IGNORECASE).match(text, position)
    position = noun.end() if noun else position
    quoted = position + 1 if text[position : position + 1] in {'"', "'"} else position
    found = reader.text_at(text, quoted)
    mention = reader.label_at(text, position)
    if mention is not None and (found is None or found.end <= mention.end):
        unclear = reader.conflict_after(text, mention) is not None
        return None if unclear else (mention.code, _labelled_end(text, reader, mention), mention.label)
    if found is None:
        return None
    beside = re.compile(r"[\"']?\s?(?=[(\[])").match(text, found.end)
    label = reader.label_at(text, beside.end()) if beside else None
    if label is not None and label.code is not None:
        return (found.code, label.end, "") if label.code == found.code else None
    return found.code, found.end, ""


def _is_contradictory(text: str, reader: OptionReader, position: int) -> bool:
    """Whether a label stands here with another option's text: its number may count the picks."""
    mention = reader.label_at(text, position)
    return mention is not None and reader.conflict_after(text, mention) is not None


def _read_list(text: str, reader: OptionReader, position: int) -> Listed:
    codes: list[int] = []
    outside: list[str] = []
    end = position
    while (element := _element(text, reader, position)) is not None:
        code, end, written = element
        if code is None:
            outside.append(written)
        elif code not in codes:
            codes.append(code)
        separator = _SEPARATOR.match(text, end)
        if separator is None:
            break
        position = separator.end()
    rest = text[end : end + 16]
    joined = words.OR_TO.match(rest)
    unclear = ""
    if joined is not None and _element(text, reader, end + joined.end()) is not None:
        unclear = "gives a range or an alternative"
    elif codes and _is_contradictory(text, reader, position):
        unclear = "puts another option's text beside a label"
    return Listed(tuple(codes), end, tuple(outside), unclear)


def _ends_well(text: str, end: int) -> bool:
    rest = text[end : end + 64]
    stripped = rest.lstrip("\"')] ")
    return not stripped or stripped[0] in ".:;(,\n!-" or bool(words.CONJUNCTION.match(" " + stripped))


def _enumerated(text: str, reader: OptionReader) -> tuple[int, ...]:
    """Codes of "1. text / 2. text" where the numbers count the lines: every line's text must be an option's."""
    lines = [_ENUMERATED.fullmatch(line.strip()) for line in text.split("\n")]
    if len(lines) < 2 or not all(line and line[1] == str(number) for number, line in enumerate(lines, 1)):
        return ()
    codes = []
    for line in lines:
        own = line[2].strip(" .\"'") if line else ""
        found = reader.text_at(own, 0)
        if found is None or found.end != len(own):
            return ()
        codes.append(found.code)
    return tuple(dict.fromkeys(codes))


def _joined_letters(text: str, reader: OptionReader) -> tuple[int, ...]:
    """Codes of a reply such as "ACD" that is nothing but labels of one letter, rising, without blanks."""
    bare = text.strip(" .\"'()[]\n")
    if not 2 <= len(bare) <= len(reader.options) or not all(sign.isascii() and sign.isalpha() for sign in bare):
        return ()
    if any(len(label) > 1 for label in reader.exact):
        return ()
    if any(sign not in reader.exact for sign in bare) or list(bare) != sorted(set(bare)):
        return ()
    return tuple(reader.exact[sign] for sign in bare)


def _spaced_labels(text: str, reader: OptionReader) -> tuple[int, ...]:
    """Codes of a reply such as "1 3 5" that is nothing but labels and blanks."""
    codes = [reader.exact.get(part) for part in text.strip(" .\"'()[]\n").split(" ")[:64]]
    return () if len(codes) < 2 or None in codes else tuple(dict.fromkeys(code for code in codes if code is not None))


def _starts(text: str) -> list[int]:
    """Where a list may begin: at the start, behind fillers, behind a phrase that announces it."""
    starts = [0]
    position = 0
    for _ in range(3):
        filler = words.FILLER.match(text, position)
        if filler is None:
            break
        position = filler.end()
        starts.append(position)
    for phrase in islice(words.STRONG.finditer(text), MAX_MENTIONS):
        if is_negated(text, phrase.start(), phrase.start()):
            continue
        starts.append(phrase.end())
        counted = _COUNTED.match(text, phrase.end())
        if counted:
            starts.append(counted.end())
        link = words.LINK.match(text, phrase.end())
        if link:
            starts.append(link.end())
    nouns = [_NOUNS.match(text, start) for start in starts]
    return list(dict.fromkeys([*starts, *[noun.end() for noun in nouns if noun]]))


def read_multiple(text: str, reader: OptionReader, is_marked: bool, is_declining: Callable[[], bool]) -> Finding:
    """The answers listed in `text`, in the order given and each once, or why there are none."""
    if codes := _enumerated(text, reader) or _joined_letters(text, reader) or _spaced_labels(text, reader):
        return Finding(codes, "list", f"{len(codes)} picked")
    problem = None
    for start in _starts(text):
        listed = _read_list(text, reader, start)
        if listed.unclear:
            return ambiguous(listed.unclear)
        if listed.codes and _ends_well(text, listed.end) and not _is_word_alone(text, reader, start, listed):
            outside = f"; not offered: {', '.join(listed.outside)}" if listed.outside else ""
            return Finding(listed.codes, "list", f"{len(listed.codes)} picked{outside}")
        if listed.outside and not listed.codes and problem is None:
            problem = Finding((), "out_of_range", f"{listed.outside[0]} is not offered")
    if bulleted := _bullets(text, reader):
        return Finding(bulleted, "list", f"{len(bulleted)} lines picked")
    if is_marked and (codes := _every_label(text, reader)):
        return Finding(codes, "list", f"{len(codes)} labels in the answer")
    return problem or _by_texts(text, reader, is_marked, is_declining)


def _is_word_alone(text: str, reader: OptionReader, start: int, listed: Listed) -> bool:
    """Whether the "list" is one letter that is a word here ("A strong economy", "I, for one")."""
    mention = reader.label_at(text, start)
    return (
        mention is not None
        and len(listed.codes) == 1
        and not reader.ends_well(text, mention)
        and listed.end == mention.end
    )


def _bullets(text: str, reader: OptionReader) -> tuple[int, ...]:
    """Codes of the lines that begin with a label and its text, or with an option text, in a reply of several lines."""
    codes = []
    lines = text.split("\n")
    for line in lines if len(lines) > 1 else ():
        element = _element(line[:400], reader, 0)
        if element is None or element[0] is None or not _ends_well(line, element[1]):
            continue
        if element[2] and element[1] == len(element[2]) and len(line.strip(" .")) > len(element[2]) + 2:
            # A numbered line that is not that option's text is prose.
            continue
        codes.append(element[0])
    return tuple(dict.fromkeys(codes))


def _every_label(text: str, reader: OptionReader) -> tuple[int, ...]:
    found = [mention for mention in reader.labels_in(text) if not reader.is_word(mention, text)]
    stated = [mention for mention in found if not is_negated(text, mention.start, mention.end)]
    if len(stated) < len(found) or any(words.OR_TO.match(text, mention.end) for mention in stated):
        return ()
    if not all(reader.ends_well(text, mention) or _SEPARATOR.match(text, mention.end) for mention in stated):
        return ()
    return tuple(dict.fromkeys(mention.code for mention in stated if mention.code is not None))


def _by_texts(text: str, reader: OptionReader, is_marked: bool, is_declining: Callable[[], bool]) -> Finding:
    """All option texts that occur in a short reply, none denied or offered as an alternative; else one choice."""
    every = [] if is_declining() or len(text) > 600 or words.OR_TO.search(text) else reader.texts_in(text)
    if len({found.code for found in every}) > 1 and not any(found.is_denied for found in every):
        ordered = dict.fromkeys(found.code for found in sorted(every, key=lambda found: found.start))
        return Finding(tuple(ordered), "list", f"{len(ordered)} option texts")
    return read_single(text, reader, is_marked, is_declining)
