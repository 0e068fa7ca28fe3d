"""Digits of other scripts as ours, and Chinese numerals that stand as a label ("我选三", "一、三", "第二项", "七分").

Knows no option but its texts. A Chinese numeral inside a word ("一般", "十分同意", "三五个人") or before a sentence
of its own ("一、因为公平") stays as it is: only what can be nothing but a number is turned into one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_VALUES = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0}
_NUMERAL = r"(?:[二三四五六七八九]?十[一二三四五六七八九]?|[零〇一二三四五六七八九])"
_END = r"(?:\s?(?:[,.;!)\]\n]|\Z))"
# What may follow a numeral that something has announced: the end, a reason behind a comma, a unit, another numeral.
_CLOSED = rf"(?={_END}|\s?(?:和|与|及|以及|或者?|到|至)|(?:分|号)(?:{_END}|[和与及或到至]))"
_ANNOUNCED = rf"(?:(?<=选)|(?<=选择)|(?<=选项)|(?<=选了)|(?<=给)|(?<=打)|(?<=是)|(?<=为)){_NUMERAL}{_CLOSED}"
_ORDINAL = rf"(?<=第){_NUMERAL}(?=项|号|条|个?选项)"
# Without an announcement it must end there, or go on to another label.
_NEXT = rf"\s?(?:第|选项)?(?:{_NUMERAL}|\d)"
_BARE = (
    rf"(?:(?<![^\n,;:(\[和与及或到至 ])|(?<=或者)){_NUMERAL}"
    rf"(?=\s?\.?\s?[)\]]?(?:\Z|\n)|\s?(?:[,;]|和|与|及|以及|或者?|到|至){_NEXT}|(?:分|号)(?:{_END}|[和与及或到至]))"
)
_LABEL = re.compile(rf"{_ORDINAL}|{_ANNOUNCED}|{_BARE}")
_BEFORE_TEXT = re.compile(rf"(?:(?<=\A)|(?<=\n)){_NUMERAL}(?=\s?[.,:)]\s?)")
_LINK = re.compile(r"\s?[.,:)]\s?")

_OTHER_DIGIT = re.compile(r"[^\D0-9]")


def value_of(numeral: str) -> int:
    """The number that a numeral from 零 to 九十九 writes."""
    tens, ten, ones = numeral.partition("十")
    if not ten:
        return _VALUES[tens]
    return 10 * (_VALUES[tens] if tens else 1) + (_VALUES[ones] if ones else 0)


def with_digits(text: str, option_texts: Sequence[str]) -> str:
    """Clean `text` with the numerals that stand as labels in digits.

    At the start of a line a numeral also counts where one of `option_texts` follows it ("二、比较信任").
    """

    def digits(found: re.Match[str]) -> str:
        return str(value_of(found[0]))

    def digits_before_text(found: re.Match[str]) -> str:
        link = _LINK.match(text, found.end())
        follows = link is not None and text.startswith(tuple(option_texts), link.end())
        return digits(found) if follows else found[0]

    if not any(sign in text for sign in "零〇一二三四五六七八九十"):
        return text
    if option_texts:
        text = _BEFORE_TEXT.sub(digits_before_text, text)
    return _LABEL.sub(digits, text)


def has_other_digits(text: str) -> bool:
    """Whether decimal digits of another script than ours stand in a text: full-width, Arabic-Indic, Devanagari ..."""
    return not text.isascii() and _OTHER_DIGIT.search(text) is not None


def with_our_digits(text: str) -> str:
    """A text with the decimal digits of other scripts as 0 to 9."""
    return _OTHER_DIGIT.sub(lambda found: str(unicodedata.digit(found[0])), text)
