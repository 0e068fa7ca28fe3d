"""Finding a label in a piece of a judge's reply: as a word, as a letter, or as the wording of the label.

Knows no markers and no order: only what a label may look like. Pieces are clean (`simulator.reply_text.clean`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from simulator.judges.labels import OfferedLabel
from simulator.judges.rubric import Criterion, LabelStyle
from simulator.markers import Markers
from simulator.messages import ShownOption
from simulator.parsing import parse
from simulator.presentation import Presentation
from simulator.reply_text import clean

# What may follow a word that is the verdict without a mark between them: "Yes because", but never "no conflict".
_FOLLOWERS = (
    "because|since|as|for|due|given|but|though|although|and|it|the|this|that|there|they|he|she|i|we|in|here|overall|"
    "please|so"
)
_WIDE = "\u2e80"


class Meaning(NamedTuple):
    """A label with the words that stand for it, in lower case; `shown` are those of the prompt as written."""

    label: str
    place: int
    mark: str
    text: str
    words: tuple[str, ...]
    shown: tuple[str, ...]
    style: LabelStyle


def words_of(criterion: Criterion, labels: Sequence[OfferedLabel], style: LabelStyle) -> tuple[Meaning, ...]:
    """What each label shown may be called in a reply, in any language of the rubric."""
    known = {label.id: label for label in criterion.labels}
    meanings = []
    for offered in labels:
        label = known.get(offered.id)
        texts = [*label.text.values(), *(word for more in label.also.values() for word in more)] if label else []
        if label is None and not criterion.takes_options:
            texts = list(criterion.abstain.values())
        words = dict.fromkeys(clean(word).lower().rstrip(".") for word in (*texts, offered.text))
        shown = tuple(label.text.values()) if label else (offered.text,)
        meanings.append(Meaning(offered.id, offered.place, offered.mark, offered.text, tuple(words), shown, style))
    return tuple(meanings)


def opening(piece: str, meanings: Sequence[Meaning]) -> str | None:
    """The label that a piece opens with."""
    if meanings and meanings[0].style == "letters":
        return letter_of(piece, meanings)
    found = _at_start(tuple(meanings)).match(piece.lower())
    return _label_called(found["word"], meanings) if found else None


def by_itself(piece: str, meanings: Sequence[Meaning]) -> str | None:
    """The first label word in a piece that stands by itself: something closes it, nothing continues it."""
    if meanings and meanings[0].style == "letters":
        return None
    found = _alone(tuple(meanings)).search(piece.lower())
    return _label_called(found["word"], meanings) if found else None


def exactly(piece: str, meanings: Sequence[Meaning]) -> str | None:
    """The label that a piece is, with nothing around it but marks."""
    bare = piece.strip(" \"'()[]{}.:;,!-*").lower()
    if not bare:
        return None
    for one in meanings:
        called = (one.mark.lower(), clean(f"{one.mark}. {one.text}").lower().rstrip(".")) if _is_letter(one) else ()
        if bare in (*called, *one.words):
            return one.label
    return None


def letter_of(piece: str, meanings: Sequence[Meaning]) -> str | None:
    """The lettered label that a piece names, read as a respondent's choice is; None where it names none or several."""
    options = tuple(ShownOption(one.mark, one.place, one.text) for one in meanings)
    reading = parse(piece, _as_question(options))
    if len(reading.codes) != 1:
        return exactly(piece, meanings)
    return next(one.label for one in meanings if one.place == reading.codes[0])


def echoes(piece: str, meanings: Sequence[Meaning]) -> bool:
    """Whether a piece only repeats the choice that was offered ("Yes or No")."""
    return _echo(tuple(meanings)).match(piece.lower()) is not None


@lru_cache(maxsize=256)
def _as_question(options: tuple[ShownOption, ...]) -> Presentation:
    return Presentation("", None, "", (), options, "single", "en", "label", None, None, 0, Markers("", "", ""))


def _is_letter(one: Meaning) -> bool:
    return one.style == "letters"


def _label_called(word: str, meanings: Sequence[Meaning]) -> str | None:
    return next((one.label for one in meanings if word in one.words), None)


def _any_word(meanings: Sequence[Meaning]) -> str:
    """Every word, the longest first. A Latin word may not be part of another one."""
    words = sorted({word for one in meanings for word in one.words if word}, key=len, reverse=True)
    bounded = (
        re.escape(word) if word[-1] >= _WIDE else rf"(?<![^\W_]){re.escape(word)}(?![^\W_]|['-][^\W_])"
        for word in words
    )
    return f"(?P<word>{'|'.join(bounded)})"


@lru_cache(maxsize=256)
def _at_start(meanings: tuple[Meaning, ...]) -> re.Pattern[str]:
    word = _any_word(meanings)
    return re.compile(rf"[\s\"'(\[{{-]{{0,4}}{word}(?:[\"')\]}}]{{0,2}}\s?(?:\Z|[\n.,;:!?(-])|\s(?:{_FOLLOWERS})\b)")


@lru_cache(maxsize=256)
def _alone(meanings: tuple[Meaning, ...]) -> re.Pattern[str]:
    word = _any_word(meanings)
    # A wide word is only taken where something stands before it, so that 是 is not found inside 不是 or 但是.
    return re.compile(rf"(?:\A|(?<=[\s\"'(\[:,.;为])){word}(?=[\"')\]}}]{{0,2}}(?:\Z|\s?[\n.,;:!?]))")


@lru_cache(maxsize=256)
def _echo(meanings: tuple[Meaning, ...]) -> re.Pattern[str]:
    words = [re.escape(word) for one in meanings for word in ((one.mark.lower(),) if _is_letter(one) else one.words)]
    either = "|".join(sorted(filter(None, words), key=len, reverse=True)) or r"(?!)"
    return re.compile(
        rf"[\s\"'(\[]{{0,3}}(?:{either})[\"')\]]?\s?(?:/|\||,?\s?\bor\b|或者?|、)\s?[\"'(\[]?(?:{either})(?![^\W_])"
    )
