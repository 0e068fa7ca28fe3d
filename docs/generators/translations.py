"""The page on translations: each wording of the portraits beside its source and its way back into English.

The back-translations stand in a table beside the survey file; here they are joined to the texts by item and language.
"""

from __future__ import annotations

import csv
from collections import Counter
from functools import partial
from importlib.resources import files
from typing import NamedTuple

from generators.markdown import code, table
from surveys.catalog import find_instrument

SURVEY = "portrait-values"
LANGUAGES = {"zh": "Chinese", "de": "German", "ja": "Japanese"}
VERDICTS = ("same", "nuance", "adapted")
REVISED = "Revised: "
"""Begins the part of a note that says what was changed because of the back-translation."""


class BackTranslation(NamedTuple):
    """One row of the table. `item` is an item's id, `instruction`, or `likeness-N` for the answer with code N."""

    item: str
    language: str
    back_translation: str
    verdict: str
    note: str


def back_translations() -> list[BackTranslation]:
    """The whole table, in its order."""
    text = files("surveys").joinpath("catalog", f"{SURVEY}.backtranslation.csv").read_text(encoding="utf-8")
    return [BackTranslation(**row) for row in csv.DictReader(text.splitlines())]


def wordings() -> dict[str, tuple[str, dict[str, str]]]:
    """What is translated, in the table's names: the value it measures (nothing for the frame) and its texts."""
    survey = find_instrument(SURVEY)
    found = {"instruction": ("", dict(survey.instruction))}
    found |= {f"likeness-{option.code}": ("", dict(option.text)) for option in survey.items[0].options}
    return found | {item.id: (item.dimensions[0], dict(item.text)) for item in survey.items}


def item_table(language: str) -> str:
    """Every wording of one language, beside the English and what it says read back."""
    texts = wordings()
    rows = []
    for row in back_translations():
        if row.language == language:
            value, text = texts[row.item]
            cells = [code(row.item), value, text["en"], text[language], row.back_translation, row.verdict, row.note]
            rows.append(cells)
    return table(
        ["", "value", "English", LANGUAGES[language], "back in English", "mark", "what differs, and why"], rows
    )


def verdict_table() -> str:
    """Portraits by language and mark, and how many were revised."""
    rows = []
    for language, name in LANGUAGES.items():
        own = [row for row in back_translations() if row.language == language and row.item.startswith("pv")]
        counts = Counter(row.verdict for row in own)
        revised = sum(REVISED in row.note for row in own)
        rows.append([name, *(str(counts[verdict]) for verdict in VERDICTS), str(revised)])
    return table(["portraits in", *VERDICTS, "of these revised"], rows)


PARTS = {"translation-marks": verdict_table} | {f"translation-{one}": partial(item_table, one) for one in LANGUAGES}
"""The generated parts of the page by name."""
