"""What an importer hands back: the instrument, and what was counted and noticed on the way. Knows no format."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import NamedTuple

from surveys.instrument import Instrument


class FileCounts(NamedTuple):
    """One file as read. `yes_supports_share` is the share of yes/no rows where yes supports; nan without any.

    `n_rows` counts the rows of the file, `n_rows_kept` those whose wording is in the instrument; the other counts are
    those of the whole file.
    """

    file: str
    language: str
    n_topics: int
    n_questions: int
    n_rows: int
    n_rows_kept: int
    yes_supports_share: float = math.nan

    @property
    def questions_per_topic(self) -> float:
        """Mean number of questions per topic; nan without topics."""
        return self.n_questions / self.n_topics if self.n_topics else math.nan

    @property
    def wordings_per_question(self) -> float:
        """Mean number of wordings per question; nan without questions."""
        return self.n_rows / self.n_questions if self.n_questions else math.nan


class ImportReport(NamedTuple):
    """Counts per file, notes on how the files were understood, and warnings: what was taken but deserves a look."""

    files: tuple[FileCounts, ...]
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The report for people, one line per file, note and warning."""
        lines = []
        for one in self.files:
            topics = f"{counted(one.n_topics, 'topic')}, {one.questions_per_topic:.1f} questions per topic, "
            share = one.yes_supports_share
            yes = "" if math.isnan(share) else f", yes supports in {share:.2f}"
            counts = f"{counted(one.n_questions, 'question')}, {one.wordings_per_question:.1f} wordings per question"
            kept = f"{one.n_rows_kept} of {counted(one.n_rows, 'row')} kept"
            lines.append(f"{one.file}: {topics if one.n_topics else ''}{counts}{yes}, {kept}")
        return lines + list(self.notes) + [f"warning: {warning}" for warning in self.warnings]


class Imported(NamedTuple):
    """A checked instrument and the report on how it was read."""

    instrument: Instrument
    report: ImportReport


def counted(n: int, noun: str) -> str:
    """`n` of something: "1 row", "2 rows"."""
    return f"{n} {noun}{'' if n == 1 else 's'}"


def slug(text: str) -> str:
    """`text` as an id: lower-case ASCII words joined by "-"; empty where nothing of it is ASCII."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’]", "", ascii_text.lower())).strip("-")


def unique_slug(text: str, taken: set[str], fallback: str) -> str:
    """A slug of `text` not yet in `taken`, which it joins; `fallback` where `text` has none."""
    base = slug(text) or fallback
    name, n = base, 1
    while name in taken:
        n += 1
        name = f"{base}-{n}"
    taken.add(name)
    return name
