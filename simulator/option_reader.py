"""Finds the labels and texts of the offered options in a clean reply, and says what stands around them.

Knows the options of one question and no order of reading: that is `simulator.parsing`. Labels are compared whole, so
that "1" is never found in "10" nor "A" in "An"; "A" and "I" count only where they cannot be a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from simulator import reply_words as words
from simulator.messages import ShownOption
from simulator.numerals import with_digits
from simulator.reply_text import clean
from simulator.restated import squeeze

# A whole number or word of up to four letters, in brackets or quotes or not; not a part of a longer one.
_TOKEN = re.compile(
    r"(?P<open>(?:(?<![0-9A-Za-zÀ-ÿ])[\"']|[(\[{<]){0,2})(?<![0-9A-Za-zÀ-ÿ])(?<![A-Za-zÀ-ÿ]')"
    r"(?P<label>(?<!\d\.)[-+]?\d{1,9}(?:\.\d{1,9})?|(?<![A-Za-z]\.)[A-Za-z]{1,4})"
    r"(?![0-9A-Za-zÀ-ÿ%⁄]|'[A-Za-z])(?P<close>[\"')\]}>]{0,2})"
)
MAX_MENTIONS = 1000
"""How many places of one kind are looked at in a reply: one that has more is no answer, however long it goes on."""

_LETTERS_THAT_ARE_WORDS = frozenset("aeiouyàAEIOUYÀ")
_PUNCTUATION = frozenset(".,:;!)]}\n\"'")
_LINK_TO_TEXT = re.compile(r"\s?[.:,)\]\-=]{0,2}\s?[\"'(\[]?\s?")
_WORD = re.compile(r"[0-9A-Za-zÀ-ÿ]")
_WINDOW = 48


class Mention(NamedTuple):
    """A label in a text: its code (None: a number that is no label), where it begins and ends."""

    code: int | None
    start: int
    end: int
    label: str


class TextMention(NamedTuple):
    """An option text in a reply; `is_denied` where it is negated or qualified."""

    code: int
    start: int
    end: int
    is_denied: bool


class OptionReader:
    """The labels and texts of one question, ready to be looked for."""

    def __init__(self, options: tuple[ShownOption, ...]) -> None:
        self.options = options
        labelled = [option for option in options if option.label]
        self.exact = {option.label: option.code for option in labelled}
        folded = [option.label.lower() for option in labelled]
        self.folded = {low: option.code for low, option in zip(folded, labelled, strict=True) if folded.count(low) == 1}
        texts = [(clean(option.text).lower().rstrip(". "), option.code) for option in options]
        self.text_of = {code: text for text, code in texts}
        self.are_numbers = all(option.label.isdigit() for option in options)
        # Beside labels that are numbers, a text that is a number could only be mistaken for another label.
        worded = [pair for pair in texts if pair[0] and not (self.are_numbers and pair[0].isdigit())]
        self.texts = sorted(worded, key=lambda pair: -len(pair[0]))
        worded_only = [text for text, _ in worded]
        # Where an option text would change with them, numerals are words of the options, not labels.
        self.reads_numerals = self.are_numbers and all(with_digits(text, ()) == text for text in worded_only)
        self.worded = tuple(worded_only)
        numbers = [int(option.label) for option in options if self.are_numbers and option.missing is None]
        self.lowest, self.highest = (min(numbers), max(numbers)) if numbers else (0, -1)
        # A text that repeats its label is not shown beside it.
        shown = [(option.label, "" if option.text == option.label else option.text) for option in options]
        self.lines = frozenset(squeeze(clean(f"{label}. {text}")) for label, text in shown)

    # --- labels -------------------------------------------------------------------------------------------------

    def code_of(self, token: str, fold: bool = False) -> int | None:
        """The code of a label as written; a number may have leading zeros or ".0"; case counts unless `fold`."""
        if token in self.exact:
            return self.exact[token]
        if self.are_numbers:
            whole, _, decimals = token.partition(".")
            if whole.isascii() and whole.isdigit() and not decimals.strip("0"):
                return self.exact.get(whole.lstrip("0") or "0")
            return None
        return self.folded.get(token.lower()) if fold else None

    def label_at(self, text: str, position: int, fold: bool = False) -> Mention | None:
        """The label that begins at `position`, with brackets and quotes; a number that is no label has code None."""
        found = _TOKEN.match(text, position)
        if found is None:
            return None
        token = found["label"]
        code = self.code_of(token, fold)
        if code is None and not (self.are_numbers and not token.isalpha()):
            return None
        return Mention(code, found.start(), found.end(), token)

    def labels_in(self, text: str) -> Iterator[Mention]:
        """Every label in `text`, and every number where labels are numbers, of the first `MAX_MENTIONS` candidates."""
        for found in islice(_TOKEN.finditer(text), MAX_MENTIONS):
            token = found["label"]
            code = self.code_of(token)
            if code is not None or (self.are_numbers and not token.isalpha()):
                yield Mention(code, found.start(), found.end(), token)

    def is_word(self, mention: Mention, text: str) -> bool:
        """Whether the label could be a word of the language ("A", "I", "y") that stands unbracketed in a sentence."""
        if mention.label not in _LETTERS_THAT_ARE_WORDS:
            return False
        return mention.end - mention.start == len(mention.label) or text[mention.end - 1] not in "\"')]}>"

    def ends_well(self, text: str, mention: Mention) -> bool:
        """Whether what follows the label lets it be an answer: nothing, punctuation, its text, or a reason."""
        rest = text[mention.end : mention.end + _WINDOW]
        if not rest.strip() or self.own_text_end(text, mention) is not None:
            return True
        first = rest.lstrip(" ")[:1]
        if first == "?" or (rest[0] in ".,:" and rest[1:2].isdigit()):
            return False
        if self.is_word(mention, text) and mention.label in "Ii" and first not in ".):]\n":
            # "I, for one" and "I - like many" are the pronoun.
            return False
        if rest[0] in _PUNCTUATION or rest.startswith((" (", " -", " [", ' "', " :")) or rest[:2] in {"- ", " \n"}:
            return not re.match(r"\s?-\s?\d", rest)
        if words.CJK_FOLLOW.match(rest) and not self.is_word(mention, text):
            return True
        return bool(words.CONJUNCTION.match(rest)) and mention.label not in "Ii"

    def own_text_end(self, text: str, mention: Mention) -> int | None:
        """Where the option's own text ends if it follows its label; None if it does not."""
        if mention.code is None:
            return None
        gap = _LINK_TO_TEXT.match(text, mention.end)
        start = gap.end() if gap else mention.end
        own = self.text_of[mention.code]
        end = start + len(own)
        if not own or text[start:end].lower() != own or not self._ends_word(text, end):
            return None
        if self.is_word(mention, text) and not text[mention.end : start].strip():
            # "A very important matter" is no label A before the text "Very important", unless nothing follows.
            return end if not text[end : end + 2].strip(" .!\n") else None
        return end

    def conflict_after(self, text: str, mention: Mention) -> int | None:
        """The code of another option whose text follows this label directly; None if there is none."""
        if mention.code is None or self.own_text_end(text, mention) is not None:
            return None
        gap = _LINK_TO_TEXT.match(text, mention.end)
        other = self.text_at(text, gap.end() if gap else mention.end)
        return other.code if other and other.code != mention.code else None

    # --- texts --------------------------------------------------------------------------------------------------

    def _ends_word(self, text: str, end: int) -> bool:
        if end >= len(text):
            return True
        return not (_WORD.match(text[end]) and _WORD.match(text[end - 1]))

    def text_at(self, text: str, position: int) -> TextMention | None:
        """The longest option text that begins at `position`."""
        window = text[position : position + (len(self.texts[0][0]) if self.texts else 0)].lower()
        for own, code in self.texts:
            if window.startswith(own) and self._ends_word(text, position + len(own)):
                return TextMention(code, position, position + len(own), False)
        return None

    def texts_in(self, text: str, limit: int = 64) -> list[TextMention]:
        """Option texts in `text`, longest first, none inside another; at most `limit` of each."""
        low = text.lower()
        found = []
        for own, code in self.texts:
            position = low.find(own)
            count = 0
            while position >= 0 and count < limit:
                end = position + len(own)
                starts_word = position == 0 or not (_WORD.match(low[position - 1]) and _WORD.match(own[0]))
                if starts_word and self._ends_word(low, end):
                    found.append(TextMention(code, position, end, is_denied(low, position, end)))
                    # Blanked out, so that "agree" is not found again inside "strongly agree".
                    low = low[:position] + "\x00" * (end - position) + low[end:]
                    count += 1
                position = low.find(own, end)
        return found


def is_negated(text: str, start: int, end: int) -> bool:
    """Whether a negation stands before this place in the same clause, or right behind it."""
    before = text[max(0, start - _WINDOW) : start]
    cut = 0
    for broken in words.CLAUSE_BREAK.finditer(before):
        cut = broken.end()
    return bool(words.NEGATION.search(before, cut) or words.NEGATED_AFTER.match(text[end : end + _WINDOW]))


def is_denied(text: str, start: int, end: int) -> bool:
    """Whether an option text at this place is negated, or qualified by a word of degree into another answer."""
    return (
        is_negated(text, start, end)
        or bool(words.MODIFIER.search(text[max(0, start - _WINDOW) : start]))
        or bool(words.MODIFIED_AFTER.match(text[end : end + _WINDOW]))
    )


@lru_cache(maxsize=8192)
def reader_for(options: tuple[ShownOption, ...]) -> OptionReader:
    """The reader of these options, made once."""
    return OptionReader(options)
